"""The statements that add entries to the rollups, in the words of both engines."""

from collections.abc import Sequence
from typing import Any

from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import DateField, Func
from django.db.models.sql.compiler import SQLCompiler

from shop.ledger.models import LedgerEntry
from shop.ledger.rollups.models import SUMS, Rollup

ENTRIES = LedgerEntry._meta.db_table


def _month(column: str) -> str:
    if connection.vendor == "postgresql":
        return f"({column} - EXTRACT(DAY FROM {column})::int + 1)"
    return f"date({column}, 'start of month')"


class FirstOfMonth(Func):
    """The first day of a date's month, as a date on both engines."""

    template = "date(%(expressions)s, 'start of month')"
    output_field = DateField()
    arity = 1

    def as_postgresql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any
    ) -> tuple[str, Any]:
        """As above, with what PostgreSQL can compute without a time zone."""
        template = "(%(expressions)s - EXTRACT(DAY FROM %(expressions)s)::int + 1)"
        return self.as_sql(compiler, connection, template=template, **context)


def values_of(name: str) -> str:
    """Return what an entry counts as in a rollup's dimension."""
    if name == "booked_on":
        return _month("booked_on")
    if name == "relates_to":
        return _month("COALESCE(relates_to, booked_on)")
    return name


def add_entries(rollup: type[Rollup]) -> str:
    """Return the statement that adds the entries behind an id and up to another one to a rollup."""
    table, names = rollup._meta.db_table, rollup.dimensions
    columns = ", ".join(names)
    values = ", ".join(values_of(name) for name in names)
    groups = ", ".join(str(number) for number in range(1, len(names) + 1))
    grown = ", ".join(f"{name} = {table}.{name} + excluded.{name}" for name in SUMS)
    return (
        f"INSERT INTO {table} ({columns}, {', '.join(SUMS)})"  # noqa: S608 - names of our own tables
        f" SELECT {values}, SUM(fen), SUM(ex_tax_fen), SUM(units), COUNT(*)"
        f" FROM {ENTRIES} WHERE id > %s AND id <= %s GROUP BY {groups}"
        f" ON CONFLICT ({columns}) DO UPDATE SET {grown}"
    )


_OVER = ", ".join(f"SUM({name}) AS {name}_over" for name in SUMS)
_WRONG = " OR ".join(f"SUM({name}) <> 0" for name in SUMS)


def differing_cells(rollup: type[Rollup]) -> str:
    """Return the query for the cells that differ from the entries up to an id, and by how much too high they are."""
    names = ", ".join(f"{values_of(name)} AS {name}" for name in rollup.dimensions)
    groups = ", ".join(str(number) for number in range(1, len(rollup.dimensions) + 1))
    entries = (
        f"SELECT {names}, {_taken_out(SUMS[:3])}, -COUNT(*) AS entries"  # noqa: S608
        f" FROM {ENTRIES} WHERE id <= %s GROUP BY {groups}"
    )
    return _differing(rollup, entries)


def _taken_out(sums: Sequence[str]) -> str:
    """Return sums with the other sign; as large as a cell's own, so that PostgreSQL need not reckon in decimals."""
    return ", ".join(f"CAST(-SUM({name}) AS bigint) AS {name}" for name in sums)


def differing_from(rollup: type[Rollup], finer: type[Rollup]) -> str:
    """Return the query for the cells that differ from the sums of a finer rollup."""
    names = ", ".join(rollup.dimensions)
    table = finer._meta.db_table
    return _differing(rollup, f"SELECT {names}, {_taken_out(SUMS)} FROM {table} GROUP BY {names}")  # noqa: S608


def _differing(rollup: type[Rollup], against: str) -> str:
    names = ", ".join(rollup.dimensions)
    return (
        f"SELECT {names}, {_OVER} FROM ("  # noqa: S608 - names of our own tables
        f"SELECT {names}, {', '.join(SUMS)} FROM {rollup._meta.db_table} UNION ALL SELECT * FROM ({against}) AS other"
        f") AS cell GROUP BY {names} HAVING {_WRONG} ORDER BY {names}"
    )
