"""Statements whose best plan PostgreSQL does not find by itself."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

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
