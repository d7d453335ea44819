"""Addresses of procurement outside a unit's pages: the staff's and the suppliers'."""

from django.urls import path

from shop.procurement.views import contracts, rules

app_name = "purchasing"
urlpatterns = [
    path("dashboard/purchasing-rules/", rules.purchasing_rules, name="rules"),
    path("dashboard/contracts/", contracts.staff_contracts, name="staff_contracts"),
    path("dashboard/contracts/<slug:number>/", contracts.staff_contract, name="staff_contract"),
    path("dashboard/contracts/<slug:number>/pdf/", contracts.staff_pdf, name="staff_pdf"),
    path("supplier/contracts/", contracts.supplier_contracts, name="supplier_contracts"),
    path("supplier/contracts/<slug:number>/", contracts.supplier_contract, name="supplier_contract"),
    path("supplier/contracts/<slug:number>/pdf/", contracts.supplier_pdf, name="supplier_pdf"),
]
