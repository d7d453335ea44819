"""Many reads at one moment."""

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from typing import Any

from django.db import connection, connections, transaction

_NAME = re.compile(r"[0-9A-F-]+")


@contextmanager
def one_snapshot() -> Iterator[str]:
    """Let every query inside see the database as it was at the first of them, while others go on writing.

    Yields the name by which other threads join with `in_snapshot`, "" where they cannot. Only for reading. Inside
    a transaction of the caller's it changes nothing.
    """
    if connection.in_atomic_block:
        yield ""
    elif connection.vendor == "postgresql":
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            cursor.execute("SELECT pg_export_snapshot()")
            [name] = cursor.fetchone()
            yield str(name)
    else:
        # Not `atomic`, which would keep every writer of SQLite away.
        with connection.cursor() as cursor:
            cursor.execute("BEGIN DEFERRED")
            try:
                yield ""
            finally:
                cursor.execute("ROLLBACK")


@contextmanager
def in_snapshot(name: str) -> Iterator[None]:
    """Let the queries of this thread see the moment that `one_snapshot` holds in another one. PostgreSQL only.

    The thread's connection is closed at the end. Raises ValueError for another name.
    """
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            # A setting takes no bound parameter. `one_snapshot` has the name from the database.
            if not _NAME.fullmatch(name):
                raise ValueError(f"{name!r} names no snapshot")
            cursor.execute(f"SET TRANSACTION SNAPSHOT '{name}'")
            yield
    finally:
        connection.close()


@contextmanager
def writing_beside() -> Iterator[Callable[[Callable[[], Any]], Any]]:
    """Yield what does a piece of work with a database connection of its own, so that it can write beside a snapshot.

    To be entered before `one_snapshot`. Inside a transaction of the caller's the work is done in that one.
    """
    if connection.in_atomic_block:
        yield lambda work: work()
        return
    with ThreadPoolExecutor(1, thread_name_prefix="beside") as pool:
        try:
            yield lambda work: pool.submit(copy_context().run, work).result()
        finally:
            pool.submit(connections.close_all).result()
