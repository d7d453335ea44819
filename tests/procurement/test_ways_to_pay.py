"""A unit pays online, or on terms and is reminded of the day: who may, when, and what comes of it."""

import datetime as dt
import re
from typing import Any

import pytest
import time_machine
from django.conf import LazySettings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from shop.core import clock
from shop.core.exceptions import ShopError
from shop.gateways import services as gateways
from shop.gateways.models import PaymentAttempt
from shop.notifications.models import BuyerNotice
from shop.notifications.unit_dues import KIND, remind_of_payments
from shop.ordering.holds import working_day_after
from shop.ordering.models import OrderRecord
from shop.ordering.stock_models import HoldRule
from shop.procurement import services
from shop.procurement.approvals import bulk_quote
from shop.procurement.models import PayBy
from shop.procurement.services import Counted
from shop.procurement.terms import due_days, ways_to_pay
from tests.factories import make_organisation, make_user, place
from tests.gateways.cast import bank_line, paid_online
from tests.procurement.cast import (
    Goods,
    Union,
    approve,
    approved,
    draft,
    give_terms,
    make_goods,
    make_union,
    shipped,
    submitted,
)
from tests.promises import assert_kept
from tests.worker import drain

pytestmark = pytest.mark.django_db


@pytest.fixture
def union() -> Union:
    return make_union()


@pytest.fixture
def goods() -> Goods:
    return make_goods()


