"""Goods come in as they go out: every quarter brings what the orders of its months take."""

import datetime as dt
from collections import Counter
from collections.abc import Sequence

from django.db import transaction
from oscar.apps.partner.models import StockRecord

from catalog_seed.history.plan import Month
from catalog_seed.history.world import Step
from shop.core import clock
from shop.journal.models import JournalEntry
from shop.journal.services import record
from shop.ordering.services import Pool, adjust_stock

ACTION = "demo_history.stocked"
REASON = "演示历史：到货"


def steps_of_stock(months: Sequence[Month]) -> list[Step]:
    """Return the deliveries: one at the beginning of every three months."""
    return [_delivery(months[place : place + 3]) for place in range(0, len(months), 3)]


def _delivery(months: Sequence[Month]) -> Step:
    first = months[0].first_day
    at = dt.datetime.combine(first, dt.time(7, 30), tzinfo=clock.SHANGHAI)
    return Step(at, lambda: _bring(f"{first:%Y-%m}", _wanted(months)))


def _wanted(months: Sequence[Month]) -> Counter[tuple[str, int]]:
    """Return the units by pool and product."""
    wanted: Counter[tuple[str, int]] = Counter()
    for month in months:
        for sale in month.sales:
            wanted.update({(Pool.RETAIL.value, product): units for product, units in sale.lines})
        for purchase in month.purchases:
            wanted.update(
                {(Pool.BULK.value, product): units for product, units in purchase.quantities.items()}
            )
    return wanted


@transaction.atomic
def _bring(month: str, wanted: Counter[tuple[str, int]]) -> bool:
    """Put the units in stock, once: the journal says that they have come."""
    if JournalEntry.objects.filter(action=ACTION, object_key=month).exists():
        return False
    rows = StockRecord.objects.filter(product__in={product for _pool, product in wanted})
    stockrecords = {row.product_id: row for row in rows.select_related("product", "partner")}
    for (pool, product), units in sorted(wanted.items()):
        adjust_stock(stockrecord=stockrecords[product], delta=units, pool=pool, reason=REASON)
    record(
        actor_id=None,
        action=ACTION,
        object_type="demo_history",
        object_key=month,
        after={"units": sum(wanted.values())},
    )
    return False
