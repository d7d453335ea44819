"""Addresses of certificates: the public one that verifies, a resident's own, a unit's, the staff's."""

from django.urls import path

from shop.certificates.views import packs, residents, units, verifying

app_name = "certificates"
urlpatterns = [
    path("verify/", verifying.verify_start, name="verify_start"),
    path("verify/<str:code>/", verifying.verify, name="verify"),
    path("verify/statements/<slug:number>/", verifying.verify_statement, name="verify_statement"),
    path("account/certificates/", residents.own, name="own"),
    path("account/certificates/<slug:code>/image.png", residents.image, name="image"),
    path("unit/certificates/", units.unit, name="unit"),
    path("unit/certificates/<slug:code>/pdf/", units.unit_file, name="unit_file"),
    path("unit/packs/", packs.packs, name="packs"),
    path("unit/packs/<uuid:key>/", packs.pack, name="pack"),
    path("unit/packs/<uuid:key>/state/", packs.pack_state, name="pack_state"),
    path("unit/packs/<uuid:key>/file/<slug:kind>/", packs.pack_file, name="pack_file"),
    path("unit/orders/<slug:number>/pack/", packs.order_pack, name="order_pack"),
    path("dashboard/organisations/<slug:code>/certificates/", units.organisation, name="organisation"),
    path("dashboard/certificates/<slug:code>/pdf/", units.staff_file, name="staff_file"),
]
