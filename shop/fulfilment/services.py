"""Open supplier orders, ship parcels, confirm receipt. Each verb is one locked transaction.

Lock order everywhere: the order's record first, then what hangs on it.
"""

import datetime as dt
import logging
from collections.abc import Collection, Iterable, Mapping

from django.db import IntegrityError, transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from shop.accounts.scope import SYSTEM, Scope
from shop.core import clock
from shop.core.locks import lock
from shop.fulfilment import selectors
from shop.fulfilment.consignments import plan_of, refuse_consigned
from shop.fulfilment.exceptions import ReceiptError, ShippingError
from shop.fulfilment.holds import refuse_held
from shop.fulfilment.many_parcels import receive_parcels
from shop.fulfilment.models import (
    Parcel,
    ParcelEvent,
    ParcelItem,
    ParcelState,
    SupplierOrder,
    SupplierOrderState,
)
from shop.fulfilment.parcel_steps import after_shipping, told, update_fulfilment, write_step
from shop.fulfilment.rules import rule_on
from shop.fulfilment.transitions import move_parcel, move_supplier_order
from shop.ordering import shelf
from shop.ordering.models import LineShare, OrderRecord
from shop.ordering.services import consume_allocation
from shop.outbox.services import append
from shop.suppliers.models import Supplier

logger = logging.getLogger(__name__)

#: Rows that get a value of their own in one statement: its cost grows with their square.
ITEMS_TOGETHER = 200


@transaction.atomic
def open_supplier_orders(*, order_number: str, supplier_codes: Iterable[str], opened_at: dt.datetime) -> None:
    """Open one supplier order per supplier of a released order. Safe to call twice.

    A refund may be told of before the release: what has nothing left to ship is settled at once.
    """
    record = lock(OrderRecord.objects.filter(number=order_number)).get()
    hours = rule_on(clock.local_date(opened_at)).ship_within_hours
    ship_by = opened_at + dt.timedelta(hours=hours)
    orders = [
        SupplierOrder(record=record, supplier=supplier, opened_at=opened_at, ship_by=ship_by)
        for supplier in Supplier.objects.filter(code__in=list(supplier_codes))
    ]
    SupplierOrder.objects.bulk_create(orders, ignore_conflicts=True)
    if shelf.gave_up_units(record):
        settle_refunded_units(order_number=order_number)


@transaction.atomic
def confirm_supplier_order(*, scope: Scope, supplier_order_id: int, actor_id: int) -> SupplierOrder:
    """The supplier has seen the order and will ship it. A second call changes nothing.

    Raises SupplierOrder.DoesNotExist for another supplier's order, ShippingError for a cancelled one.
    """
    order = locked_supplier_order(scope, supplier_order_id)
    if order.state == SupplierOrderState.CANCELLED:
        raise ShippingError(_("This order was cancelled; please do not ship it."), code="cancelled")
    if order.state == SupplierOrderState.NEW:
        move_supplier_order(order, SupplierOrderState.CONFIRMED, confirmed_at=clock.now())
        write_step(order, actor_id, "supplier_order.confirm")
    return order


@transaction.atomic
def confirm_supplier_orders(*, scope: Scope, supplier_order_ids: Iterable[int], actor_id: int) -> int:
    """Confirm several orders, all or none; returns how many were new. Safe to call twice.

    Raises SupplierOrder.DoesNotExist when one is not the caller's, ShippingError for a cancelled one.
    """
    asked = set(supplier_order_ids)
    orders = selectors.supplier_orders(scope).filter(pk__in=asked)
    # All locks first, in one order, so that two callers cannot wait for each other.
    list(lock(OrderRecord.objects.filter(pk__in=[order.record_id for order in orders])))
    states = dict(orders.values_list("pk", "state"))
    if set(states) != asked:
        raise SupplierOrder.DoesNotExist
    for pk in sorted(asked):
        confirm_supplier_order(scope=scope, supplier_order_id=pk, actor_id=actor_id)
    return sum(state == SupplierOrderState.NEW for state in states.values())


