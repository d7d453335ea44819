"""Text messages: signed as Aliyun checks it, within the limits of number, shop and purse, and nothing dropped."""

import datetime as dt
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from shop.accounts.ports import TextMessage, TextsDelayed, set_code_sender
from shop.core import clock
from shop.notifications import digests, sending, text_limits
from shop.notifications.channels.aliyun_sms import signature
from shop.notifications.channels.base import ChannelBusy
from shop.notifications.codes import send_code
from shop.notifications.links import order_of_code, short_path
from shop.notifications.models import BuyerNotice, ShortLink, SmsRule, SmsUse
from shop.notifications.services import retry_notice, write_buyer_notice
from shop.notifications.texts import TEXTS, segments, template_of, text_of
from shop.ordering.models import OrderRecord
from tests.factories import make_product, make_user, place
from tests.fulfilment.cast import mixed_order
from tests.notifications.peers import AliyunPeer, Answer, told

pytestmark = [pytest.mark.django_db, pytest.mark.data]
SECRET = "s3cr3t-of-the-account"
GUEST = "13800000099"
#: Nine in the morning in Shanghai, in the middle of a month.
MORNING = dt.datetime(2026, 11, 12, 1, 0, tzinfo=dt.UTC)


@pytest.fixture
def peer(settings: Settings) -> Iterator[AliyunPeer]:
    peer = AliyunPeer("LTAI-test", SECRET)
    settings.ALIYUN_SMS_ENDPOINT = peer.base
    settings.ALIYUN_SMS_ACCESS_KEY_ID, settings.ALIYUN_SMS_ACCESS_KEY_SECRET = "LTAI-test", SECRET
    settings.ALIYUN_SMS_SIGN_NAME = "远山集"
    settings.ALIYUN_SMS_TEMPLATES = {kind: f"SMS_{number}" for number, kind in enumerate(TEXTS)}
    settings.ALIYUN_SMS_TIMEOUT_SECONDS = 0.5
    yield peer
    peer.stop()


@pytest.fixture
def record() -> OrderRecord:
    with time_machine.travel(MORNING, tick=False):
        return mixed_order().record


def tell(record: OrderRecord, *keys: str, kind: str = "buyer_paid", **context: Any) -> list[BuyerNotice]:
    written = [write_buyer_notice(key=key, kind=kind, record=record, **context) for key in keys]
    return [notice for notice in written if notice is not None]


def limits(**columns: int) -> None:
    SmsRule.objects.update(**columns)


def states() -> list[tuple[str, str, int]]:
    return list(BuyerNotice.objects.order_by("pk").values_list("state", "hold", "attempts"))


def send() -> int:
    return digests.send_limited_notices()


def at(moment: dt.datetime) -> Any:
    return time_machine.travel(moment, tick=False)


def test_a_text_is_signed_and_goes_by_its_template(peer: AliyunPeer, record: OrderRecord) -> None:
    with at(MORNING):
        [row] = tell(record, "a", kind="buyer_refunded", fen=1300)
        assert sending.send_due_notices() == 0
        assert send() == 1
        assert send() == 0
    [text] = peer.texts
    code = row.params["path"].removeprefix("/t/").rstrip("/")
    assert (text.number, text.sign) == (GUEST, "远山集")
    assert text.template == f"SMS_{list(TEXTS).index('buyer_refunded')}"
    assert text.params == {"number": record.number, "amount": "13.00", "path": f"/t/{code}/"}
    assert all(len(value) <= 35 for value in text.params.values())
    assert row.body.strip() == text_of("buyer_refunded", row.params)
    assert "¥13.00" in row.body and record.number in row.body
    use = SmsUse.objects.get()
    assert (use.purpose, use.segments, use.fen) == (
        "buyer_refunded",
        segments(row.body.strip()),
        5 * use.segments,
    )
    assert use.number != GUEST and GUEST not in use.number
    assert states() == [("sent", "", 1)]


def test_the_signature_of_the_published_example() -> None:
    headers = {
        "host": "ecs.cn-shanghai.aliyuncs.com",
        "x-acs-action": "RunInstances",
        "x-acs-content-sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "x-acs-date": "2023-10-26T10:22:32Z",
        "x-acs-signature-nonce": "3156853299f313e23d1673dc12e1703d",
        "x-acs-version": "2014-05-26",
    }
    query = "ImageId=win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd&RegionId=cn-shanghai"
    assert (
        signature(query, headers, "YourAccessKeySecret")
        == "06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"
    )


