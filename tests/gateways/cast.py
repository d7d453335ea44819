"""What the gateways' tests start from: one order of 200.00 yuan, paid by the demo provider or by transfers."""

import datetime as dt
import json
from typing import Any

from shop.core import clock
from shop.gateways import services
from shop.gateways.models import HostedPayment, Payment, PaymentAttempt
from shop.gateways.providers import demo
from shop.gateways.providers.demo import SignedNotice
from shop.ordering.models import OrderRecord
from shop.outbox.models import OutboxMessage
from tests.factories import make_product, place

DUE = 20_000


def order(*, stock: int = 20, **fields: Any) -> OrderRecord:
    """Return an unpaid order of two units at 100.00 yuan, free freight."""
    return place(lines=[(make_product(price_fen=10_000, stock=stock), 2)], **fields)


def transfer_order(**fields: Any) -> tuple[OrderRecord, PaymentAttempt]:
    """Return an order that waits for a bank transfer, and its attempt with the code."""
    record = order(method="bank_transfer", **fields)
    services.start_payment(record=record, method="bank_transfer")
    return record, PaymentAttempt.objects.get(record=record)


def started(record: OrderRecord) -> HostedPayment:
    """Return the hosted payment of an order whose buyer was sent to the demo provider."""
    services.start_payment(record=record, method="demo")
    attempt = PaymentAttempt.objects.get(record=record, provider="demo", state="open")
    return HostedPayment.objects.get(token=attempt.reference)


def deliver(notice: SignedNotice) -> services.Outcome:
    """Hand a callback to the door it comes in by."""
    return services.receive_notice(provider="demo", raw=notice.raw, headers=notice.headers)


def paid_online(record: OrderRecord) -> Payment:
    """Return the payment of an order that its buyer paid on the hosted page."""
    [notice] = demo.choose(started(record).token, demo.Choice.SUCCEED)
    deliver(notice)
    record.refresh_from_db()
    return Payment.objects.get(record=record, provider="demo")


def signed(body: dict[str, str], *, at: dt.datetime | None = None) -> SignedNotice:
    """Return a callback that the demo provider could have sent."""
    raw = json.dumps(body).encode()
    return SignedNotice(raw=raw, headers=demo.sign(raw, at or clock.now()))


def bank_line(attempt: PaymentAttempt | None, fen: int, *, by: int, serial: str = "S1") -> int:
    """Return the id of a proposed bank line of today."""
    return services.propose_transfer(
        reference=attempt.reference if attempt else "",
        bank_serial=serial,
        booked_on=clock.today(),
        fen=fen,
        payer="杭州某单位",
        proposed_by=by,
    ).pk


def topics(*names: str) -> list[str]:
    """Return the topics told so far, in order; only these if names are given."""
    told = OutboxMessage.objects.order_by("pk").values_list("topic", flat=True)
    return [topic for topic in told if not names or topic in names]


def states(record: OrderRecord) -> tuple[str, str, int, str]:
    """Return payment state, release state, applied fen and attention of an order."""
    record.refresh_from_db()
    return (record.payment_state, record.release_state, record.paid_fen, record.attention)
