"""Statements whose best plan PostgreSQL does not find by itself."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Exists
from django.db.models.sql.compiler import SQLCompiler

#: Memory for the groups that PostgreSQL expects, not for those that there are.
_MOST_FEARED = "2GB"


@contextmanager
def planned_for_its_values() -> Iterator[None]:
    """Let PostgreSQL plan every statement inside for its own values, also as a decorator.

    A statement that is prepared is planned once for whatever it may be asked with. That saves time where it looks
    rows up by a key; of a list that people narrow in many ways it may read the whole table. Nothing on SQLite.
    """
    if connection.vendor != "postgresql":
        yield
        return
    connection.ensure_connection()
    kept = connection.connection
    threshold, kept.prepare_threshold = kept.prepare_threshold, None
    try:
        yield
    finally:
        kept.prepare_threshold = threshold


@contextmanager
def grouped_by_hashing() -> Iterator[None]:
    """Let PostgreSQL group the rows of statements inside by hashing, also as a decorator. Inside a transaction.

    It reckons with far too many groups where many columns name them that depend on each other, and would sort all
    rows by each of them on disk. What is allowed here is what it fears, not what the groups take: they are let in as
    they come. Nothing on SQLite.
    """
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('work_mem')")
        [before] = cursor.fetchone()
        cursor.execute("SELECT set_config('work_mem', %s, true)", [_MOST_FEARED])
    yield
    # After an error the transaction's end undoes it.
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('work_mem', %s, true)", [before])


@contextmanager
def walked_in_order() -> Iterator[None]:
    """Let PostgreSQL walk an index in the order that is asked for, in the statements inside.

    It puts the price of a subquery on every row that it passes, though cheaper conditions leave out most of them,
    and would rather read whole indexes to sort what they have in common. Nothing on SQLite.
    """
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SET enable_sort = off; SET enable_bitmapscan = off")
    try:
        yield
    except BaseException:
        # A transaction that has failed takes no more statements, and its end undoes these.
        if not connection.in_atomic_block:
            _plan_as_usual()
        raise
    _plan_as_usual()


def _plan_as_usual() -> None:
    with connection.cursor() as cursor:
        cursor.execute("RESET enable_sort; RESET enable_bitmapscan")


class ExistsForEachRow(Exists):
    """EXISTS that PostgreSQL asks for one row after another, as they come.

    It would join: read the whole of both sides to hash or sort them, though a list needs its first rows only.
    An OFFSET, even of nothing, keeps a subquery where it stands.
    """

    def as_postgresql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any
    ) -> tuple[str, tuple[Any, ...]]:
        """Write EXISTS(… OFFSET 0)."""
        sql, params = self.as_sql(compiler, connection, template="EXISTS(%(subquery)s OFFSET 0)", **context)
        return sql, tuple(params)
