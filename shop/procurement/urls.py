"""A unit's pages under /unit/. Its home joins the ledger's figures and is storefront's."""

from django.urls import path

from shop.procurement.views import (
    acceptance,
    approval_rules,
    changes,
    contracts,
    orders,
    paying,
    quotes,
    requests,
    uploads,
)

app_name = "procurement"
urlpatterns = [
    path("template/<slug:kind>/", uploads.template, name="template"),
    path("approval-rules/", approval_rules.approval_rules, name="approval_rules"),
    path("requests/", requests.requests, name="requests"),
    path("requests/new/", requests.new, name="new"),
    path("requests/<slug:number>/", requests.request_page, name="request"),
    path("requests/<slug:number>/add/", requests.add, name="add"),
    path("requests/<slug:number>/upload/", uploads.upload, name="upload"),
    path("requests/<slug:number>/uploads/<id:pk>/", uploads.preview, name="preview"),
    path("requests/<slug:number>/uploads/<id:pk>/confirm/", uploads.confirm, name="confirm"),
    path("requests/<slug:number>/uploads/<id:pk>/faults.csv", uploads.faults, name="faults"),
    path("requests/<slug:number>/delivery/", requests.delivery, name="delivery"),
    path("requests/<slug:number>/quotes/", quotes.quotes, name="quotes"),
    path("requests/<slug:number>/quotes.xlsx", quotes.quotes_file, name="quotes_file"),
    path("requests/<slug:number>/submit/", requests.submit, name="submit"),
    path("requests/<slug:number>/decide/", requests.decide, name="decide"),
    path("requests/<slug:number>/reopen/", requests.reopen, name="reopen"),
    path("requests/<slug:number>/cancel/", requests.cancel, name="cancel"),
    path("pay/", paying.pay_several, name="pay_several"),
    path("pay/<slug:code>/", paying.bundle, name="bundle"),
    path("contracts/<slug:number>/", contracts.contract, name="contract"),
    path("contracts/<slug:number>/pdf/", contracts.pdf, name="contract_pdf"),
    path("orders/", orders.orders, name="orders"),
    path("orders/<slug:number>/", orders.order, name="order"),
    path("orders/<slug:number>/pay/", orders.pay, name="pay"),
    path("orders/<slug:number>/cancel/", changes.cancel, name="order_cancel"),
    path("orders/<slug:number>/again/", changes.again, name="order_again"),
    path("orders/<slug:number>/address/", changes.address, name="order_address"),
    path("orders/<slug:number>/accept/", acceptance.accept, name="accept"),
    path("reports/<slug:number>/", acceptance.report, name="report"),
    path("reports/<slug:number>/decide/", acceptance.decide_report, name="decide_report"),
]
