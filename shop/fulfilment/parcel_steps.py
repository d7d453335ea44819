"""What every step of parcels leaves behind: states, journal, what events say. Within the caller's transaction."""

from shop.core import clock
from shop.fulfilment import selectors
from shop.fulfilment.models import Parcel, ParcelState, SupplierOrder, SupplierOrderState
from shop.fulfilment.transitions import move_supplier_order
from shop.journal.services import record as journal
from shop.ordering.models import OrderRecord
from shop.ordering.services import record_fulfilment
from shop.ordering.status import FulfilmentState


def after_shipping(order: SupplierOrder) -> None:
    """Move a supplier order of which something was shipped, and the order's own state with it."""
    now = clock.now()
    open_units = selectors.has_open_units(order)
    move_supplier_order(
        order,
        SupplierOrderState.CONFIRMED if open_units else SupplierOrderState.SHIPPED,
        confirmed_at=order.confirmed_at or now,
        shipped_at=now,
    )
    update_fulfilment(order.record)


def update_fulfilment(record: OrderRecord) -> None:
    """Write the order's fulfilment column from its supplier orders and parcels."""
    orders = record.supplier_orders.exclude(state=SupplierOrderState.CANCELLED)
    parcels = Parcel.objects.filter(supplier_order__record=record)
    if not parcels.exists():
        return
    if orders.exclude(state=SupplierOrderState.SHIPPED).exists():
        state = FulfilmentState.PART
    elif parcels.exclude(state=ParcelState.RECEIVED).exists():
        state = FulfilmentState.SHIPPED
    else:
        state = FulfilmentState.RECEIVED
    record_fulfilment(record_id=record.pk, state=state)


def told(parcel: Parcel, order: SupplierOrder) -> dict[str, object]:
    """Return what an event says of a parcel. One query."""
    items = parcel.items.select_related("share").order_by("share__number")
    return {
        "order": order.record.number,
        "supplier": order.supplier.code,
        "parcel_id": parcel.pk,
        "items": [{"source_key": item.share.source_key, "units": item.units} for item in items],
    }


def write_step(
    order: SupplierOrder,
    actor_id: int | None,
    action: str,
    *,
    tracking: str = "",
    reason: str = "",
    parcels: int = 0,
) -> None:
    """Journal a step of a supplier order: of the parcel `tracking`, or of so many `parcels` at once."""
    journal(
        actor_id=actor_id,
        action=action,
        object_type="order",
        object_key=order.record.number,
        after={"supplier": order.supplier.code, "state": order.state}
        | ({"parcel": tracking} if tracking else {})
        | ({"parcels": parcels} if parcels else {}),
        reason=reason,
    )
