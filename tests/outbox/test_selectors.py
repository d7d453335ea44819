"""The backlog as staff see it."""

import datetime as dt

import pytest
import time_machine

from shop.outbox import relay, selectors
from shop.outbox.models import DeliveryState, OutboxDelivery
from tests.outbox.cast import ROUTES, say

pytestmark = pytest.mark.django_db
START = dt.datetime(2026, 10, 1, 1, 0, tzinfo=dt.UTC)


def test_lag_is_the_age_of_the_oldest_message_on_its_way() -> None:
    with time_machine.travel(START, tick=False) as traveller:
        assert selectors.lag() == dt.timedelta(0)
        say("A")
        traveller.shift(90)
        say("B")
        assert selectors.lag() == dt.timedelta(seconds=90)
        relay.expand(ROUTES)
        assert selectors.lag() == dt.timedelta(seconds=90)
        relay.run_one(ROUTES)
        assert selectors.lag() == dt.timedelta(0)
        traveller.shift(10)
        assert selectors.lag() == dt.timedelta(seconds=10)
        relay.drain(ROUTES)
        assert selectors.lag() == dt.timedelta(0)


def test_handlers_with_work_before_them_are_listed() -> None:
    with time_machine.travel(START, tick=False):
        for stream in ("A", "B", "C", "D"):
            say(stream)
        relay.expand(ROUTES)
        OutboxDelivery.objects.filter(message__stream="A").update(state=DeliveryState.DEAD)
        OutboxDelivery.objects.filter(message__stream="B").update(last_error="Poison: no")
        OutboxDelivery.objects.filter(message__stream="D").update(state=DeliveryState.DONE)
        assert selectors.deliveries_by_handler() == [
            selectors.HandlerBacklog(handler="tests.note", pending=2, failing=1, dead=1, oldest_at=START)
        ]
        assert [str(delivery.message) for delivery in selectors.dead_deliveries()] == ["order.paid A#1"]