@transaction.atomic
def ship_parcel(
    *,
    scope: Scope,
    supplier_order_id: int,
    courier: str,
    tracking_number: str,
    actor_id: int | None,
    units_by_share: Mapping[int, int] | None = None,
) -> Parcel:
    """Ship units of a supplier order as one parcel: stock is consumed, `parcel.shipped` is left behind.

    `units_by_share` maps share ids to units; None ships all that is left. The same courier and number
    given again for the same supplier order returns the parcel that stands. An order to many is shipped by its list.
    Raises SupplierOrder.DoesNotExist for another supplier's order, ShippingError with the field's name.
    """
    order = locked_supplier_order(scope, supplier_order_id)
    standing = Parcel.objects.filter(
        supplier_order=order, courier=courier, tracking_number=tracking_number
    ).first()
    if standing is not None:
        return standing
    if order.state == SupplierOrderState.CANCELLED:
        raise ShippingError(_("This order was cancelled; please do not ship it."), code="cancelled")
    refuse_held(order)
    refuse_consigned(order)
    left = selectors.units_to_ship(order)
    wanted = _wanted(left, units_by_share)
    parcel = _create_parcel(order, courier, tracking_number, wanted)
    consume_allocation(line_units=_units_by_line(parcel))
    after_shipping(order)
    write_step(order, actor_id, "parcel.ship", tracking=f"{courier} {tracking_number}")
    append(topic="parcel.shipped", stream=order.record.number, payload=told(parcel, order))
    return parcel


@transaction.atomic
def record_signed(
    *, parcel_id: int, signed_at: dt.datetime, actor_id: int | None, reason: str = ""
) -> Parcel:
    """The courier delivered the parcel; starts the clock of the receipt, also one that was stopped.

    `reason` says how it is known. A second call changes nothing. Raises ReceiptError, with the field's name,
    for a time before the shipping or still to come.
    """
    parcel, order = locked_parcel(parcel_id)
    if parcel.state != ParcelState.SHIPPED:
        return parcel
    now = clock.now()
    # Shipped in the future: the clock was set back since, and the goods may have arrived all the same.
    shipped_at = parcel.shipped_at if parcel.shipped_at <= now else signed_at
    if not shipped_at <= signed_at <= now:
        raise ReceiptError(
            _("A parcel is signed for after it was shipped, and not in the future."),
            code="signed_at",
            field="signed_on",
        )
    days = rule_on(clock.local_date(signed_at)).receipt_after_signed_days
    due = signed_at + dt.timedelta(days=days)
    move_parcel(parcel, ParcelState.SIGNED, signed_at=signed_at, clock_stopped_at=None, confirm_due_at=due)
    ParcelEvent.objects.create(parcel=parcel, at=signed_at, kind="signed")
    write_step(order, actor_id, "parcel.signed", tracking=str(parcel), reason=reason)
    append(topic="parcel.signed", stream=order.record.number, payload=told(parcel, order))
    return parcel


@transaction.atomic
def stop_clock(*, parcel_id: int, reason: str, actor_id: int) -> Parcel:
    """A parcel on its way is delayed: its receipt is not taken as confirmed while the clock stands.

    A second call changes nothing. Raises ReceiptError for one that was signed for or received.
    """
    parcel, order = locked_parcel(parcel_id)
    if parcel.state != ParcelState.SHIPPED:
        raise ReceiptError(_("Only the clock of a parcel on its way can be stopped."), code="not_on_its_way")
    if parcel.clock_stopped_at is None:
        parcel.clock_stopped_at = clock.now()
        parcel.save(update_fields=["clock_stopped_at"])
        write_step(order, actor_id, "parcel.clock_stopped", tracking=str(parcel), reason=reason)
    return parcel


def stood_for(parcel: Parcel) -> dt.timedelta:
    """Return for how long the parcel's clock has stood; never less than nothing, should ours have been set back."""
    stopped_at = parcel.clock_stopped_at
    return max(clock.now() - stopped_at, dt.timedelta(0)) if stopped_at else dt.timedelta(0)


