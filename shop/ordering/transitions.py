"""Which state may follow which: the tables of an order's life. docs/states.md is written from them."""

from collections.abc import Mapping
from typing import Any

from shop.core import clock
from shop.core.states import BEGINNING, Move, StateTable
from shop.journal.services import record as journal
from shop.ordering.exceptions import WrongState
from shop.ordering.models import OrderRecord
from shop.ordering.status import (
    CutState,
    FulfilmentState,
    PaymentState,
    RefundState,
    ReleaseState,
    ReshipState,
    Step,
)

_CLOSE = ("gateways.close_order", "gateways.expire_due_orders", "ordering.begin_close")

PAYMENT = StateTable(
    "Payment of an order",
    "ordering.OrderRecord.payment_state",
    (
        Move(BEGINNING, PaymentState.UNPAID, "placed", ("ordering.place_order",), Step.PLACED),
        Move(
            PaymentState.UNPAID,
            PaymentState.PAID,
            "the whole amount due has come",
            ("ordering.mark_order_paid",),
            Step.PAID,
        ),
        Move(
            PaymentState.UNPAID,
            PaymentState.CLOSING,
            "cancelled, not paid in time, or reduced to nothing",
            (*_CLOSE, "ordering.reduce_order"),
            Step.CLOSING,
        ),
        Move(
            PaymentState.CLOSING,
            PaymentState.PAID,
            "money won the race against the closing",
            ("ordering.mark_order_paid",),
            Step.PAID,
        ),
        Move(
            PaymentState.CLOSING,
            PaymentState.CLOSED,
            "the provider's session has ended; the stock is free",
            ("ordering.finish_close", "ordering.reduce_order"),
            Step.CLOSED,
        ),
        Move(
            PaymentState.CLOSED,
            PaymentState.PAID,
            "money came late and the goods could be allocated again",
            ("ordering.mark_order_paid",),
            f"{Step.PAID}, {Step.REOPENED}",
        ),
    ),
)
RELEASE = StateTable(
    "Release of an order",
    "ordering.OrderRecord.release_state",
    (
        Move(BEGINNING, ReleaseState.HELD, "placed", ("ordering.place_order",), Step.PLACED),
        Move(
            ReleaseState.HELD,
            ReleaseState.RELEASED,
            "paid, or on approved terms; once",
            ("ordering.release_order", "ordering.release_on_terms"),
            Step.RELEASED,
        ),
    ),
)
_FULFILMENT_BY = ("ordering.record_fulfilment",)
FULFILMENT = StateTable(
    "Fulfilment of an order",
    "ordering.OrderRecord.fulfilment_state",
    (
        Move(BEGINNING, FulfilmentState.NONE, "placed", ("ordering.place_order",), Step.PLACED),
        *(
            Move(old, new, "as its parcels; steps may be skipped, never back", _FULFILMENT_BY, step)
            for old, new, step in (
                (FulfilmentState.NONE, FulfilmentState.PART, Step.PART_SHIPPED),
                (FulfilmentState.NONE, FulfilmentState.SHIPPED, Step.SHIPPED),
                (FulfilmentState.NONE, FulfilmentState.RECEIVED, Step.RECEIVED),
                (FulfilmentState.PART, FulfilmentState.SHIPPED, Step.SHIPPED),
                (FulfilmentState.PART, FulfilmentState.RECEIVED, Step.RECEIVED),
                (FulfilmentState.SHIPPED, FulfilmentState.RECEIVED, Step.RECEIVED),
            )
        ),
    ),
)
REFUND = StateTable(
    "Refund",
    "ordering.RefundRequest.state",
    (
        Move(
            BEGINNING,
            RefundState.REQUESTED,
            "asked for; money moves once it is approved",
            ("ordering.request_refund",),
            Step.REFUND_REQUESTED,
        ),
        Move(
            RefundState.REQUESTED,
            RefundState.EXECUTED,
            "every part has gone out",
            ("ordering.record_refund_result",),
            Step.REFUND_EXECUTED,
        ),
        Move(
            RefundState.REQUESTED,
            RefundState.FAILED,
            "no part could go out",
            ("ordering.record_refund_result",),
            Step.REFUND_FAILED,
        ),
        Move(
            RefundState.REQUESTED,
            RefundState.WITHDRAWN,
            "refused or taken back before money moved",
            ("ordering.withdraw_refund",),
            Step.REFUND_WITHDRAWN,
        ),
    ),
)
RESHIPMENT = StateTable(
    "Replacement sent free of charge",
    "ordering.Reshipment.state",
    (
        Move(
            BEGINNING,
            ReshipState.REQUESTED,
            "asked for by staff; its units leave the shelf",
            ("ordering.request_reshipment",),
            Step.RESHIP_REQUESTED,
        ),
        Move(
            ReshipState.REQUESTED,
            ReshipState.SHIPPED,
            "handed to the courier",
            ("fulfilment.ship_replacement", "ordering.record_reshipped"),
            Step.RESHIPPED,
        ),
        Move(
            ReshipState.SHIPPED,
            ReshipState.SIGNED,
            "the courier has delivered it, the buyer says so, or the time has run out",
            (
                "fulfilment.receive_replacement",
                "fulfilment.confirm_due_replacements",
                "ordering.record_reship_signed",
            ),
            Step.RESHIP_SIGNED,
        ),
        Move(
            ReshipState.REQUESTED,
            ReshipState.CANCELLED,
            "called off; its units are back on the shelf",
            ("ordering.cancel_reshipment",),
            Step.RESHIP_CANCELLED,
        ),
    ),
)
_CUT_BY = ("gateways.cut_suspended_goods", "gateways.cut_goods_now", "ordering.cut_supplier")
_LEFT_WHEN = "the order was paid or closed meanwhile, or the suspension lifted"
CUT = StateTable(
    "Goods of a suspended supplier in an unpaid order",
    "ordering.SupplierCut.state",
    (
        Move(
            BEGINNING,
            CutState.WAITING,
            "the supplier is suspended; the order has goods of others too",
            ("ordering.ask_cut",),
            "SupplierCut.asked_at",
        ),
        Move(CutState.WAITING, CutState.CUT, "no payment is open", _CUT_BY, Step.REDUCED),
        Move(
            CutState.WAITING,
            CutState.STUCK,
            "money has come in, or a payment could not be ended",
            ("ordering.stop_cut",),
            "SupplierCut.stuck_at",
        ),
        Move(CutState.WAITING, CutState.LEFT, _LEFT_WHEN, _CUT_BY, "SupplierCut.ended_at"),
        Move(CutState.STUCK, CutState.CUT, "staff decided so", _CUT_BY, Step.REDUCED),
        Move(
            CutState.STUCK,
            CutState.LEFT,
            f"staff decided so, or {_LEFT_WHEN}",
            ("ordering.leave_cut", *_CUT_BY),
            "order.goods_left, SupplierCut.ended_at",
        ),
    ),
)
TABLES = (PAYMENT, RELEASE, FULFILMENT, REFUND, RESHIPMENT, CUT)


def require(table: StateTable, *, what: str, old: str, new: str) -> None:
    """Raise WrongState when the table has no such move."""
    if not table.allows(old, new):
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
    save_columns(record, attention=attention, attention_at=clock.now() if attention else None)
    if attention:
        write_step(record, Step.ATTENTION, after={"attention": attention, "at": clock.now().isoformat()})
