"""Notices: written once with the message, sent outside transactions, given up after eight attempts."""

import datetime as dt
import uuid
from smtplib import SMTPException

import pytest
import time_machine
from django.core import mail
from pytest_django import Settings

from shop.core import clock
from shop.notifications import handlers, sending, services
from shop.notifications.channels.base import Message
from shop.notifications.models import BuyerNotice, MailboxMessage, SupplierNotice
from shop.ordering.models import OrderRecord
from shop.outbox.events import Event
from tests.factories import make_user
from tests.fulfilment.cast import mixed_order
from tests.notifications.cast import REFUSED, Channel, notices

pytestmark = [pytest.mark.django_db, pytest.mark.data]


@pytest.fixture
def channel(monkeypatch: pytest.MonkeyPatch) -> Channel:
    channel = Channel()
    monkeypatch.setattr(sending, "channel_for", lambda kind: channel)
    return channel


def event(record: OrderRecord, topic: str, **payload: object) -> Event:
    return Event(
        uuid.uuid5(uuid.NAMESPACE_OID, topic),
        topic,
        1,
        record.number,
        1,
        {"order": record.number} | payload,
        clock.now(),
    )


def notice(record: OrderRecord) -> BuyerNotice:
    services.write_buyer_notice(key="k1", kind="buyer_paid", record=record)
    return BuyerNotice.objects.get(key="k1")


def test_each_supplier_is_told_once_and_nothing_of_the_buyer() -> None:
    record = mixed_order().record
    released = event(record, "order.released", suppliers=["tea-co", "pear-co"])
    for _ in range(2):
        handlers.notify_suppliers(released)
    rows = SupplierNotice.objects.order_by("supplier__code")
    assert [(row.supplier.code, row.channel, row.address) for row in rows] == [
        ("pear-co", "email", "pear-co@supplier.example.com"),
        ("tea-co", "email", "tea-co@supplier.example.com"),
    ]
    for row in rows:
        assert record.number in row.subject
        text = row.subject + row.body
        personal = (record.recipient_name, record.recipient_phone, record.street, record.guest_phone)
        assert not any(word in text for word in personal)
    tea, pears = (row.body for row in sorted(rows, key=lambda row: row.supplier.code, reverse=True))
    assert "木门茶业" in tea and "龙泉果业" not in tea
    assert "龙泉果业" in pears and "木门茶业" not in pears


@pytest.mark.parametrize(
    ("handler", "topic", "payload", "kind"),
    [
        ("notify_buyer_paid", "order.paid", {}, "buyer_paid"),
        ("notify_buyer_shipped", "parcel.shipped", {"parcel_id": 1}, "buyer_shipped"),
        (
            "notify_buyer_refunded",
            "refund.executed",
            {"items": [{"fen": 1234}, {"fen": 66}]},
            "buyer_refunded",
        ),
        ("notify_buyer_closed", "order.closed", {"reason": "expired"}, "buyer_closed"),
        ("notify_buyer_cut", "order.supplier_cut", {"items": [], "due_fen": 1300}, "buyer_cut"),
    ],
)
def test_the_buyer_is_told_once(handler: str, topic: str, payload: dict[str, object], kind: str) -> None:
    record = mixed_order().record
    for _ in range(2):
        getattr(handlers, handler)(event(record, topic, **payload))
    row = BuyerNotice.objects.get()
    assert (row.kind, row.channel, row.address, row.state) == (kind, "sms", record.guest_phone, "pending")
    assert record.number in row.subject
    assert "/t/" in row.body
    assert ("¥13.00" in row.body) == (kind in ("buyer_refunded", "buyer_cut"))


def test_an_account_is_written_to_and_gets_no_guest_link() -> None:
    user = make_user(email="wang@example.com")
    record = mixed_order(buyer=user).record
    row = notice(record)
    assert (row.channel, row.address, row.user) == ("email", "wang@example.com", user)
    assert f"/orders/{record.number}/" in row.body
    assert "/o/" not in row.body and "/t/" not in row.body


def test_a_notice_is_sent_once(channel: Channel) -> None:
    row = notice(mixed_order().record)
    assert sending.send_due_notices() == 1
    assert sending.send_due_notices() == 0
    row.refresh_from_db()
    assert (row.state, row.attempts, channel.sent) == ("sent", 1, ["k1"])
    assert row.sent_at is not None


@pytest.mark.django_db(transaction=True)
def test_nothing_is_sent_inside_a_transaction(channel: Channel) -> None:
    notice(mixed_order().record)
    assert sending.send_due_notices() == 1
    assert channel.in_transaction == [False]


