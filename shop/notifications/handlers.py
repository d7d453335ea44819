"""Who is told of what."""

from typing import Any

from shop.core import clock
from shop.fulfilment.models import ShortageReport, ShortageState, SupplierOrder, SupplierOrderState
from shop.notifications.services import write_buyer_notice, write_supplier_notice
from shop.ordering.models import OrderRecord
from shop.outbox.events import Event
from shop.suppliers.models import Supplier


def notify_suppliers(event: Event) -> None:
    """On `order.released`: each supplier of the order learns that there is something to ship."""
    record = _record(event)
    for supplier in Supplier.objects.filter(code__in=event.payload["suppliers"]):
        key = f"{event.event_id}:supplier:{supplier.code}"
        write_supplier_notice(key=key, kind="supplier_new_order", record=record, supplier=supplier)


def notify_suppliers_of_address(event: Event) -> None:
    """On `order.address_corrected`: each supplier that has the order already, to print its label anew."""
    orders = SupplierOrder.objects.filter(record=event.payload["record_id"])
    for order in orders.exclude(state=SupplierOrderState.CANCELLED).select_related("record", "supplier"):
        write_supplier_notice(
            key=f"{event.event_id}:address:{order.supplier.code}",
            kind="supplier_address_corrected",
            record=order.record,
            supplier=order.supplier,
        )


def notify_buyer_paid(event: Event) -> None:
    """On `order.paid`."""
    _tell_buyer(event, "buyer_paid")


def notify_buyer_shipped(event: Event) -> None:
    """On `parcel.shipped`."""
    _tell_buyer(event, "buyer_shipped", parcel_id=event.payload["parcel_id"])


def notify_buyer_of_parcels(event: Event) -> None:
    """On `parcels.shipped`: of an order to many, once a day for each supplier however many lists it ships by."""
    day, supplier = clock.local_date(event.occurred_at), event.payload["supplier"]
    write_buyer_notice(
        key=f"{event.payload['order']}:{supplier}:{day}:parcels",
        kind="buyer_parcels",
        record=_record(event),
        parcels=len(event.payload["parcel_ids"]),
        supplier=Supplier.objects.get(code=supplier),
    )


def notify_buyer_short(event: Event) -> None:
    """On `supplier.shortage_reported`, while nothing is decided: which goods a supplier cannot ship."""
    open_reports = ShortageReport.objects.filter(
        supplier_order=event.payload["supplier_order"], state=ShortageState.OPEN
    )
    if not open_reports.exists():
        return
    units = {item["line"]: item["units"] for item in event.payload["items"]}
    lines = _record(event).order.lines.filter(pk__in=units).order_by("pk")
    missing = [(line.title, units[line.pk]) for line in lines]
    _tell_buyer(event, "buyer_shortage", missing=missing)


def notify_buyer_cut(event: Event) -> None:
    """On `order.supplier_cut`: which goods were taken off the unpaid order, and what is to be paid now."""
    units = {item["line"]: item["units"] for item in event.payload["items"]}
    lines = _record(event).order.lines.filter(pk__in=units).order_by("pk")
    gone = [(line.title, units[line.pk]) for line in lines]
    _tell_buyer(event, "buyer_cut", gone=gone, fen=event.payload["due_fen"])


def notify_buyer_refunded(event: Event) -> None:
    """On `refund.executed`."""
    total = sum(item["fen"] for item in event.payload["items"])
    _tell_buyer(event, "buyer_refunded", fen=total)


def notify_buyer_returned(event: Event) -> None:
    """On `unapplied.returned`: late or surplus money is back; without an order there is nobody to tell."""
    if event.payload.get("order"):
        _tell_buyer(event, "buyer_refunded", fen=event.payload["fen"])


def notify_buyer_closed(event: Event) -> None:
    """On `order.closed`."""
    _tell_buyer(event, "buyer_closed", reason=event.payload["reason"])


def _tell_buyer(event: Event, kind: str, **context: Any) -> None:
    write_buyer_notice(key=f"{event.event_id}:{kind}", kind=kind, record=_record(event), **context)


def _record(event: Event) -> OrderRecord:
    return OrderRecord.objects.select_related("buyer").get(number=event.payload["order"])
