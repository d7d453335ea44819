"""Addresses of the supplier's inbox."""

from django.urls import path

from shop.conversations import views

app_name = "conversations"
urlpatterns = [
    path("", views.inbox, name="inbox"),
    path("<int:pk>/", views.talk, name="talk"),
    path("<int:pk>/close/", views.close, name="close"),
]
