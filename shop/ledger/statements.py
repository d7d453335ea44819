"""A month's entries as canonical bytes, what they sum to, and the statement that says so; nothing is written here."""

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from shop.ledger.book import DIMENSIONS
from shop.ledger.models import EntryKind, LedgerEntry, Leg, Stage
from shop.ledger.selectors import CANONICAL, canonical_line

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
_CELL = ("kind", "stage", "leg", *SUMMED_BY)
HEADLINE_GRADES = ("A", "B", "C")
_GROSS = (Leg.APPLY, Leg.REVERSE, Leg.RESTATE)

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


def month_end(month: dt.date) -> dt.date:
    """Return the first day of the month after."""
    return (month + dt.timedelta(days=31)).replace(day=1)


def statement_number(month: dt.date, demo: bool) -> str:
    """Return the number of a month's statement; demonstration data say so in it."""
    return f"YJ-{month:%Y-%m}" + ("-DEMO" if demo else "")


def entries_of(month: dt.date, demo: bool) -> Iterator[Values]:
    """Yield the entries of a series booked in a month, in the order of their events; memory stays flat."""
    entries = LedgerEntry.objects.filter(demo=demo, booked_on__gte=month, booked_on__lt=month_end(month))
    yield from entries.order_by("event_id").values(*CANONICAL).iterator(chunk_size=2000)


def ordered_lines(rows: Iterable[Values]) -> Iterator[tuple[bytes, Values]]:
    """Yield rows with their canonical bytes, in the canonical order: by event, then by the bytes themselves.

    `rows` come in the order of their events; the same on both engines, whatever the database sorts texts by.
    """
    event_id, lines = None, list[tuple[bytes, Values]]()
    for row in rows:
        if row["event_id"] != event_id:
            yield from sorted(lines, key=lambda line: line[0])
            event_id, lines = row["event_id"], []
        lines.append((canonical_line(row), row))
    yield from sorted(lines, key=lambda line: line[0])


def summed(month: dt.date, demo: bool, rows: Iterable[Values]) -> Month:
    """Return the digest and the sums of rows that come in the order of their events; one pass."""
    found, digest = Month(month, demo), hashlib.sha256()
    cells: dict[tuple[Any, ...], int] = {}
    for line, row in ordered_lines(rows):
        digest.update(line + b"\n")
        found.entries += 1
        key = (*(row[name] for name in _CELL), row["relates_to"])
        cells[key] = cells.get(key, 0) + row["fen"]
    found.digest = digest.hexdigest()
    for key, fen in cells.items():
        _add_cell(found, dict(zip((*_CELL, "relates_to"), key, strict=True)), fen)
    found.dimensions = {name: _tidied(found.dimensions.get(name, {})) for name in SUMMED_BY}
    found.restates = _tidied(found.restates)
    found.figures = {key: fen for key, fen in found.figures.items() if fen}
    return found


def _add_cell(found: Month, cell: Values, fen: int) -> None:
    parts = list(parts_of(cell, fen))
    relates_to = cell["relates_to"]
    if relates_to is not None and relates_to.replace(day=1) != found.first_day:
        _add(found.restates.setdefault(f"{relates_to:%Y-%m}", {}), parts)
    _add(found.figures, parts)
    for name in SUMMED_BY:
        _add(found.dimensions.setdefault(name, {}).setdefault(str(cell[name]), {}), parts)


def parts_of(cell: Values, fen: int) -> Iterator[tuple[str, int]]:
    """Yield the figures that fen of an entry are a part of (counting rules, sections 1 and 4)."""
    if cell["kind"] != EntryKind.GOODS:
        yield str(cell["kind"]), fen
    elif cell["stage"] == Stage.RECEIVABLE:
        yield "receivable", fen
    elif cell["eligibility"] != "eligible" or cell["grade"] not in HEADLINE_GRADES:
        yield "not_counted", fen
    else:
        yield "net", fen
        yield f"stage-{cell['stage']}", fen
        if cell["stage"] == Stage.CONFIRMED:
            yield "confirmed", fen
        if cell["leg"] in _GROSS:
            yield "gross", fen
        elif cell["leg"] == Leg.REFUND:
            yield "refunded", -fen


def _add(figures: Figures, parts: Iterable[tuple[str, int]]) -> None:
    for key, fen in parts:
        figures[key] = figures.get(key, 0) + fen


def _tidied(groups: dict[str, Figures]) -> dict[str, Figures]:
    """Leave out zeros, so that the same sums always make the same bytes."""
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