def test_a_refused_notice_rests_longer_and_longer_and_dies_after_eight(channel: Channel) -> None:
    row = notice(mixed_order().record)
    channel.down = REFUSED
    moment = clock.now()
    pauses = []
    for attempt in range(1, 9):
        with time_machine.travel(moment, tick=False):
            assert sending.send_due_notices() == 0
            assert sending.send_due_notices() == 0
        row.refresh_from_db()
        assert (row.attempts, row.last_error) == (attempt, "mailbox full")
        pauses.append((row.due_at - moment).total_seconds())
        moment = row.due_at
    assert pauses[:-1] == [30, 60, 120, 240, 480, 960, 1920]
    assert row.state == "dead"
    channel.down = None
    with time_machine.travel(moment + dt.timedelta(days=1), tick=False):
        assert sending.send_due_notices() == 0
    assert channel.sent == []


def test_a_notice_that_breaks_its_channel_holds_up_no_other(
    channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = mixed_order().record
    poison = notice(record)
    services.write_buyer_notice(key="k2", kind="buyer_paid", record=record)
    send = channel.send

    def choke(message: Message) -> None:
        if message.key == "k1":
            raise ValueError("Header values can't contain newlines")
        send(message)

    monkeypatch.setattr(channel, "send", choke)
    assert sending.send_due_notices() == 1
    poison.refresh_from_db()
    assert (poison.state, poison.attempts, poison.last_error) == ("pending", 1, "ValueError")
    assert channel.sent == ["k2"]


def test_a_leased_notice_is_nobody_elses_until_the_lease_ends(channel: Channel) -> None:
    row = notice(mixed_order().record)
    # Another sender took it and died.
    BuyerNotice.objects.filter(pk=row.pk).update(due_at=clock.now() + sending.LEASE, attempts=1)
    assert sending.send_due_notices() == 0
    with time_machine.travel(clock.now() + sending.LEASE + dt.timedelta(seconds=1), tick=False):
        assert sending.send_due_notices() == 1
    row.refresh_from_db()
    assert (row.state, row.attempts) == ("sent", 2)


def test_a_notice_whose_sender_died_every_time_is_given_up(channel: Channel) -> None:
    row = notice(mixed_order().record)
    BuyerNotice.objects.filter(pk=row.pk).update(attempts=sending.MAX_ATTEMPTS)
    assert sending.send_due_notices() == 0
    row.refresh_from_db()
    assert (row.state, channel.sent) == ("dead", [])


def test_the_embedded_shop_delivers_to_the_mailbox_once() -> None:
    row = notice(mixed_order().record)
    assert sending.send_due_notices() == 1
    # Killed between sending and marking: the row is sent again with the same key.
    BuyerNotice.objects.filter(pk=row.pk).update(state="pending", due_at=clock.now())
    assert sending.send_due_notices() == 1
    message = MailboxMessage.objects.get()
    assert (message.notice_key, message.channel, message.address, message.subject) == (
        "k1",
        "sms",
        row.address,
        row.subject,
    )
    assert mail.outbox == []


def test_with_a_mail_server_mail_goes_there(settings: Settings) -> None:
    settings.EMAIL_URL = "smtp://mail.example.com"
    record = mixed_order(buyer=make_user(email="wang@example.com")).record
    row = notice(record)
    assert sending.send_due_notices() == 1
    [sent] = mail.outbox
    assert (sent.to, sent.subject, sent.body) == (["wang@example.com"], row.subject, row.body)
    first_id = sent.extra_headers["Message-ID"]
    BuyerNotice.objects.update(state="pending", due_at=clock.now())
    sending.send_due_notices()
    assert mail.outbox[1].extra_headers["Message-ID"] == first_id
    assert not MailboxMessage.objects.exists()


def test_a_mail_server_that_refuses_is_tried_again(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.EMAIL_URL = "smtp://mail.example.com"

    def refuse(self: object, fail_silently: bool = False) -> int:
        raise SMTPException("wang@example.com refused")

    monkeypatch.setattr("django.core.mail.EmailMessage.send", refuse)
    notice(mixed_order(buyer=make_user(email="wang@example.com")).record)
    assert sending.send_due_notices() == 0
    # No address and no server's words in what staff read.
    assert BuyerNotice.objects.get().last_error == "SMTPException"
    assert [row[-1] for row in notices()] == ["pending"]
