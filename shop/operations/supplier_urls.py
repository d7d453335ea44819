"""Addresses of the staff's pages of applications, suppliers and origin claims."""

from django.urls import path

from shop.operations import admission, claims, supplier_desk, supplier_reports

urlpatterns = [
    path("applications/", admission.applications, name="applications"),
    path("applications/<slug:number>/", admission.application, name="application"),
    path("suppliers/", supplier_desk.suppliers, name="suppliers"),
    path("suppliers/<slug:code>/", supplier_desk.supplier, name="supplier"),
    path("suppliers/<slug:code>/papers/", supplier_desk.supplier_paper, name="supplier_paper"),
    path("suppliers/<slug:code>/reports/", supplier_reports.reports, name="supplier_reports"),
    path("suppliers/<slug:code>/identity/", supplier_desk.supplier_identity, name="supplier_identity"),
    path("claims/", claims.claims, name="claims"),
    path("claims/<id:pk>/", claims.claim, name="claim"),
]
