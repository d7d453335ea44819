"""Deliveries: effects once, failures rest and die, order within a stream, nobody else held up."""

import datetime as dt
import logging

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from shop.core import clock
from shop.outbox import relay
from shop.outbox.events import Event, NotYetError, Route, Routes
from shop.outbox.models import DeliveryState, OutboxDelivery, OutboxMessage
from tests.outbox.cast import ORDERED, ROUTES, Picky, note, noted, say

pytestmark = [pytest.mark.django_db, pytest.mark.data]
START = dt.datetime(2026, 10, 1, 1, 0, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL)


def states() -> list[str]:
    return list(OutboxDelivery.objects.order_by("pk").values_list("state", flat=True))


def test_every_handler_of_a_topic_gets_the_message_once() -> None:
    routes: Routes = {"order.paid": (Route("tests.one", note), Route("tests.two", note)), "order.closed": ()}
    say("A")
    say("B", topic="order.closed")
    assert relay.drain(routes) == 2
    assert relay.drain(routes) == 0
    assert noted() == ["A#1", "A#1"]
    assert not OutboxMessage.objects.filter(routed_at=None).exists()


def test_the_handler_sees_the_message_as_it_was_left() -> None:
    seen: list[Event] = []
    message = say("A", fen=100, 名="茶")
    relay.drain({"order.paid": (Route("tests.see", seen.append),)})
    message.refresh_from_db()
    assert seen == [
        Event(message.event_id, "order.paid", 1, "A", 1, {"fen": 100, "名": "茶"}, message.occurred_at)
    ]


