"""The Celery app as it is set up: queues, limits, schedule, and a start without a broker."""

import os
import subprocess
import sys
from collections.abc import Sequence

import pytest
from celery.fixups.django import DjangoFixup
from celery.utils.imports import instantiate
from django.db import connection

from shop.outbox import relay
from shop.outbox.events import Route, Routes
from shop.outbox.models import DeliveryState, OutboxDelivery
from tests.broker import calling_at
from tests.database import ROOT
from tests.drains.processes import PrivateRedis
from tests.outbox.cast import note, noted, say
from worker import app as worker_app
from worker import queues, tasks
from worker.app import app
from worker.calls import any_waits, call
from worker.routes import ROUTES
from worker.schedule import JOBS, job
from worker.turns import MARGIN


def test_a_task_is_acknowledged_when_it_has_ended_and_carries_only_json() -> None:
    conf = app.conf
    assert (conf.task_acks_late, conf.task_reject_on_worker_lost, conf.worker_prefetch_multiplier) == (
        True,
        True,
        1,
    )
    assert (conf.task_serializer, conf.accept_content, conf.result_backend) == ("json", ["json"], None)
    assert conf.task_ignore_result
    assert conf.task_soft_time_limit < conf.task_time_limit < relay.LEASE.total_seconds()


def test_no_task_outlives_the_visibility_timeout_or_its_lock() -> None:
    longest = max(app.conf.task_time_limit, *(each.limit_seconds + tasks.HARD_MARGIN for each in JOBS))
    assert worker_app.TRANSPORT_OPTIONS["visibility_timeout"] > longest
    assert MARGIN.total_seconds() > tasks.HARD_MARGIN


def test_only_the_workers_own_tasks_exist() -> None:
    own = {name for name in app.tasks if not name.startswith("celery.")}
    assert own == {"worker.relay_messages", "worker.drain_queue", "worker.run_job"}


def test_every_handler_and_job_has_a_queue_of_the_five() -> None:
    used = {route.name: route.queue for routes in ROUTES.values() for route in routes}
    assert set(used.values()) | {each.queue for each in JOBS} <= set(queues.QUEUES)
    assert [queue.name for queue in app.conf.task_queues] == list(queues.QUEUES)
    assert used["fulfilment.open_supplier_orders"] == "pay"
    assert used["notifications.notify_buyer_paid"] == "notify"
    assert used["ledger.post_paid"] == "ledger"


def test_the_scheduler_has_every_job_of_the_table_and_the_sweep() -> None:
    schedule = app.conf.beat_schedule
    assert set(schedule) == {each.name for each in JOBS} | {"sweep"}
    for each in JOBS:
        assert (schedule[each.name]["schedule"], schedule[each.name]["args"]) == (
            each.every_seconds,
            [each.name],
        )
        assert schedule[each.name]["options"]["queue"] == each.queue
        assert job(each.name) is each
    assert schedule["sweep"]["schedule"] <= 2
    # It keeps no file, so that the container may be read-only.
    assert instantiate(app.conf.beat_scheduler, app=app, lazy=True).schedule is not None


@pytest.mark.parametrize("looked_at", [relay.LOOKED_AT, 1])
@pytest.mark.django_db
def test_a_queue_drains_its_own_deliveries_and_the_rest_those_that_nobody_names(
    looked_at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay, "LOOKED_AT", looked_at)
    routes: Routes = {"order.paid": (Route("tests.pay", note, queue="pay"), Route("tests.any", note))}
    say("A")
    relay.expand(routes)
    delivery = OutboxDelivery.objects.get(handler="tests.pay")
    OutboxDelivery.objects.create(
        message=delivery.message, handler="tests.renamed", ordered=False, due_at=delivery.due_at
    )
    assert relay.queues_due(routes) == ["bulk", "pay"]
    assert relay.drain(routes, queue="pay") == 1
    assert noted() == ["A#1"]
    assert relay.drain(routes, queue="ledger") == 0
    assert relay.queues_due(routes) == ["bulk"]
    assert relay.drain(routes, queue="bulk") == 2
    renamed = OutboxDelivery.objects.get(handler="tests.renamed")
    assert (renamed.state, renamed.attempts) == (DeliveryState.PENDING, 1)
    assert renamed.last_error.startswith("UnknownHandler")
    assert relay.queues_due(routes) == []


@pytest.mark.django_db
def test_a_drain_makes_room_after_its_turn() -> None:
    for stream in ("A", "B", "C"):
        say(stream)
    answers = iter([True, True, True, False, False])
    routes: Routes = {"order.paid": (Route("tests.any", note),)}
    # Asked before the expansion, too.
    assert relay.drain(routes, queue="bulk", go_on=lambda: next(answers)) == 2
    # What was claimed and not begun is due as before.
    assert relay.queues_due(routes) == ["bulk"]
    assert OutboxDelivery.objects.filter(attempts=0, state=DeliveryState.PENDING).count() == 1


@pytest.mark.parametrize(
    ("queue", "before_it"), [(queues.LEDGER, ("notify", "pay")), (queues.PAY, ("notify",))]
)
@pytest.mark.django_db
def test_a_queue_lets_what_is_more_urgent_pass_between_two_deliveries(
    queue: str, before_it: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, ...]] = []

    def waits(names: Sequence[str]) -> bool:
        asked.append(tuple(names))
        return len(asked) > 1

    monkeypatch.setattr(tasks, "any_waits", waits)
    routes: Routes = {"order.paid": (Route("tests.note", note, queue=queue),)}
    monkeypatch.setattr(tasks, "ROUTES", routes)
    for stream in "ABC":
        say(stream)
    relay.expand(routes)
    tasks.drain_queue(queue)
    assert noted() == ["A#1"]
    assert set(asked) == {before_it}
    assert OutboxDelivery.objects.filter(attempts=0, state=DeliveryState.PENDING).count() == 2


def test_a_call_that_waits_is_seen_in_its_queue_and_no_broker_means_none() -> None:
    redis = PrivateRedis()
    redis.start()
    try:
        with calling_at(redis.url):
            assert not any_waits((queues.PAY, queues.NOTIFY))
            call("worker.drain_queue", "notify", queue=queues.NOTIFY)
            assert any_waits((queues.PAY, queues.NOTIFY))
            assert not any_waits((queues.PAY,))
            assert not any_waits(())
    finally:
        redis.remove()
    with calling_at(redis.url):
        assert not any_waits((queues.PAY,))


@pytest.mark.django_db
def test_a_task_goes_on_with_the_connection_of_the_one_before() -> None:
    before = connection.connection
    fixup = DjangoFixup(app).worker_fixup
    fixup.on_task_prerun(tasks.run_job)
    fixup.on_task_postrun(tasks.run_job)
    assert before is not None
    assert connection.connection is before


def test_a_worker_without_a_broker_says_what_to_do() -> None:
    env = {name: value for name, value in os.environ.items() if name != "CELERY_BROKER_URL"}
    env |= {"DJANGO_SETTINGS_MODULE": "tests.settings", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-m", "celery", "-A", "worker.app", "worker", "-c", "1"],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 1
    assert "CELERY_BROKER_URL is not set; without a broker run: manage.py runworker" in done.stderr
