"""Addresses of the supplier's pages."""

from django.urls import path

from shop.fulfilment import views

app_name = "fulfilment"
urlpatterns = [
    path("", views.supplier_orders, name="supplier_orders"),
    path("orders/<int:pk>/", views.supplier_order, name="supplier_order"),
    path("orders/<int:pk>/confirm/", views.confirm, name="confirm"),
]
