"""Suppliers who do not confirm are reminded, told another way, then staff are asked; buyers hear before a hold ends."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.test import Client
from pytest_django import Settings

from shop.accounts.models import Role, ScopeKind
from shop.accounts.scope import SYSTEM
from shop.core import clock
from shop.fulfilment.services import confirm_supplier_order
from shop.fulfilment.shortages import decide_shortage, report_shortage
from shop.notifications import chasing, handlers, sending
from shop.notifications.models import BuyerNotice, MailboxMessage, NoticeState, SupplierNotice
from shop.ordering.models import OrderRecord
from shop.outbox.events import Event
from shop.outbox.models import OutboxMessage
from tests.factories import make_cast, make_hold_rules, make_product, make_user, pay, place
from tests.fulfilment.cast import Mixed, mixed_order
from tests.notifications.cast import make_channel

pytestmark = [pytest.mark.django_db, pytest.mark.data]
MORNING = dt.datetime(2026, 11, 12, 1, 0, tzinfo=dt.UTC)


def at(**later: float) -> Any:
    return time_machine.travel(MORNING + dt.timedelta(**later), tick=False)


@pytest.fixture
def mixed() -> Mixed:
    with at():
        return mixed_order()


def reminders() -> list[tuple[str, str, str]]:
    rows = SupplierNotice.objects.filter(kind="supplier_reminder").order_by("pk")
    return list(rows.values_list("supplier__code", "channel", "key"))


def test_first_a_reminder_then_the_next_channel_each_once(mixed: Mixed) -> None:
    make_channel(mixed.first.supplier, "wecom", "6f1ed002-ab12-4c6d-9f1f-000000000001")
    make_channel(mixed.first.supplier, "sms", "+8613800000055")
    confirm_supplier_order(scope=SYSTEM, supplier_order_id=mixed.second.pk, actor_id=1)
    with at(hours=23, minutes=59):
        assert chasing.chase_suppliers() == 0
    first, second = f"supplier_reminder:{mixed.first.pk}", f"supplier_next:{mixed.first.pk}"
    with at(hours=24):
        assert [chasing.chase_suppliers(), chasing.chase_suppliers()] == [1, 0]
        assert reminders() == [("tea-co", "wecom", first)]
    with at(hours=29, minutes=59):
        assert chasing.chase_suppliers() == 0
    with at(hours=30):
        assert [chasing.chase_suppliers(), chasing.chase_suppliers()] == [1, 0]
    with at(hours=99):
        assert chasing.chase_suppliers() == 0
    assert reminders() == [("tea-co", "wecom", first), ("tea-co", "sms", second)]
    body = SupplierNotice.objects.get(key=first).body
    assert "木门茶业" in body and mixed.record.number in body
    assert "13800000099" not in body and mixed.record.recipient_name not in body


def test_after_a_standstill_the_pause_between_the_two_is_kept(mixed: Mixed) -> None:
    with at(hours=72):
        # One for each supplier, and no second one at the same moment.
        assert [chasing.chase_suppliers(), chasing.chase_suppliers()] == [2, 0]
    with at(hours=77):
        assert chasing.chase_suppliers() == 0
    with at(hours=78):
        assert chasing.chase_suppliers() == 2
    # The contact address is the only way there is, so it is used again.
    assert [channel for _code, channel, _key in reminders()] == ["email"] * 4


def test_the_times_are_settings(mixed: Mixed, settings: Settings) -> None:
    settings.SUPPLIER_REMINDER_HOURS, settings.SUPPLIER_NEXT_CHANNEL_HOURS = 2, 3
    with at(hours=2):
        assert chasing.chase_suppliers() == 2
    with at(hours=3):
        assert chasing.chase_suppliers() == 2


def test_a_supplier_that_confirms_is_left_alone(mixed: Mixed) -> None:
    for order in (mixed.first, mixed.second):
        confirm_supplier_order(scope=SYSTEM, supplier_order_id=order.pk, actor_id=1)
    with at(hours=99):
        assert chasing.chase_suppliers() == 0


@pytest.mark.parametrize("attention", ["late_no_stock", "surplus", "refund_failed"])
def test_nothing_is_asked_of_a_supplier_while_the_shop_looks_at_the_order(
    mixed: Mixed, attention: str
) -> None:
    OrderRecord.objects.filter(pk=mixed.record.pk).update(attention=attention)
    with at(hours=24):
        assert chasing.chase_suppliers() == (0 if attention == "late_no_stock" else 2)


def test_a_stopped_order_is_not_chased(mixed: Mixed) -> None:
    OrderRecord.objects.filter(pk=mixed.record.pk).update(shipping_stopped_at=MORNING)
    with at(hours=99):
        assert chasing.chase_suppliers() == 0


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_two_workers_remind_once(together: Callable[..., list[Any]]) -> None:
    mixed = mixed_order()
    mixed.record.supplier_orders.update(opened_at=clock.now() - dt.timedelta(hours=25))
    together([chasing.chase_suppliers] * 4)
    assert len(reminders()) == 2


def test_staff_find_the_order_in_their_queue_until_it_is_confirmed(mixed: Mixed) -> None:
    cast, staff = make_cast(), Client()
    staff.force_login(cast.staff)
    queue = "/dashboard/desk/?kind=unconfirmed"

    def waiting() -> list[tuple[str, str, dt.datetime]]:
        items = staff.get(queue).context["items"].object_list if staff.get(queue).context["items"] else []
        return [(item.order, item.owner, item.since) for item in items if item.kind == "unconfirmed"]

    with at(hours=35):
        assert waiting() == []
    with at(hours=36):
        number = mixed.record.number
        assert waiting() == [(number, "", MORNING)] * 2
        staff.post("/dashboard/desk/take/", {"kind": "unconfirmed", "key": str(mixed.first.pk)})
        assert sorted(owner for _order, owner, _since in waiting()) == ["", str(cast.staff)]
        page = staff.get("/dashboard/late-shipments/?show=unconfirmed")
        listed = {row.order.pk for row in page.context["page_obj"]}
        assert listed == {mixed.first.pk, mixed.second.pk}
        confirm_supplier_order(scope=SYSTEM, supplier_order_id=mixed.first.pk, actor_id=1)
        assert waiting() == [(number, "", MORNING)]


def test_late_shipments_are_listed_with_the_latest_notice(mixed: Mixed) -> None:
    staff = Client()
    staff.force_login(make_cast().staff)
    with at(hours=25):
        chasing.chase_suppliers()
    with at(hours=47):
        assert list(staff.get("/dashboard/late-shipments/").context["page_obj"]) == []
    with at(hours=49):
        page = staff.get("/dashboard/late-shipments/")
        rows = [(row.order.pk, row.told.kind, row.is_late) for row in page.context["page_obj"]]
        assert sorted(rows) == sorted(
            (order.pk, "supplier_reminder", True) for order in (mixed.first, mixed.second)
        )
        assert mixed.record.number in page.content.decode()
        assert mixed.record.recipient_name not in page.content.decode()
    user = make_user(phone="+8613800000061", grants=[(Role.SUPPLIER, ScopeKind.SUPPLIER, "tea-co")])
    supplier = Client()
    supplier.force_login(user)
    with at(hours=49):
        assert "tag-err" in supplier.get("/supplier/?tab=new").content.decode()


# --- before the hold ends ---------------------------------------------------------------------


def order(method: str = "demo", **fields: Any) -> OrderRecord:
    make_hold_rules()
    with at():
        return place(lines=[(make_product(), 1)], method=method, **fields)


def told() -> list[tuple[str, str, str]]:
    rows = BuyerNotice.objects.filter(kind="buyer_closing").order_by("pk")
    return list(rows.values_list("channel", "address", "state"))


def test_a_guest_is_told_ten_minutes_before_the_hold_ends_once() -> None:
    record = order()
    with at(minutes=29):
        assert chasing.tell_closing_soon() == 0
    with at(minutes=30):
        assert [chasing.tell_closing_soon(), chasing.tell_closing_soon()] == [1, 0]
        assert sending.send_due_notices() == 1
    assert told() == [("sms", "13800000099", "sent")]
    body = MailboxMessage.objects.get().body
    # 01:00 UTC and 40 minutes, as Shanghai reads it.
    assert "11-12 09:40" in body and record.number in body and "/t/" in body


def test_a_bank_transfer_is_told_of_the_day_before() -> None:
    record = order("bank_transfer", buyer=make_user(email="wang@example.com"))
    assert record.hold_until is not None
    with time_machine.travel(record.hold_until - dt.timedelta(hours=24, minutes=1), tick=False):
        assert chasing.tell_closing_soon() == 0
    with time_machine.travel(record.hold_until - dt.timedelta(hours=24), tick=False):
        assert chasing.tell_closing_soon() == 1
    assert told() == [("email", "wang@example.com", "pending")]


@pytest.mark.parametrize("end", ["paid", "over"])
def test_what_is_no_longer_true_is_not_sent(end: str) -> None:
    record = order()
    with at(minutes=31):
        assert chasing.tell_closing_soon() == 1
        if end == "paid":
            pay(record)
    with at(minutes=32 if end == "paid" else 40):
        assert sending.send_due_notices() == 0
    assert told() == [("sms", "13800000099", NoticeState.STALE)]
    assert not MailboxMessage.objects.exists()


def test_a_paid_closed_or_ended_order_is_not_told() -> None:
    pay(order())
    with at(minutes=31):
        assert chasing.tell_closing_soon() == 0
    order()
    with at(minutes=41):
        assert chasing.tell_closing_soon() == 0


# --- shortages --------------------------------------------------------------------------------


def shortage_event() -> Event:
    message = OutboxMessage.objects.get(topic="supplier.shortage_reported")
    return Event(
        message.event_id, message.topic, 1, message.stream, message.seq, message.payload, message.occurred_at
    )


def test_the_buyer_is_told_which_goods_are_short_once(mixed: Mixed) -> None:
    report_shortage(
        scope=SYSTEM,
        supplier_order_id=mixed.first.pk,
        units_by_share={mixed.tea.pk: 2},
        reason="<b>断货</b>",
        actor_id=1,
    )
    for _ in range(2):
        handlers.notify_buyer_short(shortage_event())
    [row] = BuyerNotice.objects.filter(kind="buyer_shortage")
    assert (row.channel, row.address) == ("sms", "13800000099")
    assert mixed.record.number in row.body and "断货" not in row.body


def test_a_mail_names_the_goods(mixed: Mixed) -> None:
    OrderRecord.objects.filter(pk=mixed.record.pk).update(buyer=make_user(email="wang@example.com"))
    report_shortage(
        scope=SYSTEM,
        supplier_order_id=mixed.first.pk,
        units_by_share={mixed.tea.pk: 2},
        reason="断货",
        actor_id=1,
    )
    handlers.notify_buyer_short(shortage_event())
    assert "黄茶 × 2\n" in BuyerNotice.objects.get().body


def test_once_decided_the_buyer_is_not_told_any_more(mixed: Mixed) -> None:
    report = report_shortage(
        scope=SYSTEM,
        supplier_order_id=mixed.first.pk,
        units_by_share={mixed.tea.pk: 2},
        reason="断货",
        actor_id=1,
    )
    decide_shortage(report_id=report.pk, take_off=False, note="补到货", actor_id=1)
    handlers.notify_buyer_short(shortage_event())
    assert not BuyerNotice.objects.exists()
