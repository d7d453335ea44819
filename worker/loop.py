"""The worker's loop: messages first, then due jobs, then a short rest."""

import datetime as dt
import logging
import sys
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from django.db import DatabaseError, InterfaceError, connections

from shop.core import clock, logs
from shop.outbox import relay
from shop.outbox.events import Routes
from worker.schedule import Job
from worker.turns import note_begun

logger = logging.getLogger(__name__)

#: How long a committed message may wait for an idle worker; the query that looks is two index reads.
REST_SECONDS = 0.3
#: After a database error, so that an unreachable server is not hammered.
TROUBLE_SECONDS = 5.0
#: A job that runs more often is not noted each time: every note is a write.
NOTED_SECONDS = 30
#: Deliveries between two looks at the clock, so that a backlog never starves the jobs.
DELIVERIES_PER_TURN = 50


class Loop:
    """One worker. `stop` may be called from a signal handler; the delivery in hand is finished first."""

    def __init__(self, *, routes: Routes, jobs: Sequence[Job]) -> None:
        self._routes = routes
        self._jobs = jobs
        self._due_at: dict[str, dt.datetime] = {}
        self._stopping = threading.Event()
        self._aside = ThreadPoolExecutor(1, thread_name_prefix="aside")
        self._running: dict[str, Future[None]] = {}

    def stop(self) -> None:
        """Make `run_forever` return after the delivery or job in hand."""
        self._stopping.set()

    def run_forever(self) -> None:
        """Work until `stop`; an error of the database or of a job is logged and outlived."""
        with self._aside:
            self._work()

    def _work(self) -> None:
        while not self._stopping.is_set():
            try:
                handled = self._deliver(DELIVERIES_PER_TURN)
                self._run_jobs(only_due=True, after_deliveries=handled > 0)
                rest = 0.0 if handled else REST_SECONDS
            except (DatabaseError, InterfaceError):
                logger.exception("the database refused the worker")
                connections.close_all()  # A new one is opened at the next turn.
                rest = TROUBLE_SECONDS
            if rest:
                self._stopping.wait(rest)

    def run_once(self) -> int:
        """Drain what is due, run every job once, drain what the jobs left; return the number of deliveries.

        A job that takes a part of what deliveries leave, as the senders do, runs until it finds nothing more.
        """
        handled = self._deliver(None)
        self._run_jobs(only_due=False)
        handled += self._deliver(None)
        for job in self._jobs:
            while job.after_deliveries and not self._stopping.is_set() and _run(job.name, job.function):
                pass
        return handled

    def _deliver(self, limit: int | None) -> int:
        return relay.drain(
            self._routes, limit=limit or sys.maxsize, go_on=lambda: not self._stopping.is_set()
        )

    def _run_jobs(self, *, only_due: bool, after_deliveries: bool = False) -> None:
        for job in self._jobs:
            now = clock.now()
            due = self._is_due(job, now) or (after_deliveries and job.after_deliveries)
            if self._stopping.is_set() or (only_due and not due):
                continue
            self._due_at[job.name] = now + dt.timedelta(seconds=job.every_seconds)
            if only_due and job.every_seconds >= NOTED_SECONDS:
                note_begun(job)
            if only_due and job.aside:
                self._run_aside(job)
            else:
                _run(job.name, job.function)

    def _is_due(self, job: Job, now: dt.datetime) -> bool:
        due_at = self._due_at.get(job.name, now)
        # Further ahead than one turn: the clock was set back meanwhile.
        return due_at <= now or due_at > now + dt.timedelta(seconds=job.every_seconds)

    def _run_aside(self, job: Job) -> None:
        """Run a job in the thread for it, unless it still runs there from its last turn."""
        running = self._running.get(job.name)
        if running is None or running.done():
            self._running[job.name] = self._aside.submit(_run_and_hang_up, job.name, job.function)


def _run_and_hang_up(name: str, function: Callable[[], object]) -> None:
    try:
        _run(name, function)
    finally:
        connections.close_all()  # Those of this thread.


def _run(name: str, function: Callable[[], object]) -> object:
    """Return what the job returned: how much it did; None when it failed."""
    with logs.bound(job=name):
        try:
            return function()
        except Exception:  # One job's trouble is not the next one's.
            logger.exception("job %s failed; it runs again when it is next due", name)
            return None
