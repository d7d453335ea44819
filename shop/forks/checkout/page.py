"""What the checkout page shows."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from shop.core import clock
from shop.core.fen import shown_yuan
from shop.forks.basket.contents import Contents
from shop.forks.basket.coupons import coupon_rows
from shop.forks.basket.summary import freight_hint, freight_text
from shop.forks.checkout.delivery import Delivery
from shop.forks.checkout.fields import address_html, invoice_html, method_html, paste_html
from shop.forks.checkout.forms import CheckoutForm
from shop.listings.place_names import short_name
from shop.listings.presentation import pack_name
from shop.listings.return_terms import summary_of
from shop.ordering.eligibility import Origins
from shop.ordering.quote_parts import SupplierQuote
from shop.ordering.quotes import Quote
from shop.ordering.status import Eligibility


@dataclass(frozen=True)
class Told:
    """What the page tells beside the quote: changes as sentences, notices by basket row, typed messages.

    `pasted` is a text that was taken apart, `paste_told` what it does not say; None where there was none.
    """

    changes: list[str] = field(default_factory=list)
    notices: Mapping[int, str] = field(default_factory=dict)
    messages: Mapping[str, str] = field(default_factory=dict)
    pasted: str = ""
    paste_told: list[str] | None = None


def checkout_context(found: Contents, form: CheckoutForm, told: Told, delivery: Delivery) -> dict[str, Any]:
    """Return the context of shop/checkout/checkout.html for the ticked rows."""
    quote = found.chosen
    return {
        "form": form,
        "addresses": delivery.rows(),
        "is_new": delivery.chosen is None,
        "may_keep": delivery.may_keep,
        "address_html": address_html(form),
        "paste_html": paste_html(told.pasted, told.paste_told),
        "invoice_html": invoice_html(form),
        "method_html": method_html(form),
        "groups": [_group(found, supplier, told) for supplier in quote.suppliers],
        "changes": told.changes,
        "goods_fen": quote.goods_fen,
        "freight_fen": quote.freight_fen,
        "discount_fen": quote.discount_fen,
        "coupons": coupon_rows(found),
        "no_coupon": quote.coupon is None,
        "total_fen": quote.total_fen,
        "count": sum(line.quantity for line in quote.lines),
        "contribution_text": _contribution(quote),
        "returns_text": _returns(quote),
        "terms_url": reverse("storefront:terms"),
        "privacy_url": reverse("storefront:privacy"),
        "login_url": f"{reverse('account_login')}?next={reverse('checkout:index')}",
        "can_submit": bool(quote.lines),
        "back_url": reverse("basket:summary"),
    }


def _group(found: Contents, supplier: SupplierQuote, told: Told) -> dict[str, Any]:
    first = found.cards.get(supplier.lines[0].product_id)
    deliverable = supplier.freight.fen is not None
    return {
        "supplier_name": supplier.supplier_name,
        "region_slug": first.region_slug if first else "",
        "is_sourced": bool(first and first.supplier_is_sourced),
        "freight_fen": supplier.freight_fen or 0,
        "freight_text": freight_hint(supplier.freight),
        "undeliverable": "" if deliverable else freight_text(supplier.freight, found.province),
        "message_name": f"message_{supplier.supplier_code}",
        "message_value": told.messages.get(supplier.supplier_code, ""),
        "lines": [
            {
                "title": found.cards[line.product_id].title,
                "url": found.cards[line.product_id].url,
                "image_url_small": found.cards[line.product_id].image_url_small,
                "image_thumb_url": found.cards[line.product_id].image_thumb_url,
                "is_illustration": found.cards[line.product_id].is_illustration,
                "spec": pack_name(line.spec),
                "quantity": line.quantity,
                "line_fen": line.line_fen,
                "notice": told.notices.get(line.basket_line_id) or _stock_notice(found, line.basket_line_id),
            }
            for line in supplier.lines
        ],
    }


def _stock_notice(found: Contents, line_id: int) -> str:
    return " ".join(problem.message for problem in found.problems.get(line_id, []) if problem.blocking)


def _contribution(quote: Quote) -> str:
    """Return by region what counts once it is paid and received; empty when nothing does."""
    origins = Origins(quote.listings, clock.today(), quote.shelf)
    sums: dict[str, int] = {}
    for line in quote.lines:
        if origins.verdict(quote.listings[line.product_id]).eligibility != Eligibility.ELIGIBLE:
            continue
        name = short_name(origins.origins[line.product_id].region)
        sums[name] = sums.get(name, 0) + line.paid_fen
    if not sums:
        return ""
    parts = " · ".join(f"{name} ¥{shown_yuan(fen)}" for name, fen in sums.items())
    return _("Counts after receipt: %(parts)s") % {"parts": parts}


def _returns(quote: Quote) -> str:
    """Return the return rules of the goods with their time limits, exceptions named."""
    if not quote.lines:
        return ""
    return summary_of((line.title, quote.return_terms[line.product_id]) for line in quote.lines)
