"""From a figure down to its orders, lines and entries; on every level the sum is the figure."""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, Max, OuterRef, QuerySet, Sum

from shop.accounts.scope import Scope
from shop.core.plans import ExistsForEachRow, planned_for_its_values, walked_in_order
from shop.ledger.models import LedgerEntry
from shop.ledger.rollups.models import BuyerRollup, GoodsRollup, PlaceRollup, Rollup
from shop.ledger.rollups.selectors import Part, Series, folded_through, grouped
from shop.reporting.cuts import entries_in, of_buyer
from shop.reporting.keyset import Behind, Newer, Place
from shop.reporting.live import sums_in
from shop.reporting.measures import MEASURES
from shop.reporting.periods import Period
from shop.reporting.selectors import HELD, reason_of

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
    supplier: str | None = None
    product: str | None = None
    series: Series = "reported"

    @property
    def buyer(self) -> dict[str, str]:
        """Return the dimensions of the buyer that it is narrowed to."""
        given = {
            "buyer_kind": self.buyer_kind,
            "credited_organisation": self.organisation,
            "mode": self.mode,
            "channel": self.channel,
        }
        return {name: value for name, value in given.items() if value is not None}

    @property
    def goods(self) -> dict[str, str]:
        """Return the dimensions of the goods that it is narrowed to."""
        given = {"supplier": self.supplier, "product": self.product}
        return {name: value for name, value in given.items() if value is not None}

    @property
    def rollup(self) -> type[Rollup]:
        """Return the smallest sums that know what it is narrowed to."""
        if self.goods:
            return GoodsRollup
        return BuyerRollup if self.buyer else PlaceRollup

    @property
    def is_in_sums(self) -> bool:
        """Say whether the ledger's sums know what it is narrowed to; else its entries do."""
        of_orders = self.order is not None or self.source is not None or self.measure == HELD
        return not (of_orders or (self.is_money_without_goods and self.buyer))

    @property
    def is_money_without_goods(self) -> bool:
        """Say whether it is unapplied money, which has no buyer of its own."""
        return self.measure in ("unapplied", HELD)


@dataclass(frozen=True)
class OrderSum:
    """An order's part of a figure."""

    order_number: str
    lines: int
    fen: int
    booked_on: dt.date


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
    """Orders, the one last booked first, and the place from which the list goes on (None at its end)."""

    rows: list[OrderSum]
    next: Place | None


@dataclass(frozen=True)
class EntryPage:
    """Entries after an id."""

    rows: list[LedgerEntry]
    more: bool


def entries_of(scope: Scope, figure: Figure) -> QuerySet[LedgerEntry]:
    """Return the entries that a figure is the sum of."""
    entries: QuerySet[LedgerEntry] = _narrowed(
        entries_in(scope, figure.period, figure.demo, series=figure.series), figure
    ).filter(**figure.goods)
    if figure.is_money_without_goods:
        entries = of_buyer(entries, **figure.buyer)
    elif figure.buyer:
        entries = entries.filter(**figure.buyer)
    if figure.order is not None:
        entries = entries.filter(order_number=figure.order)
    if figure.source is not None:
        entries = entries.filter(source_key=figure.source)
    return entries


def _narrowed(part: Part, figure: Figure) -> Part:
    part = part.filter(MEASURES[figure.measure].entries)
    if figure.region is not None:
        part = part.filter(region=figure.region)
    if figure.programme is not None:
        part = part.filter(programme=figure.programme)
    if figure.reason is not None:
        part = part.annotate(why=reason_of()).filter(why=figure.reason)
    return part


def total_of(scope: Scope, figure: Figure) -> int:
    """Return the figure in fen. One or two queries; of the ledger's sums, where they know what it is narrowed to."""
    if not figure.is_in_sums:
        sign = MEASURES[figure.measure].sign
        return sign * (entries_of(scope, figure).aggregate(total=Sum("fen"))["total"] or 0)
    asked = asked_by(scope, figure, folded_through(), "demo")
    return sum(fen for _key, fen in summed(figure, asked, "demo"))


