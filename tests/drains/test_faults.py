"""What may die under the Celery drain: broker, worker, scheduler. Orders go on, every effect happens once."""

import os
from collections import Counter

import pytest
from django.db import transaction
from django.test import Client

from shop.journal.models import JournalEntry
from shop.ordering.models import OrderRecord
from shop.outbox.models import DeliveryState, OutboxDelivery, OutboxMessage
from shop.outbox.services import append
from tests.drains.processes import BEAT, Drain, wait_until
from tests.drains.test_flows import settled
from tests.flows.cast import check_out, fill, goods, ledger
from tests.flows.test_sale import pay_on_the_demo_page
from tests.outbox.cast import noted, say
from tests.process import KILLED, in_process
from tests.promises import assert_kept

pytestmark = [
    pytest.mark.broker,
    pytest.mark.concurrency,
    pytest.mark.parametrize("processes", ["celery"], indirect=True, scope="module"),
]


def done(topic: str) -> bool:
    deliveries = OutboxDelivery.objects.filter(message__topic=topic)
    return bool(deliveries) and all(each.state == DeliveryState.DONE for each in deliveries)


def only_delivery() -> OutboxDelivery:
    return OutboxDelivery.objects.get(message__topic="tests.slow")


def begin_slow(drain: Drain) -> OutboxMessage:
    """Leave a message whose handler has begun and waits for the sign."""
    message = say("SLOW", topic="tests.slow")
    wait_until(lambda: drain.seen("begun-SLOW"), "no worker took the message")
    return message


def sell() -> OrderRecord:
    guest = Client()
    fill(guest, goods())
    record = check_out(guest)
    pay_on_the_demo_page(guest, record)
    return record


def test_orders_go_on_without_the_broker_and_the_backlog_drains_afterwards(drain: Drain) -> None:
    """Killed with all it held; nothing of the shop is on it, so an empty one does as well."""
    assert drain.broker
    say("A", topic="tests.quick")
    wait_until(lambda: done("tests.quick"), "the drain does not work")
    drain.broker.kill()
    record = sell()
    for number in range(20):
        say(f"S{number}", topic="tests.quick")
    record.refresh_from_db()
    assert record.payment_state == "paid"
    assert not OutboxDelivery.objects.filter(message__stream=record.number, state=DeliveryState.DONE).exists()

    drain.broker.start()
    wait_until(settled, "the backlog did not drain")
    assert sorted(noted()) == sorted(["A#1", *(f"S{number}#1" for number in range(20))])
    assert ledger(record) == {
        ("wangcang", "unshipped"): 9_999,
        ("longquan", "unshipped"): 5_000,
        ("freight", "none"): 1_000,
    }
    assert_kept()


def test_a_flushed_broker_forgets_calls_and_no_message(drain: Drain) -> None:
    """Emptied under the feet of workers and shop: calls, queues and the bindings between them are gone."""
    assert drain.broker
    say("A", topic="tests.quick")
    wait_until(lambda: done("tests.quick"), "the drain does not work")
    for turn in range(3):
        drain.broker.flush()
        for number in range(5):
            say(f"S{turn}{number}", topic="tests.quick")
        drain.broker.flush()
        wait_until(settled, "the backlog did not drain")
    assert sorted(noted()) == sorted(
        ["A#1", *(f"S{turn}{number}#1" for turn in range(3) for number in range(5))]
    )


def test_a_process_killed_between_commit_and_call_leaves_its_message_to_the_sweep(drain: Drain) -> None:
    def die_after_the_commit() -> None:
        with transaction.atomic():
            transaction.on_commit(lambda: os._exit(KILLED))  # Runs before the ring.
            append(topic="tests.quick", stream="A", payload={})

    assert in_process(die_after_the_commit) == KILLED
    wait_until(lambda: done("tests.quick"), "the sweep did not find it")
    assert noted() == ["A#1"]


def test_a_worker_killed_over_a_delivery_loses_and_doubles_nothing(drain: Drain) -> None:
    begin_slow(drain)
    drain.worker.kill()
    assert noted() == []
    drain.begin("go")
    drain.worker.start()
    wait_until(lambda: done("tests.slow"), "the delivery did not come back")
    assert noted() == ["SLOW#1"]
    assert only_delivery().attempts == 2


def test_poison_is_given_up_and_blocks_nobody(drain: Drain) -> None:
    say("P", topic="tests.poison")
    for number in range(5):
        say(f"S{number}", topic="tests.quick")
    wait_until(lambda: done("tests.quick"), "others were blocked")
    poison = OutboxDelivery.objects.filter(handler="tests.fail")
    wait_until(lambda: poison.filter(state=DeliveryState.DEAD).exists(), "the poison was not given up")
    assert (poison.get().attempts, poison.get().last_error) == (8, "LookupError: poison")
    # The other handler of the same message has had it.
    assert sorted(noted()) == ["P#1", *(f"S{number}#1" for number in range(5))]


@pytest.mark.long
def test_a_task_that_outlives_the_visibility_timeout_is_done_once(drain: Drain) -> None:
    """The broker hands the task to another process while the first still works on it (after 1 s here)."""
    assert drain.broker
    begin_slow(drain)
    wait_until(drain.broker.redelivered, "the broker did not deliver the task again")
    assert noted() == []
    drain.begin("go")
    wait_until(lambda: done("tests.slow"), "the delivery did not end")
    wait_until(lambda: max(Counter(drain.tasks()).values()) > 1, "no task was begun again")
    assert (noted(), only_delivery().state) == (["SLOW#1"], DeliveryState.DONE)


@pytest.mark.long
def test_two_schedulers_run_a_job_once_in_each_interval(drain: Drain) -> None:
    second = drain.process(BEAT)
    second.start()
    ticks = JournalEntry.objects.filter(action="tick")
    try:
        wait_until(lambda: " is starting." in drain.log.read_text(), "no second scheduler")
        before = ticks.count()
        wait_until(lambda: ticks.count() >= before + 4, "the job does not run")
    finally:
        second.kill()
    intervals = list(ticks.values_list("object_key", flat=True))
    assert len(set(intervals)) == len(intervals), intervals


@pytest.mark.long
def test_a_worker_that_is_asked_to_end_finishes_what_it_has_in_hand(drain: Drain) -> None:
    begin_slow(drain)
    assert drain.worker.process
    drain.worker.process.terminate()
    wait_until(lambda: "Warm shutdown" in drain.log.read_text(), "the worker did not hear")
    assert drain.worker.running
    drain.begin("go")
    assert drain.worker.process.wait(timeout=30) == 0
    assert done("tests.slow")
    assert (noted(), only_delivery().attempts) == (["SLOW#1"], 1)
