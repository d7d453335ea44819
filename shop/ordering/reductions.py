"""Lower the amount due of an unpaid order: a shortage, a price. Append-only."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from shop.core import clock
from shop.core.locks import lock
from shop.ordering import stock
from shop.ordering.closing import close_locked
from shop.ordering.exceptions import RefundRefused, WrongState
from shop.ordering.models import Allocation, LineShare, OrderRecord, Reduction
from shop.ordering.payloads import item_payload, share_payload
from shop.ordering.portions import Book, Portion, Taken
from shop.ordering.status import CloseReason, PaymentState, Step
from shop.ordering.transitions import move_payment, save_columns, write_step
from shop.outbox.services import append


def reduce_order(
    *, record_id: int, portions: Sequence[Portion], reason: str, actor_id: int | None
) -> OrderRecord:
    """Take units, fen or charges off an order before it is paid; not safe to call twice for one shortage.

    Stock of the units is free again (on terms some may have left: unshipped units are taken first), and a
    supplier left without units loses its freight too. An order with nothing left to pay closes. Emits
    `order.reduced`. Money that waits as partial may be enough now: the caller offers it again with
    `mark_order_paid`. Raises WrongState when not unpaid, RefundRefused when a portion is more than is left,
    or takes units that were accepted.
    """
    with transaction.atomic():
        record = lock(OrderRecord.objects.filter(pk=record_id)).get()
        if record.payment_state != PaymentState.UNPAID:
            raise WrongState(what="payment", old=record.payment_state, new="reduced")
        book = Book(record)
        taken = {id(item): item for item in book.take(portions)}
        taken |= {id(item): item for item in book.take_bare_charges()}
        items = list(taken.values())
        _require_unaccepted(items)
        _write(record, items, reason=reason, actor_id=actor_id)
        if record.due_fen == 0:
            _close(record, actor_id=actor_id)
    return record


def _require_unaccepted(items: Sequence[Taken]) -> None:
    for item in items:
        share = item.target
        if isinstance(share, LineShare) and item.units > share.left_units - share.accepted_units:
            raise RefundRefused(
                _("“%(product)s”: %(units)d units have been accepted and are due.")
                % {"product": share.dims["product_name"], "units": share.accepted_units},
                code="accepted",
                field="units",
            )


def _write(record: OrderRecord, items: Sequence[Taken], *, reason: str, actor_id: int | None) -> None:
    now, off = clock.now(), sum(item.fen for item in items)
    for item in items:
        _reduce_target(record, item, reason=reason, actor_id=actor_id)
    save_columns(record, reduced_fen=record.reduced_fen + off, due_fen=record.due_fen - off)
    freed = _unshipped(record, items)
    if freed:
        stock.release_allocation(line_units=freed)
    write_step(record, Step.REDUCED, actor_id=actor_id, after={"due_fen": record.due_fen}, reason=reason)
    append(
        topic="order.reduced",
        stream=record.number,
        payload={
            "order": record.number,
            "record_id": record.pk,
            "due_fen": record.due_fen,
            "items": [item_payload(item.target.source_key, item.units, item.fen) for item in items],
            "shares": [share_payload(item.target) for item in items if isinstance(item.target, LineShare)],
        },
        occurred_at=now,
    )


def _unshipped(record: OrderRecord, items: Sequence[Taken]) -> dict[int, int]:
    """Return by line how many of the units taken are still on the shelf."""
    held: dict[int, int] = defaultdict(int)
    for allocation in Allocation.objects.filter(line__order_id=record.order_id):
        held[allocation.line_id] += allocation.held
    wanted: dict[int, int] = defaultdict(int)
    for item in items:
        if isinstance(item.target, LineShare):
            wanted[item.target.line_id] += item.units - item.shipped_units
    freed = {line_id: min(units, held[line_id]) for line_id, units in wanted.items()}
    return {line_id: units for line_id, units in freed.items() if units}


def _reduce_target(record: OrderRecord, item: Taken, *, reason: str, actor_id: int | None) -> None:
    target = item.target
    columns: dict[str, Any] = {"reduced_fen": target.reduced_fen + item.fen}
    if isinstance(target, LineShare):
        columns["reduced_units"] = target.reduced_units + item.units
    for name, value in columns.items():
        setattr(target, name, value)
    target.save(update_fields=list(columns))
    is_share = isinstance(target, LineShare)
    Reduction.objects.create(
        record=record,
        share_id=target.pk if is_share else None,
        charge_id=None if is_share else target.pk,
        units=item.units,
        fen=item.fen,
        reason=reason,
        actor_id=actor_id,
        at=clock.now(),
    )


def _close(record: OrderRecord, *, actor_id: int | None) -> None:
    """Close at once: a provider's session still open asks for an amount that is due no more."""
    reason = CloseReason.NOTHING_DUE.value
    move_payment(
        record,
        PaymentState.CLOSING,
        step=Step.CLOSING,
        actor_id=actor_id,
        reason=reason,
        close_reason=reason,
    )
    close_locked(record, actor_id=actor_id)
