"""Addresses of the supplier's pages."""

from django.urls import path

from shop.fulfilment import reship_views
from shop.fulfilment.returns import views as returns
from shop.fulfilment.views import campaigns, drafts, goods, lists, orders, parcels, reports, stock
from shop.listings.supplier_models import ProposalKind

app_name = "fulfilment"
urlpatterns = [
    path("", orders.supplier_orders, name="supplier_orders"),
    path("confirm/", orders.confirm_many, name="confirm_many"),
    path("slips.pdf", orders.slips, name="slips"),
    path("orders/<id:pk>/", orders.supplier_order, name="supplier_order"),
    path("orders/<id:pk>/confirm/", orders.confirm, name="confirm"),
    path("orders/<id:pk>/shortage/", parcels.shortage, name="shortage"),
    path("parcels/<id:pk>/number/", parcels.parcel_number, name="parcel_number"),
    path("scan/", parcels.scan, name="scan"),
    path("batch/", lists.batch, name="batch"),
    path("batch/list.<str:kind>", lists.batch_list, name="batch_list"),
    path("batch/<id:pk>/", lists.batch_file, name="batch_file"),
    path("stock/alerts/", stock.stock_alerts, name="stock_alerts"),
    path("goods/", goods.goods, name="goods"),
    path("goods/<id:pk>/", goods.product, name="product"),
    path("goods/<id:pk>/price/", goods.propose, {"kind": ProposalKind.PRICE}, name="propose_price"),
    path("goods/<id:pk>/stock/", goods.propose, {"kind": ProposalKind.STOCK}, name="propose_stock"),
    path("goods/<id:pk>/reports/", reports.name, name="product_reports"),
    path("goods/<id:pk>/quantities/", goods.order_rule, name="order_rule"),
    path("goods/<id:pk>/edit/", drafts.edit, name="product_edit"),
    path("proposals/<id:pk>/withdraw/", goods.withdraw, name="proposal_withdraw"),
    path("drafts/", goods.drafts, name="drafts"),
    path("drafts/new/", drafts.begin, name="draft_new"),
    path("drafts/<id:pk>/", drafts.draft, name="draft"),
    path("drafts/<id:pk>/withdraw/", drafts.withdraw, name="draft_withdraw"),
    path("drafts/<id:pk>/restore/", drafts.restore, name="draft_restore"),
    path("sales/", lists.sales, name="sales"),
    path("sales/export/<str:kind>/", lists.sales_export, name="sales_export"),
    path("campaigns/", campaigns.own_campaigns, name="campaigns"),
    path("returns/", returns.cases, name="returns"),
    path("returns/<id:pk>/", returns.case, name="return"),
    path("returns/<id:pk>/agree/", returns.agree, name="return_agree"),
    path("returns/<id:pk>/refuse/", returns.refuse, name="return_refuse"),
    path("returns/<id:pk>/shop/", returns.ask_shop, name="return_ask_shop"),
    path("returns/<id:pk>/arrived/", returns.arrived, name="return_arrived"),
    path("replacements/", reship_views.replacements, name="replacements"),
    path("replacements/<id:pk>/ship/", reship_views.ship, name="replacement_ship"),
]
