"""What a Celery worker has ready before its processes begin."""

import os

import pytest
from django.db import DatabaseError, connection, connections
from django.template.loader import get_template
from django.test.utils import CaptureQueriesContext

from shop.listings.selectors import current_shelf
from tests.forks.shopping import tea
from worker import warm

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _connection_stays(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Keep the connection that the test's transaction lives on; return what would have been closed."""
    closed: list[str] = []
    monkeypatch.setattr(connections, "close_all", lambda: closed.append("all"))
    return closed


def test_the_catalogue_is_read_before_there_are_processes(_connection_stays: list[str]) -> None:
    tea()
    warm.warm_up()
    with CaptureQueriesContext(connection) as asked:
        assert len(current_shelf().goods) == 1
    assert len(asked) == 1
    assert _connection_stays == ["all"]


def test_every_letter_that_a_handler_may_write_compiles() -> None:
    letters = [name for name in os.listdir(warm._LETTERS) if name.endswith(".txt")]
    assert letters
    for name in letters:
        get_template(f"emails/{name}")


def test_a_database_that_is_not_there_is_no_reason_not_to_start(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, _connection_stays: list[str]
) -> None:
    def away() -> None:
        raise DatabaseError

    monkeypatch.setattr(warm, "current_shelf", away)
    warm.warm_up()
    assert "starts cold" in caplog.text
    assert _connection_stays == ["all"]
