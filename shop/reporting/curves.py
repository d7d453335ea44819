"""Region × programme × month: for the report of a year and the curves beside last year's."""

import datetime as dt
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any, NamedTuple

from django.core.exceptions import EmptyResultSet
from django.db import connection

from shop.accounts.scope import Scope
from shop.core.together import Asked
from shop.ledger.rollups.models import PlaceRollup
from shop.ledger.rollups.selectors import Part, Series, folded_through, grouped, month_in
from shop.reporting.cuts import Cut, rows_of
from shop.reporting.live import Rows, measured, sums_in
from shop.reporting.periods import Period, whole_year

KEYS = ("confirmed", "gross", "refunded", "net", "not_counted")
#: Stands in a kept statement where the mark of the rollups is put in; nothing else in one is such a number.
_ANY_MARK = -(10**15)


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
    statement = _statement(scope, period, demo, series)
    if statement is None:
        return {}
    sql, params = statement
    mark = folded_through()
    with connection.cursor() as cursor:
        cursor.execute(sql, [mark if value == _ANY_MARK else value for value in params])
        return _added(
            (Cell(region, programme, _day(month)), MonthSums(*map(int, sums)))
            for region, programme, month, *sums in cursor.fetchall()
        )


@lru_cache(maxsize=100)
def _statement(
    scope: Scope, period: Period, demo: bool, series: Series
) -> tuple[str, tuple[Any, ...]] | None:
    """Return the statement of `month_sums`, None when the scope sees nothing.

    Kept, because the same few are asked for again and again, and composing one takes several times as long as its
    answer.
    """
    parts = sums_in(PlaceRollup, scope, period, demo, series=series, mark=_ANY_MARK)
    try:
        return grouped(parts, _by_cell(series)).query.sql_with_params()
    except EmptyResultSet:
        return None


def _day(month: dt.date | str) -> dt.date:
    """Return a day as SQLite has it, too."""
    return dt.date.fromisoformat(month) if isinstance(month, str) else month


def two_years(scope: Scope, cut: Cut, year: int, mark: int) -> Asked[dict[Cell, MonthSums]]:
    """Return the figures of a cut for every month of a year and of the year before."""
    both = Period(whole_year(year - 1).start, whole_year(year).end)
    parts = rows_of(scope, cut.in_period(both), mark=mark)
    return Asked((grouped(parts, _by_cell(cut.series)),), _read)


def by_month(parts: Rows, series: Series) -> dict[Cell, MonthSums]:
    """Return the sums of parts by region, programme and month."""
    return _read(grouped(parts, _by_cell(series)))


def _read(rows: Iterable[Any]) -> dict[Cell, MonthSums]:
    return _added(
        (
            Cell(row["region"], row["programme"], row["month"]),
            MonthSums(*(row[f"{key}_sum"] for key in KEYS)),
        )
        for row in rows
    )


def _added(rows: Iterable[tuple[Cell, MonthSums]]) -> dict[Cell, MonthSums]:
    """Return the sums by cell; one that more than one part has comes once from each."""
    found: dict[Cell, MonthSums] = {}
    for cell, sums in rows:
        before = found.get(cell)
        found[cell] = MonthSums(*(a + b for a, b in zip(before, sums, strict=True))) if before else sums
    return found


def _by_cell(series: Series) -> Callable[[Part], Part]:
    def build(part: Part) -> Part:
        rows: Any = part.values("region", "programme", month=month_in(part, series))
        return rows.annotate(**measured(*KEYS))

    return build
