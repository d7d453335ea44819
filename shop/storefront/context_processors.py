"""Names that every page of the shop may use."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from shop.accounts.scope import own_scope
from shop.accounts.weixin import is_on
from shop.opinions.wishes import wished_ids

ELDER_COOKIE = "elder"
_TABS = {
    "home": "home",
    "catalogue": "categories",
    "search": "categories",
    "basket": "basket",
    "checkout": "basket",
    "storefront:regions": "regions",
    "storefront:region": "regions",
    "storefront:method": "method",
    "storefront:account": "account",
    "storefront:orders": "account",
    "storefront:order": "account",
    "storefront:talks": "account",
    "account_login": "account",
    "account_signup": "account",
}


def shop(request: HttpRequest) -> dict[str, object]:
    """Return the shop's name, flags, the current tab, the number of goods in the basket and what the visitor has kept.

    The number costs queries only where a page shows it and the visitor may have a basket; what is kept (product ids)
    costs one where a page shows cards and the visitor has signed in.
    """
    return {
        "shop_name": settings.SHOP_NAME,
        "shop_subline": settings.SHOP_SUBLINE,
        "demo_mode": settings.SHOP_DEMO,
        "icp_number": settings.ICP_NUMBER,
        "elder_mode": request.COOKIES.get(ELDER_COOKIE) == "1",
        "active_tab": _active_tab(request),
        "weixin_login": is_on(),
        "basket_count": SimpleLazyObject(lambda: _basket_count(request)),
        "wished": SimpleLazyObject(lambda: wished_ids(own_scope(request.user))),
    }


def _active_tab(request: HttpRequest) -> str:
    match = request.resolver_match
    if match is None:
        return ""
    return _TABS.get(match.view_name) or _TABS.get(match.namespace, "")


def _basket_count(request: Any) -> int:
    basket = getattr(request, "basket", None)
    if basket is None or not basket.pk:
        return 0
    counted = getattr(basket, "row_count", None)
    return int(basket.lines.count() if counted is None else counted)
