"""The clock was wrong and is set right: what was put off by the wrong time is done all the same, and nothing twice."""

import datetime as dt
from collections.abc import Iterator

import pytest
import time_machine
from pytest_django import Settings

from shop.core import clock
from shop.files.models import FileKind, StoredFile
from shop.files.services import encode_photos, store_file
from shop.fulfilment import pushes
from shop.fulfilment import services as fulfilment
from shop.fulfilment.models import Parcel
from shop.fulfilment.tracking.registry import provider_named
from shop.fulfilment.tracking_models import TrackingEvent, TrackingPush, TrackingWatch
from shop.fulfilment.watching import ask_for_news
from shop.gateways import services as gateways
from shop.gateways.models import HostedPayment
from shop.gateways.providers import demo
from shop.notifications import pacing, sending, text_limits
from shop.notifications.models import BuyerNotice, SmsUse
from shop.ordering.models import OrderRecord, StockBalance
from shop.outbox import relay
from shop.outbox.models import DeliveryState, OutboxDelivery
from shop.suppliers import services as suppliers
from shop.suppliers.models import Suspension
from tests.factories import make_supplier
from tests.faults import story
from tests.faults.test_killed import ENDING, POINTS
from tests.files.uploads import photo
from tests.fulfilment.cast import mixed_order, ship
from tests.fulfilment.kuaidi100_peer import KEY, SALT, Peer, running_peer
from tests.gateways.cast import order, started
from tests.outbox.cast import ROUTES, noted, say
from tests.process import KILLED, in_process
from tests.promises import assert_kept
from worker.loop import Loop
from worker.routes import ROUTES as REAL_ROUTES
from worker.schedule import Job
from worker.turns import run_in_turn

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]

RIGHT = story.START
#: A clock that lost its battery, or a machine that was set up by hand.
WRONG = RIGHT + dt.timedelta(days=3)
NUMBER = "EA123456789CN"


def at(moment: dt.datetime, **later: int) -> time_machine.travel:
    return time_machine.travel(moment + dt.timedelta(**later), tick=False)


@pytest.mark.parametrize("point", POINTS)
def test_killed_while_the_clock_was_ahead_it_ends_the_same_when_it_is_right(point: str) -> None:
    with at(RIGHT):
        world = story.set_up()
    assert in_process(lambda: story.play(world), kill_at=point, at=WRONG) == KILLED
    for turn in range(3):
        assert in_process(lambda: story.play(world), at=RIGHT + turn * story.PAUSE) == 0
    assert_kept()
    assert story.ending(world) == ENDING


def test_a_delivery_leased_by_a_clock_ahead_is_recalled_and_done_once() -> None:
    with at(WRONG):
        say()
        assert relay.expand(ROUTES) == 1
    with at(RIGHT):
        assert (relay.drain(ROUTES), noted()) == (0, [])
        assert (relay.recall_far_off(), relay.recall_far_off()) == (1, 0)
        assert (relay.drain(ROUTES), relay.drain(ROUTES)) == (1, 0)
    assert noted() == ["YS20261001-AAAA0001#1"]


def test_a_pause_that_is_meant_is_not_cut_short() -> None:
    with at(RIGHT):
        say()
        relay.expand(ROUTES)
        longest = clock.now() + relay.FARTHEST
        OutboxDelivery.objects.filter(state=DeliveryState.PENDING).update(due_at=longest)
        assert relay.recall_far_off() == 0


def test_a_job_begun_by_a_clock_ahead_runs_again_when_it_is_right() -> None:
    ran: list[str] = []
    job = Job("tests.job", 3600, lambda: ran.append("ran"))
    with at(WRONG):
        assert run_in_turn(job)
    with at(RIGHT):
        assert (run_in_turn(job), run_in_turn(job)) == (True, False)
    assert ran == ["ran", "ran"]


def test_clocks_that_differ_a_little_run_a_job_once() -> None:
    job = Job("tests.job", 60, lambda: None)
    with at(RIGHT, seconds=30):
        assert run_in_turn(job)
    with at(RIGHT, seconds=-10):
        assert not run_in_turn(job)


def test_the_embedded_worker_goes_on_when_the_clock_is_set_back() -> None:
    ran: list[dt.datetime] = []
    loop = Loop(routes={}, jobs=(Job("tests.job", 60, lambda: ran.append(clock.now())),))
    for moment in (WRONG, RIGHT, RIGHT + dt.timedelta(seconds=59), RIGHT + dt.timedelta(seconds=61)):
        with at(moment):
            loop._run_jobs(only_due=True)
    assert ran == [WRONG, RIGHT, RIGHT + dt.timedelta(seconds=61)]