def as_(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def text(answer: Any) -> str:
    return re.sub(r"\s+", " ", answer.content.decode())


def test_an_online_order_of_a_unit_keeps_its_goods_until_its_finance_has_had_three_working_days(
    union: Union, goods: Goods
) -> None:
    record = approved(union, goods, tea=20, pay_by=PayBy.ONLINE)
    last = working_day_after(clock.local_date(record.placed_at), 3)
    midnight = dt.datetime.combine(last + dt.timedelta(days=1), dt.time(), tzinfo=clock.SHANGHAI)
    assert record.hold_until == midnight
    shown = text(as_(union.buyer).get(f"/unit/orders/{record.number}/"))
    assert f"{last + dt.timedelta(days=1)} 00:00" in shown
    with time_machine.travel(midnight - dt.timedelta(seconds=1), tick=False):
        assert gateways.expire_due_orders() == 0
    resident = place(lines=[(goods.pears, 1)])
    assert resident.hold_until == resident.placed_at + dt.timedelta(minutes=40)
    rules = HoldRule.objects.filter(pool="bulk").values_list("method", "working_days", "minutes")
    assert set(rules) >= {("demo", 3, 0), ("stripe", 3, 0), ("bank_transfer", 5, 0)}


def test_finance_and_the_owner_pay_and_are_reminded_like_a_buyer(union: Union, goods: Goods) -> None:
    finance, owner, acceptor = (make_user(phone=f"+861390000008{number}") for number in range(3))
    make_organisation(code="un-001", finance=finance, owner=owner, acceptor=acceptor)
    online = approved(union, goods, tea=2, pay_by=PayBy.ONLINE)
    page, cashier = f"/unit/orders/{online.number}/", f"/pay/{online.number}/"
    for person, pays in ((finance, True), (owner, True), (acceptor, False), (union.approver, False)):
        assert (f'href="{cashier}"' in text(as_(person).get(page))) is pays
        assert as_(person).get(cashier).status_code == (200 if pays else 404)
    transfer = approved(union, goods, tea=2)
    for person, attempts in ((acceptor, 0), (union.approver, 0), (finance, 1)):
        as_(person).post(f"/unit/orders/{transfer.number}/pay/")
        assert PaymentAttempt.objects.filter(record=transfer).count() == attempts
    give_terms(union.unit)
    record = accepted(union, goods)
    with time_machine.travel(clock.now() + dt.timedelta(days=29), tick=False):
        assert remind_of_payments() == 4
    told = set(BuyerNotice.objects.filter(kind=KIND, record=record).values_list("user", flat=True))
    assert told == {union.buyer.pk, union.second.pk, finance.pk, owner.pk}


def test_a_unit_pays_online_and_any_of_its_buyers_opens_the_cashier(union: Union, goods: Goods) -> None:
    record = approved(union, goods, tea=20, pay_by=PayBy.ONLINE)
    assert (record.method, record.payment_state) == ("demo", "unpaid")
    page = f"/unit/orders/{record.number}/"
    shown = text(as_(union.second).get(page))
    cashier = f"/pay/{record.number}/"
    (found,) = set(re.findall(r'href="([^"]+)"[^>]*>(?:(?!</a>).)*在线支付', shown))
    cashier = found
    assert "查看收款账户" not in shown
    # Who submitted it is the order's buyer; another buyer of the unit may pay just so, nobody else.
    other = make_union(code="un-002", first_phone=60)
    assert [as_(user).get(cashier).status_code for user in (union.buyer, union.second)] == [200, 200]
    assert [as_(user).get(cashier).status_code for user in (union.approver, other.second)] == [404, 404]
    resident = place(lines=[(goods.tea, 1)], buyer=other.buyer)
    assert as_(union.second).get(cashier.replace(record.number, resident.number)).status_code == 404
    paid_online(record)
    drain()
    record.refresh_from_db()
    assert (record.payment_state, record.release_state) == ("paid", "released")
    came_back = as_(union.second).get(cashier, follow=True)
    assert page in text(came_back)
    assert_kept()


def test_online_is_offered_and_taken_only_while_a_provider_is_there(
    union: Union, goods: Goods, settings: LazySettings
) -> None:
    request = draft(union, goods, pay_by=PayBy.ONLINE)
    assert ways_to_pay(request, None) == ["transfer", "online"]
    delivery = f"/unit/requests/{request.number}/delivery/"
    assert 'value="online"' in text(as_(union.buyer).get(delivery))
    waiting = submitted(union, goods, pay_by=PayBy.ONLINE)
    settings.SHOP_DEMO = False
    assert 'value="online"' not in text(as_(union.buyer).get(delivery))
    for act in (
        lambda: services.submit_request(
            request_id=request.pk, digest=bulk_quote(request).digest, actor_id=union.buyer.pk
        ),
        lambda: approve(waiting, union.approver),
    ):
        with pytest.raises(ShopError) as refused:
            act()
        assert refused.value.code == "no_online"
    waiting.refresh_from_db()
    assert (waiting.state, OrderRecord.objects.count()) == ("submitted", 0)


def accepted(union: Union, goods: Goods) -> OrderRecord:
    """Return an order on terms of thirty days whose goods are accepted."""
    record = approved(union, goods, tea=20, pay_by=PayBy.TERMS)
    drain()
    shipped(record)
    report = services.report_acceptance(
        record_id=record.pk, counted=[Counted(record.shares.get().line_id, 20)], actor_id=union.buyer.pk
    )
    services.approve_acceptance(report_id=report.pk, actor_id=union.approver.pk)
    drain()
    return record


def test_a_payment_on_terms_is_reminded_of_before_its_day_and_once_after_it(
    union: Union, goods: Goods
) -> None:
    start = clock.now()
    with time_machine.travel(start, tick=False):
        give_terms(union.unit)
        waiting = approved(union, goods, tea=1, pay_by=PayBy.TERMS)
        record = accepted(union, goods)
        day = clock.today() + dt.timedelta(days=30)
        # Before anything is accepted there is no day.
        assert due_days([record, waiting]) == {record.pk: day}
        assert f"{day}" in text(as_(union.buyer).get(f"/unit/orders/{record.number}/"))
    told = BuyerNotice.objects.filter(kind=KIND)
    for days, fresh in ((0, 0), (26, 0), (27, 2), (27, 0), (30, 0), (31, 2), (40, 0)):
        with time_machine.travel(start + dt.timedelta(days=days), tick=False):
            assert remind_of_payments() == fresh, days
    assert {notice.address for notice in told} == {union.buyer.phone, union.second.phone}
    soon, over = told.order_by("pk")[0], told.order_by("pk")[2]
    assert (soon.params["number"], soon.params["deadline"]) == (record.number, f"{day}")
    assert "1,900.00" in soon.body
    assert soon.body != over.body


def test_an_order_of_which_units_are_open_has_no_day_yet(union: Union, goods: Goods) -> None:
    give_terms(union.unit)
    record = approved(union, goods, tea=20, pears=2, pay_by=PayBy.TERMS)
    drain()
    shipped(record)
    tea, pears = (share.line_id for share in record.shares.order_by("number"))
    for counted, day in (
        ([Counted(tea, 18, short=2)], None),
        ([Counted(pears, 1)], None),
        ([Counted(pears, 0, short=1)], clock.today() + dt.timedelta(days=30)),
    ):
        report = services.report_acceptance(record_id=record.pk, counted=counted, actor_id=union.buyer.pk)
        services.approve_acceptance(report_id=report.pk, actor_id=union.approver.pk)
        drain()
        record.refresh_from_db()
        assert due_days([record]).get(record.pk) == day
    with time_machine.travel(clock.now() + dt.timedelta(days=29), tick=False):
        assert remind_of_payments() == 2
    assert BuyerNotice.objects.filter(kind=KIND, body__contains="1,730.00").count() == 2


def test_who_has_paid_is_not_reminded_and_the_job_asks_as_often_for_many(union: Union, goods: Goods) -> None:
    start = clock.now()
    with time_machine.travel(start, tick=False):
        give_terms(union.unit)
        record = accepted(union, goods)
        gateways.start_payment(record=record, method="bank_transfer")
        claim = bank_line(PaymentAttempt.objects.get(record=record), record.due_fen, by=71)
        gateways.confirm_transfer(claim_id=claim, confirmed_by=72)
    counts = []
    for size in (1, 3):
        with time_machine.travel(start, tick=False):
            for _number in range(size):
                accepted(union, goods)
        with time_machine.travel(start + dt.timedelta(days=29), tick=False):
            assert remind_of_payments() == 2 * size
            with CaptureQueriesContext(connection) as captured:
                assert remind_of_payments() == 0
            counts.append(len(captured))
    assert not BuyerNotice.objects.filter(kind=KIND, record=record).exists()
    assert counts[0] == counts[1]
