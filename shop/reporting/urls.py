"""Addresses of the staff's figures."""

from django.urls import path

from shop.reporting import month_views, views

app_name = "reporting"
urlpatterns = [
    path("", views.overview_page, name="overview"),
    path("export/<slug:kind>/", views.overview_export, name="export"),
    path("entries/", views.drill_page, name="drill"),
    path("entries/export/<slug:kind>/", views.drill_export, name="drill_export"),
    path("months/", month_views.months, name="months"),
    path("months/<slug:month>/", month_views.month, name="month"),
    path("months/<slug:month>/act/", month_views.month_act, name="month_act"),
    path("months/<slug:month>/statement/", month_views.month_statement, name="month_statement"),
    path("months/<slug:month>/restated/", month_views.month_restated, name="month_restated"),
]
