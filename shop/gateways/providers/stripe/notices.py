"""Stripe's webhooks: the signature over the raw bytes, and what an event is about."""

import json
from collections.abc import Mapping

import stripe

from shop.gateways.providers.base import About, BadNotice, VerifiedNotice
from shop.gateways.providers.stripe.access import Access

HEADER = "Stripe-Signature"
WINDOW_SECONDS = 300
#: The events to choose when the endpoint is set up (docs/stripe.md); any other is stored and left alone.
EVENTS = {
    "checkout.session.completed": About.PAYMENT,
    "checkout.session.async_payment_succeeded": About.PAYMENT,
    "checkout.session.async_payment_failed": About.PAYMENT,
    "checkout.session.expired": About.PAYMENT,
    "refund.created": About.REFUND,
    "refund.updated": About.REFUND,
    "refund.failed": About.REFUND,
}


def verify(raw: bytes, headers: Mapping[str, str], account: Access) -> VerifiedNotice:
    """Check signature and age over the raw bytes. Raises BadNotice.

    The event is not read by the library: only its id and what it is about are believed, in whatever version of
    the API it was written.
    """
    try:
        stripe.WebhookSignature.verify_header(
            raw, headers.get(HEADER), account.webhook_secret, WINDOW_SECONDS
        )
    except stripe.SignatureVerificationError as error:
        raise BadNotice("the signature does not hold, or the notice is too old") from error
    except (ValueError, TypeError, OverflowError) as error:
        raise BadNotice("the notice cannot be read") from error
    try:
        event = json.loads(raw)
        about = EVENTS.get(event["type"], About.NOTHING)
        reference = str(event["data"]["object"].get("id", ""))
        owner = str(event.get("account") or "")
        return VerifiedNotice(
            provider_event_id=str(event["id"])[:120],
            reference=reference[:255],
            about=about,
            foreign_account="" if owner in ("", account.account) else owner[:80],
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadNotice("the notice cannot be read") from error
