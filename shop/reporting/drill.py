"""From a figure down to its orders, lines and entries; on every level the sum is the figure."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Count, F, Max, QuerySet, Sum

from shop.accounts.scope import Scope
from shop.ledger.models import LedgerEntry
from shop.reporting.buyers import of_buyer
from shop.reporting.measures import MEASURES
from shop.reporting.periods import Period
from shop.reporting.selectors import entries_in, reason_of

PAGE = 50


@dataclass(frozen=True)
class Figure:
    """Which figure is opened: a measure, and what it was narrowed to. None: not narrowed."""

    measure: str
    period: Period
    demo: bool
    region: str | None = None
    programme: str | None = None
    reason: str | None = None
    order: str | None = None
    source: str | None = None
    buyer_kind: str | None = None
    organisation: str | None = None
    mode: str | None = None
    channel: str | None = None


@dataclass(frozen=True)
class OrderSum:
    """An order's part of a figure."""

    order_number: str
    lines: int
    fen: int
    booked_on: object


@dataclass(frozen=True)
class LineSum:
    """A line's part of a figure: a share, a charge or a payment."""

    source_key: str
    line_number: int
    kind: str
    product_name: str
    supplier_name: str
    units: int
    fen: int


@dataclass(frozen=True)
class OrderPage:
    """Orders after a key, and the key to go on from ("" at the end: `more` tells)."""

    rows: list[OrderSum]
    more: bool


@dataclass(frozen=True)
class EntryPage:
    """Entries after an id."""

    rows: list[LedgerEntry]
    more: bool


def entries_of(scope: Scope, figure: Figure) -> QuerySet[LedgerEntry]:
    """Return the entries that a figure is the sum of."""
    entries = entries_in(scope, figure.period, figure.demo).filter(MEASURES[figure.measure].entries)
    if figure.region is not None:
        entries = entries.filter(region=figure.region)
    if figure.programme is not None:
        entries = entries.filter(programme=figure.programme)
    if figure.reason is not None:
        entries = entries.annotate(why=reason_of()).filter(why=figure.reason)
    entries = of_buyer(
        entries,
        buyer_kind=figure.buyer_kind,
        credited_organisation=figure.organisation,
        mode=figure.mode,
        channel=figure.channel,
    )
    if figure.order is not None:
        entries = entries.filter(order_number=figure.order)
    if figure.source is not None:
        entries = entries.filter(source_key=figure.source)
    return entries


def total_of(scope: Scope, figure: Figure) -> int:
    """Return the figure in fen."""
    sign = MEASURES[figure.measure].sign
    return sign * (entries_of(scope, figure).aggregate(total=Sum("fen"))["total"] or 0)


def order_page(scope: Scope, figure: Figure, after: str | None = None, limit: int = PAGE) -> OrderPage:
    """Return the figure's orders behind an order number (None: from the start). One query."""
    sign = MEASURES[figure.measure].sign
    rows = entries_of(scope, figure)
    if after is not None:
        rows = rows.filter(order_number__gt=after)
    groups = rows.values("order_number").annotate(
        lines=Count("source_key", distinct=True), fen_sum=Sum(F("fen") * sign), last=Max("booked_on")
    )
    found = list(groups.order_by("order_number")[: limit + 1])
    sums = [OrderSum(row["order_number"], row["lines"], row["fen_sum"], row["last"]) for row in found[:limit]]
    return OrderPage(sums, len(found) > limit)


def line_sums(scope: Scope, figure: Figure) -> list[LineSum]:
    """Return the lines of the figure's one order. One query."""
    sign = MEASURES[figure.measure].sign
    groups = (
        entries_of(scope, figure)
        .values("source_key", "line_number", "kind", "product_name", "supplier_name")
        .annotate(unit_sum=Sum(F("units") * sign), fen_sum=Sum(F("fen") * sign))
    )
    return [
        LineSum(
            row["source_key"],
            row["line_number"],
            row["kind"],
            row["product_name"],
            row["supplier_name"],
            row["unit_sum"],
            row["fen_sum"],
        )
        for row in groups.order_by("kind", "line_number", "source_key")
    ]


def entry_page(scope: Scope, figure: Figure, after: int = 0, limit: int = PAGE) -> EntryPage:
    """Return the figure's entries behind an id. One query."""
    found = list(entries_of(scope, figure).filter(pk__gt=after).order_by("pk")[: limit + 1])
    return EntryPage(found[:limit], len(found) > limit)


def all_orders(scope: Scope, figure: Figure, limit: int = 500) -> Iterator[OrderSum]:
    """Yield every order of a figure, page by page."""
    after: str | None = None
    while True:
        page = order_page(scope, figure, after, limit)
        yield from page.rows
        if not page.more:
            return
        after = page.rows[-1].order_number


def all_entries(scope: Scope, figure: Figure, limit: int = 500) -> Iterator[LedgerEntry]:
    """Yield every entry of a figure, page by page."""
    after = 0
    while True:
        page = entry_page(scope, figure, after, limit)
        yield from page.rows
        if not page.more:
            return
        after = page.rows[-1].pk
