"""Which state may follow which: a supplier order, a parcel, a watch. docs/states.md is written from them."""

from typing import Any

from shop.core.states import BEGINNING, Move, StateTable
from shop.fulfilment.models import Parcel, ParcelState, SupplierOrder, SupplierOrderState
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
TABLES = (SUPPLIER_ORDER, PARCEL, TRACKING_WATCH)


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


def _save(row: SupplierOrder | Parcel, **columns: Any) -> None:
    for name, value in columns.items():
        setattr(row, name, value)
    row.save(update_fields=list(columns))
