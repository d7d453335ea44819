"""快递100: every parcel is asked about once, and its pushes do the right thing in whatever order they come."""

import datetime as dt
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.db import DatabaseError, transaction
from django.test import Client
from pytest_django import Settings

from shop.accounts.scope import SYSTEM
from shop.core import clock
from shop.fulfilment import couriernews, pushes, services
from shop.fulfilment.corrections import correct_number
from shop.fulfilment.couriernews import settle_trouble
from shop.fulfilment.exceptions import ShippingError
from shop.fulfilment.models import Parcel, ParcelEvent
from shop.fulfilment.selectors import parcels_in_trouble, parcels_without_news
from shop.fulfilment.tracking.kuaidi100 import Kuaidi100, status_of
from shop.fulfilment.tracking.registry import provider_named
from shop.fulfilment.tracking_models import StepStatus, TrackingEvent, TrackingPush, TrackingWatch
from shop.fulfilment.watching import ask_for_news, plan_watch, watch_again
from shop.journal.models import JournalEntry
from shop.outbox.models import OutboxMessage
from tests.fulfilment.cast import Mixed, mixed_order, scope_of_supplier, ship
from tests.fulfilment.kuaidi100_peer import KEY, SALT, Peer, signed

pytestmark = [pytest.mark.django_db, pytest.mark.data]
STAFF = 9
DOOR = "/tracking/kuaidi100/"
FORM = "application/x-www-form-urlencoded"
#: Ten in the morning in Hangzhou.
START = dt.datetime(2026, 11, 12, 2, 0, tzinfo=dt.UTC)
EMS = "EA123456789CN"


@pytest.fixture(autouse=True)
def start() -> Iterator[None]:
    cache.clear()
    with time_machine.travel(START, tick=False):
        yield


@pytest.fixture
def mixed() -> Mixed:
    return mixed_order()


@pytest.fixture
def parcel(peer: Peer, mixed: Mixed) -> Parcel:
    shipped = ship(mixed.first, number=EMS)
    ask_for_news()
    return shipped


@pytest.fixture
def send(client: Client) -> Callable[[bytes], tuple[int, dict[str, Any]]]:
    def post(raw: bytes) -> tuple[int, dict[str, Any]]:
        answer = client.post(DOOR, raw, content_type=FORM)
        kind = answer.headers["Content-Type"]
        return answer.status_code, json.loads(answer.content) if kind == "application/json" else {}

    return post


Send = Callable[[bytes], tuple[int, dict[str, Any]]]
TAKEN = {"result": True, "returnCode": "200", "message": "applied"}
COLLECTED = ("2026-11-12 11:00:00", "【旺苍县】已揽收", "1")
ON_THE_WAY = ("2026-11-13 08:00:00", "离开【成都中心】", "0")
DELIVERING = ("2026-11-14 09:00:00", "快递员正在派件", "5")
SIGNED = ("2026-11-14 10:00:00", "已签收，签收人：本人", "3")


def after(**span: int) -> time_machine.travel:
    return time_machine.travel(START + dt.timedelta(**span), tick=False)


def told(topic: str) -> int:
    return OutboxMessage.objects.filter(topic=topic).count()


def written() -> tuple[int, int]:
    return TrackingPush.objects.count(), TrackingEvent.objects.count()


# --- asking ---------------------------------------------------------------------


def test_a_parcel_is_asked_about_once_with_the_code_of_its_courier(peer: Peer, parcel: Parcel) -> None:
    assert ask_for_news() == 0
    assert peer.calls == [
        {
            "company": "ems",
            "number": EMS,
            "key": KEY,
            "parameters": {
                "callbackurl": "https://shop.example.com/tracking/kuaidi100/",
                "salt": SALT,
                "resultv2": "1",
                "phone": "",
            },
        }
    ]
    watch = TrackingWatch.objects.get(parcel=parcel)
    assert (watch.state, watch.attempts, watch.watched_at) == ("watched", 1, START)


