"""Relays side by side, and relays that are killed: every message delivered, every effect once."""

from collections.abc import Callable
from typing import Any

import pytest

from shop.core import clock
from shop.outbox import relay
from shop.outbox.models import DeliveryState, OutboxDelivery, OutboxMessage
from tests.outbox.cast import ORDERED, effects, noted, say
from tests.process import KILLED, in_process

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]


def relay_process(point: str = "") -> int:
    return in_process(lambda: relay.drain(ORDERED), kill_at=point)


def assert_all_delivered_once(streams: int, messages: int) -> None:
    assert OutboxDelivery.objects.filter(state=DeliveryState.DONE).count() == streams * messages
    assert sorted(effects()) == sorted(
        str(event) for event in OutboxMessage.objects.values_list("event_id", flat=True)
    )
    for number in range(streams):
        of_stream = [key for key in noted() if key.startswith(f"S{number}#")]
        assert of_stream == [f"S{number}#{seq}" for seq in range(1, messages + 1)]


def test_relays_side_by_side_share_the_work(together: Callable[..., list[Any]]) -> None:
    for _ in range(5):
        for number in range(6):
            say(f"S{number}")
    runs = together([lambda: relay.drain(ORDERED)] * 4)
    assert all(isinstance(run, int) for run in runs), runs
    # A relay may end while another still holds the predecessor of what is left.
    assert sum(runs) + relay.drain(ORDERED) == 30
    assert_all_delivered_once(6, 5)


@pytest.mark.parametrize("point", ["outbox.after_claim", "outbox.before_mark", "outbox.after_commit"])
def test_a_killed_relay_loses_and_doubles_nothing(point: str) -> None:
    for stream in ("S0", "S1", "S0", "S1"):
        say(stream)
    assert relay_process(point) == KILLED
    assert noted() == (["S0#1"] if point == "outbox.after_commit" else [])
    # The lease of the killed relay ends.
    OutboxDelivery.objects.filter(state=DeliveryState.PENDING).update(due_at=clock.now())
    assert relay_process() == 0
    assert_all_delivered_once(2, 2)


def test_a_relay_killed_at_every_delivery_still_gets_through() -> None:
    for stream in ("S0", "S1", "S0"):
        say(stream)
    say("S1")
    for _ in range(4):
        assert relay_process("outbox.after_commit") == KILLED
        # What the killed relay had claimed comes due again when its lease ends.
        OutboxDelivery.objects.filter(state=DeliveryState.PENDING).update(due_at=clock.now())
    assert relay_process() == 0
    assert_all_delivered_once(2, 2)
