"""Addresses of the staff's figures."""

from django.urls import path

from shop.reporting import views

app_name = "reporting"
urlpatterns = [
    path("", views.overview_page, name="overview"),
    path("export/<slug:kind>/", views.overview_export, name="export"),
    path("entries/", views.drill_page, name="drill"),
    path("entries/export/<slug:kind>/", views.drill_export, name="drill_export"),
]
