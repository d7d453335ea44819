"""The worker's loop and command."""

import datetime as dt
import signal
import subprocess
import sys
import threading
from io import StringIO

import pytest
import time_machine
from django.core.management import call_command
from django.db import OperationalError, connections

from shop.outbox import relay
from shop.outbox.models import DeliveryState, OutboxDelivery
from tests.outbox.cast import ROUTES, noted, say
from tests.worker import drain
from worker.loop import Loop
from worker.routes import ROUTES as REAL_ROUTES
from worker.schedule import JOBS, Job

START = dt.datetime(2026, 10, 1, 1, 0, tzinfo=dt.UTC)


@pytest.mark.django_db
def test_once_drains_runs_each_job_and_drains_what_the_jobs_left() -> None:
    ran: list[str] = []

    def leave_a_message() -> None:
        ran.append("leave")
        say("B")

    say("A")
    jobs = (Job("leave", 60, leave_a_message), Job("other", 60, lambda: ran.append("other")))
    assert Loop(routes=ROUTES, jobs=jobs).run_once() == 2
    assert ran == ["leave", "other"]
    assert noted() == ["A#1", "B#1"]


@pytest.mark.django_db
def test_once_goes_on_sending_until_nothing_is_due(caplog: pytest.LogCaptureFixture) -> None:
    left, clock_job = [3], iter([1])

    def send_one() -> int:
        left[0] -= left[0] > 0
        return left[0]

    jobs = (
        Job("send", 5, send_one, after_deliveries=True),
        Job("by the clock", 60, lambda: next(clock_job)),
    )
    Loop(routes={}, jobs=jobs).run_once()
    assert left == [0]
    assert not caplog.text


@pytest.mark.django_db
def test_a_failing_job_is_logged_and_the_next_one_runs(caplog: pytest.LogCaptureFixture) -> None:
    ran: list[str] = []

    def fail() -> None:
        raise LookupError("no such thing")

    Loop(routes={}, jobs=(Job("bad", 60, fail), Job("good", 60, lambda: ran.append("good")))).run_once()
    assert ran == ["good"]
    assert "job bad failed" in caplog.text


@pytest.mark.django_db
def test_a_job_runs_at_its_pace_and_deliveries_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[dt.datetime] = []
    with time_machine.travel(START, tick=False) as traveller:
        loop = Loop(routes=ROUTES, jobs=(Job("tick", 60, lambda: ran.append(dt.datetime.now(dt.UTC))),))

        def rest(seconds: float) -> bool:
            traveller.shift(20)
            if traveller_now() >= START + dt.timedelta(seconds=130):
                loop.stop()
            return False

        def traveller_now() -> dt.datetime:
            return dt.datetime.now(dt.UTC)

        monkeypatch.setattr(loop._stopping, "wait", rest)
        say("A")
        loop.run_forever()
    assert [(moment - START).seconds for moment in ran] == [0, 60, 120]
    assert noted() == ["A#1"]


@pytest.mark.django_db
def test_deliveries_go_on_beside_a_job_that_waits_for_another_process(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    begun, done, ran = threading.Event(), threading.Event(), []

    def wait() -> None:
        ran.append("wait")
        begun.set()
        assert done.wait(30)

    loop = Loop(routes=ROUTES, jobs=(Job("wait", 0, wait, aside=True),))

    def rest(seconds: float) -> bool:
        assert begun.wait(30)
        if noted():
            loop.stop()
            # The job was due at every turn, and still runs: it was not begun a second time.
            assert ran == ["wait"]
            done.set()
        else:
            say("A")
        return False

    monkeypatch.setattr(loop._stopping, "wait", rest)
    loop.run_forever()
    assert (noted(), ran) == (["A#1"], ["wait"])


@pytest.mark.data
@pytest.mark.django_db
def test_a_database_that_refuses_is_outlived(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    loop = Loop(routes=ROUTES, jobs=())
    rests: list[float] = []
    closed: list[bool] = []

    def refuse(routes: object, *, limit: int, go_on: object) -> int:
        raise OperationalError("the server is gone")

    monkeypatch.setattr(relay, "drain", refuse)

    def rest(seconds: float) -> bool:
        rests.append(seconds)
        loop.stop()
        return True

    monkeypatch.setattr(connections, "close_all", lambda: closed.append(True))
    monkeypatch.setattr(loop._stopping, "wait", rest)
    loop.run_forever()
    assert (rests, closed) == ([5.0], [True])
    assert "the database refused the worker" in caplog.text


@pytest.mark.django_db
def test_a_stop_between_deliveries_leaves_the_rest_for_later() -> None:
    say("A")
    say("B")
    loop = Loop(routes=ROUTES, jobs=())
    loop.stop()
    assert loop.run_once() == 0
    assert noted() == []
    loop.run_forever()


@pytest.mark.django_db
def test_the_command_runs_once_and_says_how_much() -> None:
    say("A", topic="order.closed")
    out = StringIO()
    call_command("runworker", "--once", stdout=out)
    assert out.getvalue().endswith("deliveries\n")


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_sigterm_ends_the_worker_with_zero(live_shop_db: dict[str, str]) -> None:
    process = subprocess.Popen(
        [sys.executable, "manage.py", "runworker"], env=live_shop_db, stderr=subprocess.PIPE, text=True
    )
    try:
        message = say("A", topic="order.mistyped")
        waited = threading.Event()
        for _ in range(600):
            message.refresh_from_db()
            if message.routed_at is not None or process.poll() is not None:
                break
            waited.wait(0.1)
        assert message.routed_at is not None, "the worker did not take the message"
        process.send_signal(signal.SIGTERM)
        _, complaints = process.communicate(timeout=10)
    finally:
        process.kill()
    assert process.returncode == 0, complaints


def test_names_of_handlers_and_jobs_are_unique() -> None:
    for topic, routes in REAL_ROUTES.items():
        names = [route.name for route in routes]
        assert len(names) == len(set(names)), topic
    assert len({job.name for job in JOBS}) == len(JOBS)
    assert all(job.every_seconds > 0 for job in JOBS)


@pytest.mark.django_db
def test_the_tests_own_drain_fails_when_a_handler_did(caplog: pytest.LogCaptureFixture) -> None:
    say("A")
    relay.expand(ROUTES)
    with pytest.raises(AssertionError, match="UnknownHandler"):
        drain()
    assert drain(failures_expected=True) == 0
    assert OutboxDelivery.objects.get().state == DeliveryState.PENDING
