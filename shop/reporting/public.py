"""The figures that everyone may see: a year by place, programme and month, out of the rollups.

Adding them up costs the same for any number of entries, but the page is open to everyone: what was added up is kept
until the ledger gets another entry, and for less than a minute.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from django.core.cache import cache

from shop.accounts.scope import SYSTEM
from shop.core.together import answers
from shop.ledger.closing_models import Statement
from shop.ledger.models import LedgerEntry
from shop.listings.place_names import full_name, parent_name
from shop.listings.presentation import in_language
from shop.regions.models import Pairing, PartnerRegion, Programme, SupportTarget, TargetMode
from shop.reporting.curves import Cell, month_sums
from shop.reporting.periods import whole_year
from shop.reporting.selectors import cut_off

#: An entry with a lower id may appear behind one with a higher id; so long it can be missing here.
KEPT_SECONDS = 45
MOST_STATEMENTS = 12

Place = tuple[str, str]
Months = Mapping[Place, Mapping[int, int]]


@dataclass(frozen=True)
class PublicRow:
    """A region under a programme; fen of the year so far, its target and the whole year before."""

    region: str
    region_name: str
    parent: str
    programme_name: str
    confirmed_fen: int
    target_fen: int
    last_year_fen: int


@dataclass(frozen=True)
class PublicMonth:
    """A month in fen. `confirmed_fen` is None while it is still to come."""

    month: int
    confirmed_fen: int | None
    last_year_fen: int


@dataclass(frozen=True)
class PublicTotals:
    """The year as everyone sees it, as it was added up at `as_of`."""

    year: int
    demo: bool
    as_of: dt.datetime
    rows: list[PublicRow]
    months: list[PublicMonth]

    @property
    def confirmed_fen(self) -> int:
        """Return the sum of all rows."""
        return sum(row.confirmed_fen for row in self.rows)

    @property
    def target_fen(self) -> int:
        """Return the targets of all rows."""
        return sum(row.target_fen for row in self.rows)

    @property
    def last_year_fen(self) -> int:
        """Return the whole year before."""
        return sum(row.last_year_fen for row in self.rows)


@dataclass(frozen=True)
class _Kept:
    as_of: dt.datetime
    this_year: Months
    last_year: Months


def public_totals(year: int, demo: bool) -> PublicTotals:
    """Return a year's confirmed fen by region and programme, its months, and last year's. Two queries, or six.

    Right for every entry that is posted, at the latest within a minute.
    """
    kept = _kept(year, demo)
    return PublicTotals(year, demo, kept.as_of, _rows(kept, year, demo), _months(kept, year))


def _kept(year: int, demo: bool) -> _Kept:
    last = LedgerEntry.objects.order_by("-pk").values_list("pk", "event_id").first()
    key = f"public-totals:{year}:{demo}:{last}".replace(" ", "")
    kept: _Kept | None = cache.get(key)
    if kept is None:
        kept = _Kept(cut_off(), _confirmed(year, demo), _confirmed(year - 1, demo))
        cache.set(key, kept, KEPT_SECONDS)
    return kept


def _confirmed(year: int, demo: bool) -> dict[Place, dict[int, int]]:
    found: dict[Place, dict[int, int]] = {}
    cell: Cell
    for cell, sums in month_sums(SYSTEM, whole_year(year), demo).items():
        if cell.region and sums.confirmed:
            found.setdefault((cell.region, cell.programme), {})[cell.month.month] = sums.confirmed
    return found


def _rows(kept: _Kept, year: int, demo: bool) -> list[PublicRow]:
    """Return a row for each region and programme with figures, a target or a pairing, in region order."""
    period = whole_year(year)
    known: list[PartnerRegion]
    named: list[Programme]
    known, named, aims, paired = answers(
        PartnerRegion.objects.order_by(),
        Programme.objects.order_by(),
        SupportTarget.objects.filter(year=year, demo=demo, mode=TargetMode.ALL)
        .order_by()
        .values_list("region__slug", "programme__slug", "target_fen"),
        Pairing.objects.filter(starts_on__lte=period.end)
        .exclude(ends_on__lt=period.start)
        .order_by()
        .values_list("region__slug", "programme__slug"),
    )
    regions = {region.slug: region for region in sorted(known, key=lambda one: (one.position, one.slug))}
    programmes = {row.slug: in_language(row.name_zh, row.name_en) for row in named}
    targets: dict[Place, int] = {(region, programme): fen for region, programme, fen in aims}
    order = {slug: index for index, slug in enumerate(regions)}
    places = sorted(
        {*kept.this_year, *kept.last_year, *targets, *paired},
        key=lambda place: (order.get(place[0], len(order)), place),
    )
    return [
        PublicRow(
            region,
            full_name(regions[region]) if region in regions else region,
            parent_name(regions[region]) if region in regions else "",
            programmes.get(programme, programme),
            sum(kept.this_year.get((region, programme), {}).values()),
            targets.get((region, programme), 0),
            sum(kept.last_year.get((region, programme), {}).values()),
        )
        for region, programme in places
    ]


def _months(kept: _Kept, year: int) -> list[PublicMonth]:
    through = kept.as_of.month if kept.as_of.year == year else 12
    return [
        PublicMonth(
            month,
            sum(sums.get(month, 0) for sums in kept.this_year.values()) if month <= through else None,
            sum(sums.get(month, 0) for sums in kept.last_year.values()),
        )
        for month in range(1, 13)
    ]


def latest_statements(demo: bool) -> list[Statement]:
    """Return the statements of the latest closed months, the latest first, without their texts. One query."""
    found = Statement.objects.filter(demo=demo).defer("body").order_by("-month")
    return list(found[:MOST_STATEMENTS])
