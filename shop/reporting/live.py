"""The ledger's sums as a scope may see them, of a period, real or demonstration."""

from typing import Any

from django.db.models import F, Sum
from django.db.models.functions import Coalesce

from shop.accounts.scope import Scope
from shop.ledger.rollups.models import Rollup
from shop.ledger.rollups.selectors import Part, Series, parts_of
from shop.reporting.measures import MEASURES
from shop.reporting.periods import Period

Rows = list[Part]


def sums_in(
    rollup: type[Rollup],
    scope: Scope,
    period: Period,
    demo: bool,
    *,
    series: Series = "reported",
    mark: int | None = None,
) -> Rows:
    """Return the parts whose rows are the sums booked in a period that the scope may see; `mark` as in `parts_of`."""
    whole = parts_of(rollup, period.start, period.end, series=series, mark=mark)
    parts = [part.filter(demo=demo) for part in whole]
    if scope.everything:
        return parts
    if scope.regions:
        return [part.filter(region__in=scope.regions) for part in parts]
    return [part.none() for part in parts]


def measured(*keys: str) -> dict[str, Any]:
    """Return the aggregates of measures, named as they are with "_sum" behind."""
    return {
        f"{key.replace('-', '_')}_sum": Coalesce(
            Sum(F("fen") * MEASURES[key].sign, filter=MEASURES[key].entries), 0
        )
        for key in keys
    }
