"""A claim that is lost is made again: it need not wait for the disk."""

from django.db import connection


def may_be_lost() -> None:
    """Let the commit of the running transaction be written with the next one: PostgreSQL does not wait for its disk.

    Only the end of the database server can take such a transaction back, whole, and with everything that was
    committed after it without waiting; what waits writes all before it too. For claims, which are then
    made again (ADR 14). Nothing on SQLite. Raises RuntimeError outside a transaction.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("only a transaction can be let go")
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL synchronous_commit TO off")
