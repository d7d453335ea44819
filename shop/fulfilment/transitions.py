"""Which state may follow which: supplier order, parcel, watch, after-sales case. docs/states.md comes from these."""

from typing import Any

from shop.core.states import BEGINNING, Move, StateTable
from shop.fulfilment.consignment_models import ConsignmentState
from shop.fulfilment.models import Parcel, ParcelState, SupplierOrder, SupplierOrderState
from shop.fulfilment.returns.models import FreightState, ReturnRequest, ReturnState
from shop.fulfilment.tracking_models import WatchState

_SETTLE = ("fulfilment.settle_refunded_units",)

SUPPLIER_ORDER = StateTable(
    "Supplier order",
    "fulfilment.SupplierOrder.state",
    (
        Move(
            BEGINNING,
            SupplierOrderState.NEW,
            "the order may ship",
            ("fulfilment.open_supplier_orders",),
            "opened_at",
        ),
        Move(
            SupplierOrderState.NEW,
            SupplierOrderState.CONFIRMED,
            "confirmed, or a part is shipped",
            ("fulfilment.confirm_supplier_order", "fulfilment.ship_parcel"),
            "supplier_order.confirm, parcel.ship",
        ),
        Move(
            SupplierOrderState.NEW,
            SupplierOrderState.SHIPPED,
            "everything is shipped",
            ("fulfilment.ship_parcel",),
            "parcel.ship",
        ),
        Move(
            SupplierOrderState.CONFIRMED,
            SupplierOrderState.SHIPPED,
            "everything is shipped, or the rest was taken back",
            ("fulfilment.ship_parcel", *_SETTLE),
            "parcel.ship, supplier_order.settled",
        ),
        Move(
            SupplierOrderState.NEW,
            SupplierOrderState.CANCELLED,
            "everything was taken back before anything shipped",
            _SETTLE,
            "supplier_order.settled",
        ),
        Move(
            SupplierOrderState.CONFIRMED,
            SupplierOrderState.CANCELLED,
            "everything was taken back before anything shipped",
            _SETTLE,
            "supplier_order.settled",
        ),
    ),
)
CONSIGNMENTS = StateTable(
    "Parcels of an order to many",
    "fulfilment.ConsignmentPlan.state",
    (
        Move(
            BEGINNING,
            ConsignmentState.WAITING,
            "the order is placed for a list of people",
            ("fulfilment.expect_consignments",),
            "due_at",
        ),
        Move(
            ConsignmentState.WAITING,
            ConsignmentState.READY,
            "the worker has written the last parcel down",
            ("fulfilment.add_consignments",),
            "ready_at",
        ),
    ),
)
_RECEIPT = ("fulfilment.confirm_receipt", "fulfilment.confirm_due_receipts")
PARCEL = StateTable(
    "Parcel",
    "fulfilment.Parcel.state",
    (
        Move(
            BEGINNING,
            ParcelState.SHIPPED,
            "handed to the courier",
            ("fulfilment.ship_parcel",),
            "parcel.ship",
        ),
        Move(
            ParcelState.SHIPPED,
            ParcelState.SIGNED,
            "the courier has delivered it",
            ("fulfilment.record_signed",),
            "parcel.signed",
        ),
        Move(
            ParcelState.SHIPPED,
            ParcelState.RECEIVED,
            "the buyer confirms, or the time has run out",
            _RECEIPT,
            "parcel.receive",
        ),
        Move(
            ParcelState.SIGNED,
            ParcelState.RECEIVED,
            "the buyer confirms, or the time has run out",
            _RECEIPT,
            "parcel.receive",
        ),
    ),
)
_OPEN_RETURN, _ESCALATE = ("fulfilment.open_return",), ("fulfilment.escalate_return",)
_WATCH = ("fulfilment.watch_returns",)
_DECIDE = ("fulfilment.decide_return",)
_WITHDRAW = ("fulfilment.withdraw_return",)
_FAILED = ("fulfilment.return_to_shop",)
_REFUNDED = ("fulfilment.finish_refunded_return",)
_RESHIPPED = ("fulfilment.finish_reshipped_return",)


