"""Group bots: paced over all workers, many notices in one digest, none lost, the key nowhere to be read."""

import datetime as dt
import io
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine
from django.apps import apps
from django.db import models
from pytest_django import Settings

from shop.core import clock
from shop.core.exceptions import ShopError
from shop.core.logs import ContextFilter, JsonLine, TextLine
from shop.notifications import digests, pacing, sending
from shop.notifications.channels.base import Message
from shop.notifications.channels.wecom import LONGEST_BYTES, digest, inert, key_of
from shop.notifications.models import ProviderPace, SupplierChannel, SupplierNotice
from shop.notifications.services import write_supplier_notice
from shop.ordering.models import OrderRecord
from shop.suppliers.models import Supplier
from tests.factories import make_supplier
from tests.fulfilment.cast import mixed_order
from tests.notifications.cast import make_channel
from tests.notifications.peers import Answer, WecomPeer, told

pytestmark = [pytest.mark.django_db, pytest.mark.data]
KEY, OTHER = "6f1ed002-ab12-4c6d-9f1f-000000000001", "6f1ed002-ab12-4c6d-9f1f-000000000002"


@pytest.fixture
def peer(settings: Settings) -> Iterator[WecomPeer]:
    peer = WecomPeer(KEY, OTHER)
    settings.WECOM_ENABLED, settings.WECOM_API_BASE = True, peer.base
    settings.WECOM_TIMEOUT_SECONDS = 0.5
    settings.EMAIL_URL = "smtp://mail.example.com"
    yield peer
    peer.stop()
    assert peer.wrong == []


@pytest.fixture
def bot() -> SupplierChannel:
    return make_channel(mixed_order().first.supplier, "wecom", KEY)


def tell(supplier: Supplier, *keys: str) -> list[SupplierNotice]:
    record = OrderRecord.objects.get()
    return [
        write_supplier_notice(key=key, kind="supplier_new_order", record=record, supplier=supplier)
        for key in keys
    ]


def states() -> list[tuple[str, str, int]]:
    rows = SupplierNotice.objects.order_by("pk").values_list("state", "hold", "attempts")
    return list(rows)


def send() -> int:
    return digests.send_limited_notices()


def test_what_is_due_for_a_bot_goes_as_one_digest(peer: WecomPeer, bot: SupplierChannel) -> None:
    notices = tell(bot.supplier, "a", "b", "c")
    assert [(row.channel, row.address, row.via) for row in notices] == [("wecom", "****0001", bot)] * 3
    assert sending.send_due_notices() == 0
    assert send() == 3
    assert send() == 0
    [text] = peer.texts[KEY]
    number = notices[0].record.number if notices[0].record else ""
    assert text.startswith("**远山集 · 3 条通知**\n")
    assert text.count(number) == 3
    assert text.count("](http://127.0.0.1:8000/supplier/)") == 3
    assert states() == [("sent", "", 1)] * 3


def test_a_single_notice_has_no_count(peer: WecomPeer, bot: SupplierChannel) -> None:
    tell(bot.supplier, "a")
    assert send() == 1
    assert peer.texts[KEY][0].splitlines()[0] == "**远山集**"


def test_no_more_than_twenty_a_minute_and_none_lost(
    peer: WecomPeer, bot: SupplierChannel, settings: Settings
) -> None:
    moment = clock.now()
    with time_machine.travel(moment, tick=False):
        for number in range(20):
            tell(bot.supplier, f"k{number}")
            assert send() == 1
        tell(bot.supplier, "late-1", "late-2")
        assert send() == 0
        late = SupplierNotice.objects.filter(key__startswith="late")
        assert set(late.values_list("state", "hold", "attempts")) == {("pending", "paced", 0)}
        wait = late[0].due_at - moment
        assert dt.timedelta(seconds=60) <= wait <= dt.timedelta(seconds=60.1)
    with time_machine.travel(moment + dt.timedelta(seconds=59), tick=False):
        assert send() == 0
    with time_machine.travel(moment + dt.timedelta(seconds=61), tick=False):
        assert send() == 2
    assert (len(peer.texts[KEY]), peer.texts[KEY][-1].count("\n> ")) == (21, 4)
    assert {state for state, _hold, _attempts in states()} == {"sent"}


def test_two_suppliers_with_one_bot_share_its_limit(
    peer: WecomPeer, bot: SupplierChannel, settings: Settings
) -> None:
    settings.WECOM_PER_MINUTE = 1
    other = make_supplier(code="pear-co")
    make_channel(other, "wecom", KEY)
    tell(bot.supplier, "a")
    tell(other, "b")
    assert send() == 1
    assert sorted(states()) == [("pending", "paced", 0), ("sent", "", 1)]
    assert peer.calls == 1


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_many_workers_share_the_limit(together: Callable[..., list[Any]]) -> None:
    taken = together([lambda: pacing.take(key="bot", limit=5) for _ in range(8)] * 2)
    assert sum(each is None for each in taken) == 5
    assert all(each is None or each > clock.now() for each in taken)
    assert len(ProviderPace.objects.get().taken) == 5


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_two_workers_send_no_notice_twice(peer: WecomPeer, together: Callable[..., list[Any]]) -> None:
    bot = make_channel(mixed_order().first.supplier, "wecom", KEY)
    tell(bot.supplier, *(f"k{number}" for number in range(12)))
    assert sum(together([send, send, send])) == 12
    assert sum(text.count("[") for text in peer.texts[KEY]) == 12