def test_a_wrong_secret_is_refused_by_the_peer_and_tried_again(
    peer: AliyunPeer, record: OrderRecord, settings: Settings
) -> None:
    settings.ALIYUN_SMS_ACCESS_KEY_SECRET = "wrong"
    with at(MORNING):
        [row] = tell(record, "a")
        assert send() == 0
    row.refresh_from_db()
    assert (row.state, row.attempts, row.last_error) == ("pending", 1, "Aliyun SignatureDoesNotMatch")
    assert peer.texts == []


def test_every_kind_has_words_for_a_template_of_one_or_two_texts() -> None:
    longest = {"number": "YS20260301-7K2M9QXA", "path": "/t/abcdefghijklmnop/", "amount": "12345.67"}
    longest |= {"deadline": "11-12 09:30", "code": "123456"}
    for kind in TEXTS:
        words = template_of(kind)
        assert "%" not in words and ("${code}" in words) == (kind == "login_code")
        assert segments(text_of(kind, longest)) <= 2, kind
        # The words are Chinese; names of values and addresses are not.
        assert any("一" <= character <= "鿿" for character in words), kind
    assert (segments("字" * 65), segments("字" * 66), segments("字" * 129), segments("字" * 130)) == (
        1,
        2,
        2,
        3,
    )


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Answer(500, b""), "HTTP 500"),
        (Answer(503, b"{}"), "HTTP 503"),
        (Answer(200, b"no json"), "HTTP 200, no JSON object"),
        (Answer(200, b"{}"), "Aliyun answered without a code"),
        (told(Code="isp.SYSTEM_ERROR", Message=GUEST), "Aliyun isp.SYSTEM_ERROR"),
        (told(Code=f"{GUEST}\n<b>", Message=""), "Aliyun answered without a code"),
        (Answer(hang=True), "TimeoutError"),
    ],
)
def test_a_bad_day_of_the_provider_is_tried_again(
    peer: AliyunPeer, record: OrderRecord, answer: Answer, error: str
) -> None:
    peer.plan(answer)
    with at(MORNING):
        [row] = tell(record, "a")
        assert send() == 0
        row.refresh_from_db()
        assert (row.state, row.attempts, row.last_error) == ("pending", 1, error)
        # It may have gone: it counts.
        assert SmsUse.objects.count() == 1
    with at(MORNING + dt.timedelta(seconds=31)):
        assert send() == 1
    assert len(peer.texts) == 1


@pytest.mark.parametrize(
    ("answer", "minutes", "hold", "whole"),
    [
        (Answer(429, b""), 10 / 60, "provider", True),
        (told(400, Code="Throttling.User", Message=""), 10 / 60, "provider", True),
        (told(Code="isv.AMOUNT_NOT_ENOUGH", Message=""), 60, "provider", True),
        (told(Code="isv.BUSINESS_LIMIT_CONTROL", Message="触发分钟级流控Permits:1"), 1, "number", False),
        (told(Code="isv.BUSINESS_LIMIT_CONTROL", Message="触发小时级流控Permits:5"), 60, "number", False),
        (told(Code="isv.BUSINESS_LIMIT_CONTROL", Message="触发天级流控Permits:10"), 15 * 60, "number", False),
    ],
)
def test_a_limit_of_the_provider_is_no_failure(
    peer: AliyunPeer, record: OrderRecord, answer: Answer, minutes: float, hold: str, whole: bool
) -> None:
    peer.plan(answer)
    with at(MORNING):
        [row] = tell(record, "a")
        assert send() == 0
        row.refresh_from_db()
        assert (row.state, row.hold, row.attempts) == ("pending", hold, 0)
        assert row.due_at == MORNING + dt.timedelta(minutes=minutes)
        # Nothing was sent, so nothing is counted.
        assert SmsUse.objects.count() == 0
        other = place(lines=[(make_product(sku="other"), 1)], buyer=make_user(phone="+8613800000088"))
        tell(other, "b")
        assert send() == (0 if whole else 1)
    with at(row.due_at + dt.timedelta(seconds=1)):
        assert send() == (2 if whole else 1)
    assert {state for state, _hold, _attempts in states()} == {"sent"}


