"""A replacement is followed by the courier's news like a first parcel: asked about once, delivered ends its way."""

import datetime as dt
from collections.abc import Iterator

import pytest
import time_machine
from django.core.cache import cache
from django.db import DatabaseError, IntegrityError, transaction
from django.test import Client
from pytest_django import Settings

from shop.fulfilment.course import replacement_course
from shop.fulfilment.returns import services
from shop.fulfilment.tracking_models import ReplacementStep, TrackingPush, TrackingWatch
from shop.fulfilment.watching import ask_for_news, plan_replacement_watch
from shop.journal.models import JournalEntry
from shop.ordering.desk_models import Reshipment
from shop.ordering.reshipments import record_reshipped
from tests.fulfilment.kuaidi100_peer import KEY, SALT, Peer, running_peer
from tests.fulfilment.returns_cast import SUPPLIER, TEA_CO, delivered, opened

pytestmark = [pytest.mark.django_db, pytest.mark.data]
START = dt.datetime(2026, 11, 12, 2, 0, tzinfo=dt.UTC)
NUMBER = "EA555555555CN"
ON_THE_WAY = ("2026-11-13 08:00:00", "离开【成都中心】", "0")
SIGNED = ("2026-11-14 10:00:00", "已签收，签收人：本人", "3")
REFUSED = ("2026-11-14 09:00:00", "收件人拒收", "14")


@pytest.fixture(autouse=True)
def start() -> Iterator[None]:
    cache.clear()
    with time_machine.travel(START, tick=False):
        yield


@pytest.fixture
def peer(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Peer]:
    monkeypatch.setenv("no_proxy", "*")
    with running_peer() as running:
        settings.KUAIDI100_API_BASE, settings.KUAIDI100_KEY, settings.KUAIDI100_SALT = running.base, KEY, SALT
        settings.SHOP_BASE_URL = "https://shop.example.com"
        yield running


@pytest.fixture
def sent() -> Reshipment:
    """Return a case's replacement that was just handed to the courier."""
    case = opened(delivered(), kind="replace")
    services.agree_return(scope=TEA_CO, case_id=case.pk, actor_id=SUPPLIER)
    one = case.items.get().reshipment
    assert one is not None
    return record_reshipped(
        reshipment_id=one.pk, courier="邮政EMS", tracking_number=NUMBER, actor_id=SUPPLIER
    )


def push(peer: Peer, client: Client, *steps: tuple[str, str, str], days: int, **fields: str) -> int:
    with time_machine.travel(START + dt.timedelta(days=days), tick=False):
        answer = client.post(
            "/tracking/kuaidi100/",
            peer.form("ems", NUMBER, list(steps), **fields),
            content_type="application/x-www-form-urlencoded",
        )
    return answer.status_code


def state(one: Reshipment) -> str:
    one.refresh_from_db()
    return one.state


def test_it_is_asked_about_once_whether_its_message_comes_or_not(peer: Peer, sent: Reshipment) -> None:
    for _ in range(2):
        plan_replacement_watch(reshipment_id=sent.pk)
    assert ask_for_news() >= 1
    assert ask_for_news() == 0
    assert [call["number"] for call in peer.calls if call["number"] == NUMBER] == [NUMBER]
    watch = TrackingWatch.objects.get(number=NUMBER)
    assert (watch.state, watch.reshipment, watch.parcel) == ("watched", sent, None)


def test_one_sent_before_the_service_was_switched_on_is_asked_about_too(peer: Peer, sent: Reshipment) -> None:
    ask_for_news()
    assert TrackingWatch.objects.get(number=NUMBER).state == "watched"


def test_delivered_is_written_down_at_the_couriers_moment_once(
    peer: Peer, sent: Reshipment, client: Client
) -> None:
    ask_for_news()
    assert push(peer, client, ON_THE_WAY, days=1) == 200
    assert state(sent) == "shipped"
    for _ in range(2):
        assert push(peer, client, SIGNED, ON_THE_WAY, days=3, state="3") == 200
    assert (state(sent), sent.signed_at) == ("signed", dt.datetime(2026, 11, 14, 2, 0, tzinfo=dt.UTC))
    assert [step.title for step in replacement_course([sent])] == ["已签收", "运输中"]
    assert JournalEntry.objects.get(action="reshipment.signed").reason == "kuaidi100"
    assert ReplacementStep.objects.count() == 2


def test_what_goes_back_is_not_delivered(peer: Peer, sent: Reshipment, client: Client) -> None:
    ask_for_news()
    assert push(peer, client, SIGNED, REFUSED, days=3, state="3") == 200
    assert state(sent) == "shipped"


def test_a_number_nobody_asked_about_is_not_found(peer: Peer, sent: Reshipment, client: Client) -> None:
    assert push(peer, client, SIGNED, days=3) == 404
    assert not TrackingPush.objects.exists()
    assert state(sent) == "shipped"


def test_the_database_keeps_steps_and_whose_a_watch_is(peer: Peer, sent: Reshipment, client: Client) -> None:
    ask_for_news()
    push(peer, client, ON_THE_WAY, days=1)
    with pytest.raises(DatabaseError), transaction.atomic():
        ReplacementStep.objects.update(text="x")
    with pytest.raises(IntegrityError), transaction.atomic():
        TrackingWatch.objects.filter(number=NUMBER).update(reshipment=None)
