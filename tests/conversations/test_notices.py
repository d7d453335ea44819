"""Of messages by notice: the supplier of a question, the buyer of an answer, each once an hour, without its words."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine

from shop.accounts.scope import SYSTEM
from shop.conversations.about import About
from shop.conversations.models import Conversation, Side
from shop.conversations.services import mark_read
from shop.notifications.models import BuyerNotice, SupplierNotice
from shop.outbox import relay
from shop.outbox.models import OutboxDelivery
from tests.conversations.cast import about_tea, answer, ask
from tests.factories import make_user
from tests.fulfilment.cast import mixed_order
from worker.routes import ROUTES

pytestmark = [pytest.mark.django_db, pytest.mark.data]
NOON = dt.datetime(2026, 3, 2, 4, 0, tzinfo=dt.UTC)
TALK = {topic: routes if topic == "conversation.written" else () for topic, routes in ROUTES.items()}


@pytest.fixture
def moment() -> Iterator[Any]:
    with time_machine.travel(NOON, tick=False) as moment:
        yield moment


def deliver() -> None:
    while relay.drain(TALK):
        pass
    assert not OutboxDelivery.objects.exclude(last_error="").exists()


def test_a_supplier_is_told_of_a_question_once_an_hour(moment: Any) -> None:
    about = about_tea(make_user())
    found = ask(about)
    deliver()
    notice = SupplierNotice.objects.get()
    assert (notice.kind, notice.supplier.code, notice.record) == ("supplier_message", "tea-co", None)
    assert notice.params["path"] == f"/supplier/messages/{found.pk}/"
    assert "黄茶" in notice.subject
    assert "还有货吗" not in notice.subject + notice.body
    ask(about, "在吗", "k2")
    deliver()
    assert SupplierNotice.objects.count() == 1
    moment.shift(dt.timedelta(hours=1))
    ask(about, "还在吗", "k3")
    deliver()
    assert SupplierNotice.objects.count() == 2
    assert not BuyerNotice.objects.exists()


def test_nobody_is_told_of_what_is_read_already(moment: Any) -> None:
    found = ask(about_tea(make_user()))
    mark_read(conversation=found, side=Side.SUPPLIER)
    deliver()
    answer(found)
    mark_read(conversation=Conversation.objects.get(), side=Side.BUYER)
    deliver()
    assert not SupplierNotice.objects.exists()
    assert not BuyerNotice.objects.exists()


@pytest.mark.parametrize(
    ("email", "channel", "address"),
    [("wang@example.com", "email", "wang@example.com"), (None, "sms", "+8613800000031")],
)
def test_the_buyer_is_told_of_an_answer(moment: Any, email: str | None, channel: str, address: str) -> None:
    about = about_tea(make_user(phone="+8613800000031", email=email))
    found = ask(about)
    answer(found, "不便公开的话")
    answer(found, "还有一句", "a2")
    deliver()
    notice = BuyerNotice.objects.get()
    assert (notice.kind, notice.channel, notice.address) == ("buyer_message", channel, address)
    assert notice.params["path"] == f"/ask/{about.product_id}/"
    assert "不便公开的话" not in notice.subject + notice.body


def test_a_guest_is_told_by_the_orders_link(moment: Any) -> None:
    record = mixed_order().record
    found = ask(About(None, None, record_id=record.pk))
    deliver()
    assert not SupplierNotice.objects.exists()
    answer(found, scope=SYSTEM, side=Side.STAFF)
    deliver()
    notice = BuyerNotice.objects.get()
    assert (notice.kind, notice.record, notice.channel) == ("buyer_message", record, "sms")
    assert notice.params["path"].startswith("/t/")