@transaction.atomic
def restart_clock(*, parcel_id: int, reason: str, actor_id: int) -> Parcel:
    """Let a stopped clock run on: the receipt is due later by the time it stood. A second call changes nothing."""
    parcel, order = locked_parcel(parcel_id)
    if parcel.clock_stopped_at is not None and parcel.state != ParcelState.RECEIVED:
        parcel.confirm_due_at += stood_for(parcel)
        parcel.clock_stopped_at = None
        parcel.save(update_fields=["confirm_due_at", "clock_stopped_at"])
        write_step(order, actor_id, "parcel.clock_restarted", tracking=str(parcel), reason=reason)
    return parcel


@transaction.atomic
def confirm_receipt(
    *, record_id: int, actor_id: int | None, reason: str = "buyer", parcel_ids: Collection[int] | None = None
) -> list[Parcel]:
    """Confirm receipt of these parcels, or of every shipped parcel of the order; returns those newly received.

    Leaves one `parcel.received` per parcel, of an order to many `parcels.received`. A second call changes nothing.
    Raises ReceiptError when nothing has been shipped yet.
    """
    record = lock(OrderRecord.objects.filter(pk=record_id)).get()
    parcels = Parcel.objects.filter(supplier_order__record=record)
    if parcel_ids is not None:
        parcels = parcels.filter(pk__in=parcel_ids)
    if not parcels.exists():
        raise ReceiptError(
            _("Nothing has been shipped yet, so there is nothing to confirm."), code="not_shipped"
        )
    open_parcels = parcels.exclude(state=ParcelState.RECEIVED).select_related("supplier_order__supplier")
    received = list(open_parcels.order_by("pk"))
    if received:
        items = selectors.received_items(record, received)
        ParcelItem.objects.bulk_update(items, ["received_units"], batch_size=ITEMS_TOGETHER)
        if plan_of(record) is not None:
            receive_parcels(record=record, parcels=received, items=items, reason=reason, actor_id=actor_id)
        else:
            for parcel in received:
                _receive(parcel, record, reason, actor_id)
        update_fulfilment(record)
    return received


def confirm_due_receipts(*, limit: int = 200) -> int:
    """Confirm receipts whose time has run out (7 days after signed-for, 15 after shipping). A job.

    Each parcel is its own transaction; one that fails is logged and holds up no other. Returns how many
    were confirmed, at most `limit`. Safe to run twice.
    """
    due = selectors.parcels_due(clock.now()).values_list("pk", flat=True)
    done = 0
    for parcel_id in list(due):
        try:
            done += _confirm_if_due(parcel_id)
        except Exception:  # Whatever is wrong with one order is its own: the others go on.
            logger.exception("the receipt of parcel %s was not confirmed", parcel_id)
        if done >= limit:
            break
    return done


@transaction.atomic
def _confirm_if_due(parcel_id: int) -> int:
    """Confirm a receipt that is still due under the lock: it may have been signed for or stopped meanwhile.

    Of an order to many with all others that are due like it, which is one event then. Returns how many.
    """
    locked_parcel(parcel_id)
    due = selectors.parcels_due(clock.now())
    parcel = due.select_related("supplier_order__record__consignment_plan").filter(pk=parcel_id).first()
    if parcel is None:
        return 0
    reason = "after_signed" if parcel.state == ParcelState.SIGNED else "after_shipped"
    record, ids = parcel.supplier_order.record, [parcel_id]
    if plan_of(record) is not None:
        alike = due.filter(supplier_order__record=record, state=parcel.state)
        ids = list(alike.values_list("pk", flat=True))
    return len(confirm_receipt(record_id=record.pk, actor_id=None, reason=reason, parcel_ids=ids))


