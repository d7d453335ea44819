"""The staff's queue, and the health of the shop."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.test import Client

from shop.accounts.models import Role, ScopeKind
from shop.core import clock
from shop.fulfilment.models import SupplierOrder
from shop.gateways.models import Payment
from shop.journal.models import JournalEntry
from shop.notifications.models import BuyerNotice
from shop.ordering.models import OrderRecord
from shop.outbox import relay
from shop.outbox.events import Route
from shop.outbox.models import DeliveryState, OutboxDelivery
from tests.factories import make_user
from tests.fulfilment.cast import mixed_order
from tests.gateways.cast import bank_line, transfer_order
from tests.operations.cast import paid_order
from tests.outbox.cast import say
from tests.worker import drain

pytestmark = pytest.mark.django_db
URL = "/dashboard/desk/"
OUTBOX = "/dashboard/outbox/"


def client_of(role: Role, kind: ScopeKind = ScopeKind.ALL, code: str = "") -> Client:
    client = Client()
    client.force_login(make_user(phone="+8613800000041", grants=[(role, kind, code)]))
    return client


@pytest.fixture
def staff() -> Client:
    return client_of(Role.STAFF)


def queue(client: Client) -> dict[str, int]:
    """Return the number of rows by the address that a kind of work leads to."""
    return {item.url.split("/dashboard/")[1]: item.count for item in client.get(URL).context["queue"]}


def test_nothing_to_do(staff: Client) -> None:
    assert queue(staff) == {}


def test_every_kind_of_work_with_its_age(staff: Client) -> None:
    record = paid_order()
    OrderRecord.objects.update(attention="surplus")
    Payment.objects.create(key="bank:1", provider="bank_transfer", fen=500, captured_at=clock.now())
    delivery = OutboxDelivery.objects.filter(handler="ledger.post_paid").get()
    OutboxDelivery.objects.filter(pk=delivery.pk).update(
        state=DeliveryState.DEAD, last_error="LedgerError: no"
    )
    BuyerNotice.objects.update(state="dead")
    _record, attempt = transfer_order()
    bank_line(attempt, 100, by=1)
    with time_machine.travel(clock.now() + dt.timedelta(hours=49), tick=False):
        response = staff.get(URL)
        items = {item.url.split("/dashboard/")[1]: item for item in response.context["queue"]}
    assert {url: item.count for url, item in items.items()} == {
        "desk/#orders": 1,
        "desk/#money": 1,
        "transfers/": 1,
        "late-shipments/": 1,
        "late-shipments/?show=unconfirmed": 1,
        "desk/#dead": 1,
        "notices/?to=buyers&state=dead": 1,
    }
    assert items["desk/#orders"].oldest_at == record.placed_at
    text = response.content.decode()
    assert all(word in text for word in (record.number, "bank:1", "LedgerError: no"))
    assert f"/dashboard/outbox/{delivery.pk}/retry/" in text


def test_money_is_nobodys_until_it_is_applied_or_sent_back(staff: Client) -> None:
    paid_order()
    assert queue(staff) == {}
    Payment.objects.create(
        key="bank:1", provider="bank_transfer", fen=500, returned_fen=500, captured_at=clock.now()
    )
    assert queue(staff) == {}


def test_a_staff_member_of_one_region_has_no_part_in_the_whole_shops_queue() -> None:
    paid_order()
    OrderRecord.objects.update(attention="surplus")
    Payment.objects.create(key="bank:1", provider="bank_transfer", fen=500, captured_at=clock.now())
    SupplierOrder.objects.update(ship_by=clock.now() - dt.timedelta(days=1))
    OutboxDelivery.objects.filter(handler="ledger.post_paid").update(state=DeliveryState.DEAD)
    response = client_of(Role.STAFF, ScopeKind.REGION, "longquan").get(URL)
    text = response.content.decode()
    assert response.context["queue"] == []
    assert not any(word in text for word in (OrderRecord.objects.get().number, "bank:1", "retry"))


def test_a_staff_member_of_one_region_sees_its_late_suppliers_and_retries_nothing() -> None:
    mixed = mixed_order()
    SupplierOrder.objects.update(ship_by=clock.now() - dt.timedelta(hours=3))
    drain(failures_expected=True)
    delivery = OutboxDelivery.objects.filter(message__stream=mixed.record.number).first()
    assert delivery is not None
    OutboxDelivery.objects.filter(pk=delivery.pk).update(state=DeliveryState.DEAD)
    client = client_of(Role.STAFF, ScopeKind.REGION, "longquan")
    text = client.get(URL).content.decode()
    assert "龙泉果业" in text
    assert "木门茶业" not in text
    assert client.post(f"/dashboard/outbox/{delivery.pk}/retry/").status_code == 404


@pytest.mark.data
def test_a_dead_message_gets_another_round_once(staff: Client) -> None:
    paid_order()
    delivery = OutboxDelivery.objects.filter(handler="notifications.notify_buyer_paid").get()
    url = f"/dashboard/outbox/{delivery.pk}/retry/"
    assert staff.post(url).status_code == 404
    OutboxDelivery.objects.filter(pk=delivery.pk).update(state=DeliveryState.DEAD, attempts=8)
    assert staff.get(url).status_code == 405
    assert staff.post(url).status_code == 302
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts) == (DeliveryState.PENDING, 0)
    assert JournalEntry.objects.filter(action__contains="retr").count() == 1
    assert staff.post(url).status_code == 404


def test_the_outbox_page_says_how_far_the_messages_are(staff: Client) -> None:
    """One order, whose paid delivery at the ledger was given up; one message is new, one failed once."""
    record = paid_order()
    paid = OutboxDelivery.objects.get(handler="ledger.post_paid")
    OutboxDelivery.objects.filter(pk=paid.pk).update(
        state=DeliveryState.DEAD, attempts=8, last_error="LedgerError: no such region"
    )
    OutboxDelivery.objects.filter(handler="notifications.notify_suppliers").update(
        state=DeliveryState.PENDING, last_error="OSError: no", attempts=1, due_at=clock.now()
    )
    say("A", topic="order.mistyped")
    with time_machine.travel(clock.now() + dt.timedelta(minutes=6), tick=False):
        response = staff.get(OUTBOX)
    backlog = response.context["backlog"]
    assert (backlog.waiting, backlog.new, backlog.failing, backlog.dead) == (2, 1, 1, 1)
    assert response.context["late"] is True
    assert [(row.handler, row.pending, row.failing, row.dead) for row in backlog.handlers] == [
        ("ledger.post_paid", 0, 0, 1),
        ("notifications.notify_suppliers", 1, 1, 0),
    ]
    text = response.content.decode()
    assert all(word in text for word in (record.number, "LedgerError: no such region", "6\xa0分钟"))

    answer = staff.post(f"/dashboard/outbox/{paid.pk}/retry/", {"from_outbox": "1"})
    assert answer["Location"] == OUTBOX
    drain(failures_expected=True)
    assert not OutboxDelivery.objects.exclude(state=DeliveryState.DONE).exists()
    assert JournalEntry.objects.get(action="outbox.retry_dead").before == {
        "error": "LedgerError: no such region"
    }
    text = staff.get(OUTBOX).content.decode()
    assert "全部投递完毕" in text


def test_finance_reads_the_outbox_and_retries_nothing() -> None:
    paid_order()
    OutboxDelivery.objects.filter(handler="ledger.post_paid").update(state=DeliveryState.DEAD)
    text = client_of(Role.FINANCE).get(OUTBOX).content.decode()
    assert "ledger.post_paid" in text
    assert "/retry/" not in text


def test_the_outbox_of_the_shop_is_nothing_for_one_region() -> None:
    paid_order()
    OutboxDelivery.objects.update(state=DeliveryState.DEAD, last_error="secret reason")
    response = client_of(Role.STAFF, ScopeKind.REGION, "longquan").get(OUTBOX)
    assert response.context["backlog"].dead == 0
    assert "secret reason" not in response.content.decode()


def test_the_outbox_page_costs_the_same_queries_whatever_waits(
    staff: Client, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    counts = []
    for number in (1, 20, 200):
        for each in range(number):
            say(f"S{number}-{each}", topic="order.paid")
        relay.expand({"order.paid": (Route(f"tests.n{number}", print), Route("tests.dead", print))})
        relay.expand({"order.paid": (Route(f"tests.n{number}", print), Route("tests.dead", print))})
        OutboxDelivery.objects.filter(handler="tests.dead").update(state=DeliveryState.DEAD)
        with django_assert_max_num_queries(12) as queries:
            staff.get(OUTBOX)
        counts.append(len(queries))
    assert len(set(counts)) == 1, counts


def test_the_suppliers_late_with_an_order_are_listed(staff: Client) -> None:
    mixed = mixed_order()
    SupplierOrder.objects.filter(pk=mixed.first.pk).update(ship_by=clock.now() - dt.timedelta(hours=3))
    text = staff.get(URL).content.decode()
    assert "木门茶业" in text
    assert "龙泉果业" not in text
