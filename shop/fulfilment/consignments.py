"""Orders that go to many: planned when they are placed, written down by the worker, shipped by list."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import QuerySet, Sum
from django.utils.translation import gettext as _

from shop.core import clock
from shop.core.locks import lock_available
from shop.fulfilment.consignment_models import Consignment, ConsignmentPlan, ConsignmentState
from shop.fulfilment.exceptions import ShippingError
from shop.fulfilment.models import ParcelItem, SupplierOrder
from shop.ordering.models import LineShare, OrderRecord
from shop.ordering.status import PaymentState, ReleaseState

#: Whoever writes consignments holds their plan so long; more than a batch takes.
LEASE = dt.timedelta(minutes=2)
WRITTEN_TOGETHER = 500


@dataclass(frozen=True)
class Receiver:
    """Who gets a consignment, in the order of the list; `sets` of the goods of every supplier."""

    number: int
    sets: int
    name: str
    phone: str
    department: str
    province: str
    city: str
    county: str
    street: str


@transaction.atomic
def expect_consignments(*, record_id: int, sets: int, parcels: int) -> ConsignmentPlan:
    """Say of an order that was just placed that it goes to many: nothing of it ships to its own address.

    Safe to call twice.
    """
    suppliers = LineShare.objects.filter(record=record_id).values("supplier").distinct().count()
    plan, _made = ConsignmentPlan.objects.get_or_create(
        record_id=record_id,
        defaults={
            "sets": sets,
            "parcels": parcels,
            "due_at": clock.now(),
            "rows_wanted": parcels * suppliers,
        },
    )
    return plan


def waiting_plans(now: dt.datetime) -> QuerySet[ConsignmentPlan]:
    """Return the plans whose order may ship and which nobody writes at the moment, the longest waiting first."""
    waiting = ConsignmentPlan.objects.filter(state=ConsignmentState.WAITING, due_at__lte=now)
    may_ship = waiting.filter(record__release_state=ReleaseState.RELEASED)
    return may_ship.exclude(record__payment_state=PaymentState.CLOSED).order_by("due_at", "pk")


@transaction.atomic
def take_plan(*, plan_id: int) -> ConsignmentPlan | None:
    """Hold a plan for a while, so that nobody else writes its consignments; None when somebody does."""
    plan = lock_available(waiting_plans(clock.now()).filter(pk=plan_id)).first()
    if plan is None:
        return None
    plan.due_at, plan.attempts = clock.now() + LEASE, plan.attempts + 1
    plan.save(update_fields=["due_at", "attempts"])
    return ConsignmentPlan.objects.select_related("record").get(pk=plan.pk)


def fit_to_suppliers(*, plan: ConsignmentPlan, suppliers: int) -> None:
    """Count as many suppliers as the order was handed to, before anything is written down.

    One whose goods were all taken off the unpaid order has none to ship.
    """
    wanted = plan.parcels * suppliers
    if plan.rows_done == 0 and plan.rows_wanted != wanted:
        ConsignmentPlan.objects.filter(pk=plan.pk, rows_done=0).update(rows_wanted=wanted)
        plan.rows_wanted = wanted


@transaction.atomic
def add_consignments(*, plan: ConsignmentPlan, order: SupplierOrder, receivers: Sequence[Receiver]) -> bool:
    """Write consignments of a supplier down and count them on the plan, all or none; the last one makes it ready.

    False, with nothing written, when another worker has taken the plan meanwhile: `plan` is what `take_plan` gave
    or this left behind.
    """
    now = clock.now()
    done = plan.rows_done + len(receivers)
    is_last = done >= plan.rows_wanted
    changed = {
        "rows_done": done,
        "due_at": now + LEASE,
        "state": ConsignmentState.READY if is_last else ConsignmentState.WAITING,
        "ready_at": now if is_last else None,
    }
    mine = ConsignmentPlan.objects.filter(
        pk=plan.pk, state=ConsignmentState.WAITING, attempts=plan.attempts, rows_done=plan.rows_done
    )
    if not mine.update(**changed):
        return False
    Consignment.objects.bulk_create(
        (
            Consignment(
                supplier_order=order,
                number=one.number,
                sets=one.sets,
                name=one.name,
                phone=one.phone,
                department=one.department,
                province=one.province,
                city=one.city,
                county=one.county,
                street=one.street,
            )
            for one in receivers
        ),
        batch_size=WRITTEN_TOGETHER,
    )
    for name, value in changed.items():
        setattr(plan, name, value)
    return True


def plan_of(record: OrderRecord) -> ConsignmentPlan | None:
    """Return how an order goes to many, None where it has one recipient. No query where it was read along."""
    return getattr(record, "consignment_plan", None)


def refuse_consigned(order: SupplierOrder) -> None:
    """Raise ShippingError (consigned) for an order that goes to many: it is shipped by the list alone."""
    if plan_of(order.record) is not None:
        raise ShippingError(
            _("This order goes to many recipients. Ship it with the list of what is to be shipped."),
            code="consigned",
        )


def units_of(plan: ConsignmentPlan, share: LineShare, sets: int) -> int:
    """Return the units of a share that go with so many sets."""
    return share.units // plan.sets * sets


def consignments_to_ship(orders: Iterable[SupplierOrder]) -> QuerySet[Consignment]:
    """Return the consignments of these supplier orders of which something is left, in order. One query."""
    found = Consignment.objects.filter(supplier_order__in=list(orders), shipped_at=None)
    return found.order_by("supplier_order", "number")


def sent_units(orders: Iterable[SupplierOrder]) -> dict[tuple[int, int], int]:
    """Return the units sent by consignment and share of consignments that are shipped in part. One query."""
    items = ParcelItem.objects.filter(
        parcel__supplier_order__in=list(orders),
        parcel__consignment__isnull=False,
        parcel__consignment__shipped_at=None,
    )
    rows = items.values_list("parcel__consignment", "share").annotate(total=Sum("units"))
    return {(consignment, share): total for consignment, share, total in rows.order_by()}


def mark_shipped(consignment_ids: Iterable[int]) -> None:
    """Say of consignments that nothing of them is left. Within the caller's transaction."""
    ids = list(consignment_ids)
    for start in range(0, len(ids), WRITTEN_TOGETHER):
        found = Consignment.objects.filter(pk__in=ids[start : start + WRITTEN_TOGETHER], shipped_at=None)
        found.update(shipped_at=clock.now())


def order_consignments(record_id: int) -> QuerySet[Consignment]:
    """Return the consignments of an order with their suppliers, by number; for pages."""
    found = Consignment.objects.filter(supplier_order__record=record_id)
    found = found.select_related("supplier_order__supplier__region").prefetch_related("parcels_sent")
    return found.order_by("number", "supplier_order")


def erase_consignments(*, record_id: int) -> int:
    """Take names, numbers and addresses off the consignments of an order; return of how many. Safe to repeat.

    Number, province, sets and parcels stay.
    """
    known = Consignment.objects.filter(supplier_order__record=record_id, erased_at=None)
    nobody: Mapping[str, str] = dict.fromkeys(("name", "phone", "department", "city", "county", "street"), "")
    return known.update(**nobody, erased_at=clock.now())
