"""Close an unpaid order: first `closing`, then - the provider's session ended - `closed`."""

from django.db import transaction
from django.utils.translation import gettext as _

from shop.core import clock
from shop.core.faultpoint import faultpoint
from shop.core.locks import lock
from shop.coupons.services import give_back_coupon
from shop.ordering import stock
from shop.ordering.exceptions import OrderingError
from shop.ordering.models import OrderRecord
from shop.ordering.shelf import units_on_shelf
from shop.ordering.status import CloseReason, PaymentState, Step
from shop.ordering.transitions import move_payment
from shop.outbox.services import append


class OrderIsPaid(OrderingError):
    """The order is paid, so it cannot be closed; the way back is a refund."""

    def __init__(self) -> None:
        super().__init__(
            _("The order is paid already. Please ask for a refund instead."), code="order_is_paid"
        )


class OrderIsReleased(OrderingError):
    """The order ships on terms, so it cannot be closed; the way back is a reduction."""

    def __init__(self) -> None:
        super().__init__(
            _("The order is with the suppliers already. Please ask the shop to take goods off it instead."),
            code="order_is_released",
        )


def begin_close(
    *, record_id: int, reason: CloseReason | str, actor_id: int | None = None, note: str = ""
) -> bool:
    """Mark an unpaid order as closing; stock stays held until `finish_close`. `note` says why in words.

    Returns whether there is something left to finish: True for closing (also when it was before), False
    for closed. Safe to call twice; the first reason stays. Raises OrderIsPaid when the money was first,
    OrderIsReleased when it ships on terms.
    """
    with transaction.atomic():
        record = lock(OrderRecord.objects.filter(pk=record_id)).get()
        if record.payment_state == PaymentState.PAID:
            raise OrderIsPaid
        if record.is_on_terms:
            raise OrderIsReleased
        if record.payment_state == PaymentState.UNPAID:
            move_payment(
                record,
                PaymentState.CLOSING,
                step=Step.CLOSING,
                actor_id=actor_id,
                reason=note or str(reason),
                close_reason=str(reason),
            )
        return record.payment_state == PaymentState.CLOSING


def finish_close(*, record_id: int, actor_id: int | None = None) -> bool:
    """Close an order that is closing: its stock is free again, its coupon goes back and `order.closed` goes out, once.

    Call it when the provider's session has ended. Returns whether the order is closed now: False when
    money came meanwhile and won. Safe to call twice. Raises WrongState for one that is not closing.
    """
    with transaction.atomic():
        record = lock(OrderRecord.objects.filter(pk=record_id)).get()
        if record.payment_state == PaymentState.CLOSED:
            return True
        if record.payment_state == PaymentState.PAID:
            return False
        close_locked(record, actor_id=actor_id)
        faultpoint("ordering.close.before_commit")
    return True


def close_locked(record: OrderRecord, *, actor_id: int | None) -> None:
    """Close a locked order that is closing."""
    now = clock.now()
    move_payment(record, PaymentState.CLOSED, step=Step.CLOSED, actor_id=actor_id, closed_at=now)
    held = {line_id: units for line_id, units in units_on_shelf(record).items() if units}
    if held:
        stock.release_allocation(line_units=held)
    if record.discount_fen:
        give_back_coupon(order_number=record.number)
    append(
        topic="order.closed",
        stream=record.number,
        payload={
            "order": record.number,
            "record_id": record.pk,
            "reason": record.close_reason,
            "was_paid": False,
        },
        occurred_at=now,
    )
