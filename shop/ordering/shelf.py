"""What of an order has not been shipped: the units that its allocations still hold."""

from django.db.models import F, Sum

from shop.ordering.models import Allocation, OrderRecord
from shop.ordering.stock import units_reserved_for_refunds


def units_on_shelf(record: OrderRecord) -> dict[int, int]:
    """Return by Oscar line id the units not shipped, those that open refund requests wait for among them."""
    found = Allocation.objects.filter(line__order_id=record.order_id).values_list("line_id")
    return dict(found.annotate(left=Sum(F("units") - F("consumed") - F("released"))).order_by("line_id"))


def units_to_ship(record: OrderRecord) -> dict[int, int]:
    """Return by Oscar line id the units to ship. Two queries.

    Units taken off the order or refunded count as long as they were not shipped before: what a unit rejected
    of a parcel leaves the rest of its line to be shipped.
    """
    reserved = units_reserved_for_refunds(record)
    return {line_id: held - reserved.get(line_id, 0) for line_id, held in units_on_shelf(record).items()}
