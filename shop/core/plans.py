"""Statements whose best plan depends on the values that they are asked with."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection


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
