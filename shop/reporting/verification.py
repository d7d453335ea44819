"""Invariant 2: overview = ledger = drill-down."""

import datetime as dt
from collections.abc import Iterator

from django.db.models import Max, Min, Sum

from shop.accounts.scope import SYSTEM
from shop.ledger.models import LedgerEntry, Stage
from shop.ledger.verification import Finding
from shop.reporting.buyers import KEYS, buyer_rows, total_of_rows
from shop.reporting.drill import Figure, all_orders, total_of
from shop.reporting.measures import MEASURES
from shop.reporting.periods import Period
from shop.reporting.selectors import Overview, Sums, overview


def figures() -> Iterator[Finding]:
    """Compare the figures of all time with the ledger and with what they open to."""
    span = LedgerEntry.objects.aggregate(start=Min("booked_on"), end=Max("booked_on"))
    if span["start"] is None:
        return
    period = Period(span["start"], max(span["end"], span["start"] + dt.timedelta(days=1)))
    for demo in (True, False):
        yield from _series(period, demo)


def _series(period: Period, demo: bool) -> Iterator[Finding]:
    found: Overview = overview(SYSTEM, period, demo)
    total = found.total
    entries = LedgerEntry.objects.filter(demo=demo).exclude(stage=Stage.RECEIVABLE)
    ledger = entries.aggregate(total=Sum("fen"))["total"] or 0
    parts = total.net + total.not_counted + total.freight + total.fee + total.donation + total.unapplied
    name = "demonstration" if demo else "real"
    if parts != ledger:
        yield Finding(2, f"{name} figures: {parts} fen reported, {ledger} in the ledger")
    stages = sum(total.stages.values())
    if not stages == total.net == total.gross - total.refunded:
        yield Finding(
            2,
            f"{name} bridge: stages {stages}, net {total.net}, gross − refunded {total.gross - total.refunded}",
        )
    if sum(row.fen for row in found.not_counted) != total.not_counted:
        yield Finding(2, f"{name} reasons do not sum to the {total.not_counted} fen not counted")
    buyers = total_of_rows(buyer_rows(SYSTEM, period, demo))
    for key, fen in {**{key: getattr(buyers, key) for key in KEYS}, "receivable_held": buyers.held}.items():
        if fen != shown_sum(total, key):
            yield Finding(2, f"{name} {key}: {shown_sum(total, key)} fen shown, {fen} by buyer")
    for key in MEASURES:
        figure = Figure(key, period, demo)
        shown = shown_sum(total, key)
        orders = sum(row.fen for row in all_orders(SYSTEM, figure))
        if not shown == orders == total_of(SYSTEM, figure):
            yield Finding(2, f"{name} {key}: {shown} fen shown, {orders} in its orders")


def shown_sum(sums: Sums, measure: str) -> int:
    """Return a row's figure by the key of its measure."""
    if measure.startswith("stage-"):
        return sums.stages[measure.removeprefix("stage-")]
    return int(getattr(sums, measure))
