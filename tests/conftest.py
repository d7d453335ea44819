"""Fixtures of every test: the restored database, threads that start together, no network."""

import os
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
from django.db import DEFAULT_DB_ALIAS, connections
from django.test import TransactionTestCase
from pytest_django.plugin import DjangoDbBlocker

from shop.accounts import ports
from tests.database import ROOT, TestDatabase, database_for

LOCAL = ("127.", "::1", "localhost")


@pytest.fixture
def sent() -> Iterator[list[ports.TextMessage]]:
    """Give the texts with codes that are sent meanwhile."""
    messages: list[ports.TextMessage] = []
    before = ports.set_code_sender(messages.append)
    yield messages
    ports.set_code_sender(before)


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None,
    django_db_blocker: DjangoDbBlocker,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[TestDatabase]:
    """Put a migrated database in place, and let tests with real transactions restore it."""
    with django_db_blocker.unblock():
        database = database_for(tmp_path_factory.mktemp("database"))
        database.create()
    flush = TransactionTestCase._fixture_teardown  # type: ignore[attr-defined]

    def restore(case: TransactionTestCase) -> None:
        database.restore()

    # TestCase, which rolls back, has a method of its own and is not touched.
    TransactionTestCase._fixture_teardown = restore  # type: ignore[attr-defined]
    yield database
    TransactionTestCase._fixture_teardown = flush  # type: ignore[attr-defined]
    with django_db_blocker.unblock():
        database.destroy()


@pytest.fixture
def live_shop_db(transactional_db: None) -> dict[str, str]:
    """Give a database with real transactions; return the environment with which a process of its own opens it."""
    return os.environ | {
        "TEST_DATABASE_NAME": str(connections[DEFAULT_DB_ALIAS].settings_dict["NAME"]),
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "PYTHONPATH": str(ROOT),
    }


@pytest.fixture
def together() -> Callable[..., list[Any]]:
    """Give a function that runs calls in threads at the same moment; it returns results, or what was raised."""

    def run(calls: Sequence[Callable[[], Any]], *, timeout: float = 60) -> list[Any]:
        results: list[Any] = [None] * len(calls)
        gate = threading.Barrier(len(calls))

        def work(index: int) -> None:
            try:
                gate.wait(timeout=timeout)
                results[index] = calls[index]()
            except Exception as error:  # The test looks at it.
                results[index] = error
            finally:
                connections.close_all()

        threads = [threading.Thread(target=work, args=(index,), daemon=True) for index in range(len(calls))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout)
        assert not any(thread.is_alive() for thread in threads), "a call did not end in time"
        return results

    return run


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse connections that leave this machine."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family != socket.AF_UNIX and not str(address[0]).startswith(LOCAL):
            raise AssertionError(f"a test tried to reach {address[0]}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)