def test_a_hold_ends_once_and_its_goods_are_free_whatever_the_clock_says_then() -> None:
    with at(RIGHT):
        record = order()
    for moment in (WRONG, RIGHT, WRONG, RIGHT):
        with at(moment):
            gateways.expire_due_orders()
            story.work()
    record.refresh_from_db()
    assert (record.payment_state, list(StockBalance.objects.values_list("on_hand", "allocated"))) == (
        "closed",
        [(20, 0)],
    )
    assert BuyerNotice.objects.filter(kind="buyer_closed").count() == 1
    assert_kept()


def test_a_payment_begun_by_a_clock_ahead_is_asked_about_when_it_is_right() -> None:
    with at(RIGHT):
        record = order()
    with at(WRONG - dt.timedelta(days=3, minutes=-20)):
        hosted = started(record)
        # Its callback is lost.
        demo.choose(hosted.token, demo.Choice.SUCCEED)
    with at(RIGHT):
        assert (gateways.reconcile_attempts(), gateways.reconcile_attempts()) == (1, 0)
    record.refresh_from_db()
    assert (record.payment_state, record.paid_fen) == ("paid", record.due_fen)


def test_a_callback_that_the_clock_has_overtaken_is_lost_and_its_payment_found() -> None:
    with at(RIGHT):
        notices = demo.choose(started(order()).token, demo.Choice.DUPLICATE)
    with at(RIGHT, minutes=10):
        assert (gateways.take_callbacks(notices), gateways.reconcile_attempts()) == (0, 1)
    assert OrderRecord.objects.get().payment_state == "paid"


def test_a_late_payment_of_a_clock_ahead_lands_when_it_is_right() -> None:
    with at(RIGHT):
        hosted = started(order())
    with at(RIGHT, minutes=30):
        demo.choose(hosted.token, demo.Choice.LATE)
    with at(RIGHT):
        assert gateways.deliver_late_callbacks() == 1
    assert (HostedPayment.objects.get().outcome, OrderRecord.objects.get().payment_state) == ("paid", "paid")


def test_a_notice_leased_by_a_clock_ahead_goes_out_once_when_it_is_right() -> None:
    with at(RIGHT):
        record = order()
        gateways.close_order(record_id=record.pk, reason="buyer", actor_id=None)
        relay.drain(REAL_ROUTES)
    BuyerNotice.objects.update(due_at=WRONG + sending.LEASE)
    with at(RIGHT):
        assert (sending.send_due_notices(), sending.send_due_notices()) == (1, 0)


def test_what_a_clock_a_little_ahead_has_written_and_nobody_has_tried_waits_for_nothing(peer: Peer) -> None:
    with at(RIGHT, minutes=45):
        record = order()
        gateways.close_order(record_id=record.pk, reason="buyer", actor_id=None)
        ship(mixed_order().first, number=NUMBER)
        relay.drain(REAL_ROUTES)
        assert TrackingWatch.objects.get().attempts == 0
    with at(RIGHT):
        assert (ask_for_news(), ask_for_news()) == (1, 0)
        assert sending.send_due_notices() > 0
    assert not BuyerNotice.objects.filter(state="pending").exists()


def test_a_notice_that_waits_for_tomorrow_waits() -> None:
    with at(RIGHT):
        record = order()
        gateways.close_order(record_id=record.pk, reason="buyer", actor_id=None)
        relay.drain(REAL_ROUTES)
        BuyerNotice.objects.update(due_at=RIGHT + dt.timedelta(hours=23), hold="cost")
        assert sending.send_due_notices() == 0


def test_a_pause_of_a_provider_ends_with_the_clock_that_made_it() -> None:
    with at(WRONG):
        pacing.block(key="sms", until=WRONG + dt.timedelta(minutes=1))
    with at(RIGHT):
        assert (pacing.blocked_until("sms"), pacing.take(key="sms", limit=1)) == (None, None)
        pacing.block(key="sms", until=RIGHT + dt.timedelta(minutes=1))
        assert pacing.blocked_until("sms") == RIGHT + dt.timedelta(minutes=1)


def test_texts_of_a_clock_ahead_use_up_no_limit_of_today() -> None:
    for moment in (WRONG, RIGHT):
        with at(moment):
            text_limits.reserve(phone="+8613800000001", text="短信", purpose="test")
            assert text_limits.spent(moment).today == 1
    assert SmsUse.objects.count() == 2