def test_only_a_courier_that_asks_for_it_gets_the_receivers_phone(peer: Peer, mixed: Mixed) -> None:
    ship(mixed.first, courier="顺丰速运", number="SF1234567890123")
    assert ask_for_news() == 1
    phone = mixed.record.recipient_phone.removeprefix("+86")
    assert peer.subscriptions["shunfeng", "SF1234567890123"]["phone"] == phone
    assert len(phone) == 11


def test_without_its_key_nobody_is_asked_and_nothing_is_taken(mixed: Mixed, client: Client) -> None:
    parcel = ship(mixed.first, number=EMS)
    assert (plan_watch(parcel_id=parcel.pk), ask_for_news(), pushes.apply_waiting_pushes()) == (None, 0, 0)
    assert client.post(DOOR, signed("{}"), content_type=FORM).status_code == 404
    assert (TrackingWatch.objects.count(), written()) == (0, (0, 0))


def test_parcels_shipped_before_it_was_switched_on_are_asked_about_too(peer: Peer, mixed: Mixed) -> None:
    ship(mixed.first, number=EMS)
    other = ship(mixed.second, courier="其他快递", number="ABC123456")
    assert ask_for_news() == 1
    assert list(peer.subscriptions) == [("ems", EMS)]
    assert not TrackingWatch.objects.filter(parcel=other).exists()


def test_a_service_in_trouble_is_asked_again_after_growing_pauses(peer: Peer, mixed: Mixed) -> None:
    ship(mixed.first, number=EMS)
    peer.in_trouble += ["down", "<html>", '{"result":false,"returnCode":"500","message":"服务器错误"}']
    moments = (0, 1, 3, 7)
    assert [_ask_after(minutes) for minutes in moments] == [0, 0, 0, 1]
    watch = TrackingWatch.objects.get()
    assert (watch.state, watch.attempts, watch.last_error) == ("watched", 4, "")
    assert len(peer.calls) == 4


def _ask_after(minutes: int) -> int:
    with after(minutes=minutes, seconds=1):
        return ask_for_news()


def test_a_number_that_is_refused_goes_to_the_staff_and_is_asked_again_when_they_say_so(
    peer: Peer, mixed: Mixed
) -> None:
    parcel = ship(mixed.first, courier="极兔速递", number="JT1234567890123")
    assert ask_for_news() == 0
    watch = TrackingWatch.objects.get()
    assert (watch.state, watch.last_error) == ("failed", "700 订阅方的订阅数据存在错误")
    with after(days=1):
        assert ask_for_news() == 0
        assert list(parcels_without_news(SYSTEM)) == [parcel]
        assert list(parcels_without_news(scope_of_supplier("pear-co"))) == []
        for _ in range(2):
            watch_again(parcel_id=parcel.pk, actor_id=STAFF)
        ask_for_news()
    assert len(peer.calls) == 2
    assert JournalEntry.objects.filter(action="parcel.watched_again", actor_id=STAFF).count() == 1


def test_a_corrected_number_is_asked_about_and_the_old_one_tells_nothing_more(
    peer: Peer, mixed: Mixed, send: Send
) -> None:
    parcel = ship(mixed.first, number=EMS)
    ask_for_news()
    correct_number(
        scope=SYSTEM, parcel_id=parcel.pk, courier="邮政EMS", tracking_number="EA987654321CN", actor_id=1
    )
    assert ask_for_news() == 1
    assert set(peer.subscriptions) == {("ems", EMS), ("ems", "EA987654321CN")}
    with after(days=3):
        status, answer = send(peer.form("ems", EMS, [SIGNED]))
    assert (status, answer["message"]) == (200, "replaced")
    parcel.refresh_from_db()
    assert (parcel.state, TrackingEvent.objects.count()) == ("shipped", 0)
    assert set(TrackingWatch.objects.values_list("number", "state")) == {
        (EMS, "replaced"),
        ("EA987654321CN", "watched"),
    }


