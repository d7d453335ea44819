"""Invariant 2: overview = ledger = drill-down."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

from django.db.models import Count, Max, Min, Q, Sum
from django.db.models.functions import Coalesce

from shop.accounts.scope import SYSTEM
from shop.core.clock import month_of
from shop.ledger.checks.findings import Finding
from shop.ledger.models import LedgerEntry, Stage
from shop.ledger.rollups.selectors import SERIES
from shop.reporting.buyers import KEYS, buyer_rows, total_of_rows
from shop.reporting.curves import MonthSums, month_sums
from shop.reporting.drill import Figure, all_orders, total_of
from shop.reporting.live import measured
from shop.reporting.measures import MEASURES
from shop.reporting.periods import Period
from shop.reporting.selectors import HELD, Overview, Sums, overview

#: Every page of every list is turned in a ledger of so many entries; in a larger one its sums are compared.
WALKED = 20_000


def figures() -> Iterator[Finding]:
    """Compare the figures of all time with the ledger and with what they open to."""
    span = LedgerEntry.objects.aggregate(start=Min("booked_on"), end=Max("booked_on"))
    if span["start"] is None:
        return
    period = _whole_months(span["start"], span["end"])
    for of_series in _plain_sums():
        yield from _series(period, of_series)


def _whole_months(start: dt.date, end: dt.date) -> Period:
    """Return the months of both days from the first to the last: what a rollup has whole."""
    return Period(month_of(start), month_of(month_of(end) + dt.timedelta(days=31)) - dt.timedelta(days=1))


def _plain_sums() -> list[dict[str, Any]]:
    """Return the measures of real and demonstration entries as one plain pass over the ledger finds them."""
    keys = [key for key in MEASURES if key != HELD]
    sums: Any = LedgerEntry.objects.values("demo").annotate(
        rows=Count("pk"),
        whole=Coalesce(Sum("fen", filter=~Q(stage=Stage.RECEIVABLE)), 0),
        **measured(*keys),
    )
    return list(sums.order_by("-demo"))


def _series(period: Period, plain: dict[str, Any]) -> Iterator[Finding]:
    demo = plain["demo"]
    name = "demonstration" if demo else "real"
    found: Overview = overview(SYSTEM, period, demo)
    total = found.total
    yield from (Finding(2, f"{name} {text}") for text in _unlike_the_ledger(total, plain))
    yield from (Finding(2, f"{name} {text}") for text in _unlike_each_other(found))
    buyers = total_of_rows(buyer_rows(SYSTEM, period, demo))
    for key, fen in {**{key: getattr(buyers, key) for key in KEYS}, HELD: buyers.held}.items():
        if fen != shown_sum(total, key):
            yield Finding(2, f"{name} {key}: {shown_sum(total, key)} fen shown, {fen} by buyer")
    for series in SERIES:
        months = month_sums(SYSTEM, period, demo, series=series).values()
        for key in MonthSums._fields:
            fen = sum(getattr(month, key) for month in months)
            if fen != shown_sum(total, key):
                yield Finding(2, f"{name} {key}: {shown_sum(total, key)} fen shown, {fen} {series} by month")
    for key in MEASURES:
        shown, opened = shown_sum(total, key), _opened(Figure(key, period, demo), plain["rows"])
        if set(opened) != {shown}:
            yield Finding(2, f"{name} {key}: {shown} fen shown, {opened[-1]} in its orders")


def _unlike_the_ledger(total: Sums, plain: dict[str, Any]) -> Iterator[str]:
    parts = total.net + total.not_counted + total.freight + total.fee + total.donation + total.unapplied
    if parts != plain["whole"]:
        yield f"figures: {parts} fen reported, {plain['whole']} in the ledger"
    for key in MEASURES:
        if key != HELD and shown_sum(total, key) != (fen := plain[f"{key.replace('-', '_')}_sum"]):
            yield f"{key}: {shown_sum(total, key)} fen shown, {fen} in the ledger"


def _unlike_each_other(found: Overview) -> Iterator[str]:
    total = found.total
    stages = sum(total.stages.values())
    if not stages == total.net == total.gross - total.refunded:
        yield f"bridge: stages {stages}, net {total.net}, gross − refunded {total.gross - total.refunded}"
    if sum(row.fen for row in found.not_counted) != total.not_counted:
        yield f"reasons do not sum to the {total.not_counted} fen not counted"


def _opened(figure: Figure, entries: int) -> list[int]:
    """Return what the pages below a figure say of it."""
    total = total_of(SYSTEM, figure)
    return [total, sum(row.fen for row in all_orders(SYSTEM, figure))] if entries <= WALKED else [total]


def shown_sum(sums: Sums, measure: str) -> int:
    """Return a row's figure by the key of its measure."""
    if measure.startswith("stage-"):
        return sums.stages[measure.removeprefix("stage-")]
    return int(getattr(sums, measure))
