"""Addresses of the staff's queue and of the outbox."""

from django.urls import path

from shop.operations import views

app_name = "operations"
urlpatterns = [
    path("desk/", views.desk, name="desk"),
    path("outbox/", views.outbox, name="outbox"),
    path("outbox/<int:pk>/retry/", views.retry, name="retry"),
]
