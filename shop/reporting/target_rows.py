"""Targets beside what is confirmed of them: whole ones and, below them, their parts by mode."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from shop.accounts.scope import Scope
from shop.core.fen import to_yuan
from shop.journal.models import JournalEntry
from shop.ledger.rollups.models import BuyerRollup
from shop.ledger.rollups.selectors import Part, grouped, month_in
from shop.regions.models import SupportTarget, TargetMode
from shop.regions.selectors import targets_for
from shop.regions.targets import target_key
from shop.reporting.cockpit_tables import outlook_cells, outlook_columns
from shop.reporting.curves import Cell as Place
from shop.reporting.cuts import Cut, rows_of
from shop.reporting.live import measured
from shop.reporting.outlook import Course, Outlook, courses, outlook, place_in_year
from shop.reporting.periods import Period, whole_year
from shop.reporting.tables import Cell, Query, Table, drill_url, money, share_of

Courses = dict[tuple[str, str], Course]


@dataclass(frozen=True)
class TargetRow:
    """A target and how it stands."""

    target: SupportTarget
    outlook: Outlook

    @property
    def key(self) -> str:
        """Return what the journal calls it."""
        target = self.target
        return target_key(target.region.slug, target.programme.slug, target.year, target.mode)

    @property
    def title(self) -> str:
        """Return what people call it."""
        target = self.target
        return f"{target.region.name_zh} {target.programme.name_zh} {target.get_mode_display()}"

    @property
    def pace_pct(self) -> str:
        """Return the share of the year that is gone, in percent with one decimal."""
        tenths = self.outlook.place.gone * 1000 // self.outlook.place.days
        return f"{tenths // 10}.{tenths % 10}"


def target_rows(scope: Scope, year: int, demo: bool) -> list[TargetRow]:
    """Return the targets of a year that the scope may see, each with its course. Three queries."""
    targets = targets_for(year, demo)
    if not scope.everything:
        targets = [target for target in targets if target.region.slug in scope.regions]
    ways, place = _courses(scope, year, demo), place_in_year(year)
    return [
        TargetRow(
            target,
            outlook(
                target.target_fen,
                ways.get(target.mode, {}).get((target.region.slug, target.programme.slug), Course()),
                place,
            ),
        )
        for target in targets
    ]


def _courses(scope: Scope, year: int, demo: bool) -> Mapping[str, Courses]:
    """Return the courses of both modes together ("") and of each, by region and programme. Two queries."""
    both = Cut(Period(whole_year(year - 1).start, whole_year(year).end), demo)

    def by_mode(part: Part) -> Part:
        rows: Any = part.values("region", "programme", "mode", month=month_in(part, "reported"))
        return rows.annotate(**measured("confirmed"))

    months: dict[str, dict[Place, int]] = {mode: {} for mode in TargetMode.values}
    groups: Any = grouped(rows_of(scope, both, BuyerRollup), by_mode)
    for row in groups:
        place = Place(row["region"], row["programme"], row["month"])
        for mode in {TargetMode.ALL.value, row["mode"]}:
            own = months.setdefault(mode, {})
            own[place] = own.get(place, 0) + row["confirmed_sum"]
    return {mode: courses(own, year) for mode, own in months.items()}


def target_table(rows: Iterable[TargetRow], query: Query) -> Table:
    """Return the targets with progress, pace and forecast; only whole ones add up."""
    columns = [
        (_("Region"), False),
        (_("Programme"), False),
        (_("Mode"), False),
        (_("Annual target"), True),
        (_("Confirmed"), True),
        (_("Reached"), True),
        (_("Share of the year gone"), True),
        (_("Ahead of the calendar"), True),
        *outlook_columns(),
        (_("Task statement of"), False),
    ]
    return Table("targets", _("Targets of the year (yuan)"), columns, [_cells(row, query) for row in rows])


def _cells(row: TargetRow, query: Query) -> list[Cell]:
    target, way = row.target, row.outlook
    own = query | {"region": target.region.slug, "programme": target.programme.slug}
    own |= {"mode": target.mode} if target.mode else {}
    return [
        Cell(target.region.name_zh, seal=target.region.slug),
        Cell(target.programme.name_zh),
        Cell(target.get_mode_display()),
        money(target.target_fen),
        money(way.confirmed, drill_url(own, measure="confirmed")),
        Cell(share_of(way.confirmed, target.target_fen), is_number=True),
        Cell(f"{row.pace_pct}%", is_number=True),
        money(way.ahead),
        *outlook_cells(way),
        Cell(day=target.decided_on) if target.decided_on else Cell("–"),
    ]


@dataclass(frozen=True)
class Change:
    """What was set or changed about a target: yuan before and after, "" for what was not there."""

    title: str
    entry: JournalEntry
    before: str
    after: str


def change_of(entry: JournalEntry, rows: Iterable[TargetRow]) -> Change:
    """Return a journal entry about a target as people read it."""
    titles = {row.key: row.title for row in rows}
    before, after = (_yuan(values) for values in (entry.before, entry.after))
    return Change(titles.get(entry.object_key, entry.object_key), entry, before, after)


def _yuan(values: Mapping[str, Any]) -> str:
    fen = values.get("target_fen")
    return f"{to_yuan(int(fen)):,}" if fen is not None else ""
