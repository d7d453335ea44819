"""The scheduler: everything is called for at its start, and no queue grows while no worker runs."""

import datetime as dt
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import celery.beat
import pytest
import redis
import time_machine
from kombu.exceptions import OperationalError

from shop.journal.services import record
from tests.broker import calling_at
from tests.drains.processes import PrivateRedis
from worker import beat, tasks
from worker.app import app
from worker.beat import MOST_WAITING, Scheduler
from worker.schedule import JOBS, Job
from worker.turns import run_in_turn

START = dt.datetime(2026, 10, 1, 1, 0, tzinfo=dt.UTC)
NAMES = {"sweep"} | {each.name for each in JOBS}


def started(monkeypatch: pytest.MonkeyPatch) -> tuple[Scheduler, list[str]]:
    """Return a scheduler that has just started, and the list that its calls are written into."""
    scheduler, called = Scheduler(app), []
    monkeypatch.setattr(scheduler, "apply_entry", lambda entry, producer: called.append(entry.name))
    scheduler.__dict__["producer"] = None
    return scheduler, called


def turn(scheduler: Scheduler) -> None:
    """Let it call for whatever is due now."""
    while scheduler.tick() <= 0:
        pass


def test_everything_is_called_for_at_the_start_and_then_in_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    with time_machine.travel(START, tick=False) as traveller:
        scheduler, called = started(monkeypatch)
        turn(scheduler)
        assert (set(called), len(called)) == (NAMES, len(NAMES))
        called.clear()
        turn(scheduler)
        assert called == []
        traveller.shift(61)
        turn(scheduler)
    every = {each.name: each.every_seconds for each in JOBS} | {"sweep": tasks.SWEEP_SECONDS}
    assert set(called) == {name for name, seconds in every.items() if seconds <= 61}


@pytest.mark.django_db
def test_a_scheduler_restarted_again_and_again_skips_no_job(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every 200 s, less than a job's 300: the last run stands in the database."""
    job = Job(
        "tests.job", 300, lambda: record(actor_id=None, action="ran", object_type="job", object_key="x")
    )
    slow = {each.name for each in JOBS if each.every_seconds >= 300}
    assert slow
    ran = []
    for seconds in (0, 200, 400, 600):
        with time_machine.travel(START + dt.timedelta(seconds=seconds), tick=False):
            scheduler, called = started(monkeypatch)
            turn(scheduler)
            assert slow <= set(called)
            ran.append(run_in_turn(job))
    assert ran == [True, False, True, True]


def test_each_turn_leaves_a_sign(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.setattr(beat, "SIGN", str(tmp_path / "beat"))
    scheduler, _called = started(monkeypatch)
    scheduler.tick()
    assert (tmp_path / "beat").exists()


@pytest.mark.parametrize(("waiting", "calls"), [(0, 1), (MOST_WAITING - 1, 1), (MOST_WAITING, 0), (None, 1)])
def test_a_queue_that_nobody_empties_is_left_alone(
    monkeypatch: pytest.MonkeyPatch, waiting: int | None, calls: int
) -> None:
    """None: the broker does not answer, which is for the call itself to meet."""
    made: list[str] = []
    monkeypatch.setattr(
        celery.beat.Scheduler, "apply_async", lambda self, entry, **options: made.append(entry.name)
    )

    def declare(**options: Any) -> SimpleNamespace:
        if waiting is None:
            raise OperationalError
        assert options["queue"] == "pay"
        return SimpleNamespace(message_count=waiting)

    scheduler = Scheduler(app)
    producer = SimpleNamespace(channel=SimpleNamespace(queue_declare=declare))
    scheduler.apply_async(scheduler.schedule["sweep"], producer=producer, advance=False)
    assert len(made) == calls


@pytest.fixture
def private_redis() -> Iterator[PrivateRedis]:
    server = PrivateRedis()
    server.start()
    yield server
    server.remove()


@pytest.mark.broker
def test_a_day_without_workers_leaves_a_hundred_calls_that_expire(private_redis: PrivateRedis) -> None:
    with calling_at(private_redis.url):
        scheduler = Scheduler(app)
        sweep = scheduler.schedule["sweep"]
        for _ in range(MOST_WAITING + 20):
            scheduler.apply_async(sweep, producer=scheduler.producer, advance=False)
        scheduler.close()
    with redis.Redis(unix_socket_path=str(private_redis.socket)) as client:
        waiting = client.lrange("pay", 0, -1)
    assert len(waiting) == MOST_WAITING
    assert all(b'"expires": "2' in call for call in waiting)
