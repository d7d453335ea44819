"""What a check returns, and how it asks the database."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import QuerySet

#: A check names so many breaks and says that there are more: a wholly broken ledger must not fill the memory.
MOST = 10_000


@dataclass(frozen=True)
class Finding:
    """A broken invariant and what broke it."""

    invariant: int
    text: str

    def __str__(self) -> str:
        return f"invariant {self.invariant}: {self.text}"


Check = Callable[[], Iterator[Finding]]


def rows_of(query: str, parameters: Sequence[Any] = ()) -> list[dict[str, Any]]:
    """Return the rows of a query by column, at most MOST.

    Not through a cursor of the server's: PostgreSQL plans those without its parallel workers.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"{query} LIMIT {MOST}", parameters)
        names = [column.name if hasattr(column, "name") else column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def some(rows: QuerySet[Any]) -> list[Any]:
    """Return the first rows of a query, at most MOST."""
    return list(rows[:MOST])


def limited(invariant: int, findings: Iterator[Finding]) -> Iterator[Finding]:
    """Pass findings on, and say so when they were cut off."""
    for number, finding in enumerate(findings, start=1):
        yield finding
        if number == MOST:
            yield Finding(invariant, f"{MOST} breaks of this kind are named; there may be more")
            return
