"""Which state may follow which: the one table of an order's life.

payment     (place) → unpaid
            unpaid  → paid      the amount due is there
            unpaid  → closing   cancelled, expired or reduced to nothing
            closing → paid      money won the race against the closing
            closing → closed    stock released
            closed  → paid      late money, and the goods could be allocated again
release     held → released     once, by payment (or approved terms)
fulfilment  none → part → shipped → received, steps may be skipped, never back
refund      requested → executed | failed | withdrawn
"""

from collections.abc import Mapping
from typing import Any

from shop.core import clock
from shop.journal.services import record as journal
from shop.ordering.exceptions import WrongState
from shop.ordering.models import OrderRecord
from shop.ordering.status import FulfilmentState, PaymentState, RefundState, ReleaseState, Step

PAYMENT: frozenset[tuple[str, str]] = frozenset(
    {
        (PaymentState.UNPAID, PaymentState.PAID),
        (PaymentState.UNPAID, PaymentState.CLOSING),
        (PaymentState.CLOSING, PaymentState.PAID),
        (PaymentState.CLOSING, PaymentState.CLOSED),
        (PaymentState.CLOSED, PaymentState.PAID),
    }
)
RELEASE: frozenset[tuple[str, str]] = frozenset({(ReleaseState.HELD, ReleaseState.RELEASED)})
FULFILMENT: frozenset[tuple[str, str]] = frozenset(
    {
        (FulfilmentState.NONE, FulfilmentState.PART),
        (FulfilmentState.NONE, FulfilmentState.SHIPPED),
        (FulfilmentState.NONE, FulfilmentState.RECEIVED),
        (FulfilmentState.PART, FulfilmentState.SHIPPED),
        (FulfilmentState.PART, FulfilmentState.RECEIVED),
        (FulfilmentState.SHIPPED, FulfilmentState.RECEIVED),
    }
)
REFUND: frozenset[tuple[str, str]] = frozenset(
    {
        (RefundState.REQUESTED, RefundState.EXECUTED),
        (RefundState.REQUESTED, RefundState.FAILED),
        (RefundState.REQUESTED, RefundState.WITHDRAWN),
    }
)


def require(table: frozenset[tuple[str, str]], *, what: str, old: str, new: str) -> None:
    """Raise WrongState when the table has no such move."""
    if (str(old), str(new)) not in table:
        raise WrongState(what=what, old=str(old), new=str(new))


def move_payment(
    record: OrderRecord,
    new: PaymentState,
    *,
    step: Step,
    actor_id: int | None = None,
    reason: str = "",
    **columns: Any,
) -> None:
    """Move the payment state of a locked record, write the given columns with it and journal the step.

    Raises WrongState when the move is not in the table.
    """
    old = record.payment_state
    require(PAYMENT, what="payment", old=old, new=new)
    save_columns(record, payment_state=new, **columns)
    write_step(record, step, actor_id=actor_id, before={"payment": str(old)}, reason=reason)


def save_columns(record: OrderRecord, **columns: Any) -> None:
    """Write just these columns of a locked record."""
    for name, value in columns.items():
        setattr(record, name, value)
    record.save(update_fields=list(columns))


def write_step(
    record: OrderRecord,
    step: Step,
    *,
    actor_id: int | None = None,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    reason: str = "",
) -> None:
    """Journal a step of the order; the timeline is read from these."""
    journal(
        actor_id=actor_id,
        action=step.value,
        object_type="order",
        object_key=record.number,
        before=before,
        after={"payment": str(record.payment_state), **(after or {})},
        reason=reason,
    )


def call_attention(record: OrderRecord, attention: str) -> None:
    """Note why a person must look at a locked record; journalled when it is new."""
    if record.attention == attention:
        return
    save_columns(record, attention=attention)
    if attention:
        write_step(record, Step.ATTENTION, after={"attention": attention, "at": clock.now().isoformat()})