def _step(
    old: ReturnState | str, new: ReturnState, when: str, by: tuple[str, ...], journalled: str = ""
) -> Move:
    return Move(old, new, when, by, f"return.{journalled or new}")


RETURN = StateTable(
    "After-sales case",
    "fulfilment.ReturnRequest.state",
    (
        _step(BEGINNING, ReturnState.REQUESTED, "asked for by the buyer; its money is held", _OPEN_RETURN),
        _step(
            ReturnState.REQUESTED,
            ReturnState.AGREED,
            "the supplier agrees; without goods to come back the money or the replacement goes at once",
            ("fulfilment.agree_return",),
        ),
        _step(
            ReturnState.REQUESTED,
            ReturnState.REFUSED,
            "the supplier refuses; the money held is given back",
            ("fulfilment.refuse_return",),
        ),
        _step(
            ReturnState.REQUESTED,
            ReturnState.ESCALATED,
            "the supplier does not answer in time, or asks the shop",
            (*_ESCALATE, *_WATCH),
        ),
        _step(ReturnState.REQUESTED, ReturnState.WITHDRAWN, "the buyer no longer asks", _WITHDRAW),
        _step(
            ReturnState.REFUSED,
            ReturnState.ESCALATED,
            "the buyer asks the shop; its money is held again",
            _ESCALATE,
        ),
        _step(ReturnState.ESCALATED, ReturnState.AGREED, "the shop decides for the buyer", _DECIDE),
        _step(ReturnState.ESCALATED, ReturnState.CLOSED, "the shop decides against the buyer", _DECIDE),
        _step(ReturnState.ESCALATED, ReturnState.WITHDRAWN, "the buyer no longer asks", _WITHDRAW),
        _step(ReturnState.ESCALATED, ReturnState.REFUNDED, "money that had failed went out", _REFUNDED),
        _step(
            ReturnState.AGREED,
            ReturnState.SENT_BACK,
            "the buyer handed the goods to a courier",
            ("fulfilment.send_goods_back",),
        ),
        _step(ReturnState.AGREED, ReturnState.WITHDRAWN, "the buyer keeps the goods", _WITHDRAW),
        _step(ReturnState.AGREED, ReturnState.CLOSED, "the goods were not sent back in time", _WATCH),
        _step(ReturnState.AGREED, ReturnState.REFUNDED, "the money has gone out", _REFUNDED),
        _step(ReturnState.AGREED, ReturnState.RESHIPPED, "the replacement is on its way", _RESHIPPED),
        _step(ReturnState.AGREED, ReturnState.ESCALATED, "money or replacement failed", _FAILED),
        _step(
            ReturnState.SENT_BACK,
            ReturnState.ARRIVED,
            "the supplier has looked at the goods; good ones are in stock again",
            ("fulfilment.receive_goods_back",),
        ),
        _step(
            ReturnState.SENT_BACK,
            ReturnState.ESCALATED,
            "nothing came back in time, or not what was agreed",
            (*_ESCALATE, *_WATCH),
        ),
        _step(ReturnState.ARRIVED, ReturnState.REFUNDED, "the money has gone out", _REFUNDED),
        _step(ReturnState.ARRIVED, ReturnState.RESHIPPED, "the replacement is on its way", _RESHIPPED),
        _step(ReturnState.ARRIVED, ReturnState.ESCALATED, "money or replacement failed", _FAILED),
    ),
)
TRACKING_WATCH = StateTable(
    "Watch of a courier number",
    "fulfilment.TrackingWatch.state",
    (
        Move(
            BEGINNING,
            WatchState.WAITING,
            "a parcel is shipped, or its number corrected",
            ("fulfilment.plan_watch", "fulfilment.correct_number"),
            "created_at",
        ),
        Move(
            WatchState.WAITING,
            WatchState.WATCHED,
            "the tracking service has taken it, or tells already",
            ("fulfilment.ask_for_news", "fulfilment.receive_push"),
            "watched_at",
        ),
        Move(
            WatchState.WAITING,
            WatchState.ENDED,
            "told to the end before its answer came",
            ("fulfilment.receive_push",),
            "ended_at",
        ),
        Move(
            WatchState.WATCHED,
            WatchState.ENDED,
            "the tracking service has told the last",
            ("fulfilment.receive_push",),
            "ended_at",
        ),
        Move(
            WatchState.WAITING,
            WatchState.FAILED,
            "refused, or asked too often in vain",
            ("fulfilment.ask_for_news", "fulfilment.receive_push"),
            "last_error",
        ),
        Move(
            WatchState.WATCHED,
            WatchState.FAILED,
            "the tracking service finds nothing",
            ("fulfilment.receive_push",),
            "last_error",
        ),
        Move(
            WatchState.FAILED,
            WatchState.WAITING,
            "staff ask again",
            ("fulfilment.watch_again",),
            "parcel.watched_again",
        ),
        *(
            Move(old, WatchState.REPLACED, "the number was corrected", ("fulfilment.plan_watch",), "ended_at")
            for old in (WatchState.WAITING, WatchState.WATCHED, WatchState.ENDED, WatchState.FAILED)
        ),
        Move(
            WatchState.REPLACED,
            WatchState.WAITING,
            "corrected back",
            ("fulfilment.plan_watch",),
            "due_at",
        ),
    ),
)
FREIGHT = StateTable(
    "Freight of an after-sales case",
    "fulfilment.ReturnRequest.freight_state",
    (
        Move(
            BEGINNING,
            FreightState.ASKED,
            "asked for with the goods; its money is held as long as the case's is",
            _OPEN_RETURN,
            "return.requested",
        ),
        Move(
            FreightState.ASKED,
            FreightState.GRANTED,
            "the shop lets it go back",
            ("fulfilment.decide_freight",),
            "return.freight_granted",
        ),
        Move(
            FreightState.ASKED,
            FreightState.REFUSED,
            "the shop does not; the money held is given back",
            ("fulfilment.decide_freight",),
            "return.freight_refused",
        ),
    ),
)
TABLES = (SUPPLIER_ORDER, CONSIGNMENTS, PARCEL, TRACKING_WATCH, RETURN, FREIGHT)


