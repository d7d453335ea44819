"""kill −9 while a tracking service is asked, and between the storing of its push and the push's effect."""

import datetime as dt
from collections.abc import Iterator

import pytest
import time_machine
from pytest_django import Settings

from shop.fulfilment import pushes
from shop.fulfilment.models import Parcel
from shop.fulfilment.tracking.registry import provider_named
from shop.fulfilment.tracking_models import TrackingEvent, TrackingPush, TrackingWatch
from shop.fulfilment.watching import ask_for_news
from shop.outbox.models import OutboxMessage
from tests.fulfilment.cast import mixed_order, ship
from tests.fulfilment.kuaidi100_peer import KEY, SALT, Peer, running_peer
from tests.process import KILLED, in_process

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]

POINTS = ("fulfilment.after_watch", "fulfilment.push_stored")
START = dt.datetime(2026, 11, 12, 2, 0, tzinfo=dt.UTC)
LATER = START + dt.timedelta(days=3)
NUMBER = "EA123456789CN"


@pytest.fixture
def peer(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Peer]:
    monkeypatch.setenv("no_proxy", "*")
    with running_peer() as running:
        settings.KUAIDI100_API_BASE, settings.KUAIDI100_KEY, settings.KUAIDI100_SALT = running.base, KEY, SALT
        with time_machine.travel(START, tick=False):
            ship(mixed_order().first, number=NUMBER)
            yield running


def test_a_worker_killed_after_asking_asks_once_more_and_is_watched(peer: Peer) -> None:
    assert in_process(ask_for_news, kill_at=POINTS[0], at=START) == KILLED
    assert (TrackingWatch.objects.get().state, len(peer.calls)) == ("waiting", 1)
    assert in_process(ask_for_news, at=START + dt.timedelta(seconds=30)) == 0
    assert len(peer.calls) == 1, "the lease of the dead worker has not ended"
    assert in_process(ask_for_news, at=START + dt.timedelta(minutes=3)) == 0
    watch = TrackingWatch.objects.get()
    assert (watch.state, watch.attempts, len(peer.calls), len(peer.subscriptions)) == ("watched", 2, 2, 1)


def test_a_push_stored_by_a_process_that_died_is_applied_by_the_worker_once(peer: Peer) -> None:
    ask_for_news()
    raw = peer.form("ems", NUMBER, [("2026-11-14 10:00:00", "已签收", "3")])

    def receive() -> None:
        provider = provider_named("kuaidi100")
        assert provider is not None
        pushes.receive_push(provider=provider, raw=raw)

    assert in_process(receive, kill_at=POINTS[1], at=LATER) == KILLED
    assert (TrackingPush.objects.get().outcome, TrackingEvent.objects.count()) == ("", 0)
    assert in_process(pushes.apply_waiting_pushes, at=LATER) == 0
    assert in_process(receive, at=LATER) == 0
    assert (TrackingPush.objects.get().outcome, TrackingEvent.objects.count()) == ("applied", 1)
    assert Parcel.objects.get().state == "signed"
    assert OutboxMessage.objects.filter(topic="parcel.signed").count() == 1
