"""Connections to PostgreSQL that are kept from request to request."""

from typing import Any

import psycopg
import pytest
from django.db import connection
from django.db.backends.postgresql import base

pytestmark = [pytest.mark.data, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def kept() -> Any:
    """Give the connection, which the next statement will look at as it would in a new request."""
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no server that could end a connection")
    connection.ensure_connection()
    wrapper: Any = connection
    wrapper.health_check_enabled = True
    wrapper.health_check_done = False
    return wrapper


def _another() -> psycopg.Connection[Any]:
    info = connection.connection.info
    return psycopg.connect(
        host=info.host, port=info.port, user=info.user, dbname=info.dbname, autocommit=True
    )


def _number_at_the_server() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def test_a_connection_that_the_server_has_ended_is_opened_again(kept: Any) -> None:
    number = kept.connection.info.backend_pid
    with _another() as other:
        assert other.execute("SELECT pg_terminate_backend(%s, 10000)", [number]).fetchone() == (True,)
    assert _number_at_the_server() != number
    assert kept.health_check_done


def test_one_that_is_good_goes_on_and_the_server_is_not_asked(
    kept: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []
    monkeypatch.setattr(base.DatabaseWrapper, "is_usable", asked.append)
    number = kept.connection.info.backend_pid
    assert _number_at_the_server() == number
    assert asked == []


def test_one_on_which_the_server_has_said_something_else_is_asked_and_goes_on(kept: Any) -> None:
    number = kept.connection.info.backend_pid
    with connection.cursor() as cursor:
        cursor.execute("LISTEN word")
    kept.health_check_done = False
    with _another() as other:
        other.execute("NOTIFY word")
    assert _number_at_the_server() == number


def test_statements_are_not_compiled(kept: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SHOW jit")
        assert cursor.fetchone() == ("off",)
