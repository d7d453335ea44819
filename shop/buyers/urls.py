"""Addresses of the staff's pages of organisations."""

from django.urls import path

from shop.buyers import dashboard

app_name = "buyers"
urlpatterns = [
    path("", dashboard.organisations, name="organisations"),
    path("<slug:code>/", dashboard.organisation, name="organisation"),
]
