"""Ship and receive the parcels of an order to many together: as many statements for each thousand as for the first.

One event tells of all of them, so that the ledger and settlement move the sums of a file and not parcel by parcel.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from shop.core import clock
from shop.core.faultpoint import faultpoint
from shop.fulfilment import selectors
from shop.fulfilment.consignments import mark_shipped
from shop.fulfilment.exceptions import ShippingError
from shop.fulfilment.holds import refuse_held
from shop.fulfilment.models import (
    Parcel,
    ParcelEvent,
    ParcelItem,
    ParcelState,
    SupplierOrder,
    SupplierOrderState,
)
from shop.fulfilment.parcel_steps import after_shipping, write_step
from shop.fulfilment.rules import rule_on
from shop.ordering.models import LineShare, OrderRecord
from shop.ordering.services import consume_allocation
from shop.outbox.services import append

WRITTEN_TOGETHER = 500
#: Ids named in one question; a database takes only so many.
ASKED_TOGETHER = 2_000


@dataclass(frozen=True)
class ToShip:
    """A parcel for a consignment; `units` by share id, `is_rest`: nothing of the consignment is left then."""

    consignment_id: int
    courier: str
    tracking_number: str
    units: Mapping[int, int]
    is_rest: bool


@transaction.atomic
def ship_parcels(*, order: SupplierOrder, parcels: Sequence[ToShip], actor_id: int | None) -> list[Parcel]:
    """Ship consignments of a supplier order, whose record the caller has locked: all of them or none.

    Stock is consumed and one `parcels.shipped` is left behind. Not safe to call twice: the list that asks for it knows
    what was shipped. Raises ShippingError: cancelled, held, too_many, number_taken.
    """
    if order.state == SupplierOrderState.CANCELLED:
        raise ShippingError(_("This order was cancelled; please do not ship it."), code="cancelled")
    refuse_held(order)
    sums = _sums(parcels)
    left = {share.pk: (share, units) for share, units in selectors.units_to_ship(order).items()}
    for share_id, units in sums.items():
        has = left[share_id][1] if share_id in left else 0
        if units < 1 or units > has:
            raise ShippingError(
                _("Only %(left)d left to ship of this line, not %(units)d.") % {"left": has, "units": units},
                code="too_many",
                field="units",
            )
    shares = {share_id: left[share_id][0] for share_id in sums}
    rows = _create(order, parcels, shares)
    by_line: dict[int, int] = defaultdict(int)
    for share_id, units in sums.items():
        by_line[shares[share_id].line_id] += units
    consume_allocation(line_units=dict(sorted(by_line.items())))
    mark_shipped(parcel.consignment_id for parcel in parcels if parcel.is_rest)
    faultpoint("fulfilment.parcels_written")
    after_shipping(order)
    write_step(order, actor_id, "parcels.ship", parcels=len(rows))
    append(topic="parcels.shipped", stream=order.record.number, payload=_told(order, rows, shares, sums))
    return rows


def _sums(parcels: Iterable[ToShip]) -> dict[int, int]:
    sums: dict[int, int] = defaultdict(int)
    for parcel in parcels:
        for share_id, units in parcel.units.items():
            sums[share_id] += units
    return dict(sorted(sums.items()))


def _create(order: SupplierOrder, parcels: Sequence[ToShip], shares: Mapping[int, LineShare]) -> list[Parcel]:
    now = clock.now()
    due = now + dt.timedelta(days=rule_on(clock.local_date(now)).receipt_after_shipped_days)
    first = order.parcels.count() + 1
    rows = [
        Parcel(
            supplier_order=order,
            number=number,
            consignment_id=parcel.consignment_id,
            courier=parcel.courier,
            tracking_number=parcel.tracking_number,
            shipped_at=now,
            confirm_due_at=due,
        )
        for number, parcel in enumerate(parcels, start=first)
    ]
    try:
        with transaction.atomic():
            Parcel.objects.bulk_create(rows, batch_size=WRITTEN_TOGETHER)
    except IntegrityError as error:
        raise ShippingError(
            _("A courier number of the list is already used by another parcel."),
            code="number_taken",
            field="tracking_number",
        ) from error
    ParcelItem.objects.bulk_create(
        (
            ParcelItem(parcel=row, share=shares[share_id], line_id=shares[share_id].line_id, units=units)
            for row, parcel in zip(rows, parcels, strict=True)
            for share_id, units in sorted(parcel.units.items())
        ),
        batch_size=WRITTEN_TOGETHER,
    )
    ParcelEvent.objects.bulk_create(
        (ParcelEvent(parcel=row, at=now, kind="shipped") for row in rows), batch_size=WRITTEN_TOGETHER
    )
    return rows


def _told(
    order: SupplierOrder,
    rows: Sequence[Parcel],
    shares: Mapping[int, LineShare],
    sums: Mapping[int, int],
) -> dict[str, object]:
    """Return what an event says of parcels: which, and how much of each share in all of them."""
    numbered = sorted(sums, key=lambda share_id: shares[share_id].number)
    return {
        "order": order.record.number,
        "supplier": order.supplier.code,
        "parcel_ids": [row.pk for row in rows],
        "items": [{"source_key": shares[pk].source_key, "units": sums[pk]} for pk in numbered],
    }


def receive_parcels(
    *,
    record: OrderRecord,
    parcels: Sequence[Parcel],
    items: Sequence[ParcelItem],
    reason: str,
    actor_id: int | None,
) -> None:
    """Take receipt of parcels of an order whose record the caller has locked, and whose `items` it has written.

    Leaves one `parcels.received` behind for each supplier and state: what was signed for stands elsewhere than what is
    on its way.
    """
    now = clock.now()
    of_parcel: dict[int, list[ParcelItem]] = defaultdict(list)
    for item in items:
        of_parcel[item.parcel_id].append(item)
    groups: dict[tuple[int, str], list[Parcel]] = defaultdict(list)
    for parcel in parcels:
        groups[parcel.supplier_order_id, parcel.state].append(parcel)
    for (_order_id, state), group in sorted(groups.items()):
        order = group[0].supplier_order
        order.record = record
        ids = [parcel.pk for parcel in group]
        within = [item for pk in ids for item in of_parcel[pk]]
        shares = {item.share_id: item.share for item in within}
        # All units: which of them a refund took, only the ledger knows.
        sums: dict[int, int] = defaultdict(int)
        for item in within:
            sums[item.share_id] += item.units
        for some in _chunks(ids):
            Parcel.objects.filter(pk__in=some, state=state).update(
                state=ParcelState.RECEIVED, received_at=now, received_reason=reason
            )
        for parcel in group:
            parcel.state, parcel.received_at, parcel.received_reason = ParcelState.RECEIVED, now, reason
        ParcelEvent.objects.bulk_create(
            (ParcelEvent(parcel=parcel, at=now, kind="received", text=reason) for parcel in group),
            batch_size=WRITTEN_TOGETHER,
        )
        write_step(order, actor_id, "parcels.receive", parcels=len(group), reason=reason)
        payload = _told(order, group, shares, sums) | {"reason": reason}
        append(topic="parcels.received", stream=record.number, payload=payload)


def _chunks(ids: Sequence[int]) -> list[Sequence[int]]:
    return [ids[start : start + ASKED_TOGETHER] for start in range(0, len(ids), ASKED_TOGETHER)]
