"""The lock of a job: once per interval, never beside itself, free again after a death."""

import datetime as dt
import os
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.db import DatabaseError

from shop.journal.models import JournalEntry
from shop.journal.services import record
from tests.process import KILLED, in_process
from worker.schedule import Job
from worker.turns import run_in_turn

START = dt.datetime(2026, 10, 1, 1, 0, tzinfo=dt.UTC)


def entry() -> None:
    record(actor_id=None, action="ran", object_type="job", object_key="tests.job")


JOB = Job("tests.job", 60, entry, limit_seconds=20)


def runs() -> int:
    return JournalEntry.objects.filter(action="ran").count()


@pytest.mark.django_db
def test_a_job_runs_once_in_each_interval() -> None:
    with time_machine.travel(START, tick=False) as traveller:
        ran = []
        for seconds in (0, 1, 58, 1, 59, 200):
            traveller.shift(seconds)
            ran.append(run_in_turn(JOB))
    assert ran == [True, False, False, True, False, True]
    assert runs() == 3


@pytest.mark.django_db
def test_a_job_that_fails_is_free_in_the_next_interval() -> None:
    def fail() -> None:
        raise DatabaseError("no")

    with time_machine.travel(START, tick=False) as traveller:
        with pytest.raises(DatabaseError):
            run_in_turn(Job("tests.job", 60, fail))
        assert not run_in_turn(JOB)
        traveller.shift(60)
        assert run_in_turn(JOB)


@pytest.mark.django_db
def test_a_job_is_never_run_beside_itself() -> None:
    seen: list[bool] = []

    def ask_again() -> None:
        traveller.shift(60)
        seen.append(run_in_turn(JOB))

    with time_machine.travel(START, tick=False) as traveller:
        assert run_in_turn(Job("tests.job", 60, ask_again, limit_seconds=100))
    assert (seen, runs()) == ([False], 0)


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_eight_workers_at_once_are_one_run(together: Callable[..., list[Any]]) -> None:
    with time_machine.travel(START, tick=False):
        results = together([lambda: run_in_turn(JOB)] * 8)
    assert sorted(results) == [False] * 7 + [True]
    assert runs() == 1


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_a_worker_that_dies_over_a_job_frees_it_when_its_time_is_up() -> None:
    job = Job("tests.job", 60, lambda: os._exit(KILLED), limit_seconds=50)
    assert in_process(lambda: run_in_turn(job), at=START) == KILLED
    for seconds, runs_then in ((1, False), (61, False), (79, False), (81, True), (82, False)):
        with time_machine.travel(START + dt.timedelta(seconds=seconds), tick=False):
            assert run_in_turn(JOB) is runs_then, seconds
    assert runs() == 1
