"""The only place that spells row locks."""

from typing import TypeVar

from django.db import models, transaction
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


def _inside_transaction(queryset: QuerySet[ModelT]) -> QuerySet[ModelT]:
    if not transaction.get_connection(queryset.db).in_atomic_block:
        raise RuntimeError("a row lock needs a transaction")
    return queryset
