"""Addresses of settlement: the supplier's own pages and the staff's."""

from django.urls import path

from shop.settlement import dashboard, payout_dashboard, views

app_name = "settlement"

urlpatterns = [
    path("supplier/settlement/", views.own, name="own"),
    path("supplier/settlement/<slug:number>/", views.own_statement, name="own_statement"),
    path("supplier/settlement/<slug:number>/pdf/", views.own_statement_pdf, name="own_statement_pdf"),
    path("dashboard/settlement/", dashboard.overview, name="overview"),
    path("dashboard/settlement/draw/", dashboard.draw, name="draw"),
    path("dashboard/settlement/terms/", dashboard.terms, name="terms"),
    path("dashboard/settlement/suppliers/<slug:code>/", dashboard.supplier, name="supplier"),
    path("dashboard/settlement/statements/<slug:number>/", dashboard.statement, name="statement"),
    path("dashboard/settlement/statements/<slug:number>/pdf/", dashboard.statement_pdf, name="statement_pdf"),
    path("dashboard/settlement/lists/", payout_dashboard.payout_lists, name="payout_lists"),
    path("dashboard/settlement/lists/<slug:number>/", payout_dashboard.payout_list, name="payout_list"),
    path(
        "dashboard/settlement/lists/<slug:number>/file/<slug:kind>/",
        payout_dashboard.bank_file,
        name="bank_file",
    ),
]
