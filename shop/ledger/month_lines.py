"""The entries of a month as lines of canonical bytes in their canonical order, and the digest of them.

By event, then by the bytes themselves. PostgreSQL writes and orders the lines itself, so that a pass over millions of
them costs Python a look at each and no memory; `canonical_line` says what a line is, and a test that they agree.
"""

import datetime as dt
import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection, models

from shop.ledger.models import LedgerEntry
from shop.ledger.periods import month_end
from shop.ledger.selectors import CANONICAL, canonical_line

Values = Mapping[str, Any]
#: What COPY makes of what stands in a line, and back.
_COPIED = re.compile(rb"\\(.)")
_PLAIN = {b"b": b"\b", b"f": b"\f", b"t": b"\t", b"v": b"\v", b"\\": b"\\"}


@dataclass(frozen=True)
class MonthDigest:
    """SHA-256 over the lines of a series of a month, each with its line feed, and how many there are."""

    entries: int
    sha256: str


def month_lines(month: dt.date, demo: bool) -> Iterator[bytes]:
    """Yield the lines of a series booked in a month, without line feeds. Memory does not grow with them."""
    if connection.vendor == "postgresql":
        yield from _copied_lines(month, demo)
    else:
        yield from (line for line, _row in ordered_lines(_entries_of(month, demo)))


def month_digest(month: dt.date, demo: bool) -> MonthDigest:
    """Return the digest of a series booked in a month; one pass, in flat memory."""
    digest, entries = hashlib.sha256(), 0
    for line in month_lines(month, demo):
        digest.update(line + b"\n")
        entries += 1
    return MonthDigest(entries, digest.hexdigest())


def ordered_lines(rows: Iterable[Values]) -> Iterator[tuple[bytes, Values]]:
    """Yield rows that come in the order of their events, with their canonical bytes, in the canonical order."""
    event_id, lines = None, list[tuple[bytes, Values]]()
    for row in rows:
        if row["event_id"] != event_id:
            yield from sorted(lines, key=lambda line: line[0])
            event_id, lines = row["event_id"], []
        lines.append((canonical_line(row), row))
    yield from sorted(lines, key=lambda line: line[0])


def _entries_of(month: dt.date, demo: bool) -> Iterator[Values]:
    entries = LedgerEntry.objects.filter(demo=demo, booked_on__gte=month, booked_on__lt=month_end(month))
    yield from entries.order_by("event_id").values(*CANONICAL).iterator(chunk_size=2000)


def _copied_lines(month: dt.date, demo: bool) -> Iterator[bytes]:
    query = (
        f"COPY (SELECT line FROM (SELECT event_id, {_line()} AS line FROM {LedgerEntry._meta.db_table}"  # noqa: S608
        f" WHERE demo = {demo} AND booked_on >= '{month}' AND booked_on < '{month_end(month)}') AS entry"
        ' ORDER BY event_id, line COLLATE "C") TO STDOUT'
    )
    connection.ensure_connection()
    with connection.connection.cursor() as cursor, cursor.copy(query) as copy:
        for block in copy:
            for line in bytes(block).splitlines():
                yield _COPIED.sub(_plain, line) if b"\\" in line else line


def _plain(match: re.Match[bytes]) -> bytes:
    return _PLAIN[match[1]]


def _line() -> str:
    """Return PostgreSQL's expression of `canonical_line`."""
    fields = [LedgerEntry._meta.get_field(name) for name in CANONICAL]
    words = [str(field.column) for field in fields if isinstance(field, models.CharField)]
    # One look at all words of an entry: hardly any has what would break the line.
    is_odd = rf"concat({', '.join(words)}) ~ E'[\\\\\n\r\x1f]'"
    return f"CASE WHEN {is_odd} THEN {_joined(fields, _escaped)} ELSE {_joined(fields, str)} END"


def _joined(fields: list[Any], word: Callable[[str], str]) -> str:
    return " || chr(31) || ".join(f"'{field.name}=' || {_text(field, word)}" for field in fields)


def _escaped(name: str) -> str:
    once = rf"replace(replace({name}, E'\\', E'\\\\'), E'\n', E'\\n')"
    return rf"replace(replace({once}, E'\r', E'\\r'), chr(31), E'\\u001f')"


def _text(field: Any, word: Callable[[str], str]) -> str:
    name = field.column
    match field:
        case models.BooleanField():
            return f"CASE WHEN {name} THEN 'True' ELSE 'False' END"
        case models.DateTimeField():
            moment = f"({name} AT TIME ZONE 'UTC')"
            fraction = f"CASE to_char({moment}, 'US') WHEN '000000' THEN '' ELSE to_char({moment}, '.US') END"
            return f"to_char({moment}, 'YYYY-MM-DD\"T\"HH24:MI:SS') || {fraction} || '+00:00'"
        case models.DateField():
            return f"COALESCE(to_char({name}, 'YYYY-MM-DD'), 'None')"
        case models.CharField():
            return word(name)
    return f"{name}::text"
