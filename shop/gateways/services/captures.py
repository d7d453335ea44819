"""Money that has come in: written down always, applied to its order when it may be."""

import datetime as dt
from dataclasses import dataclass

from django.db import transaction
from django.db.models import F, Sum

from shop.core import clock
from shop.core.faultpoint import faultpoint
from shop.core.locks import lock
from shop.gateways.models import AttemptState, Payment, PaymentAttempt
from shop.gateways.services.unapplied import return_late_money, unapplied_money
from shop.gateways.transitions import ATTEMPT
from shop.ordering import services as ordering
from shop.ordering.models import OrderRecord
from shop.ordering.status import PaymentState, PayMethod
from shop.ordering.transitions import call_attention
from shop.outbox import services as outbox

TOO_LATE = (
    ordering.PayOutcome.LATE_PARTIAL,
    ordering.PayOutcome.LATE_NO_STOCK,
    ordering.PayOutcome.LATE_LIMIT,
    ordering.PayOutcome.LATE_COUPON,
    ordering.PayOutcome.LATE_FORGOTTEN,
)


@dataclass(frozen=True)
class Money:
    """A capture: `key` is its name for ever, `held_reason` keeps it from being applied without a person."""

    key: str
    provider: str
    fen: int
    captured_at: dt.datetime
    payer: str
    verified_by: str
    demo: bool
    held_reason: str = ""
    payer_account: str = ""


def capture(*, money: Money, record_id: int | None, attempt_id: int | None = None) -> Payment:
    """Write the payment, tell of it (`payment.captured`) and apply what the order now has.

    Safe to call twice: a known key changes nothing and returns the payment there is. The order is
    locked first, so that two captures of one order see each other's money.
    """
    with transaction.atomic():
        record = None if record_id is None else lock(OrderRecord.objects.filter(pk=record_id)).get()
        attempt = None if attempt_id is None else PaymentAttempt.objects.get(pk=attempt_id)
        payment = capture_for(money=money, record=record, attempt=attempt)
    payment.refresh_from_db()
    return payment


def capture_for(*, money: Money, record: OrderRecord | None, attempt: PaymentAttempt | None) -> Payment:
    """As `capture`, for an order that the caller has locked, and an attempt read under that lock."""
    known = Payment.objects.filter(key=money.key).first()
    if known is not None:
        return known
    payment = Payment.objects.create(
        key=money.key,
        provider=money.provider,
        record=record,
        attempt=attempt,
        fen=money.fen,
        captured_at=money.captured_at,
        payer=money.payer[:80],
        payer_account=money.payer_account[:40],
        verified_by=money.verified_by,
        held_reason=money.held_reason,
        demo=money.demo,
    )
    _tell(payment, record)
    settle_attempt(payment)
    if record is not None:
        if money.held_reason:
            call_attention(record, money.held_reason)
        else:
            apply_to_order(record, fresh=payment)
    transaction.on_commit(lambda: faultpoint("gateways.after_capture_commit"))
    return payment


def _tell(payment: Payment, record: OrderRecord | None) -> None:
    outbox.append(
        topic="payment.captured",
        stream=payment.key,
        payload={
            "payment_key": payment.key,
            "order": record.number if record else None,
            "fen": payment.fen,
            "provider": payment.provider,
            "captured_at": payment.captured_at.isoformat(),
            "demo": payment.demo,
            "verified": bool(payment.verified_by),
        },
    )


def settle_attempt(payment: Payment) -> None:
    """End the payment's attempt; only bank transfers arrive in parts and keep it open until the sum is there."""
    attempt = payment.attempt
    if attempt is None or attempt.state == AttemptState.SUCCEEDED:
        return
    if attempt.provider == PayMethod.BANK_TRANSFER:
        got = Payment.objects.filter(attempt=attempt).aggregate(fen=Sum("fen"))["fen"] or 0
        if got < attempt.amount_fen:
            return
    ATTEMPT.require(attempt.state, AttemptState.SUCCEEDED)
    attempt.state, attempt.finished_at = AttemptState.SUCCEEDED, clock.now()
    attempt.save(update_fields=["state", "finished_at"])


def apply_to_order(record: OrderRecord, *, fresh: Payment | None = None) -> None:
    """Offer the order all its free money and note what it took; the caller holds the order's lock.

    `fresh` is the payment that the caller has just written. Online money that came too late for a closed order
    goes back at once.
    """
    offered = [
        ordering.OfferedPayment(payment.key, rest, payment.captured_at)
        for payment, rest in unapplied_money(record.pk, fresh=fresh).free
    ]
    if not offered:
        return
    faultpoint("gateways.before_mark")
    applied = ordering.pay_locked_order(record, offered)
    for key, fen in applied.sums.items():
        if fen:
            Payment.objects.filter(key=key).update(applied_fen=F("applied_fen") + fen)
    if applied.outcome in TOO_LATE:
        return_late_money(record.pk)


def offer_waiting_money(*, record_id: int) -> None:
    """Offer an unpaid order the money that waits for it. Safe to call twice: applied money is not offered again."""
    with transaction.atomic():
        record = lock(OrderRecord.objects.filter(pk=record_id)).get()
        if record.payment_state == PaymentState.UNPAID:
            apply_to_order(record)
