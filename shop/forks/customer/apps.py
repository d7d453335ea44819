from django.urls import URLPattern, URLResolver, path
from django.views.generic import RedirectView
from oscar.apps.customer import apps

#: Oscar's names for pages of a person, and where we have them. /login/ and /logout/ are allauth's own addresses.
MOVED = (
    ("login/", "login", "account_login"),
    ("logout/", "logout", "account_logout"),
    ("register/", "register", "account_signup"),
    ("change-password/", "change-password", "account_change_password"),
    ("", "summary", "storefront:account"),
    ("profile/", "profile-view", "storefront:account"),
    ("profile/edit/", "profile-update", "storefront:account"),
    ("addresses/", "address-list", "storefront:addresses"),
    ("orders/", "order-list", "storefront:orders"),
)


class CustomerConfig(apps.CustomerConfig):  # type: ignore[misc]
    """Oscar's customer app with its addresses leading to ours: allauth is the one way in."""

    name = "shop.forks.customer"

    def get_urls(self) -> list[URLPattern | URLResolver]:
        """Return redirects only, under Oscar's names, because its templates and views reverse them."""
        urls: list[URLPattern | URLResolver] = [
            path(route, RedirectView.as_view(pattern_name=target, query_string=True), name=name)
            for route, name, target in MOVED
        ]
        order = RedirectView.as_view(pattern_name="storefront:order")
        return [*urls, path("orders/<str:number>/", order, name="order")]
