"""Addresses of the supplier's inbox."""

from django.urls import path

from shop.conversations import views

app_name = "conversations"
urlpatterns = [
    path("", views.inbox, name="inbox"),
    path("<id:pk>/", views.talk, name="talk"),
    path("<id:pk>/close/", views.close, name="close"),
]
