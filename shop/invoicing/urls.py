"""Addresses of invoices: the supplier's own pages and the unit's. A person's stand with their order."""

from django.urls import path

from shop.invoicing import supplier_views, views

app_name = "invoicing"
urlpatterns = [
    path("supplier/invoices/", supplier_views.own, name="own"),
    path("supplier/invoices/<slug:number>/", supplier_views.own_request, name="own_request"),
    path("unit/invoices/", views.unit_invoices, name="unit_invoices"),
    path("unit/invoices/<slug:number>/", views.unit_order, name="unit_order"),
]