@pytest.mark.parametrize("code", ["isv.MOBILE_NUMBER_ILLEGAL", "isv.TEMPLATE_MISSING_PARAMETERS"])
def test_what_is_never_taken_waits_for_a_person(peer: AliyunPeer, record: OrderRecord, code: str) -> None:
    peer.plan(told(Code=code, Message=GUEST))
    with at(MORNING):
        [row] = tell(record, "a")
        assert send() == 0
        row.refresh_from_db()
        assert (row.state, row.last_error) == ("dead", f"Aliyun {code}")
        assert SmsUse.objects.count() == 0
        assert retry_notice(model=BuyerNotice, notice_id=row.pk, actor_id=1)
        assert not retry_notice(model=BuyerNotice, notice_id=row.pk, actor_id=1)
        assert send() == 1


def test_a_kind_without_a_template_uses_the_general_one_and_else_waits(
    peer: AliyunPeer, record: OrderRecord, settings: Settings
) -> None:
    settings.ALIYUN_SMS_TEMPLATES = {"order_news": "SMS_9"}
    with at(MORNING):
        tell(record, "a")
        assert send() == 1
        assert (peer.texts[0].template, set(peer.texts[0].params)) == ("SMS_9", {"number", "path"})
        settings.ALIYUN_SMS_TEMPLATES = {}
        [row] = tell(record, "b")
        assert send() == 0
    row.refresh_from_db()
    assert (row.state, row.last_error) == ("dead", "no template for buyer_paid (ALIYUN_SMS_TEMPLATES)")


def test_a_number_of_another_country_is_not_sent(peer: AliyunPeer, record: OrderRecord) -> None:
    OrderRecord.objects.filter(pk=record.pk).update(guest_phone="+14155550100")
    record.refresh_from_db()
    with at(MORNING):
        [row] = tell(record, "a")
        assert send() == 0
    row.refresh_from_db()
    assert (row.state, row.last_error, peer.calls) == ("dead", "not a mobile number of the mainland", 0)


def test_one_number_gets_no_more_than_its_hour(peer: AliyunPeer, record: OrderRecord) -> None:
    limits(per_number_hour=2)
    with at(MORNING):
        tell(record, "a", "b", "c")
        assert send() == 2
    assert states()[2] == ("pending", "number", 0)
    with at(MORNING + dt.timedelta(minutes=59)):
        assert send() == 0
    with at(MORNING + dt.timedelta(minutes=61)):
        assert send() == 1
    assert len(peer.texts) == 3


def test_one_number_gets_no_more_than_its_day_however_it_is_written(
    peer: AliyunPeer, record: OrderRecord
) -> None:
    limits(per_number_day=1)
    with at(MORNING):
        tell(record, "a")
        send()
        OrderRecord.objects.filter(pk=record.pk).update(guest_phone="+86 138-0000-0099")
        record.refresh_from_db()
        tell(record, "b")
        assert send() == 0
    with at(MORNING + dt.timedelta(hours=23)):
        assert send() == 0
    with at(MORNING + dt.timedelta(hours=25)):
        assert send() == 1


def test_the_whole_shop_has_its_minute_and_its_day(peer: AliyunPeer, record: OrderRecord) -> None:
    limits(per_minute=1, per_day=2)
    with at(MORNING):
        tell(record, "a", "b", "c")
        assert send() == 1
        assert states()[1:] == [("pending", "shop", 0)] * 2
    with at(MORNING + dt.timedelta(seconds=61)):
        assert send() == 1
    with at(MORNING + dt.timedelta(hours=2)):
        assert send() == 0
    with at(MORNING + dt.timedelta(hours=15, seconds=1)):
        assert send() == 1


@pytest.mark.parametrize(
    ("ceiling", "again"),
    [("day_ceiling_fen", dt.timedelta(days=1)), ("month_ceiling_fen", dt.timedelta(days=19))],
)
def test_beyond_the_cost_ceiling_a_text_waits(
    peer: AliyunPeer, record: OrderRecord, ceiling: str, again: dt.timedelta
) -> None:
    with at(MORNING):
        price = 7 * segments(tell(record, "a", "b", "c")[0].body.strip())
        limits(**{"segment_fen": 7, ceiling: 2 * price})
        assert not text_limits.ceiling_reached(MORNING)
        assert send() == 2
        assert text_limits.ceiling_reached(MORNING)
        assert states()[2] == ("pending", "cost", 0)
        spent = text_limits.spent(MORNING)
        assert (spent.today_fen, spent.month_fen, spent.today) == (2 * price, 2 * price, 2)
    with at(MORNING + again - dt.timedelta(hours=10)):
        assert send() == 0
    with at(MORNING + again):
        assert send() == 1
    assert SmsUse.objects.count() == 3


