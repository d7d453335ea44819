"""A buyer's list of conversations."""

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from shop.conversations.models import Conversation
from shop.conversations.selectors import own_conversations, with_last_words
from shop.listings.presentation import in_language


def talks_of(user_id: int) -> QuerySet[Conversation]:
    """Return the account's conversations with their last words, the last written first."""
    return with_last_words(own_conversations(user_id))


def talk_rows(found: Iterable[Any]) -> list[dict[str, Any]]:
    """Return the rows of shop/storefront/talks.html. No query."""
    return [
        {
            "url": _url(talk),
            "who": _who(talk),
            "about": _about(talk),
            "last_words": talk.last_words,
            "at": talk.last_message_at,
            "unread": talk.buyer_unread,
            "state": talk.state,
            "state_text": talk.get_state_display(),
            "region_slug": talk.supplier.region.slug if talk.supplier else "",
        }
        for talk in found
    ]


def _who(talk: Conversation) -> str:
    if talk.supplier is None:
        return _("The shop's customer service")
    return in_language(talk.supplier.name_zh, talk.supplier.name_en)


def _about(talk: Conversation) -> str:
    if talk.record is not None:
        return _("Order %(number)s") % {"number": talk.record.number}
    listing = talk.product.listing if talk.product else None
    return in_language(listing.name_zh, listing.name_en) if listing else ""


def _url(talk: Conversation) -> str:
    if talk.record is None:
        return reverse("storefront:talk_product", args=[talk.product_id])
    if talk.supplier is None:
        return reverse("storefront:talk_shop", args=[talk.record.number])
    return reverse("storefront:talk_supplier", args=[talk.record.number, talk.supplier.code])
