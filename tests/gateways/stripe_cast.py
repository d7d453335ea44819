"""What the tests of Stripe start from: an order of 200.00 yuan whose buyer was sent to the peer's page."""

from typing import Any

from shop.gateways import services
from shop.gateways.models import Payment, PaymentAttempt
from shop.ordering.models import OrderRecord
from tests.gateways.cast import order
from tests.stripe_peer import Peer


def stripe_order(**fields: Any) -> OrderRecord:
    """Return an unpaid order that was placed to be paid by Stripe."""
    return order(method="stripe", **fields)


def start(record: OrderRecord) -> services.Started:
    """Press "pay now"."""
    return services.start_payment(record=record, method="stripe")


def session_of(record: OrderRecord) -> str:
    """Return the session of an order, opened if there is none."""
    start(record)
    return PaymentAttempt.objects.get(record=record, provider="stripe", state="open").reference


def deliver(peer: Peer, event: dict[str, Any], *, age: int = 0) -> services.Outcome:
    """Hand an event to the door it comes in by."""
    raw, headers = peer.signed(event, age=age)
    return services.receive_notice(provider="stripe", raw=raw, headers=headers)


def paid(peer: Peer, record: OrderRecord) -> Payment:
    """Return the payment of an order that its buyer paid on the hosted page."""
    deliver(peer, peer.books.pay(session_of(record)))
    record.refresh_from_db()
    return Payment.objects.get(record=record, provider="stripe")


def calls(peer: Peer, method: str, part: str) -> list[str]:
    """Return the idempotency keys of the calls so far whose method and path fit."""
    return [key for verb, path, key in peer.calls if verb == method and part in path]