def test_the_bots_own_limit_makes_everything_wait_a_minute(peer: WecomPeer, bot: SupplierChannel) -> None:
    peer.plan(told(errcode=45009, errmsg=f"api freq out of limit, key {KEY}"))
    moment = clock.now()
    with time_machine.travel(moment, tick=False):
        tell(bot.supplier, "a")
        assert send() == 0
        tell(bot.supplier, "b")
        assert send() == 0
    assert states() == [("pending", "provider", 0), ("pending", "paced", 0)]
    assert peer.calls == 1
    with time_machine.travel(moment + dt.timedelta(seconds=61), tick=False):
        assert send() == 2
    assert SupplierNotice.objects.filter(state="sent", last_error="").count() == 2


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Answer(503, b"busy"), "HTTP 503"),
        (Answer(200, b"<html>"), "HTTP 200, no JSON object"),
        (Answer(200, b"[]"), "HTTP 200, no JSON object"),
        (Answer(200, b'{"errmsg": "ok"}'), "HTTP 200, no errcode"),
        (Answer(200, b'{"errcode": "0"}'), "HTTP 200, no errcode"),
        (Answer(200, b"x" * 70_000), "the answer is too long"),
        (told(errcode=-1, errmsg="system busy"), "WeCom errcode -1"),
        (Answer(hang=True), "TimeoutError"),
    ],
)
def test_a_bad_day_of_the_provider_is_tried_again(
    peer: WecomPeer, bot: SupplierChannel, answer: Answer, error: str
) -> None:
    peer.plan(answer)
    moment = clock.now()
    with time_machine.travel(moment, tick=False):
        [notice] = tell(bot.supplier, "a")
        assert send() == 0
        notice.refresh_from_db()
        assert (notice.state, notice.attempts, notice.last_error) == ("pending", 1, error)
        assert notice.due_at == moment + dt.timedelta(seconds=30)
    with time_machine.travel(moment + dt.timedelta(seconds=31), tick=False):
        assert send() == 1
    assert len(peer.texts[KEY]) == 1


def test_http_429_is_a_limit_and_no_failure(peer: WecomPeer, bot: SupplierChannel) -> None:
    peer.plan(Answer(429, b""))
    tell(bot.supplier, "a")
    assert send() == 0
    assert states() == [("pending", "provider", 0)]


def test_a_peer_that_is_down_is_tried_again(
    peer: WecomPeer, bot: SupplierChannel, settings: Settings
) -> None:
    settings.WECOM_API_BASE = "http://127.0.0.1:1"
    [notice] = tell(bot.supplier, "a")
    assert send() == 0
    notice.refresh_from_db()
    assert (notice.state, notice.last_error) == ("pending", "ConnectionRefusedError")


def test_a_bot_that_is_gone_hands_its_notices_to_the_next_channel(
    peer: WecomPeer, bot: SupplierChannel
) -> None:
    make_channel(bot.supplier, "sms", "+8613800000055")
    peer.plan(told(errcode=93000, errmsg="invalid webhook url"))
    tell(bot.supplier, "a")
    assert send() == 0
    # Text messages are not set up, so the contact address is the next that leads somewhere.
    rows = SupplierNotice.objects.order_by("pk").values_list("key", "channel", "state", "hold", "via")
    assert list(rows) == [
        ("a", "wecom", "dead", "passed_on", bot.pk),
        ("a>1", "email", "pending", "", None),
    ]


def test_a_bot_switched_off_meanwhile_sends_nothing(peer: WecomPeer, bot: SupplierChannel) -> None:
    tell(bot.supplier, "a")
    SupplierChannel.objects.update(is_active=False)
    assert send() == 0
    assert peer.calls == 0
    assert list(SupplierNotice.objects.order_by("pk").values_list("key", "channel", "state")) == [
        ("a", "wecom", "dead"),
        ("a>1", "email", "pending"),
    ]


def test_what_no_bot_takes_harms_no_other_notice(peer: WecomPeer, bot: SupplierChannel) -> None:
    peer.plan(told(errcode=50001, errmsg="content"), times=2)
    moment = clock.now()
    with time_machine.travel(moment, tick=False):
        tell(bot.supplier, "poison")
        assert send() == 0
    with time_machine.travel(moment + dt.timedelta(seconds=31), tick=False):
        assert send() == 0
    with time_machine.travel(moment + dt.timedelta(minutes=5), tick=False):
        tell(bot.supplier, "good-1", "good-2")
        assert send() == 3
    # Fresh ones first, and the one that failed twice by itself.
    assert [text.count("[") for text in peer.texts[KEY]] == [2, 1]


