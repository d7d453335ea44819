"""Write down who gets what of an order to many: by the worker, batch by batch, each whole or not at all.

A plan is held for a while by the worker that writes; the rows of a batch and how far it is are one transaction. A
worker that dies leaves the rest to the next one, which goes on behind the last whole batch.
"""

import logging
from collections.abc import Iterator, Sequence
from itertools import islice

from shop.core import clock
from shop.core.faultpoint import faultpoint
from shop.fulfilment.consignment_models import ConsignmentPlan
from shop.fulfilment.consignments import (
    Receiver,
    add_consignments,
    expect_consignments,
    fit_to_suppliers,
    take_plan,
    waiting_plans,
)
from shop.fulfilment.models import SupplierOrder
from shop.ordering.models import OrderRecord
from shop.procurement.models import PurchaseRequest
from shop.procurement.recipients import people_of, roster_of
from shop.procurement.roster_models import Roster, RosterPerson

logger = logging.getLogger(__name__)

BATCH = 500
#: Batches in one turn of the job, so that others that wait for the same process take theirs in between.
BATCHES_A_TURN = 4


def plan_dispatch(request: PurchaseRequest, record: OrderRecord) -> None:
    """Say of the order of a request with a list of people that it goes to them. In the transaction that places it."""
    roster = roster_of(request)
    if roster is not None:
        expect_consignments(record_id=record.pk, sets=roster.sets, parcels=roster.parcels)


def make_consignments(*, batches: int = BATCHES_A_TURN) -> int:
    """Write consignments of orders that may ship, at most so many batches; return how many consignments. A job.

    Safe to run twice and at once: a plan is one worker's. One that fails is logged and holds up no other.
    """
    written = 0
    for plan_id in list(waiting_plans(clock.now()).values_list("pk", flat=True)[:batches]):
        try:
            written += _make(plan_id, batches)
        except Exception:  # Whatever is wrong with one order is its own: the others go on.
            logger.exception("consignments of plan %s were not written", plan_id)
    return written


def _make(plan_id: int, batches: int) -> int:
    plan = take_plan(plan_id=plan_id)
    if plan is None:
        return 0
    orders = list(SupplierOrder.objects.filter(record=plan.record_id).order_by("pk"))
    if not orders:
        # The suppliers' orders are opened by a delivery of their own.
        _let_go(plan)
        return 0
    fit_to_suppliers(plan=plan, suppliers=len(orders))
    receivers = receivers_of(plan.record)
    if len(receivers) != plan.parcels:
        raise ValueError(f"{len(receivers)} receivers for {plan.parcels} parcels of {plan.record.number}")
    begun = plan.rows_done
    for order, some in islice(_batches(plan, orders, receivers), batches):
        if not add_consignments(plan=plan, order=order, receivers=some):
            break
        faultpoint("procurement.consignments_half")
    else:
        _let_go(plan)
    return plan.rows_done - begun


def _batches(
    plan: ConsignmentPlan, orders: Sequence[SupplierOrder], receivers: Sequence[Receiver]
) -> Iterator[tuple[SupplierOrder, Sequence[Receiver]]]:
    """Yield what is still to be written, supplier by supplier, behind what stands."""
    place, within = divmod(plan.rows_done, plan.parcels)
    for order in orders[place:]:
        for start in range(within, len(receivers), BATCH):
            yield order, receivers[start : start + BATCH]
        within = 0


def _let_go(plan: ConsignmentPlan) -> None:
    """Let the next turn begin at once, whoever takes it."""
    mine = ConsignmentPlan.objects.filter(pk=plan.pk, attempts=plan.attempts, rows_done=plan.rows_done)
    mine.update(due_at=clock.now())


def receivers_of(record: OrderRecord) -> list[Receiver]:
    """Return to whom the parcels of an order go: people at home, then departments at the unit's. Two queries."""
    request = PurchaseRequest.objects.select_related("roster").get(record=record)
    roster = roster_of(request)
    if roster is None:
        return []
    return list(_numbered(roster, record))


def _numbered(roster: Roster, record: OrderRecord) -> Iterator[Receiver]:
    people = list(people_of(roster))
    number = 0
    departments: dict[str, list[RosterPerson]] = {}
    for person in people:
        if not person.street:
            departments.setdefault(person.department, []).append(person)
            continue
        number += 1
        yield Receiver(
            number,
            person.sets,
            person.name,
            person.phone,
            person.department,
            person.province,
            person.city,
            person.county,
            person.street,
        )
    for department, members in departments.items():
        number += 1
        yield Receiver(
            number,
            sum(person.sets for person in members),
            record.recipient_name,
            record.recipient_phone,
            department,
            record.province,
            record.city,
            record.county,
            record.street,
        )