# --- pushes ---------------------------------------------------------------------


def test_steps_are_kept_and_shown_newest_first(peer: Peer, parcel: Parcel, send: Send) -> None:
    with after(days=2):
        assert send(peer.form("ems", EMS, [DELIVERING, ON_THE_WAY, COLLECTED])) == (200, TAKEN)
    rows = list(TrackingEvent.objects.values_list("status", "text", "place"))
    assert rows == [
        ("delivering", DELIVERING[1], "浙江,杭州市"),
        ("in_transit", ON_THE_WAY[1], "浙江,杭州市"),
        ("collected", COLLECTED[1], "浙江,杭州市"),
    ]
    first = TrackingEvent.objects.last()
    assert first is not None
    assert first.at == dt.datetime(2026, 11, 12, 3, 0, tzinfo=dt.UTC)
    parcel.refresh_from_db()
    assert (parcel.state, told("parcel.signed")) == ("shipped", 0)


def test_signed_for_starts_the_seven_days_at_the_couriers_moment(
    peer: Peer, parcel: Parcel, send: Send
) -> None:
    with after(days=3):
        send(peer.form("ems", EMS, [SIGNED, DELIVERING], status="shutdown"))
    parcel.refresh_from_db()
    signed_at = dt.datetime(2026, 11, 14, 2, 0, tzinfo=dt.UTC)
    assert (parcel.state, parcel.signed_at) == ("signed", signed_at)
    assert parcel.confirm_due_at == signed_at + dt.timedelta(days=7)
    assert TrackingWatch.objects.get().state == "ended"
    entry = JournalEntry.objects.get(action="parcel.signed")
    assert (entry.actor_id, entry.reason) == (None, "kuaidi100")
    with time_machine.travel(signed_at + dt.timedelta(days=7, seconds=1), tick=False):
        assert services.confirm_due_receipts() == 1


def test_late_twice_and_out_of_order_end_the_same(peer: Peer, parcel: Parcel, send: Send) -> None:
    bodies = [
        peer.form("ems", EMS, [SIGNED, DELIVERING, ON_THE_WAY, COLLECTED], status="shutdown"),
        peer.form("ems", EMS, [COLLECTED]),
        peer.form("ems", EMS, [DELIVERING, ON_THE_WAY, COLLECTED]),
        peer.form("ems", EMS, [ON_THE_WAY, COLLECTED]),
    ]
    with after(days=4):
        answers = [send(raw) for raw in [*bodies, *bodies]]
    assert answers == [(200, TAKEN)] * 8
    assert written() == (4, 4)
    assert (told("parcel.signed"), ParcelEvent.objects.filter(kind="signed").count()) == (1, 1)
    parcel.refresh_from_db()
    assert (parcel.state, TrackingWatch.objects.get().state) == ("signed", "ended")


def test_a_wrong_signature_leaves_nothing_but_a_count(peer: Peer, parcel: Parcel, send: Send) -> None:
    good = peer.form("ems", EMS, [SIGNED])
    other_salt = peer.form("ems", EMS, [SIGNED], salt="guessed")
    changed = good.replace(b"sign=", b"sign=0")
    twice = good + b"&param=%7B%7D"
    with after(days=3):
        statuses = [send(raw)[0] for raw in (other_salt, changed, twice, b"", b"param=%7B%7D", b"\xff\x00=&")]
    assert statuses == [400] * 6
    assert (written(), pushes.refused_pushes("kuaidi100")) == ((0, 0), 6)
    parcel.refresh_from_db()
    assert parcel.state == "shipped"


