"""What stands in the head of a page for those who only read the head."""

from typing import Any

from django import template
from django.utils.translation import gettext

from shop.core.page_meta import PageMeta
from shop.storefront import structured

register = template.Library()


@register.filter
def page_mark(number: int | None) -> str:
    """What a list's title adds from its second page on, so that no two pages have the same."""
    if not number or number < 2:
        return ""
    mark = gettext("Page %(number)d") % {"number": number}
    return f" · {mark}"


@register.inclusion_tag("shop/components/structured_data.html")
def breadcrumbs_data(meta: PageMeta) -> dict[str, Any]:
    """The way to this page."""
    return {"things": [structured.as_json(structured.breadcrumbs(meta.crumbs))] if meta.crumbs else []}


@register.inclusion_tag("shop/components/structured_data.html")
def shop_data() -> dict[str, Any]:
    """The shop and its search."""
    return {"things": [structured.as_json(thing) for thing in structured.shop()]}


@register.inclusion_tag("shop/components/structured_data.html")
def product_data(
    meta: PageMeta, offered: structured.Offered, availability: str, rating: structured.Rated | None = None
) -> dict[str, Any]:
    """The product of this page and its offer. `availability` may be the mark of a hole."""
    return {"things": [structured.as_json(structured.product(meta, offered, availability, rating))]}
