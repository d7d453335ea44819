"""Every address of the shop. Oscar's own pages are mounted only where a fork of ours serves them."""

from django.apps import apps
from django.urls import URLPattern, URLResolver, include, path

from shop.core.trouble import server_error
from shop.fulfilment.views.pushes import tracking_push
from shop.operations.views import healthz, metrics_page, readyz
from shop.storefront.views.media import picture
from shop.storefront.views.pages import home

urlpatterns: list[URLPattern | URLResolver] = [
    path("", home, name="home"),
    path("catalogue/", apps.get_app_config("catalogue").urls),  # type: ignore[attr-defined]
    path("search/", apps.get_app_config("search").urls),  # type: ignore[attr-defined]
    path("basket/", apps.get_app_config("basket").urls),  # type: ignore[attr-defined]
    path("checkout/", apps.get_app_config("checkout").urls),  # type: ignore[attr-defined]
    path("", include("shop.storefront.urls")),
    path("", include("shop.certificates.urls")),
    path("files/", include("shop.files.urls")),
    path("", include("shop.gateways.urls")),
    path("", include("shop.suppliers.urls")),
    path("", include("shop.settlement.urls")),
    path("", include("shop.invoicing.urls")),
    path("", include("shop.coupons.urls")),
    path("supplier/messages/", include("shop.conversations.urls")),
    path("supplier/", include("shop.fulfilment.urls")),
    path("", include("shop.procurement.price_urls")),
    path("unit/", include("shop.procurement.urls")),
    path("", include("shop.procurement.desk_urls")),
    path("dashboard/", include("shop.procurement.staff_urls")),
    path("", include("shop.buyers.urls")),
    path("", include("shop.notifications.urls")),
    path("", include("shop.opinions.urls")),
    path("dashboard/", include("shop.operations.urls")),
    path("dashboard/", include("shop.reporting.urls")),
    path("accounts/", include("shop.accounts.urls")),
    path("accounts/", apps.get_app_config("customer").urls),  # type: ignore[attr-defined]
    path("media/pictures/<str:name>", picture, name="picture"),
    path("tracking/<slug:provider>/", tracking_push, name="tracking_push"),
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("metrics", metrics_page, name="metrics"),
]
handler500 = server_error
