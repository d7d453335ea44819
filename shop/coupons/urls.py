"""Addresses of coupons: the residents' pages and the staff's."""

from django.urls import path

from shop.coupons import dashboard, views

app_name = "coupons"

urlpatterns = [
    path("coupons/", views.open_coupons, name="open"),
    path("coupons/waiting/", views.waiting, name="waiting"),
    path("coupons/<id:pk>/", views.campaign, name="campaign"),
    path("coupons/<id:pk>/claim/", views.claim, name="claim"),
    path("account/coupons/", views.own, name="own"),
    path("dashboard/campaigns/", dashboard.campaign_list, name="campaigns"),
    path("dashboard/campaigns/<id:pk>/<slug:act>/", dashboard.campaign_act, name="campaign_act"),
]
