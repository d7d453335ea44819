"""Addresses of the supplier's pages."""

from django.urls import path

from shop.fulfilment import reship_views, views

app_name = "fulfilment"
urlpatterns = [
    path("", views.supplier_orders, name="supplier_orders"),
    path("orders/<int:pk>/", views.supplier_order, name="supplier_order"),
    path("orders/<int:pk>/confirm/", views.confirm, name="confirm"),
    path("replacements/", reship_views.replacements, name="replacements"),
    path("replacements/<int:pk>/ship/", reship_views.ship, name="replacement_ship"),
]
