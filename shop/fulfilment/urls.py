"""Addresses of the supplier's pages."""

from django.urls import path

from shop.fulfilment import reship_views
from shop.fulfilment.returns import views as returns
from shop.fulfilment.views import lists, orders, parcels

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
    path("sales/", lists.sales, name="sales"),
    path("sales/export/<str:kind>/", lists.sales_export, name="sales_export"),
    path("returns/", returns.cases, name="returns"),
    path("returns/<int:pk>/", returns.case, name="return"),
    path("returns/<int:pk>/agree/", returns.agree, name="return_agree"),
    path("returns/<int:pk>/refuse/", returns.refuse, name="return_refuse"),
    path("returns/<int:pk>/shop/", returns.ask_shop, name="return_ask_shop"),
    path("returns/<int:pk>/arrived/", returns.arrived, name="return_arrived"),
    path("replacements/", reship_views.replacements, name="replacements"),
    path("replacements/<int:pk>/ship/", reship_views.ship, name="replacement_ship"),
]
