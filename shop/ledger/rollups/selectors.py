"""Read the ledger's sums: folded part and live tail, in one statement and so at one moment."""

import datetime as dt
from collections.abc import Callable
from typing import Any, Literal

from django.db.models import F, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from shop.core.clock import month_of
from shop.ledger.models import LedgerEntry
from shop.ledger.rollups.models import Rollup, RollupMark
from shop.ledger.rollups.sql import FirstOfMonth

#: 已报数: by the month booked; 追溯数: by the month to which the fen belong.
Series = Literal["reported", "restated"]
SERIES: tuple[Series, ...] = ("reported", "restated")
#: The columns whose months are those of a series.
MONTH_OF = {"reported": "booked_on", "restated": "relates_to"}
Part = QuerySet[Any]

_MARK = Coalesce(Subquery(RollupMark.objects.values("folded_through")[:1]), 0)


def folded_through() -> int:
    """Return the id up to which entries are in the rollups, 0 before the first fold."""
    return RollupMark.objects.values_list("folded_through", flat=True).first() or 0


def tail_entries(mark: int | None = None) -> QuerySet[LedgerEntry]:
    """Return the entries that are not in the rollups when the query runs. One query to look where they begin.

    The mark only ever grows, so where it stands now (`mark`, where the caller knows) changes nothing in the result;
    but as a number it tells the planner that these are few, which it cannot know of a subquery.
    """
    known = folded_through() if mark is None else mark
    return LedgerEntry.objects.filter(pk__gt=known).filter(pk__gt=_MARK)


def parts_of(
    rollup: type[Rollup],
    start: dt.date,
    end: dt.date,
    *,
    series: Series = "reported",
    mark: int | None = None,
) -> list[Part]:
    """Return what together is every entry of the days from `start` to `end`, each of them once.

    Whole months come from the rollup and its tail, the days of a month that is cut from the entries themselves.
    All parts have the rollup's dimensions and sums; entries have no `entries` and name their months by days. Give
    them to `grouped`, which makes one statement of them. One query to look where the tail begins, without `mark`.
    A restated series has whole months only; raises ValueError for other days.
    """
    first = start if start.day == 1 else _next_month(start)
    last = end if _next_day(end).day == 1 else month_of(end) - dt.timedelta(days=1)
    if series == "restated":
        if (first, last) != (start, end):
            raise ValueError("the restated series is one of whole months")
        return [_rows(rollup, "relates_to", first, last), _restated(first, last, mark)]
    if first > last:
        return [_rows(LedgerEntry, "booked_on", start, end)]
    parts: list[Part] = [
        _rows(rollup, "booked_on", first, last),
        tail_entries(mark).filter(booked_on__gte=first, booked_on__lte=last),
    ]
    if start < first:
        parts.append(_rows(LedgerEntry, "booked_on", start, first - dt.timedelta(days=1)))
    if last < end:
        parts.append(_rows(LedgerEntry, "booked_on", _next_day(last), end))
    return parts


def grouped(parts: list[Part], build: Callable[[Part], Part]) -> Part:
    """Return the rows of all parts in one statement; groups that more than one part has come once from each.

    `build` narrows a part and groups it by `values` and `annotate`.
    """
    first, *rest = [build(part).order_by() for part in parts]
    return first.union(*rest, all=True) if rest else first


def month_in(part: Part, series: Series) -> Any:
    """Return the expression of a row's month, the same for rollups and entries."""
    if issubclass(part.model, Rollup):
        return F(MONTH_OF[series])
    return _entry_month(series)


def _entry_month(series: Series) -> Any:
    return FirstOfMonth(Coalesce("relates_to", "booked_on") if series == "restated" else F("booked_on"))


def _rows(model: type[Rollup] | type[LedgerEntry], column: str, start: dt.date, end: dt.date) -> Part:
    return model._default_manager.filter(**{f"{column}__gte": start, f"{column}__lte": end})


def _restated(start: dt.date, end: dt.date, mark: int | None) -> Part:
    within = Q(relates_to__gte=start, relates_to__lte=end)
    return tail_entries(mark).filter(within | Q(relates_to=None, booked_on__gte=start, booked_on__lte=end))


def _next_day(day: dt.date) -> dt.date:
    return day + dt.timedelta(days=1)


def _next_month(day: dt.date) -> dt.date:
    return month_of(month_of(day) + dt.timedelta(days=31))
