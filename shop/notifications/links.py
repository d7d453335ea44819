"""Addresses in notices: whole ones for mail, and for a guest's text message one that is short."""

import base64
import hashlib

from django.urls import reverse
from django.utils.crypto import salted_hmac

from shop.notifications.models import ShortLink
from shop.ordering.models import OrderRecord
from shop.ordering.selectors import link_token

#: 96 bits, in 16 characters.
CODE_BYTES = 12


def order_path(record: OrderRecord) -> str:
    """Return the page of an order: the buyer's own, or what opens a guest's."""
    if record.buyer_id is not None:
        return reverse("storefront:order", args=[record.number])
    return reverse("storefront:order_guest", args=[record.number, link_token(record) or ""])


def short_path(record: OrderRecord) -> str:
    """Return the page of an order for a text message; a guest's code is written down. Safe to call twice.

    Derived from the shop's secret like the guest's token, so that every text about an order has the same link
    although only a digest is stored.
    """
    if record.buyer_id is not None:
        return reverse("storefront:order", args=[record.number])
    mac = salted_hmac("shop.notifications.short_link", record.number, algorithm="sha256").digest()
    code = base64.urlsafe_b64encode(mac[:CODE_BYTES]).decode()
    ShortLink.objects.bulk_create([ShortLink(record=record, digest=_digest(code))], ignore_conflicts=True)
    return reverse("notifications:short_link", args=[code])


def order_of_code(code: str) -> OrderRecord | None:
    """Return the guest's order of a code, None for any that opens none. One query."""
    found = (
        ShortLink.objects.filter(digest=_digest(code), record__buyer=None).select_related("record").first()
    )
    return found.record if found else None


def _digest(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()
