"""Pages in the words of schema.org: what search engines read beside what people see."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from django.conf import settings
from django.templatetags.static import static
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

from shop.core.addresses import absolute
from shop.core.fen import to_yuan
from shop.core.page_meta import Crumb, PageMeta

#: So that no text can end the element it stands in, as Django's json_script does it.
_ESCAPES = {ord("<"): "\\u003C", ord(">"): "\\u003E", ord("&"): "\\u0026"}
IN_STOCK, OUT_OF_STOCK = "https://schema.org/InStock", "https://schema.org/OutOfStock"


class Offered(Protocol):
    """What is offered on a product's page; `brand` and `category` are empty where they are not known."""

    @property
    def sku(self) -> str: ...
    @property
    def brand(self) -> str: ...
    @property
    def seller(self) -> str: ...
    @property
    def category(self) -> str: ...
    @property
    def price_fen(self) -> int: ...
    @property
    def pictures(self) -> Sequence[str]: ...


class Rated(Protocol):
    """What buyers gave on average, one to five with one decimal, and how many they are."""

    @property
    def average(self) -> str: ...
    @property
    def count(self) -> int: ...


def as_json(thing: Mapping[str, Any]) -> SafeString:
    """Return a thing as JSON that may stand in a script element."""
    whole = {"@context": "https://schema.org", **thing}
    return mark_safe(json.dumps(whole, ensure_ascii=False).translate(_ESCAPES))


def breadcrumbs(crumbs: Sequence[Crumb]) -> dict[str, Any]:
    """Return the way from the first page to this one."""
    return {
        "@type": "BreadcrumbList",
        "itemListElement": [
            {"@type": "ListItem", "position": number, "name": crumb.name, "item": crumb.address}
            for number, crumb in enumerate(crumbs, start=1)
        ],
    }


def shop() -> list[dict[str, Any]]:
    """Return the shop, and its site with the search in it."""
    home = absolute(reverse("home"))
    search = absolute(reverse("search:search"))
    organization = {
        "@type": "Organization",
        "@id": f"{home}#shop",
        "name": settings.SHOP_NAME,
        "alternateName": settings.SHOP_SUBLINE,
        "url": home,
        "logo": absolute(static("shop/img/favicon.svg")),
    }
    site = {
        "@type": "WebSite",
        "@id": f"{home}#site",
        "name": settings.SHOP_NAME,
        "url": home,
        "publisher": {"@id": f"{home}#shop"},
        "potentialAction": {
            "@type": "SearchAction",
            "target": {"@type": "EntryPoint", "urlTemplate": f"{search}?q={{search_term_string}}"},
            "query-input": "required name=search_term_string",
        },
    }
    return [organization, site]


def product(
    meta: PageMeta, offered: Offered, availability: str, rating: Rated | None = None
) -> dict[str, Any]:
    """Return a product with the offer of one unit, tax included. `availability` is schema.org's word for it."""
    offer: dict[str, Any] = {
        "@type": "Offer",
        "url": meta.address,
        "price": str(to_yuan(offered.price_fen)),
        "priceCurrency": "CNY",
        "availability": availability,
        "itemCondition": "https://schema.org/NewCondition",
        "seller": {"@type": "Organization", "name": offered.seller},
    }
    found: dict[str, Any] = {
        "@type": "Product",
        "@id": f"{meta.address}#product",
        "name": meta.title,
        "description": meta.description,
        "sku": offered.sku,
        "category": offered.category,
        "image": list(offered.pictures),
        "offers": offer,
    }
    if rating:
        found["aggregateRating"] = {
            "@type": "AggregateRating",
            "ratingValue": rating.average,
            "reviewCount": rating.count,
            "bestRating": 5,
            "worstRating": 1,
        }
    if offered.brand:
        found["brand"] = {"@type": "Brand", "name": offered.brand}
    return {name: value for name, value in found.items() if value}
