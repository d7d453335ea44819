"""Every address of the shop. Oscar's own pages are mounted only where a fork of ours serves them."""

from django.apps import apps
from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("accounts/", include("shop.accounts.urls")),
    path("", include("shop.gateways.urls")),
    path("accounts/", apps.get_app_config("customer").urls),  # type: ignore[attr-defined]  # an OscarConfig
]
