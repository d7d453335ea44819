"""Addresses of the supplier's pages."""

from django.urls import path

from shop.fulfilment import reship_views
from shop.fulfilment.returns import views as returns
from shop.fulfilment.views import drafts, goods, lists, orders, parcels, stock
from shop.listings.supplier_models import ProposalKind

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
    path("goods/", goods.goods, name="goods"),
    path("goods/<int:pk>/", goods.product, name="product"),
    path("goods/<int:pk>/price/", goods.propose, {"kind": ProposalKind.PRICE}, name="propose_price"),
    path("goods/<int:pk>/stock/", goods.propose, {"kind": ProposalKind.STOCK}, name="propose_stock"),
    path("goods/<int:pk>/edit/", drafts.edit, name="product_edit"),
    path("proposals/<int:pk>/withdraw/", goods.withdraw, name="proposal_withdraw"),
    path("drafts/", goods.drafts, name="drafts"),
    path("drafts/new/", drafts.begin, name="draft_new"),
    path("drafts/<int:pk>/", drafts.draft, name="draft"),
    path("drafts/<int:pk>/withdraw/", drafts.withdraw, name="draft_withdraw"),
    path("drafts/<int:pk>/restore/", drafts.restore, name="draft_restore"),
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