@pytest.mark.parametrize(
    "param",
    [
        "",
        "[]",
        "null",
        '{"lastResult": 1}',
        '{"lastResult": {"com": "ems", "nu": "EA123456789CN", "data": [{"context": "x", "time": "now"}]}}',
        '{"lastResult": {"com": "ems", "nu": "EA123456789CN", "data": [{"context": "x"}]}}',
        '{"lastResult": {"com": "ems", "nu": "EA1", "data": [{"context": "x", "time": "0001-01-01 00:00:00"}]}}',
        "[" * 60_000,
    ],
)
def test_a_signed_push_that_cannot_be_read_is_refused(
    peer: Peer, parcel: Parcel, send: Send, param: str
) -> None:
    assert send(signed(param))[0] == 400
    assert written() == (0, 0)


def test_a_number_nobody_asked_about_is_not_found(peer: Peer, parcel: Parcel, send: Send) -> None:
    status, answer = send(peer.form("ems", "EA000000000CN", [SIGNED]))
    assert (status, answer) == (404, {"result": False, "returnCode": "500", "message": "unknown number"})
    assert written() == (0, 0)


def test_a_huge_push_is_not_read(peer: Peer, parcel: Parcel, send: Send, client: Client) -> None:
    raw = peer.form("ems", EMS, [(SIGNED[0], "长" * 100_000, "3")])
    assert send(raw)[0] == 413
    assert client.get(DOOR).status_code == 405
    assert written() == (0, 0)


def test_steps_of_another_time_are_not_this_parcels(peer: Peer, parcel: Parcel, send: Send) -> None:
    """Couriers give a number again: what was signed for last month was another parcel."""
    last_month, to_come = ("2026-10-01 10:00:00", "已签收", "3"), ("2026-12-24 10:00:00", "已签收", "3")
    assert send(peer.form("ems", EMS, [to_come, last_month])) == (200, TAKEN)
    parcel.refresh_from_db()
    assert (parcel.state, written()) == ("shipped", (1, 0))


