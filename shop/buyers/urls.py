"""Addresses of organisations: the staff's pages, and those of the people who act for one."""

from django.urls import path

from shop.buyers import dashboard, unit_views, views

app_name = "buyers"
urlpatterns = [
    path("dashboard/organisations/", dashboard.organisations, name="organisations"),
    path("dashboard/organisations/<slug:code>/", dashboard.organisation, name="organisation"),
    path("unit/acting/", views.acting, name="acting"),
    path("unit/join/", views.join, name="join"),
    path("invitations/<str:token>/", views.invitation, name="invitation"),
    path("unit/organisation/", unit_views.unit, name="unit"),
    path("unit/organisation/papers/", unit_views.papers, name="unit_papers"),
    path("unit/organisation/members/", unit_views.members, name="unit_members"),
    path("unit/organisation/invitations/", unit_views.invite, name="unit_invite"),
    path("unit/organisation/invitations/<id:pk>/withdraw/", unit_views.withdraw, name="unit_withdraw"),
    path("unit/organisation/invoice/", unit_views.invoice, name="unit_invoice"),
]
