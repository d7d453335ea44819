"""A month's entries as canonical bytes, what they sum to, and the statement that says so; nothing is written here."""

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Sum

from shop.ledger.book import DIMENSIONS
from shop.ledger.figures import parts_of
from shop.ledger.models import LedgerEntry
from shop.ledger.month_lines import month_digest, ordered_lines
from shop.ledger.periods import month_end

FORMAT = "yuanshan-statement/1"
BASIS = "平台口径"
#: What a statement sums by: every dimension but the names that stand beside their codes.
SUMMED_BY = (
    *(name for name in DIMENSIONS if not name.endswith("_name")),
    "grade",
    "eligibility",
    "ineligible_reason",
    "rule_version",
)
#: Fields that decide what an entry is a part of; everything else in it is a detail of the same sum.
CELL = ("kind", "stage", "leg", *SUMMED_BY, "relates_to")

Figures = dict[str, int]
Values = Mapping[str, Any]


@dataclass
class Month:
    """The entries of one series booked in a month: their digest, and what they sum to."""

    first_day: dt.date
    demo: bool
    entries: int = 0
    digest: str = ""
    figures: Figures = field(default_factory=dict)
    restates: dict[str, Figures] = field(default_factory=dict)
    dimensions: dict[str, dict[str, Figures]] = field(default_factory=dict)


def statement_number(month: dt.date, demo: bool) -> str:
    """Return the number of a month's statement; demonstration data say so in it."""
    return f"YJ-{month:%Y-%m}" + ("-DEMO" if demo else "")


def summed(month: dt.date, demo: bool, rows: Iterable[Values]) -> Month:
    """Return the digest and the sums of rows that come in the order of their events; one pass."""
    found, digest = Month(month, demo), hashlib.sha256()
    cells: dict[tuple[Any, ...], int] = {}
    for line, row in ordered_lines(rows):
        digest.update(line + b"\n")
        found.entries += 1
        key = tuple(row[name] for name in CELL)
        cells[key] = cells.get(key, 0) + row["fen"]
    found.digest = digest.hexdigest()
    add_cells(found, ((dict(zip(CELL, key, strict=True)), fen) for key, fen in cells.items()))
    return tidied(found)


def month_found(month: dt.date, demo: bool) -> Month:
    """Return the same of what is stored: ordered, digested and added up by the database, in flat memory."""
    digest = month_digest(month, demo)
    found = Month(month, demo, digest.entries, digest.sha256)
    booked = LedgerEntry.objects.filter(demo=demo, booked_on__gte=month, booked_on__lt=month_end(month))
    groups = booked.order_by().values(*CELL).annotate(fen_sum=Sum("fen"))
    add_cells(found, ((row, row["fen_sum"]) for row in groups.iterator(chunk_size=2000)))
    return tidied(found)


def add_cells(
    found: Month,
    cells: Iterable[tuple[Values, int]],
    dimensions: Iterable[str] = SUMMED_BY,
    *,
    whole: bool = True,
) -> None:
    """Add cells and their fen to what a month sums to: by dimensions, and (`whole`) in all and by month restated."""
    names = tuple(dimensions)
    for cell, fen in cells:
        parts = parts_of(cell, fen)
        for name in names:
            _add(found.dimensions.setdefault(name, {}).setdefault(str(cell[name]), {}), parts)
        if whole:
            _add(found.figures, parts)
            relates_to = cell["relates_to"]
            if relates_to is not None and relates_to.replace(day=1) != found.first_day:
                _add(found.restates.setdefault(f"{relates_to:%Y-%m}", {}), parts)


def tidied(found: Month) -> Month:
    """Leave out zeros, so that the same sums always make the same bytes."""
    found.dimensions = {name: _tidied(found.dimensions.get(name, {})) for name in SUMMED_BY}
    found.restates = _tidied(found.restates)
    found.figures = {key: fen for key, fen in found.figures.items() if fen}
    return found


def _add(figures: Figures, parts: Iterable[tuple[str, int]]) -> None:
    for key, fen in parts:
        figures[key] = figures.get(key, 0) + fen


def _tidied(groups: dict[str, Figures]) -> dict[str, Figures]:
    tidy = {name: {key: fen for key, fen in figures.items() if fen} for name, figures in groups.items()}
    return {name: figures for name, figures in tidy.items() if figures}


def plus(one: Figures, other: Figures) -> Figures:
    """Return the sum of two sets of figures, without zeros."""
    total = dict(one)
    _add(total, other.items())
    return {key: fen for key, fen in total.items() if fen}


@dataclass(frozen=True)
class Signed:
    """Who closed a month (user ids, never names), under which rule version, and when."""

    preparer: int
    reviewer: int
    releaser: int
    released_at: dt.datetime
    rule_version: str


def body_of(found: Month, signed: Signed, previous: Mapping[str, Any] | None, previous_digest: str) -> str:
    """Return a statement's canonical text. `previous` is the one before, parsed; None for the first of a series."""
    before = previous or {"to_date": {}, "year_to_date": {}}
    this_year = {} if found.first_day.month == 1 else before["year_to_date"]
    body = {
        "format": FORMAT,
        "number": statement_number(found.first_day, found.demo),
        "month": f"{found.first_day:%Y-%m}",
        "data": "demo" if found.demo else "real",
        "basis": BASIS,
        "rule_version": signed.rule_version,
        "entries": found.entries,
        "entries_digest": found.digest,
        "previous": {"number": previous["number"], "digest": previous_digest} if previous else None,
        "preparer": signed.preparer,
        "reviewer": signed.reviewer,
        "releaser": signed.releaser,
        "released_at": signed.released_at.astimezone(dt.UTC).isoformat(),
        "figures": found.figures,
        "year_to_date": plus(this_year, found.figures),
        "to_date": plus(before["to_date"], found.figures),
        "restates": found.restates,
        "dimensions": found.dimensions,
    }
    return json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def digest_of(body: str) -> str:
    """Return the SHA-256 of a statement's canonical text."""
    return hashlib.sha256(body.encode()).hexdigest()
