"""Which units may be promised: those of the pool that are free and whose lot is still good, first expiring first."""

import datetime as dt
from collections.abc import Collection
from typing import Any, NamedTuple

from django.conf import settings
from django.db.models import F, QuerySet

from shop.core import clock
from shop.ordering.models import StockBalance
from shop.ordering.stock_models import GoodsLot

#: Ids, or a query that gives them.
Ids = Collection[int] | QuerySet[Any, Any]


class Free(NamedTuple):
    """A balance and how many of its units may be promised now."""

    balance_id: int
    units: int


def free_units(stockrecord_ids: Ids, pool: str) -> dict[int, list[Free]]:
    """Return by stock record the balances that have something to sell today, first expiring first. One query.

    Goods without a date come after those with one.
    """
    return _free(StockBalance.objects.filter(stockrecord__in=stockrecord_ids, pool=pool), "stockrecord_id")


def free_sums(stockrecord_ids: Ids, pool: str) -> dict[int, int]:
    """Return by stock record how many units can be promised now; absent means none. One query."""
    return _sums(free_units(stockrecord_ids, pool))


def free_of_products(product_ids: Collection[int], pool: str) -> dict[int, int]:
    """Return by product how many units can be promised now; absent means none. One query."""
    balances = StockBalance.objects.filter(stockrecord__product__in=product_ids, pool=pool)
    return _sums(_free(balances, "stockrecord__product_id"))


def next_lot(product_id: int, pool: str) -> GoodsLot | None:
    """Return the lot that is sold next, None where that is of none. Two queries at most."""
    balances = StockBalance.objects.filter(stockrecord__product=product_id, pool=pool)
    first = next(iter(_free(balances, "stockrecord__product_id").get(product_id, ())), None)
    if first is None:
        return None
    code = StockBalance.objects.filter(pk=first.balance_id).exclude(lot="").values("lot")
    return GoodsLot.objects.filter(stockrecord__product=product_id, code__in=code).first()


def _free(balances: QuerySet[StockBalance], key: str) -> dict[int, list[Free]]:
    today = clock.today()
    rows = (
        balances.filter(on_hand__gt=F("allocated"))
        .order_by(F("expires_on").asc(nulls_last=True), "pk")
        .values_list(
            key, "pk", F("on_hand") - F("allocated"), "expires_on", "stockrecord__stock_rule__unsold_days"
        )
    )
    found: dict[int, list[Free]] = {}
    for of, pk, units, expires_on, unsold_days in rows:
        if is_sellable(expires_on, unsold_days, today):
            found.setdefault(of, []).append(Free(pk, units))
    return found


def _sums(found: dict[int, list[Free]]) -> dict[int, int]:
    return {key: sum(free.units for free in rows) for key, rows in found.items()}


def is_sellable(expires_on: dt.date | None, unsold_days: int | None, today: dt.date) -> bool:
    """Say whether goods that expire on that day may be sold today.

    They are sold until `unsold_days` (the shop's STOCK_UNSOLD_DAYS when None) before their last good day.
    """
    if expires_on is None:
        return True
    days = settings.STOCK_UNSOLD_DAYS if unsold_days is None else unsold_days
    return expires_on >= today + dt.timedelta(days=days)


def is_past(expires_on: dt.date | None, today: dt.date) -> bool:
    """Say whether the last good day of goods is over: they can neither be sold nor shipped."""
    return expires_on is not None and expires_on < today
