"""Addresses of sent notices."""

from django.urls import path

from shop.notifications import views

app_name = "notifications"
urlpatterns = [path("", views.mailbox, name="mailbox")]
