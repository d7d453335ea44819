"""The two drains, each with processes of its own for a whole module."""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from django.db import DEFAULT_DB_ALIAS, connections

from shop.outbox import services
from tests.broker import calling_at
from tests.database import ROOT, TestDatabase
from tests.drains.processes import Drain, PrivateRedis
from worker.wake import Bell


def start(name: str, folder: Path) -> Drain:
    """Return the drain with its broker, if it has one; its worker is started by `open`."""
    broker = PrivateRedis() if name == "celery" else None
    if broker:
        broker.start()
    env = os.environ | {
        "TEST_DATABASE_NAME": str(connections[DEFAULT_DB_ALIAS].settings_dict["NAME"]),
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "PYTHONPATH": str(ROOT),
    }
    return Drain(name, folder, env, broker)


@pytest.fixture(scope="module", params=["embedded", "celery"])
def processes(
    request: pytest.FixtureRequest, django_db_setup: TestDatabase, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Drain]:
    """Give the processes of one drain."""
    drain = start(request.param, tmp_path_factory.mktemp(request.param))
    yield drain
    drain.remove()


@pytest.fixture
def drain(transactional_db: None, processes: Drain) -> Iterator[Drain]:
    """Give a drain that works on this test's database; commits of the test ring as those of a web process do."""
    with ExitStack() as stack:
        if processes.broker:
            processes.broker.start()
            stack.enter_context(calling_at(processes.broker.url))
            services.set_wake(Bell(silence=0.5).ring)
        processes.open()
        yield processes
        services.set_wake(None)
        processes.close()
