"""Addresses of the supplier's pages."""

from django.urls import path

from shop.fulfilment import reship_views
from shop.fulfilment.views import lists, orders, parcels, stock

app_name = "fulfilment"
urlpatterns = [
    path("", orders.supplier_orders, name="supplier_orders"),
    path("confirm/", orders.confirm_many, name="confirm_many"),
    path("slips.pdf", orders.slips, name="slips"),
    path("orders/<int:pk>/", orders.supplier_order, name="supplier_order"),
    path("orders/<int:pk>/confirm/", orders.confirm, name="confirm"),
    path("orders/<int:pk>/shortage/", parcels.shortage, name="shortage"),
    path("parcels/<int:pk>/number/", parcels.parcel_number, name="parcel_number"),
    path("scan/", parcels.scan, name="scan"),
    path("batch/", lists.batch, name="batch"),
    path("batch/list.<str:kind>", lists.batch_list, name="batch_list"),
    path("batch/<int:pk>/", lists.batch_file, name="batch_file"),
    path("stock/alerts/", stock.stock_alerts, name="stock_alerts"),
    path("sales/", lists.sales, name="sales"),
    path("sales/export/<str:kind>/", lists.sales_export, name="sales_export"),
    path("replacements/", reship_views.replacements, name="replacements"),
    path("replacements/<int:pk>/ship/", reship_views.ship, name="replacement_ship"),
]
