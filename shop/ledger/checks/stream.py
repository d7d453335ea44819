"""The ledger as one stream of bytes, the same on both engines, and its digest.

A line per entry in the order of posting: the business fields as PostgreSQL's COPY writes them (tab between fields,
\\N for none, instants in UTC), never row ids or insert times.
"""

import datetime as dt
import hashlib
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connection

from shop.ledger.models import LedgerEntry
from shop.ledger.selectors import CANONICAL

#: Entries between two words to whoever shows how far it is.
STEP = 50_000
_ESCAPES = str.maketrans(
    {"\\": r"\\", "\b": r"\b", "\f": r"\f", "\n": r"\n", "\r": r"\r", "\t": r"\t", "\v": r"\v"}
)
Advance = Callable[[int], object]


@dataclass(frozen=True)
class Digest:
    """SHA-256 over the stream, and how many entries it had."""

    entries: int
    sha256: str


def ledger_digest(advance: Advance = lambda entries: None) -> Digest:
    """Return the digest of all entries. Memory does not grow with them."""
    lines: Iterator[bytes | memoryview] = (
        _copied_lines() if connection.vendor == "postgresql" else _written_lines()
    )
    digest, entries, told = hashlib.sha256(), 0, 0
    for line in lines:
        digest.update(line)
        entries += 1
        if entries - told >= STEP:
            advance(entries - told)
            told = entries
    advance(entries - told)
    return Digest(entries, digest.hexdigest())


def _copied_lines() -> Iterator[bytes | memoryview]:
    """Yield the lines as the server writes them, one at a time: Python only hands them on."""
    names = ", ".join(CANONICAL)
    query = f"COPY (SELECT {names} FROM {LedgerEntry._meta.db_table} ORDER BY id) TO STDOUT"  # noqa: S608
    connection.ensure_connection()
    with connection.cursor() as cursor:
        cursor.execute("SET TIME ZONE 'UTC'")
        cursor.execute("SET DateStyle TO ISO")
    with connection.connection.cursor() as cursor, cursor.copy(query) as copy:
        yield from copy


def _written_lines() -> Iterator[bytes]:
    entries = LedgerEntry.objects.order_by("id").values_list(*CANONICAL)
    for values in entries.iterator(chunk_size=5_000):
        yield stream_line(values)


def stream_line(values: tuple[Any, ...]) -> bytes:
    """Return an entry's fields, in the order of CANONICAL, as one line of the stream."""
    return ("\t".join(_text(value) for value in values) + "\n").encode()


def _text(value: Any) -> str:
    match value:
        case None:
            return r"\N"
        case bool():
            return "t" if value else "f"
        case dt.datetime():
            text = value.astimezone(dt.UTC).strftime("%Y-%m-%d %H:%M:%S")
            fraction = f".{value.microsecond:06d}".rstrip("0") if value.microsecond else ""
            return f"{text}{fraction}+00"
        case int() | dt.date() | uuid.UUID():
            return str(value)
    return str(value).translate(_ESCAPES)
