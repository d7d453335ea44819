"""The only place that spells row locks."""

from typing import Any, TypeVar

from django.db import connection, models, transaction
from django.db.models import QuerySet

ModelT = TypeVar("ModelT", bound=models.Model)


def lock(queryset: QuerySet[ModelT]) -> QuerySet[ModelT]:
    """Lock the rows until the transaction ends, in primary-key order so that two callers cannot deadlock.

    On SQLite row locks do not exist: writers are serialised there by `BEGIN IMMEDIATE`.
    Raises RuntimeError outside a transaction, where a lock would protect nothing.
    """
    return _inside_transaction(queryset).order_by("pk").select_for_update(of=("self",))


def lock_available(queryset: QuerySet[ModelT]) -> QuerySet[ModelT]:
    """Lock those of the rows that nobody else holds and leave out the rest; otherwise as `lock`."""
    return _inside_transaction(queryset).order_by("pk").select_for_update(of=("self",), skip_locked=True)


def held_values(queryset: QuerySet[ModelT], *columns: str) -> list[tuple[Any, ...]]:
    """Return columns of the rows as they are now, and keep `lock` away from them until the transaction ends.

    Any number of callers may hold the same rows at once; whoever locks one waits for all of them. The query may
    not join other tables. On SQLite the transaction itself keeps other writers away. Otherwise as `lock`.
    """
    rows = _inside_transaction(queryset).order_by("pk").values_list(*columns)
    clause = holding()
    if not clause:
        return list(rows)
    sql, parameters = rows.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(f"{sql}{clause}", parameters)
        return list(cursor.fetchall())


def holding() -> str:
    """Return the clause that keeps `lock` away from the rows of a query, "" where the transaction itself does.

    Raises RuntimeError outside a transaction.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("a row lock needs a transaction")
    return " FOR KEY SHARE" if connection.features.has_select_for_update else ""


def _inside_transaction(queryset: QuerySet[ModelT]) -> QuerySet[ModelT]:
    if not transaction.get_connection(queryset.db).in_atomic_block:
        raise RuntimeError("a row lock needs a transaction")
    return queryset
