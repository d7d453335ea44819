"""An organisation accepts what was delivered, by quantity; what it turns down is taken off, or refunded."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from shop.core import clock
from shop.core.locks import lock
from shop.ordering.desk_models import Acceptance
from shop.ordering.exceptions import AcceptanceRefused, WrongState
from shop.ordering.models import Allocation, LineShare, OrderRecord
from shop.ordering.payloads import share_payload
from shop.ordering.portions import Portion, UnitsOf
from shop.ordering.reductions import reduce_order
from shop.ordering.refunds import request_refund
from shop.ordering.shelf import units_to_ship
from shop.ordering.status import PaymentState, Step
from shop.ordering.transitions import write_step
from shop.outbox.services import append

LineUnits = Sequence[tuple[int, int]]


def accept_units(*, record_id: int, items: LineUnits, report_number: str, actor_id: int | None) -> Acceptance:
    """Count units as accepted by an approved report; emits `order.accepted`.

    `items` are (Oscar line id, units) of an organisation's order, paid or released on terms. Safe to call
    twice: a report counts once, the second call changes nothing. Raises AcceptanceRefused for a resident's
    order, an unknown line and more units than were shipped and neither taken back nor accepted before;
    WrongState for an order that is neither paid nor on terms. Nothing is written then.
    """
    with transaction.atomic():
        record = lock(OrderRecord.objects.filter(pk=record_id)).get()
        known = Acceptance.objects.filter(record=record, report_number=report_number).first()
        if known is not None:
            return known
        _require_acceptable(record)
        units = _units_by_line(items)
        shares = _shares_of(record, units)
        left = acceptable_units(record)
        for share in shares:
            _require_left(share, units[share.line_id], left[share.pk])
            share.accepted_units += units[share.line_id]
            share.save(update_fields=["accepted_units"])
        return _write(record, shares, units, report_number=report_number, actor_id=actor_id)


def reject_units(*, record_id: int, items: LineUnits, reason: str, actor_id: int | None) -> None:
    """Take delivered units that a report turned down off the order, or ask for their money back.

    Unpaid: the order is reduced at once. Paid: a refund is requested, which staff decide. What the supplier
    still owes of the line stays to be shipped. Call it in the transaction of the report; not safe to call
    twice. Raises AcceptanceRefused (units) for more than was shipped and neither taken back nor accepted.
    """
    with transaction.atomic():
        record = lock(OrderRecord.objects.filter(pk=record_id)).get()
        _require_acceptable(record)
        units = _units_by_line(items)
        shares = _shares_of(record, units)
        left = acceptable_units(record)
        for share in shares:
            _require_left(share, units[share.line_id], left[share.pk])
        portions: list[Portion] = [UnitsOf(share.pk, units[share.line_id], shipped=True) for share in shares]
        if record.payment_state == PaymentState.PAID:
            request_refund(
                record_id=record.pk, portions=portions, by_buyer=True, reason=reason, actor_id=actor_id
            )
        else:
            reduce_order(record_id=record.pk, portions=portions, reason=reason, actor_id=actor_id)


def acceptable_units(record: OrderRecord) -> dict[int, int]:
    """Return by share id the units that can be accepted now: shipped, and neither taken back nor accepted."""
    shipped: dict[int, int] = defaultdict(int)
    for line_id, consumed in Allocation.objects.filter(line__order_id=record.order_id).values_list(
        "line_id", "consumed"
    ):
        shipped[line_id] += consumed
    waiting = units_to_ship(record)
    return {
        share.pk: max(
            0,
            min(shipped[share.line_id], share.left_units - waiting.get(share.line_id, 0))
            - share.accepted_units,
        )
        for share in record.shares.all()
    }


def _require_acceptable(record: OrderRecord) -> None:
    if not record.by_acceptance:
        raise AcceptanceRefused(
            _("The receipt of its parcels confirms this order; it takes no acceptance report."),
            code="by_receipt",
        )
    if record.payment_state != PaymentState.PAID and not record.is_on_terms:
        raise WrongState(what="payment", old=record.payment_state, new="accepted")


def _units_by_line(items: LineUnits) -> dict[int, int]:
    units: dict[int, int] = defaultdict(int)
    for line_id, count in items:
        if count < 0:
            raise AcceptanceRefused(_("Units cannot be negative."), code="units", field="units")
        units[line_id] += count
    wanted = {line_id: count for line_id, count in units.items() if count}
    if not wanted:
        raise AcceptanceRefused(_("Name at least one unit."), code="nothing", field="units")
    return wanted


def _shares_of(record: OrderRecord, units: Mapping[int, int]) -> list[LineShare]:
    """Return the shares of the lines; those of one line move together (counting rules, section 2)."""
    shares = list(record.shares.filter(line__in=units).order_by("number"))
    if {share.line_id for share in shares} != set(units):
        raise AcceptanceRefused(_("This is not a line of the order."), code="unknown", field="line")
    return shares


def _require_left(share: LineShare, units: int, left: int) -> None:
    if units > left:
        raise AcceptanceRefused(
            _("“%(product)s”: %(left)d units are shipped and not accepted yet, not %(units)d.")
            % {"product": share.dims["product_name"], "left": left, "units": units},
            code="units",
            field="units",
        )


def _write(
    record: OrderRecord,
    shares: Sequence[LineShare],
    units: Mapping[int, int],
    *,
    report_number: str,
    actor_id: int | None,
) -> Acceptance:
    now = clock.now()
    items = [{"source_key": share.source_key, "units": units[share.line_id]} for share in shares]
    acceptance = Acceptance.objects.create(
        record=record, report_number=report_number, accepted_at=now, actor_id=actor_id, items=items
    )
    write_step(
        record,
        Step.ACCEPTED,
        actor_id=actor_id,
        after={"report": report_number, "units": sum(item["units"] for item in items)},
    )
    append(
        topic="order.accepted",
        stream=record.number,
        payload={
            "order": record.number,
            "record_id": record.pk,
            "report": report_number,
            "demo": record.demo,
            "items": items,
            "shares": [share_payload(share) for share in shares],
        },
        occurred_at=now,
    )
    return acceptance
