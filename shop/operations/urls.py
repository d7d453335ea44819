"""Addresses of the staff's queue."""

from django.urls import path

from shop.operations import views

app_name = "operations"
urlpatterns = [
    path("desk/", views.desk, name="desk"),
    path("outbox/<int:pk>/retry/", views.retry, name="retry"),
]
