"""Every address of the shop. Oscar's own pages are mounted only where a fork of ours serves them."""

from django.urls import URLPattern, URLResolver

urlpatterns: list[URLPattern | URLResolver] = []
