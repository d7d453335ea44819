"""Addresses of applications, and of a supplier's own papers."""

from django.urls import path

from shop.suppliers import views

app_name = "suppliers"
urlpatterns = [
    path("join/", views.join, name="join"),
    path("join/<slug:number>/", views.application, name="application"),
    path("join/<slug:number>/papers/", views.add_paper, name="add_paper"),
    path("join/<slug:number>/papers/<id:pk>/remove/", views.remove_paper, name="remove_paper"),
    path("supplier/documents/", views.documents, name="documents"),
]