def test_a_long_list_is_cut_where_a_message_ends() -> None:
    messages = [
        Message(
            key=str(number), kind="k", address="", subject="山" * 150, body="", params={"url": "http://x/"}
        )
        for number in range(20)
    ]
    text, count = digest(messages)
    assert 1 < count < 20
    assert len(text.encode()) <= LONGEST_BYTES
    assert text.count("](http://x/)") == count


@pytest.mark.parametrize(
    ("evil", "shown"),
    [
        ("<script>alert(1)</script>", "＜script＞alert（1）＜/script＞"),
        ("[点我](http://evil.example)", "［点我］（http：//evil.example）"),
        ("<@all> 退款", "＜＠all＞ 退款"),
        ('<font color="warning">x</font>', '＜font color="warning"＞x＜/font＞'),
        ("**粗** `码` # 题\n> 引\r\n- 项", "＊＊粗＊＊ ｀码｀ ＃ 题 ＞ 引  - 项"),
        ("a\u202eb\u200bc\x07", "abc"),
    ],
)
def test_markdown_in_a_name_is_text(evil: str, shown: str) -> None:
    assert inert(evil) == shown


def test_a_suppliers_name_cannot_speak_to_the_group(peer: WecomPeer, bot: SupplierChannel) -> None:
    Supplier.objects.filter(pk=bot.supplier_id).update(name_zh="<@all>[木门](http://evil.example)")
    bot.refresh_from_db()
    write_supplier_notice(key="t", kind="channel_test", record=None, supplier=bot.supplier)
    assert send() == 1
    [text] = peer.texts[KEY]
    assert "<@" not in text and "](http://evil" not in text and "＜＠all＞" in text
    assert text.count("](") == 1


def test_the_key_of_a_bot_is_read_out_of_its_address() -> None:
    assert key_of(f" https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key={KEY} ") == KEY
    assert key_of(KEY) == KEY
    for wrong in (
        "",
        "short",
        f"https://evil.example/cgi-bin/webhook/send?key={KEY}",
        f"https://qyapi.weixin.qq.com/other?key={KEY}",
        f"{KEY}\r\nHost: evil",
        "键" * 30,
    ):
        with pytest.raises(ShopError) as refused:
            key_of(wrong)
        assert (refused.value.code, refused.value.field) == ("webhook", "secret")
        assert KEY not in str(refused.value)


def test_the_key_is_in_no_log_no_error_and_no_other_table(
    peer: WecomPeer, bot: SupplierChannel, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = io.StringIO()
    handlers = []
    for line in (TextLine(), JsonLine()):
        handler = logging.StreamHandler(written)
        handler.setFormatter(line)
        handler.addFilter(ContextFilter())
        logging.getLogger().addHandler(handler)
        handlers.append(handler)
    monkeypatch.setattr(logging.getLogger(), "level", logging.DEBUG)
    answers = [
        told(errcode=45009, errmsg=KEY),
        told(errcode=-1, errmsg=KEY),
        told(errcode=93000, errmsg=KEY),
        Answer(500, KEY.encode()),
        Answer(hang=True),
    ]
    try:
        for number, answer in enumerate(answers):
            ProviderPace.objects.all().delete()
            peer.planned[:] = [answer]
            tell(bot.supplier, f"k{number}")
            send()
        settings.WECOM_API_BASE = "http://127.0.0.1:port"
        tell(bot.supplier, "broken")
        send()
        # Even what a library quotes is crossed out.
        logging.getLogger("x").error("POST /cgi-bin/webhook/send?key=%s failed", KEY)
        logging.getLogger("x").error(
            "%r", sending.message_of(SupplierNotice.objects.select_related("via")[0])
        )
    finally:
        for handler in handlers:
            logging.getLogger().removeHandler(handler)
    assert "webhook/send" in written.getvalue()
    assert KEY not in written.getvalue()
    for model in apps.get_models():
        # Oscar declares a table for its hierarchy of categories that it never makes.
        if model is SupplierChannel or not model.__module__.startswith("shop."):
            continue
        texts = [
            field.name
            for field in model._meta.concrete_fields
            if isinstance(field, models.CharField | models.TextField | models.JSONField)
        ]
        for row in model._default_manager.values_list(*texts) if texts else ():
            assert KEY not in str(row), model


def test_without_a_bot_set_up_the_notice_lands_in_the_mailbox(bot: SupplierChannel) -> None:
    tell(bot.supplier, "a")
    assert send() == 0
    assert sending.send_due_notices() == 1
    assert states() == [("sent", "", 1)]
