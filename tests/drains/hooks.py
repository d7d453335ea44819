"""Topics of the tests' own, in the processes that deliver: a handler that waits for a sign, one that always fails.

The folder DRAIN_SIGNS is how the test and the processes see each other.
"""

import fcntl
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db import connections

from shop.journal.services import record
from shop.outbox.events import Event, Route, Routes
from tests.outbox.cast import note
from worker.models import JobTurn
from worker.queues import BULK, LEDGER, PAY
from worker.schedule import Job

SIGNS = Path(os.environ.get("DRAIN_SIGNS", "/nonexistent"))
PATIENCE = threading.Event()


def wait_for_go(event: Event) -> None:
    """Say that it has begun, then wait for the file `go`; its effect is noted first, so that a rollback shows."""
    note(event)
    (SIGNS / f"begun-{event.stream}").touch()
    for _ in range(600):
        if (SIGNS / "go").exists():
            return
        PATIENCE.wait(0.05)
    raise TimeoutError("no sign came")


def fail(event: Event) -> None:
    """Leave an effect behind and fail."""
    note(event)
    raise LookupError("poison")


def tick() -> None:
    """Leave one entry for each run, with the interval that it is for."""
    interval = JobTurn.objects.get(name=TICK.name).interval
    record(actor_id=None, action="tick", object_type="job", object_key=str(interval))


ROUTES: Routes = {
    "tests.quick": (Route("tests.note", note, queue=PAY),),
    "tests.slow": (Route("tests.wait_for_go", wait_for_go, queue=BULK),),
    "tests.poison": (Route("tests.fail", fail, queue=LEDGER), Route("tests.note", note, queue=PAY)),
}
TICK = Job("tests.tick", 1, tick)


@contextmanager
def database_in_use() -> Iterator[None]:
    """Keep the test from putting another database in place meanwhile; wait while it does."""
    while (SIGNS / "closed").exists():
        PATIENCE.wait(0.05)
    with open(SIGNS / "database", "w") as file:
        fcntl.flock(file, fcntl.LOCK_SH)
        try:
            yield
        finally:
            connections.close_all()
            fcntl.flock(file, fcntl.LOCK_UN)
