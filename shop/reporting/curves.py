"""Region × programme × month: for the report of a year and the curves beside last year's."""

import datetime as dt
from collections.abc import Callable
from typing import Any, NamedTuple

from shop.accounts.scope import Scope
from shop.ledger.rollups.models import PlaceRollup
from shop.ledger.rollups.selectors import Part, Series, grouped, month_in
from shop.reporting.cuts import Cut, rows_of
from shop.reporting.live import Rows, measured, sums_in
from shop.reporting.periods import Period, whole_year

KEYS = ("confirmed", "gross", "refunded", "net", "not_counted")


class Cell(NamedTuple):
    """A month of a region under a programme, "" where an entry has none."""

    region: str
    programme: str
    month: dt.date


class MonthSums(NamedTuple):
    """Its figures in fen."""

    confirmed: int = 0
    gross: int = 0
    refunded: int = 0
    net: int = 0
    not_counted: int = 0


def month_sums(
    scope: Scope, period: Period, demo: bool, *, series: Series = "reported"
) -> dict[Cell, MonthSums]:
    """Return the figures of every month of a period, as booked or as restated; two queries.

    A restated series takes whole months (ValueError otherwise).
    """
    return by_month(sums_in(PlaceRollup, scope, period, demo, series=series), series)


def two_years(scope: Scope, cut: Cut, year: int) -> dict[Cell, MonthSums]:
    """Return the figures of a cut for every month of a year and of the year before; two queries."""
    both = Period(whole_year(year - 1).start, whole_year(year).end)
    return by_month(rows_of(scope, cut.in_period(both)), cut.series)


def by_month(parts: Rows, series: Series) -> dict[Cell, MonthSums]:
    """Return the sums of parts by region, programme and month."""
    found: dict[Cell, MonthSums] = {}
    for row in grouped(parts, _by_cell(series)):
        cell = Cell(row["region"], row["programme"], row["month"])
        sums = MonthSums(*(row[f"{key}_sum"] for key in KEYS))
        before = found.get(cell)
        found[cell] = MonthSums(*(a + b for a, b in zip(before, sums, strict=True))) if before else sums
    return found


def _by_cell(series: Series) -> Callable[[Part], Part]:
    def build(part: Part) -> Part:
        rows: Any = part.values("region", "programme", month=month_in(part, series))
        return rows.annotate(**measured(*KEYS))

    return build
