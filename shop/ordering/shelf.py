"""What of an order has not been shipped: the units that its allocations still hold."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import F, QuerySet, Sum

from shop.core import clock
from shop.core.together import Asked
from shop.ordering.models import Allocation, OrderRecord
from shop.ordering.sellable import is_past
from shop.ordering.stock import FIRST_EXPIRING, units_waiting_for_refunds


def units_on_shelf(record: OrderRecord) -> dict[int, int]:
    """Return by Oscar line id the units not shipped, those that open refund requests wait for among them."""
    return dict(_on_shelf(record))


def _on_shelf(record: OrderRecord) -> QuerySet[Allocation, tuple[int, int]]:
    found = Allocation.objects.filter(line__order_id=record.order_id).values_list("line_id")
    return found.annotate(left=Sum(F("units") - F("consumed") - F("released"))).order_by("line_id")


def gave_up_units(record: OrderRecord) -> bool:
    """Say whether units of the order were given back to the stock: cancelled, refunded or reduced. One query."""
    return Allocation.objects.filter(line__order_id=record.order_id, released__gt=0).exists()


def units_to_ship(record: OrderRecord) -> dict[int, int]:
    """Return by Oscar line id the units to ship. One query.

    Units taken off the order or refunded count as long as they were not shipped before: what a unit rejected
    of a parcel leaves the rest of its line to be shipped.
    """
    return to_ship_asked(record).alone()


def to_ship_asked(record: OrderRecord) -> Asked[dict[int, int]]:
    """Return the question for `units_to_ship`."""

    def read(held: list[tuple[int, int]], waiting: list[tuple[int, int]]) -> dict[int, int]:
        found = dict(held)
        for line_id, units in waiting:
            found[line_id] = found.get(line_id, 0) - units
        return found

    return Asked((_on_shelf(record), units_waiting_for_refunds(record)), read)


@dataclass(frozen=True)
class LotUnits:
    """Units that an order holds of a lot; `lot` is "" where nobody has written one down."""

    lot: str
    expires_on: dt.date | None
    units: int


def lots_to_ship(line_units: Mapping[int, int]) -> dict[int, list[LotUnits]]:
    """Return the lots that so many units of each Oscar line will be taken from: as shipping takes them. One query."""
    found: dict[int, list[LotUnits]] = {}
    left, today = dict(line_units), clock.today()
    rows = Allocation.objects.filter(line__in=line_units).select_related("balance")
    for row in rows.order_by(*FIRST_EXPIRING):
        units = min(left[row.line_id], row.held)
        if units and not is_past(row.balance.expires_on, today):
            found.setdefault(row.line_id, []).append(LotUnits(row.balance.lot, row.balance.expires_on, units))
            left[row.line_id] -= units
    return found
