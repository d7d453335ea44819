"""Every address of the shop. Oscar's own pages are mounted only where a fork of ours serves them."""

from django.apps import apps
from django.urls import URLPattern, URLResolver, include, path

from shop.operations.views import healthz

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("shop.gateways.urls")),
    path("supplier/", include("shop.fulfilment.urls")),
    path("dashboard/mailbox/", include("shop.notifications.urls")),
    path("dashboard/", include("shop.operations.urls")),
    path("dashboard/", include("shop.reporting.urls")),
    path("accounts/", include("shop.accounts.urls")),
    path("accounts/", apps.get_app_config("customer").urls),  # type: ignore[attr-defined]  # an OscarConfig
    path("healthz", healthz, name="healthz"),
]
