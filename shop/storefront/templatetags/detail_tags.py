"""A product's page, kept: what is drawn anew is what a sale or the visitor changes."""

from django import template
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import escape, format_html_join
from django.utils.safestring import SafeString

from shop.storefront import pieces, structured
from shop.storefront.templatetags.shop_tags import frame_values, kept, messages_html, open_frame

register = template.Library()

#: What _detail.html is drawn from, besides the frame's values.
_VALUES = (
    "product",
    "images",
    "region",
    "certifications",
    "variants",
    "tiers",
    "promises",
    "provinces",
    "contribution",
    "origin",
    "label_rows",
    "description",
    "back_url",
    "add_url",
    "preview",
    "page_meta",
    "offered",
    "rating",
)


@register.simple_tag(takes_context=True)
def product_page(context: template.RequestContext) -> SafeString:
    """The whole page of detail.html."""
    frame = dict(frame_values(context))
    count = frame.pop("basket_count")
    holes = {
        "availability": structured.IN_STOCK if context["in_stock"] else structured.OUT_OF_STOCK,
        "stock_text": escape(context["stock_text"]),
        "max_quantity": str(context["max_quantity"]),
        "packs_html": _packs(context),
        "wish_html": "" if context["preview"] else _heart(context),
        "offers_html": _offers(context),
        "reviews_html": _reviews(context),
        "messages_html": messages_html(context),
        "header_nav_html": open_frame(context, "header_nav"),
        "basket_cell_html": kept("basket_cell", basket_count=count),
    }
    values = {**frame, **{name: context[name] for name in _VALUES}}
    whole = pieces.filled("shop/catalogue/_detail.html", values, holes)
    address = context["request"].get_full_path()
    return pieces.closed(whole, token=str(context["csrf_token"]), address=address)


def _packs(context: template.RequestContext) -> str:
    """Return how many are left of each pack, for the script that changes the pack in place."""
    if context["preview"]:
        return ""
    rows = context["packs_left"]
    return format_html_join("", '<data value="{1}" data-left="{0}" hidden>{2}</data>', rows)


def _reviews(context: template.RequestContext) -> str:
    """Return what buyers say, or that nobody has said anything; a draft's page has no place for it."""
    if context["preview"]:
        return ""
    found = context["reviews"]
    if not found:
        return pieces.filled("shop/storefront/_reviews_none.html", {}, {})
    return render_to_string("shop/storefront/_reviews.html", {"reviews": found})


def _offers(context: template.RequestContext) -> str:
    """Return the coupons that are for the product, empty while there are none."""
    found = context["offers"]
    return pieces.filled("shop/coupons/_offers.html", {"slips": found}, {}) if found else ""


def _heart(context: template.RequestContext) -> str:
    """Return the button that keeps the product for later, or forgets it."""
    is_wished = bool(context["is_wished"])
    name = "storefront:wish_forget" if is_wished else "storefront:wish_keep"
    address = reverse(name, kwargs={"pk": context["product"].product_id})
    return pieces.filled(
        "shop/components/wish_button.html", {"is_wished": is_wished}, {"wish_url": escape(address)}
    )