def test_another_ceiling_from_today_lets_it_go(peer: AliyunPeer, record: OrderRecord) -> None:
    limits(day_ceiling_fen=0)
    with at(MORNING):
        tell(record, "a")
        assert send() == 0
        SmsRule.objects.create(starts_on=clock.today())
        BuyerNotice.objects.update(due_at=MORNING)
        assert send() == 1


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_the_last_place_is_taken_once(together: Callable[..., list[Any]]) -> None:
    limits(per_number_hour=3)
    found = together([lambda: text_limits.reserve(phone=GUEST, text="字", purpose="x") for _ in range(8)])
    assert sum(isinstance(each, SmsUse) for each in found) == 3
    assert sum(isinstance(each, ChannelBusy) for each in found) == 5
    assert SmsUse.objects.count() == 3


def test_login_codes_share_the_limits_and_leave_no_trace_of_the_code(
    peer: AliyunPeer, caplog: pytest.LogCaptureFixture
) -> None:
    limits(per_number_hour=1)
    message = TextMessage(
        phone="+8613800138000", text="code 482913", kind="login_code", params={"code": "482913"}
    )
    with at(MORNING), caplog.at_level(logging.DEBUG):
        send_code(message)
        with pytest.raises(TextsDelayed) as refused:
            send_code(message)
    assert refused.value.code == "sms_delayed"
    assert [(text.number, text.params) for text in peer.texts] == [("13800138000", {"code": "482913"})]
    assert "482913" not in caplog.text + repr(message.params.keys()) + repr(SmsUse.objects.values())
    assert not BuyerNotice.objects.exists()


def test_a_code_that_cannot_go_says_the_same_to_known_and_unknown_numbers(peer: AliyunPeer) -> None:
    make_user(phone="+8613800138000")
    before = set_code_sender(send_code)
    try:
        answers = []
        for phone in ("13800138000", "13800138001"):
            cache.clear()
            peer.plan(Answer(503, b""))
            client = Client()
            answer = client.post(reverse("account_request_login_code"), {"phone": phone}, follow=True)
            answers.append((answer.redirect_chain, [str(each) for each in answer.context["messages"]]))
        cache.clear()
    finally:
        set_code_sender(before)
    assert answers[0] == answers[1]
    assert answers[0][0] == [(reverse("account_login"), 302)]
    assert len(answers[0][1]) == 1
    assert peer.texts == []


def test_the_link_of_a_text_opens_the_guests_order_and_no_other(record: OrderRecord) -> None:
    path = short_path(record)
    assert short_path(record) == path and len(path) == len("/t/") + 16 + 1
    assert ShortLink.objects.get().digest not in path
    client = Client()
    answer = client.get(path, follow=True)
    assert answer.redirect_chain[-1] == (f"/orders/{record.number}/", 302)
    for wrong in ("AAAAAAAAAAAAAAAA", path[3:-2], "x", "长" * 40):
        assert Client().get(f"/t/{wrong}/").status_code == 404
    assert order_of_code("AAAAAAAAAAAAAAAA") is None
    # Once the guest's order belongs to an account, its link opens nothing.
    OrderRecord.objects.filter(pk=record.pk).update(buyer=make_user(phone="+8613800000077"))
    assert Client().get(path).status_code == 404


def test_no_secret_and_no_number_in_logs_and_errors(
    peer: AliyunPeer, record: OrderRecord, caplog: pytest.LogCaptureFixture
) -> None:
    with at(MORNING), caplog.at_level(logging.DEBUG):
        for number, answer in enumerate(
            [told(Code="isp.X", Message=f"{GUEST} {SECRET}"), Answer(500, SECRET.encode()), Answer(hang=True)]
        ):
            peer.planned[:] = [answer]
            tell(record, f"k{number}")
            send()
    errors = " ".join(BuyerNotice.objects.values_list("last_error", flat=True))
    assert errors == "Aliyun isp.X HTTP 500 TimeoutError"
    assert SECRET not in caplog.text and GUEST not in caplog.text