def move_supplier_order(order: SupplierOrder, new: SupplierOrderState, **columns: Any) -> bool:
    """Move a supplier order whose record is locked and write the given columns with it.

    Returns whether the state is another one now. Raises WrongMove when the table has no such move.
    """
    moved = order.state != new
    if moved:
        SUPPLIER_ORDER.require(order.state, new)
    _save(order, state=new, **columns)
    return moved


def move_parcel(parcel: Parcel, new: ParcelState, **columns: Any) -> None:
    """Move a parcel whose order is locked. Raises WrongMove when the table has no such move."""
    PARCEL.require(parcel.state, new)
    _save(parcel, state=new, **columns)


def move_return(case: ReturnRequest, new: ReturnState, **columns: Any) -> None:
    """Move an after-sales case whose order is locked. Raises WrongMove when the table has no such move."""
    RETURN.require(case.state, new)
    _save(case, state=new, **columns)


def move_freight(case: ReturnRequest, new: FreightState) -> None:
    """Move the freight of a case whose order is locked. Raises WrongMove when the table has no such move."""
    FREIGHT.require(case.freight_state, new)
    _save(case, freight_state=new)


def _save(row: SupplierOrder | Parcel | ReturnRequest, **columns: Any) -> None:
    for name, value in columns.items():
        setattr(row, name, value)
    row.save(update_fields=list(columns))
