"""What of an order was reviewed, and what can be."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from shop.core import clock
from shop.listings.presentation import shown_cards
from shop.listings.selectors import ProductCard
from shop.opinions.models import ReviewState
from shop.opinions.presentation import ShownReview, shown_rows
from shop.opinions.review_selectors import LineToReview, lines_to_review
from shop.ordering.models import OrderRecord


def order_reviews_context(record: OrderRecord) -> dict[str, Any]:
    """Return the context of shop/storefront/order_reviews.html. A fixed number of queries."""
    lines = lines_to_review(record)
    products = sorted({one.line.product_id for one in lines if one.line.product_id})
    cards = {card.product_id: card for card in shown_cards(products)}
    written = shown_rows([one.review for one in lines if one.review is not None])
    rows = {row.pk: row for row in written}
    return {
        "number": record.number,
        "rows": [_row(record, one, cards.get(one.line.product_id), rows) for one in lines],
    }


def _row(
    record: OrderRecord, one: LineToReview, card: ProductCard | None, written: Mapping[int, ShownReview]
) -> dict[str, Any]:
    return {
        "title": one.line.title,
        "image_url_small": card.image_url_small if card else "",
        "image_thumb_url": card.image_thumb_url if card else "",
        "is_illustration": bool(card and card.is_illustration),
        "is_open": one.is_open,
        "url": reverse("storefront:review_new", args=[record.number, one.line.pk]),
        "state_text": _state(one),
        "shown": written.get(one.review.pk) if one.review else None,
    }


def _state(one: LineToReview) -> str:
    if one.review is not None:
        if one.review.state == ReviewState.HIDDEN:
            return _("The shop does not show this review: %(reason)s") % {"reason": one.review.hidden_because}
        return _("The shop looks at it first.") if one.review.state == ReviewState.WAITING else ""
    if one.until is None:
        return _("These goods can be reviewed once they have been received.")
    if not one.is_open:
        return _("Goods can be reviewed for %(days)d days after they were received; that time is over.") % {
            "days": settings.REVIEW_DAYS
        }
    return _("Can be reviewed until %(day)s.") % {"day": clock.local_date(one.until).isoformat()}