def test_a_push_that_fails_waits_stored_and_is_applied_later(
    peer: Peer, parcel: Parcel, send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(**kwargs: object) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr(pushes, "take_steps", fail)
    with after(days=3):
        assert send(peer.form("ems", EMS, [SIGNED])) == (200, TAKEN | {"message": "waiting"})
        assert (pushes.apply_waiting_pushes(), written()) == (0, (1, 0))
    monkeypatch.setattr(pushes, "take_steps", couriernews.take_steps)
    with after(days=3, minutes=10):
        assert (pushes.apply_waiting_pushes(), pushes.apply_waiting_pushes()) == (1, 0)
    parcel.refresh_from_db()
    assert (parcel.state, TrackingPush.objects.get().outcome) == ("signed", "applied")


def test_a_push_that_always_fails_is_given_up_and_holds_up_no_other(
    peer: Peer, parcel: Parcel, mixed: Mixed, send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    poisoned = parcel.pk

    def fail_for_one(**kwargs: Any) -> None:
        if kwargs["parcel"].pk == poisoned:
            raise RuntimeError("broken")
        couriernews.take_steps(**kwargs)

    monkeypatch.setattr(pushes, "take_steps", fail_for_one)
    ship(mixed.second, number="EA111111111CN")
    ask_for_news()
    for day in range(3, 15):
        with after(days=day):
            if day == 3:
                send(peer.form("ems", EMS, [SIGNED]))
                send(peer.form("ems", "EA111111111CN", [SIGNED]))
            pushes.apply_waiting_pushes()
    assert list(TrackingPush.objects.order_by("pk").values_list("outcome", "attempts")) == [
        ("given_up", 8),
        ("applied", 0),
    ]
    assert list(Parcel.objects.order_by("pk").values_list("state", flat=True)) == ["shipped", "signed"]


# --- trouble --------------------------------------------------------------------

HELD_UP = ("2026-11-13 12:00:00", "因大雪无法派送", "2")
REFUSED = ("2026-11-14 11:00:00", "收件人拒收", "14")
GOES_BACK = ("2026-11-14 12:00:00", "退回寄件人途中", "6")
SIGNED_BACK = ("2026-11-18 12:00:00", "已签收，签收人：寄件人", "3")


def test_a_parcel_held_up_stops_its_clock_until_it_moves_on(peer: Peer, parcel: Parcel, send: Send) -> None:
    due = parcel.confirm_due_at
    with after(days=2):
        send(peer.form("ems", EMS, [HELD_UP]))
        assert list(parcels_in_trouble(SYSTEM)) == [parcel]
    with after(days=20):
        assert services.confirm_due_receipts() == 0
    with after(days=5):
        send(peer.form("ems", EMS, [("2026-11-17 08:00:00", "继续派送", "5"), HELD_UP]))
        assert list(parcels_in_trouble(SYSTEM)) == []
    parcel.refresh_from_db()
    assert (parcel.trouble, parcel.clock_stopped_at) == ("", None)
    assert parcel.confirm_due_at == due + dt.timedelta(days=3)
    actions = list(
        JournalEntry.objects.filter(action__startswith="parcel.trouble").values_list("action", flat=True)
    )
    assert sorted(actions) == ["parcel.trouble", "parcel.trouble_over"]


def test_a_clock_that_staff_stopped_is_not_started_by_the_courier(
    peer: Peer, parcel: Parcel, send: Send
) -> None:
    services.stop_clock(parcel_id=parcel.pk, reason="买家外出", actor_id=STAFF)
    with after(days=2):
        send(peer.form("ems", EMS, [HELD_UP]))
    with after(days=3):
        send(peer.form("ems", EMS, [("2026-11-14 18:00:00", "继续派送", "5")]))
    parcel.refresh_from_db()
    assert (parcel.trouble, parcel.clock_stopped_at) == ("", START)


@pytest.mark.parametrize("order", [[0, 1], [1, 0]], ids=["in order", "the end first"])
def test_what_goes_back_is_signed_for_by_the_sender_not_by_the_buyer(
    peer: Peer, parcel: Parcel, send: Send, order: list[int]
) -> None:
    bodies = [
        peer.form("ems", EMS, [REFUSED, DELIVERING]),
        peer.form("ems", EMS, [SIGNED_BACK, GOES_BACK, REFUSED, DELIVERING], status="shutdown"),
    ]
    with after(days=7):
        for place in order:
            send(bodies[place])
    parcel.refresh_from_db()
    assert (parcel.state, parcel.trouble, told("parcel.signed")) == ("shipped", "returning", 0)
    with after(days=40):
        assert services.confirm_due_receipts() == 0
        assert list(parcels_in_trouble(SYSTEM)) == [parcel]


def test_a_parcel_that_goes_back_after_it_was_signed_for_stops_the_clock_too(
    peer: Peer, parcel: Parcel, send: Send
) -> None:
    later = ("2026-11-16 12:00:00", "退回寄件人途中", "6")
    with after(days=5):
        send(peer.form("ems", EMS, [later, SIGNED]))
        for _ in range(2):
            settle_trouble(parcel_id=parcel.pk, note="已联系买家", actor_id=STAFF)
    parcel.refresh_from_db()
    assert (parcel.state, parcel.trouble) == ("signed", "returning")
    assert list(parcels_in_trouble(SYSTEM)) == []
    with after(days=30):
        assert services.confirm_due_receipts() == 0
        services.restart_clock(parcel_id=parcel.pk, reason="买家留下了货", actor_id=STAFF)
    with after(days=40):
        assert services.confirm_due_receipts() == 1
    assert JournalEntry.objects.get(action="parcel.trouble_settled").reason == "已联系买家"


def test_a_received_parcel_keeps_its_news_and_nothing_else_happens(
    peer: Peer, parcel: Parcel, mixed: Mixed, send: Send
) -> None:
    services.confirm_receipt(record_id=mixed.record.pk, actor_id=None)
    with after(days=5):
        assert send(peer.form("ems", EMS, [GOES_BACK, SIGNED])) == (200, TAKEN)
    parcel.refresh_from_db()
    assert (parcel.state, parcel.trouble, TrackingEvent.objects.count()) == ("received", "", 2)


def test_news_of_a_courier_keep_a_number_from_being_corrected(peer: Peer, parcel: Parcel, send: Send) -> None:
    with after(hours=2):
        send(peer.form("ems", EMS, [COLLECTED]))
        with pytest.raises(ShippingError) as refused:
            correct_number(
                scope=SYSTEM,
                parcel_id=parcel.pk,
                courier="邮政EMS",
                tracking_number="EA987654321CN",
                actor_id=1,
            )
    assert refused.value.code == "scanned"
    assert TrackingWatch.objects.get().number == EMS


def test_what_couriers_told_is_never_changed(peer: Peer, parcel: Parcel, send: Send) -> None:
    send(peer.form("ems", EMS, [("2026-11-12 09:59:00", "已揽收", "1")]))
    for change in (
        lambda: TrackingEvent.objects.update(text="x"),
        lambda: TrackingEvent.objects.all()._raw_delete(using="default"),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()
    assert TrackingEvent.objects.get().text == "已揽收"


@pytest.mark.parametrize(
    ("code", "word", "status"),
    [
        ("0", "", "in_transit"),
        ("1", "", "collected"),
        ("2", "", "problem"),
        ("3", "", "signed"),
        ("4", "", "returned"),
        ("5", "", "delivering"),
        ("6", "", "returning"),
        ("7", "", "in_transit"),
        ("8", "", "customs"),
        ("13", "", "problem"),
        ("14", "", "refused"),
        ("304", "", "signed"),
        ("1002", "", "in_transit"),
        ("501", "", "delivering"),
        ("", "签收", "signed"),
        ("", "退签", "returned"),
        ("", "神秘", "other"),
        ("99", "", "other"),
        ("²", "", "other"),
    ],
)
def test_every_code_has_its_meaning(code: str, word: str, status: str) -> None:
    assert status_of(code, word) == StepStatus(status)


def test_the_state_of_the_whole_belongs_to_its_newest_step_when_that_has_no_code() -> None:
    raw = Peer().form("ems", EMS, [(SIGNED[0], "快件已妥投", ""), (ON_THE_WAY[0], "运输中", "")], state="3")
    push = Kuaidi100(base="", key=KEY, salt=SALT, callback="", timeout=1).read_push(raw)
    assert [step.status for step in push.steps] == ["signed", "other"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.concurrency
def test_the_same_push_at_once_is_applied_once(
    peer: Peer, parcel: Parcel, together: Callable[..., list[Any]]
) -> None:
    raw = peer.form("ems", EMS, [SIGNED, DELIVERING])
    with time_machine.travel(START + dt.timedelta(days=3), tick=False):
        provider = provider_named("kuaidi100")
        assert provider is not None
        results = together([lambda: pushes.receive_push(provider=provider, raw=raw)] * 6)
    assert results == [pushes.Outcome.APPLIED] * 6
    assert (written(), told("parcel.signed")) == ((1, 2), 1)


@pytest.mark.django_db(transaction=True)
def test_over_the_network_from_subscription_to_receipt(
    peer: Peer, mixed: Mixed, live_server: Any, settings: Settings
) -> None:
    """The peer pushes to the address that it was given, to a server that listens on a real port."""
    settings.SHOP_BASE_URL = live_server.url
    parcel = ship(mixed.first, number=EMS)
    assert ask_for_news() == 1
    signed_at = clock.now().astimezone(clock.SHANGHAI) + dt.timedelta(minutes=5)
    raw = peer.form("ems", EMS, [(f"{signed_at:%Y-%m-%d %H:%M:%S}", "已签收", "3")], status="shutdown")
    with after(hours=1):
        assert [peer.push("ems", EMS, raw) for _ in range(2)] == [(200, TAKEN)] * 2
    parcel.refresh_from_db()
    assert (parcel.state, told("parcel.signed"), written()) == ("signed", 1, (1, 1))
