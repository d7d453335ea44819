"""How many units of a product one person may buy."""

import datetime as dt
from collections.abc import Mapping
from typing import NamedTuple

from django.db.models import Q

from shop.listings.models import PurchaseLimit
from shop.listings.selectors.shelf import Shelf


class Limit(NamedTuple):
    """At most so many units per person within so many days."""

    units: int
    days: int


def limits_on(shelf: Shelf, on: dt.date) -> Mapping[int, Limit]:
    """Return the limits that hold on that day by product; remembered with the shelf, so mostly no query."""
    return shelf.remember(("limits", on), lambda: _read(on))


def _read(on: dt.date) -> dict[int, Limit]:
    rows = PurchaseLimit.objects.filter(Q(ends_on=None) | Q(ends_on__gte=on), starts_on__lte=on)
    return {row.product_id: Limit(row.units, row.days) for row in rows.order_by("starts_on", "pk")}