def test_a_topic_without_a_route_is_done_with_and_warned_of(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    say("A", topic="order.mistyped")
    assert relay.drain(ROUTES) == 0
    assert "no route for topic order.mistyped" in caplog.text
    assert not OutboxMessage.objects.filter(routed_at=None).exists()


def test_expansion_twice_makes_no_second_delivery() -> None:
    say("A")
    relay.expand(ROUTES)
    OutboxMessage.objects.update(routed_at=None)
    relay.expand(ROUTES)
    assert OutboxDelivery.objects.count() == 1


@pytest.mark.data
def test_a_failed_handler_leaves_nothing_and_the_others_go_on() -> None:
    say("A")
    say("B")
    routes: Routes = {"order.paid": (Route("tests.picky", Picky({"A#1"})),)}
    assert relay.drain(routes) == 2
    assert noted() == ["B#1"]
    failed = OutboxDelivery.objects.get(message__stream="A")
    assert (failed.state, failed.attempts) == (DeliveryState.PENDING, 1)
    assert failed.last_error == "Poison: cannot take this one"


def test_a_poison_message_rests_longer_each_time_and_dies_after_eight_attempts() -> None:
    routes: Routes = {"order.paid": (Route("tests.picky", Picky({"A#1"})),)}
    rests = []
    with time_machine.travel(START, tick=False) as traveller:
        say("A")
        for attempt in range(1, 9):
            assert relay.drain(routes) == 1
            delivery = OutboxDelivery.objects.get()
            assert delivery.attempts == attempt
            rests.append((delivery.due_at - dt.datetime.now(dt.UTC)).total_seconds())
            traveller.move_to(delivery.due_at - dt.timedelta(seconds=1))
            assert relay.drain(routes) == 0
            traveller.move_to(delivery.due_at)
        assert states() == [DeliveryState.DEAD]
        assert relay.drain(routes) == 0
    assert rests == [5, 10, 20, 40, 80, 160, 320, 600]
    assert noted() == []


def test_what_comes_too_early_is_tried_again_soon_and_is_no_fault(caplog: pytest.LogCaptureFixture) -> None:
    def wait(event: Event) -> None:
        note(event)
        raise NotYetError("its capture is on the way")

    routes: Routes = {"order.paid": (Route("tests.wait", wait),)}
    caplog.set_level(logging.WARNING)
    rests = []
    with time_machine.travel(START, tick=False) as traveller:
        say("A")
        for attempt in range(1, 6):
            assert relay.drain(routes) == 1
            delivery = OutboxDelivery.objects.get()
            rests.append((delivery.due_at - dt.datetime.now(dt.UTC)).total_seconds())
            assert bool(caplog.records) is (attempt > 3)
            traveller.move_to(delivery.due_at)
        routes["order.paid"] = (Route("tests.wait", note),)
        assert relay.drain(routes) == 1
    assert rests == [1, 1, 1, 40, 80]
    assert noted() == ["A#1"]


def test_a_delivery_for_a_handler_that_is_gone_fails_with_its_name() -> None:
    say("A")
    relay.expand(ROUTES)
    assert relay.drain({"order.paid": ()}) == 1
    assert OutboxDelivery.objects.get().last_error == "UnknownHandler: no handler tests.note for order.paid"


def test_ordered_messages_wait_for_their_predecessors_only() -> None:
    routes: Routes = {
        "order.paid": (Route("tests.picky", Picky({"A#2"}), ordered=True), Route("tests.free", note))
    }
    for stream in ("A", "B", "A", "A", "B"):
        say(stream)
    relay.drain(routes)
    done = OutboxDelivery.objects.filter(handler="tests.picky", state=DeliveryState.DONE)
    assert [str(delivery.message) for delivery in done.order_by("pk")] == [
        "order.paid A#1",
        "order.paid B#1",
        "order.paid B#2",
    ]
    assert OutboxDelivery.objects.filter(handler="tests.free", state=DeliveryState.DONE).count() == 5
    assert OutboxDelivery.objects.get(handler="tests.picky", message__seq=3).attempts == 0


def test_ordered_handlers_of_other_topics_wait_for_the_stream_too() -> None:
    placed = Picky({"A#1"})
    routes: Routes = {
        "order.placed": (Route("tests.track", placed, ordered=True),),
        "order.paid": (Route("tests.post", note, ordered=True),),
    }
    say("A", topic="order.placed")
    say("A", topic="order.paid")
    say("B", topic="order.paid")
    relay.drain(routes)
    assert noted() == ["B#1"]
    placed.bad.clear()
    OutboxDelivery.objects.filter(handler="tests.track").update(due_at=clock.now())
    relay.drain(routes)
    assert noted() == ["B#1", "A#1", "A#2"]


def test_a_dead_predecessor_holds_back_its_own_stream_until_it_is_taken_up() -> None:
    for stream in ("A", "A", "B"):
        say(stream)
    relay.expand(ORDERED)
    OutboxDelivery.objects.filter(message__stream="A", message__seq=1).update(state=DeliveryState.DEAD)
    assert relay.drain(ORDERED) == 1
    assert noted() == ["B#1"]
    OutboxDelivery.objects.filter(state=DeliveryState.DEAD).update(state=DeliveryState.PENDING)
    assert relay.drain(ORDERED) == 2
    assert noted() == ["B#1", "A#1", "A#2"]


def test_a_predecessor_that_is_not_expanded_yet_is_waited_for() -> None:
    first, second = say("A"), say("A")
    relay.expand(ORDERED)
    OutboxDelivery.objects.filter(message=first).delete()
    OutboxMessage.objects.filter(pk=first.pk).update(routed_at=None)
    assert not relay.run_one(ORDERED)
    assert relay.drain(ORDERED) == 2
    assert noted() == ["A#1", "A#2"]
    assert second.seq == 2


def test_a_claim_holds_for_the_lease_and_no_longer() -> None:
    with time_machine.travel(START, tick=False) as traveller:
        say("A")
        relay.expand(ROUTES)
        [claim] = relay._claim()
        assert relay.drain(ROUTES) == 0
        traveller.shift(relay.LEASE)
        assert relay.drain(ROUTES) == 1
        # The first relay wakes up late: its delivery is done already.
        relay._deliver(claim, ROUTES["order.paid"][0])
        relay._record_failure(claim, RuntimeError("late"))
    assert noted() == ["A#1"]
    assert states() == [DeliveryState.DONE]


def test_a_message_that_kills_its_worker_eight_times_is_dead() -> None:
    with time_machine.travel(START, tick=False) as traveller:
        say("A")
        relay.expand(ROUTES)
        for _ in range(8):
            assert len(relay._claim()) == 1
            traveller.shift(relay.LEASE)
        assert relay.drain(ROUTES) == 0
    delivery = OutboxDelivery.objects.get()
    assert (delivery.state, delivery.last_error) == (DeliveryState.DEAD, "the worker ended")


def test_what_has_failed_before_is_claimed_alone() -> None:
    for stream in ("A", "B", "C", "D"):
        say(stream)
    relay.expand(ROUTES)
    OutboxDelivery.objects.filter(message__stream="B").update(attempts=1)
    assert [[str(c.delivery.message) for c in relay._claim(most=8)] for _ in range(3)] == [
        ["order.paid A#1", "order.paid C#1", "order.paid D#1"],
        ["order.paid B#1"],
        [],
    ]


@pytest.mark.parametrize("backlog", [1, 20, 200])
def test_a_delivery_costs_the_same_queries_whatever_waits(backlog: int) -> None:
    for number in range(backlog):
        say(f"S{number % 40}")
    while relay.expand(ORDERED):
        pass
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert relay.run_one(ORDERED)
    # claim: two looks, savepoint, lock, take, release; deliver: savepoint, mark, effect, release; PostgreSQL is told
    # that the claim need not wait for the disk
    assert len(queries) == (11 if connection.vendor == "postgresql" else 10)
    with CaptureQueriesContext(connection) as queries:
        assert relay.expand(ORDERED) == 0
    assert len(queries) == 1


def test_the_ordered_handlers_of_a_stream_are_one_line() -> None:
    routes: Routes = {
        "order.paid": (Route("tests.pay", Picky({"A#1"}), ordered=True),),
        "parcel.shipped": (Route("tests.ship", note, ordered=True), Route("tests.tell", note)),
    }
    for stream in ("A", "B"):
        say(stream)
        say(stream, "parcel.shipped")
    relay.drain(routes)
    # A's payment waits, so its parcel does too; who only tells of the parcel, and B, go on.
    assert sorted(noted()) == ["A#2", "B#1", "B#2", "B#2"]
    OutboxDelivery.objects.filter(state="pending").update(due_at=clock.now())
    routes["order.paid"] = (Route("tests.pay", note, ordered=True),)
    relay.drain(routes)
    assert noted()[-2:] == ["A#1", "A#2"]
