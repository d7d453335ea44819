"""Statements that PostgreSQL plans for their own values."""

from contextlib import nullcontext
from typing import Any

import pytest
from django.db import DataError, connection, transaction

from shop.core.plans import planned_for_its_values, walked_in_order

pytestmark = [pytest.mark.data, pytest.mark.django_db]


def _ask() -> None:
    for _ in range(6):
        with connection.cursor() as cursor:
            cursor.execute("SELECT %s + 1", [1])


def _prepared() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM pg_prepared_statements WHERE statement LIKE 'SELECT $1 + 1%%'")
        return int(cursor.fetchone()[0])


def test_inside_nothing_is_prepared_and_afterwards_it_is_again() -> None:
    if connection.vendor != "postgresql":
        with planned_for_its_values():
            _ask()
        return
    connection.ensure_connection()
    kept: Any = connection.connection
    threshold = kept.prepare_threshold
    with planned_for_its_values():
        _ask()
        assert _prepared() == 0
    assert kept.prepare_threshold == threshold
    with pytest.raises(ZeroDivisionError), planned_for_its_values():
        raise ZeroDivisionError
    assert kept.prepare_threshold == threshold
    if threshold is not None:
        _ask()
        assert _prepared() == 1


def _sorts() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('enable_sort') || current_setting('enable_bitmapscan')")
        return str(cursor.fetchone()[0])


@pytest.mark.django_db(transaction=True)
def test_lists_are_walked_inside_only_whatever_happens_there() -> None:
    if connection.vendor != "postgresql":
        with walked_in_order():
            _ask()
        return
    with walked_in_order():
        assert _sorts() == "offoff"
    assert _sorts() == "onon"
    for within in (nullcontext, transaction.atomic):
        with pytest.raises(DataError), within(), walked_in_order(), connection.cursor() as cursor:
            cursor.execute("SELECT 1 / 0")
        assert _sorts() == "onon"
