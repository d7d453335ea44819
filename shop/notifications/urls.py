"""Addresses of notices."""

from django.urls import path

from shop.notifications import dashboard, views

app_name = "notifications"
urlpatterns = [
    path("t/<str:code>/", views.short_link, name="short_link"),
    path("dashboard/mailbox/", views.mailbox, name="mailbox"),
    path("dashboard/notices/", dashboard.notices, name="notices"),
    path("dashboard/notices/<slug:to>/<id:pk>/retry/", dashboard.notice_retry, name="notice_retry"),
    path("dashboard/notice-services/", dashboard.services, name="services"),
    path("dashboard/supplier-channels/", dashboard.suppliers, name="suppliers"),
    path("dashboard/supplier-channels/<slug:code>/", dashboard.supplier, name="supplier"),
]