def test_a_photo_claimed_by_a_clock_ahead_is_encoded_when_it_is_right(
    settings: Settings, tmp_path: object
) -> None:
    settings.MEDIA_ROOT = str(tmp_path)
    with at(WRONG):
        store_file(
            upload=photo(),
            kind=FileKind.PHOTO,
            owner_type="return",
            owner_key="7",
            uploaded_by=None,
            account="guest:1",
        )
    with at(RIGHT):
        assert (encode_photos(), encode_photos()) == (1, 0)
    assert StoredFile.objects.get().ready_at == RIGHT


def test_a_suspension_of_a_clock_ahead_can_be_lifted_when_it_is_right() -> None:
    supplier = make_supplier()
    with at(WRONG):
        suppliers.suspend_supplier(code=supplier.code, on=clock.today(), reason="资质过期", actor_id=3)
    with at(RIGHT):
        suppliers.lift_suspension(code=supplier.code, reason="已补齐", actor_id=3)
    row = Suspension.objects.get()
    assert (row.suspended_at, row.lifted_at) == (WRONG, WRONG)
    supplier.refresh_from_db()
    assert supplier.state == "admitted"


def test_a_parcels_clock_stopped_ahead_takes_no_day_from_its_buyer() -> None:
    with at(RIGHT):
        parcel = ship(mixed_order().first, number=NUMBER)
    due = parcel.confirm_due_at
    with at(WRONG):
        fulfilment.stop_clock(parcel_id=parcel.pk, reason="道路塌方", actor_id=901)
    with at(RIGHT, days=1):
        fulfilment.restart_clock(parcel_id=parcel.pk, reason="已恢复", actor_id=901)
    parcel.refresh_from_db()
    assert (parcel.confirm_due_at, parcel.clock_stopped_at) == (due, None)


@pytest.fixture
def peer(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Peer]:
    monkeypatch.setenv("no_proxy", "*")
    with running_peer() as running:
        settings.KUAIDI100_API_BASE, settings.KUAIDI100_KEY, settings.KUAIDI100_SALT = running.base, KEY, SALT
        yield running


def receive(peer: Peer, *steps: tuple[str, str, str]) -> pushes.Outcome:
    provider = provider_named("kuaidi100")
    assert provider is not None
    return pushes.receive_push(provider=provider, raw=peer.form("ems", NUMBER, list(steps)))


#: Half past ten in the morning in Hangzhou, half an hour after it was shipped.
SIGNED = ("2026-11-12 10:30:00", "已签收，签收人：本人", "3")


@pytest.mark.parametrize("off", [dt.timedelta(days=-2), dt.timedelta(days=16)], ids=["behind", "ahead"])
def test_news_of_a_parcel_that_came_while_the_clock_was_wrong_are_believed_later(
    peer: Peer, off: dt.timedelta
) -> None:
    with at(RIGHT + off):
        parcel = ship(mixed_order().first, number=NUMBER)
        assert ask_for_news() == 1
        assert receive(peer, SIGNED) == pushes.Outcome.WAITING
        assert (TrackingEvent.objects.count(), TrackingPush.objects.get().applied_at) == (0, None)
    with at(RIGHT, hours=1):
        assert (pushes.apply_waiting_pushes(), pushes.apply_waiting_pushes()) == (1, 0)
    parcel.refresh_from_db()
    assert (parcel.state, parcel.signed_at) == ("signed", RIGHT + dt.timedelta(minutes=30))
    assert TrackingEvent.objects.count() == 1


def test_a_parcel_shipped_by_a_clock_ahead_is_signed_for_when_it_is_right(peer: Peer) -> None:
    with at(WRONG):
        parcel = ship(mixed_order().first, number=NUMBER)
        assert TrackingWatch.objects.count() == 0
    with at(RIGHT, hours=1):
        assert ask_for_news() == 1
        assert receive(peer, SIGNED) == pushes.Outcome.APPLIED
    assert Parcel.objects.get(pk=parcel.pk).state == "signed"


def test_a_number_asked_about_by_a_clock_ahead_is_asked_about_when_it_is_right(peer: Peer) -> None:
    with at(RIGHT):
        ship(mixed_order().first, number=NUMBER)
    peer.in_trouble = ["down"]
    with at(WRONG):
        assert (ask_for_news(), TrackingWatch.objects.get().attempts) == (0, 1)
    TrackingWatch.objects.update(due_at=WRONG + dt.timedelta(minutes=1))
    with at(RIGHT):
        assert (ask_for_news(), TrackingWatch.objects.get().state) == (1, "watched")
