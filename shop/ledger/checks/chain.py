"""Invariant 7: the statement chain is unbroken, and closed months still are what their statements say."""

import datetime as dt
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.db import connection
from django.db.models import Max, Sum

from shop.ledger.checks.findings import Finding
from shop.ledger.closing_models import Statement
from shop.ledger.figures import DECIDING
from shop.ledger.models import LedgerEntry
from shop.ledger.month_lines import month_digest
from shop.ledger.periods import first_open_day, month_end
from shop.ledger.rollups.models import BASE, BUYER, GOODS, BuyerRollup, GoodsRollup, PlaceRollup
from shop.ledger.rollups.selectors import Part, grouped, month_in, parts_of
from shop.ledger.statements import SUMMED_BY, Month, add_cells, digest_of, tidied

GUARD = f"{LedgerEntry._meta.db_table}_open_month"


def chain() -> Iterator[Finding]:
    """7: digests of statements, of the entries behind them and of the statement before; the closed months are shut."""
    for demo in (False, True):
        before: Statement | None = None
        for statement in Statement.objects.filter(demo=demo).order_by("month").iterator():
            for text in (*_own(statement), *_link(statement, before), *_entries(statement)):
                yield Finding(7, f"statement {statement.number} {text}")
            before = statement
    last = Statement.objects.aggregate(last=Max("month"))["last"]
    if last is not None and first_open_day() != month_end(last):
        yield Finding(7, f"entries may be booked from {first_open_day()} on, {last:%Y-%m} is closed")
    if not _has_guard():
        yield Finding(7, f"trigger {GUARD} is missing: entries can be booked in closed months")


@dataclass(frozen=True)
class StatementCheck:
    """What was computed anew of one statement, each True when it is as the statement says."""

    text: bool
    link: bool
    entries: bool

    @property
    def is_whole(self) -> bool:
        """Say whether everything is."""
        return self.text and self.link and self.entries


def statement_check(statement: Statement) -> StatementCheck:
    """Return whether text, place in the chain and the month's entries are what a statement says. Reads its month."""
    before = Statement.objects.filter(demo=statement.demo, month__lt=statement.month).order_by("month").last()
    parts = (_own(statement), _link(statement, before), _entries(statement))
    return StatementCheck(*(next(part, None) is None for part in parts))


def _own(statement: Statement) -> Iterator[str]:
    if digest_of(statement.body) != statement.digest:
        yield f"has another digest than its text: {digest_of(statement.body)}"
    body = json.loads(statement.body)
    said = {
        "number": statement.number,
        "month": f"{statement.month:%Y-%m}",
        "data": "demo" if statement.demo else "real",
        "entries": statement.entries,
        "entries_digest": statement.entries_digest,
        "preparer": statement.prepared_by,
        "reviewer": statement.reviewed_by,
        "releaser": statement.released_by,
        "restates": statement.restates,
    }
    for name, value in said.items():
        if body[name] != value:
            yield f"says {name} {body[name]} in its text and {value} beside it"
    for name, value in (("confirmed", statement.confirmed_fen), ("net", statement.paid_fen)):
        if body["figures"].get(name, 0) != value:
            yield f"says {body['figures'].get(name, 0)} fen {name} in its text and {value} beside it"


def _link(statement: Statement, before: Statement | None) -> Iterator[str]:
    named = json.loads(statement.body)["previous"] or {"number": "", "digest": ""}
    wanted = {"number": before.number, "digest": before.digest} if before else {"number": "", "digest": ""}
    if named != wanted or statement.previous_digest != wanted["digest"]:
        yield f"does not follow {wanted['number'] or 'nothing'}: it names {named['number'] or 'nothing'}"
    if before is not None and month_end(before.month) != statement.month:
        yield f"leaves out months after {before.month:%Y-%m}"


def _entries(statement: Statement) -> Iterator[str]:
    digest = month_digest(statement.month, statement.demo)
    if digest.sha256 != statement.entries_digest:
        yield f"is of {statement.entries} entries with another digest than the {digest.entries} booked in its month"
    body, found = json.loads(statement.body), _folded(statement.month, statement.demo)
    if body["figures"] != found.figures:
        yield "has other figures than the entries booked in its month"
    elif differing := [name for name in SUMMED_BY if body["dimensions"].get(name) != found.dimensions[name]]:
        yield f"has other sums by {', '.join(differing)} than the entries booked in its month"
    if body["restates"] != found.restates:
        yield "restates earlier months otherwise than the entries booked in its month"


def _folded(month: dt.date, demo: bool) -> Month:
    """Return what a month's rollups sum to: other checks hold them to the entries, from which it was closed."""
    found, last = Month(month, demo), month_end(month) - dt.timedelta(days=1)
    for rollup, own in ((PlaceRollup, BASE), (BuyerRollup, BUYER), (GoodsRollup, GOODS)):
        names = [name for name in SUMMED_BY if name in own]
        rows = grouped(parts_of(rollup, month, last), _by(demo, names))
        cells = (({**row, "relates_to": row["belongs"]}, row["total"]) for row in rows)
        add_cells(found, cells, names, whole=rollup is PlaceRollup)
    return tidied(found)


def _by(demo: bool, names: list[str]) -> Callable[[Part], Part]:
    keys = tuple(dict.fromkeys((*DECIDING, *names)))

    def build(part: Part) -> Part:
        month = month_in(part, "restated")
        return (
            part.filter(demo=demo).annotate(belongs=month).values(*keys, "belongs").annotate(total=Sum("fen"))
        )

    return build


def _has_guard() -> bool:
    query = "SELECT 1 FROM sqlite_master WHERE type = 'trigger' AND name = %s"
    if connection.vendor == "postgresql":
        query = "SELECT 1 FROM pg_trigger WHERE tgname = %s AND tgenabled IN ('O', 'A')"
    with connection.cursor() as cursor:
        cursor.execute(query, [GUARD])
        return cursor.fetchone() is not None