def asked_by(
    scope: Scope, figure: Figure, mark: int, *names: str, rollup: type[Rollup] | None = None
) -> Part:
    """Return what the ledger's sums say of a figure by some dimensions, as rows for `summed`.

    `rollup` is one with more dimensions, `mark` the one of the rollups as `parts_of` takes it.
    """

    def by_names(part: Part) -> Part:
        wanted = {**figure.buyer, **figure.goods}
        return _narrowed(part, figure).filter(**wanted).values(*names).annotate(total=Sum("fen"))

    source = rollup or figure.rollup
    return grouped(
        sums_in(source, scope, figure.period, figure.demo, series=figure.series, mark=mark), by_names
    )


def summed(figure: Figure, rows: Iterable[Any], *names: str) -> list[tuple[tuple[Any, ...], int]]:
    """Return what a figure is the sum of by some dimensions: (values, fen), the largest first."""
    found: dict[tuple[Any, ...], int] = {}
    for row in rows:
        key = tuple(row[name] for name in names)
        found[key] = found.get(key, 0) + MEASURES[figure.measure].sign * row["total"]
    return sorted(found.items(), key=lambda item: (-item[1], item[0]))


@planned_for_its_values()
def order_page(scope: Scope, figure: Figure, after: Place | None = None, limit: int = PAGE) -> OrderPage:
    """Return the figure's orders behind a place (None: from the start), each where its last entry stands.

    Two queries: the last entry of each order, as far as the page goes, and the orders' sums.
    """
    entries = entries_of(scope, figure)
    newer = entries.filter(Newer(), order_number=OuterRef("order_number"))
    last = (entries if after is None else entries.filter(Behind(after))).exclude(ExistsForEachRow(newer))
    places = last.order_by("-booked_on", "-pk").values_list("order_number", "booked_on", "pk")
    with walked_in_order():
        found = {number: Place(booked_on, pk) for number, booked_on, pk in places[: limit + 1]}
    rows = list(found)[:limit]
    sums = _order_sums(entries, figure, rows)
    return OrderPage([sums[number] for number in rows], found[rows[-1]] if len(found) > limit else None)


def _order_sums(entries: QuerySet[LedgerEntry], figure: Figure, numbers: list[str]) -> dict[str, OrderSum]:
    """Return the sums of orders."""
    if not numbers:
        return {}
    groups: Any = (
        entries.filter(order_number__in=numbers)
        .values("order_number")
        .annotate(
            lines=Count("source_key", distinct=True),
            fen_sum=Sum(F("fen") * MEASURES[figure.measure].sign),
            last=Max("booked_on"),
        )
    )
    return {
        row["order_number"]: OrderSum(row["order_number"], row["lines"], row["fen_sum"], row["last"])
        for row in groups.order_by()
    }


@planned_for_its_values()
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


@planned_for_its_values()
def entry_page(scope: Scope, figure: Figure, after: int = 0, limit: int = PAGE) -> EntryPage:
    """Return the figure's entries behind an id. One query."""
    found = list(entries_of(scope, figure).filter(pk__gt=after).order_by("pk")[: limit + 1])
    return EntryPage(found[:limit], len(found) > limit)


def all_orders(scope: Scope, figure: Figure, limit: int = 500) -> Iterator[OrderSum]:
    """Yield every order of a figure, page by page."""
    after: Place | None = None
    while True:
        page = order_page(scope, figure, after, limit)
        yield from page.rows
        if page.next is None:
            return
        after = page.next


def all_entries(scope: Scope, figure: Figure, limit: int = 500) -> Iterator[LedgerEntry]:
    """Yield every entry of a figure, page by page."""
    after = 0
    while True:
        page = entry_page(scope, figure, after, limit)
        yield from page.rows
        if not page.more:
            return
        after = page.rows[-1].pk