@transaction.atomic
def settle_refunded_units(*, order_number: str) -> None:
    """After a refund, a supplier order with nothing left to ship is cancelled or complete. Safe to repeat.

    Units whose refund is only asked for are left: they have to be shipped when it fails.
    """
    record = lock(OrderRecord.objects.filter(number=order_number)).get()
    for order in record.supplier_orders.exclude(state=SupplierOrderState.CANCELLED):
        if selectors.has_open_units(order):
            continue
        shipped = order.parcels.exists()
        if move_supplier_order(
            order, SupplierOrderState.SHIPPED if shipped else SupplierOrderState.CANCELLED
        ):
            write_step(order, None, "supplier_order.settled")
    update_fulfilment(record)


def locked_supplier_order(scope: Scope, supplier_order_id: int) -> SupplierOrder:
    """Return the supplier order with its record locked; raises DoesNotExist when it is not the caller's."""
    order = selectors.supplier_orders(scope).get(pk=supplier_order_id)
    lock(OrderRecord.objects.filter(pk=order.record_id)).get()
    return selectors.supplier_orders(scope).get(pk=supplier_order_id)


def locked_parcel(parcel_id: int) -> tuple[Parcel, SupplierOrder]:
    """Return the parcel and its order with the order's record locked; raises DoesNotExist for no such parcel."""
    order = SupplierOrder.objects.get(parcels=parcel_id)
    order = locked_supplier_order(SYSTEM, order.pk)
    return Parcel.objects.get(pk=parcel_id), order


def _wanted(left: Mapping[LineShare, int], asked: Mapping[int, int] | None) -> dict[int, int]:
    """Return units per share id that may ship; refuses more than is left, and nothing at all."""
    by_id = {share.pk: units for share, units in left.items()}
    if asked is None:
        wanted = {pk: units for pk, units in by_id.items() if units}
    else:
        wanted = {pk: units for pk, units in asked.items() if units}
        for pk, units in wanted.items():
            if units < 0 or units > by_id.get(pk, 0):
                raise ShippingError(
                    _("Only %(left)d left to ship of this line, not %(units)d.")
                    % {"left": by_id.get(pk, 0), "units": units},
                    code="too_many",
                    field="units",
                )
    if not wanted:
        raise ShippingError(_("Nothing is left to ship in this order."), code="nothing_left", field="units")
    return wanted


def _create_parcel(
    order: SupplierOrder, courier: str, tracking_number: str, wanted: Mapping[int, int]
) -> Parcel:
    now = clock.now()
    due = now + dt.timedelta(days=rule_on(clock.local_date(now)).receipt_after_shipped_days)
    try:
        with transaction.atomic():
            parcel = Parcel.objects.create(
                supplier_order=order,
                number=order.parcels.count() + 1,
                courier=courier,
                tracking_number=tracking_number,
                shipped_at=now,
                confirm_due_at=due,
            )
    except IntegrityError as error:
        raise ShippingError(
            _("The courier number %(number)s is already used by another parcel.")
            % {"number": tracking_number},
            code="number_taken",
            field="tracking_number",
        ) from error
    shares = LineShare.objects.in_bulk(wanted)
    ParcelItem.objects.bulk_create(
        ParcelItem(parcel=parcel, share=shares[pk], line_id=shares[pk].line_id, units=units)
        for pk, units in sorted(wanted.items())
    )
    ParcelEvent.objects.create(parcel=parcel, at=now, kind="shipped")
    return parcel


def _units_by_line(parcel: Parcel) -> dict[int, int]:
    rows = parcel.items.values_list("line_id").annotate(total=Sum("units"))
    return dict(rows.order_by("line_id"))


def _receive(parcel: Parcel, record: OrderRecord, reason: str, actor_id: int | None) -> None:
    now = clock.now()
    move_parcel(parcel, ParcelState.RECEIVED, received_at=now, received_reason=reason)
    ParcelEvent.objects.create(parcel=parcel, at=now, kind="received", text=reason)
    write_step(parcel.supplier_order, actor_id, "parcel.receive", tracking=str(parcel), reason=reason)
    # All units: which of them a refund took, of which parcel, only the ledger knows.
    payload = told(parcel, parcel.supplier_order) | {"reason": reason}
    append(topic="parcel.received", stream=record.number, payload=payload)
