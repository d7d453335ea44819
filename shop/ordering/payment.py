"""Money meets the order: paid, not enough, too much, too late; and release for shipping."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from django.db import models, transaction
from oscar.apps.order.models import Line

from shop.buyers.units import RESIDENT
from shop.core import clock
from shop.core.faultpoint import faultpoint
from shop.core.locks import lock
from shop.coupons.services import take_again
from shop.listings.selectors import current_shelf, limits_on
from shop.ordering import stock
from shop.ordering.exceptions import CannotPlace, OutOfStock, WrongState
from shop.ordering.limits import hold_to_limits, person_of
from shop.ordering.models import LineShare, OrderRecord
from shop.ordering.payloads import order_payload
from shop.ordering.status import Attention, PaymentState, ReleaseState, Step
from shop.ordering.transitions import RELEASE as RELEASE_TABLE
from shop.ordering.transitions import call_attention, move_payment, require, save_columns, write_step
from shop.outbox.services import append


class OfferedPayment(NamedTuple):
    """Captured money of an order that is not applied yet: its rest, not its whole sum."""

    key: str
    fen: int
    captured_at: dt.datetime


class PayOutcome(models.TextChoices):
    """What became of the money offered."""

    PAID = "paid"
    PARTIAL = "partial"
    ALREADY_PAID = "already_paid"
    LATE_PAID = "late_paid"
    LATE_PARTIAL = "late_partial"
    LATE_NO_STOCK = "late_no_stock"
    LATE_LIMIT = "late_limit"
    LATE_COUPON = "late_coupon"
    LATE_FORGOTTEN = "late_forgotten"


@dataclass(frozen=True)
class Applied:
    """How much of each offered payment the order took (every key is there), and what is left over."""

    outcome: PayOutcome
    sums: dict[str, int]
    unapplied_fen: int


def mark_order_paid(
    *, record_id: int, payments: Sequence[OfferedPayment | tuple[str, int, dt.datetime]]
) -> Applied:
    """Decide what the captured, unapplied money of an order pays; call it in the transaction of the capture.

    Give all unapplied payments of the order: they count together, in capture order, and only a whole
    amount due is applied. Exact or more: the order is paid, `order.paid` and `order.released` go out,
    the surplus stays unapplied. Less: nothing is applied. Already paid: nothing. Closed: a new claim
    on the goods, so stock is allocated anew and the limits per person of today hold; the order is paid, or the
    money stays unapplied. What stays unapplied sets
    `attention`. The caller writes `sums` as applied on its payments in the same transaction; amounts
    in fen. Safe to call again: money applied is not offered again.
    """
    with transaction.atomic():
        return pay_locked_order(lock(OrderRecord.objects.filter(pk=record_id)).get(), payments)


def pay_locked_order(
    record: OrderRecord, payments: Sequence[OfferedPayment | tuple[str, int, dt.datetime]]
) -> Applied:
    """As `mark_order_paid`, for an order that the caller has locked."""
    offered = sorted((OfferedPayment(*payment) for payment in payments), key=lambda p: (p.captured_at, p.key))
    if not offered or min(payment.fen for payment in offered) < 1:
        raise ValueError("offer payments of at least one fen each")
    total = sum(payment.fen for payment in offered)
    if record.payment_state == PaymentState.PAID:
        return _nothing_applied(record, PayOutcome.ALREADY_PAID, Attention.SURPLUS, offered)
    late = record.payment_state == PaymentState.CLOSED
    if total < record.due_fen or record.due_fen == 0:
        if late:
            return _nothing_applied(record, PayOutcome.LATE_PARTIAL, Attention.LATE_PARTIAL, offered)
        return _nothing_applied(record, PayOutcome.PARTIAL, Attention.PARTIAL, offered)
    refused = _hold_again(record) if late else None
    if refused is not None:
        return _nothing_applied(record, *refused, offered)
    sums = _take(offered, record.due_fen)
    shares = list(record.shares.order_by("number"))
    _become_paid(record, shares, offered, sums, late=late)
    call_attention(record, Attention.SURPLUS if total > record.due_fen else "")
    if record.release_state != ReleaseState.RELEASED:
        let_ship(record, shares=shares)
    faultpoint("ordering.paid.before_commit")
    outcome = PayOutcome.LATE_PAID if late else PayOutcome.PAID
    return Applied(outcome, sums, total - record.due_fen)


def release_order(*, record_id: int) -> bool:
    """Let a paid order ship: emits `order.released` once; safe to call twice.

    Returns whether this call released it. Raises WrongState for an order that is not paid.
    """
    with transaction.atomic():
        record = lock(OrderRecord.objects.filter(pk=record_id)).get()
        if record.release_state == ReleaseState.RELEASED:
            return False
        if record.payment_state != PaymentState.PAID:
            raise WrongState(what="release", old=record.payment_state, new=ReleaseState.RELEASED)
        let_ship(record)
    return True


def let_ship(
    record: OrderRecord, *, released_by: int | None = None, shares: Iterable[LineShare] | None = None
) -> None:
    """Release a locked order that may ship: `order.released` goes out; `released_by` names who let it unpaid.

    `shares` are the order's, where the caller has just read them.
    """
    require(RELEASE_TABLE, what="release", old=record.release_state, new=ReleaseState.RELEASED)
    now = clock.now()
    save_columns(record, release_state=ReleaseState.RELEASED, released_at=now, released_by=released_by)
    write_step(record, Step.RELEASED, actor_id=released_by)
    shares = record.shares.all() if shares is None else shares
    suppliers = sorted({share.dims["supplier"] for share in shares if share.units > share.reduced_units})
    append(
        topic="order.released",
        stream=record.number,
        payload={"order": record.number, "record_id": record.pk, "suppliers": suppliers},
        occurred_at=now,
    )


def _nothing_applied(
    record: OrderRecord, outcome: PayOutcome, attention: Attention, offered: Sequence[OfferedPayment]
) -> Applied:
    call_attention(record, attention)
    return Applied(outcome, {payment.key: 0 for payment in offered}, sum(payment.fen for payment in offered))


def _take(offered: Sequence[OfferedPayment], due_fen: int) -> dict[str, int]:
    """Take the amount due from the payments in capture order."""
    sums: dict[str, int] = {}
    for payment in offered:
        sums[payment.key] = min(payment.fen, due_fen)
        due_fen -= sums[payment.key]
    return sums


def _become_paid(
    record: OrderRecord,
    shares: Sequence[LineShare],
    offered: Sequence[OfferedPayment],
    sums: dict[str, int],
    *,
    late: bool,
) -> None:
    now = clock.now()
    move_payment(
        record,
        PaymentState.PAID,
        step=Step.PAID,
        paid_fen=record.due_fen,
        paid_at=now,
        closed_at=None,
        close_reason="",
    )
    if late:
        write_step(record, Step.REOPENED)
    applied = [
        {"payment_key": payment.key, "fen": sums[payment.key], "captured_at": payment.captured_at.isoformat()}
        for payment in offered
        if sums[payment.key]
    ]
    append(
        topic="order.paid",
        stream=record.number,
        payload=order_payload(record, shares) | {"payments": applied},
        occurred_at=now,
    )


def _hold_again(record: OrderRecord) -> tuple[PayOutcome, Attention] | None:
    """Allocate the goods of a closed order anew: all of them, or none; return why not."""
    if record.forgotten_at is not None:
        return PayOutcome.LATE_FORGOTTEN, Attention.LATE_FORGOTTEN
    shares = list(record.shares.select_related("line"))
    # The component shares of a line all tell its units.
    lines = {share.line_id: share.line for share in shares}
    units = {share.line_id: share.units - share.reduced_units for share in shares}
    if not _within_limits(record, [(line, units[pk]) for pk, line in sorted(lines.items())]):
        return PayOutcome.LATE_LIMIT, Attention.LATE_LIMIT
    try:
        with transaction.atomic():
            if record.discount_fen and not take_again(
                order_number=record.number, discount_fen=record.discount_fen
            ):
                return PayOutcome.LATE_COUPON, Attention.LATE_COUPON
            every = Line.objects.filter(order_id=record.order_id).order_by("pk")
            stock.allocate(lines=every, units=units, pool=record.pool, again=True)
    except OutOfStock:
        return PayOutcome.LATE_NO_STOCK, Attention.LATE_NO_STOCK
    return None


def _within_limits(record: OrderRecord, lines: Sequence[tuple[Line, int]]) -> bool:
    """Say whether the buyer may have these goods beside what they have ordered since; an organisation always may."""
    if record.buyer_kind != RESIDENT:
        return True
    limits = limits_on(current_shelf(), clock.today())
    wanted = [(line.product_id, line.title, units) for line, units in lines if line.product_id in limits]
    if not wanted:
        return True
    try:
        hold_to_limits(person=person_of(record.buyer, record.guest_phone), wanted=wanted, limits=limits)
    except CannotPlace:
        return False
    return True
