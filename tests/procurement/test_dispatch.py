"""One order, many parcels: written down by the worker, shipped and received in sets, told of once."""

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.db.models import Sum
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from shop.core.exceptions import ShopError
from shop.fulfilment import services as fulfilment
from shop.fulfilment.consignment_models import Consignment, ConsignmentPlan
from shop.fulfilment.consignments import LEASE, take_plan
from shop.fulfilment.models import Parcel, ParcelItem, SupplierOrder
from shop.fulfilment.shipping_list import column_names, open_rows, shipping_sheet
from shop.ledger.models import LedgerEntry, ParcelProgress
from shop.notifications.models import BuyerNotice
from shop.ordering.models import Allocation, LineShare, StockBalance
from shop.outbox.models import OutboxMessage
from shop.procurement import services
from shop.procurement.approvals import bulk_quote
from shop.procurement.models import PurchaseRequest
from shop.procurement.services import Counted
from shop.settlement.models import ParcelStanding
from tests.fulfilment.cast import ship
from tests.procurement.cast import Goods, Union, approve, approved, draft, make_union, seen_of
from tests.procurement.people import (
    FOUR,
    all_numbers,
    filled_in,
    goods_to_many,
    hand_over,
    ordered,
    planned,
    prepared,
    released,
    scope_of,
    ship_list,
    with_people,
)
from tests.promises import assert_kept
from tests.worker import drain

pytestmark = [pytest.mark.django_db, pytest.mark.data]


@pytest.fixture
def union() -> Union:
    return make_union()


@pytest.fixture
def goods() -> Goods:
    return goods_to_many()


def as_(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def text(answer: Any) -> str:
    return re.sub(r"\s+", " ", answer.content.decode())


def asked(act: Callable[[], Any]) -> int:
    with CaptureQueriesContext(connection) as captured:
        act()
    return len(captured)


def asked_by(client: Client, page: str) -> int:
    client.get(page)
    return asked(lambda: client.get(page))


def people(count: int) -> list[str]:
    return [
        f"人{number},138{number:08},,浙江省杭州市西湖区文三路{number}号," for number in range(1, count + 1)
    ]


def test_an_order_to_many_waits_for_the_worker_and_then_names_each_recipient(
    union: Union, goods: Goods
) -> None:
    record = ordered(union, goods, FOUR, tea=20, pears=10)
    plan = ConsignmentPlan.objects.get()
    assert (plan.record_id, plan.sets, plan.parcels, plan.rows_wanted, plan.state) == (
        record.pk,
        5,
        3,
        6,
        "waiting",
    )
    assert services.make_consignments() == 0
    hand_over(record)
    assert services.make_consignments() == 6
    assert services.make_consignments() == 0
    plan.refresh_from_db()
    assert (plan.state, plan.rows_done) == ("ready", 6)
    tea = SupplierOrder.objects.get(supplier__code="tea-co")
    rows = Consignment.objects.filter(supplier_order=tea).order_by("number")
    assert list(rows.values_list("number", "sets", "name", "province", "department")) == [
        (1, 1, "张三", "浙江省", ""),
        (2, 1, "李四", "四川省", "财务部"),
        (3, 3, record.recipient_name, "浙江省", "财务部"),
    ]


def test_an_order_with_one_recipient_has_no_plan_and_ships_as_before(union: Union, goods: Goods) -> None:
    record = approved(union, goods)
    hand_over(record)
    assert not ConsignmentPlan.objects.exists()
    ship(SupplierOrder.objects.get(record=record))
    assert OutboxMessage.objects.filter(topic="parcel.shipped").count() == 1


def test_nothing_ships_to_the_orders_own_address_or_before_all_is_written_down(
    union: Union, goods: Goods
) -> None:
    released(union, goods, FOUR)
    order = SupplierOrder.objects.get()
    with pytest.raises(ShopError) as refused:
        ship(order)
    assert refused.value.code == "consigned"
    assert open_rows(scope_of(order.supplier)) == []
    faults = planned(order, filled_in(order, [1])).faults
    assert [fault.reason for fault in faults] == ["商城正在登记收货人，请稍后再试。"]
    assert not Parcel.objects.exists()


def test_the_list_has_a_row_for_each_recipient_with_the_goods_in_one_cell(union: Union, goods: Goods) -> None:
    record = prepared(union, goods, FOUR, tea=20)
    order = SupplierOrder.objects.get()
    shown = shipping_sheet(open_rows(scope_of(order.supplier)))
    names = list(column_names())
    rows = [dict(zip(names, row, strict=True)) for row in shown.rows]
    assert [(row["order"], row["consignment"], row["title"], row["left"]) for row in rows] == [
        (record.number, 1, "黄茶 × 4", 4),
        (record.number, 2, "黄茶 × 4", 4),
        (record.number, 3, "黄茶 × 12", 12),
    ]
    assert (rows[0]["recipient"], rows[0]["phone"]) == ("张三", "138 0000 0011")
    assert rows[1]["recipient"] == "李四（财务部）"
    ship_list(order, filled_in(order, [1]))
    left = shipping_sheet(open_rows(scope_of(order.supplier))).rows
    assert [row[names.index("consignment")] for row in left] == [2, 3]


def test_a_list_ships_its_parcels_together_and_tells_of_them_once(union: Union, goods: Goods) -> None:
    record = prepared(union, goods, FOUR, tea=20, pears=10)
    order = SupplierOrder.objects.get(supplier__code="tea-co")
    assert ship_list(order, filled_in(order, [1, 2, 3])) == 3
    parcels = Parcel.objects.order_by("number")
    assert list(parcels.values_list("number", "consignment__number")) == [(1, 1), (2, 2), (3, 3)]
    assert list(ParcelItem.objects.order_by("pk").values_list("units", flat=True)) == [4, 4, 12]
    [message] = OutboxMessage.objects.filter(topic="parcels.shipped")
    share = LineShare.objects.get(supplier__code="tea-co")
    assert message.payload["items"] == [{"source_key": share.source_key, "units": 20}]
    assert message.payload["parcel_ids"] == list(parcels.values_list("pk", flat=True))
    order.refresh_from_db()
    record.refresh_from_db()
    assert (order.state, record.fulfilment_state) == ("shipped", "part")
    assert Allocation.objects.filter(line=share.line_id).aggregate(n=Sum("consumed"))["n"] == 20
    balance = StockBalance.objects.get(stockrecord__product=goods.tea, pool="bulk")
    assert (balance.on_hand, balance.allocated) == (180, 0)
    assert not Consignment.objects.filter(supplier_order=order, shipped_at=None).exists()
    # The same list again ships nothing.
    assert ship_list(order, filled_in(order, [1, 2, 3])) == 0
    assert Parcel.objects.count() == 3


def test_bad_rows_of_a_list_are_named_and_nothing_ships(union: Union, goods: Goods) -> None:
    record = prepared(union, goods, FOUR, tea=20)
    order = SupplierOrder.objects.get()
    ship_list(order, filled_in(order, [1]))
    sent = Parcel.objects.get().tracking_number
    head = "订单号,收件序号,行号,本次发货件数,快递公司,快递单号"
    number = record.number
    raw = "\n".join(
        [
            head,
            f"{number},1,,,顺丰速运,SF000000000901",
            f"{number},9,,,顺丰速运,SF000000000902",
            f"{number},,,,顺丰速运,SF000000000903",
            f"{number},2,,,顺丰速运,{sent}",
            f"{number},2,,,顺丰速运,SF000000000904",
            f"{number},3,,,顺丰速运,SF000000000904",
            f"{number},3,1,13,顺丰速运,SF000000000905",
        ]
    ).encode()
    plan = planned(order, raw)
    assert [(fault.row, fault.column, fault.reason) for fault in plan.faults] == [
        (2, "B 收件序号", "该收货人的货品已全部发出。"),
        (3, "B 收件序号", "本订单没有该序号的收货人。"),
        (4, "B 收件序号", "本订单没有该序号的收货人。"),
        (5, "F 快递单号", "该快递单号已用于其他包裹。"),
        (7, "F 快递单号", "文件中有两位收货人使用了同一快递单号。"),
        (8, "D 本次发货件数", "这一行只剩 12 件待发，不能发 13 件。"),
    ]
    with pytest.raises(ShopError) as refused:
        ship_list(order, raw)
    assert (refused.value.code, Parcel.objects.count()) == ("faults", 1)


def test_a_recipient_may_get_two_parcels(union: Union, goods: Goods) -> None:
    prepared(union, goods, FOUR, tea=20)
    order = SupplierOrder.objects.get()
    number = order.record.number
    raw = "\n".join(
        [
            "订单号,收件序号,行号,本次发货件数,快递公司,快递单号",
            f"{number},3,1,5,顺丰速运,SF000000000001",
            f"{number},3,,,顺丰速运,SF000000000002",
        ]
    ).encode()
    assert ship_list(order, raw) == 2
    assert list(ParcelItem.objects.order_by("pk").values_list("units", flat=True)) == [5, 7]
    assert Consignment.objects.get(number=3).shipped_at is not None
    assert Consignment.objects.filter(shipped_at=None).count() == 2


def test_another_suppliers_list_ships_nothing(union: Union, goods: Goods) -> None:
    prepared(union, goods, FOUR, tea=20, pears=10)
    tea, pears = SupplierOrder.objects.order_by("supplier__code").reverse()
    plan = planned(pears, filled_in(tea, [1]))
    # Both suppliers ship to the same numbers, each their own goods alone.
    assert [line.share.supplier_id for parcel in plan.parcels for line, _units in parcel.lines] == [
        pears.supplier_id
    ]


def test_ledger_and_settlement_follow_the_sums_and_the_buyer_is_told_once_a_day(
    union: Union, goods: Goods
) -> None:
    record = prepared(union, goods, FOUR, tea=20, pears=10)
    orders = {order.supplier.code: order for order in SupplierOrder.objects.all()}
    ship_list(orders["tea-co"], filled_in(orders["tea-co"], [1]))
    ship_list(orders["tea-co"], filled_in(orders["tea-co"], [2, 3]))
    ship_list(orders["pear-co"], filled_in(orders["pear-co"], [1, 2, 3]))
    drain()
    assert ParcelProgress.objects.filter(order_number=record.number, stage="in_transit").count() == 6
    assert ParcelStanding.objects.filter(order_number=record.number).count() == 6
    moved = LedgerEntry.objects.filter(order_number=record.number, stage="in_transit", kind="goods")
    assert moved.aggregate(n=Sum("units"))["n"] == 30
    notices = BuyerNotice.objects.filter(kind__in=("buyer_parcels", "buyer_shipped"))
    assert sorted(notices.values_list("kind", flat=True)) == ["buyer_parcels", "buyer_parcels"]
    with time_machine.travel(timezone.now() + dt.timedelta(days=16), tick=False):
        assert fulfilment.confirm_due_receipts() == 6
        drain()
    assert OutboxMessage.objects.filter(topic="parcels.received").count() == 2
    assert ParcelProgress.objects.filter(order_number=record.number, stage="received").count() == 6
    assert ParcelItem.objects.aggregate(n=Sum("received_units"))["n"] == 30
    record.refresh_from_db()
    assert record.fulfilment_state == "received"
    assert_kept()


def test_an_accepted_report_receives_all_parcels_in_one_go(union: Union, goods: Goods) -> None:
    record = prepared(union, goods, FOUR, tea=20)
    order = SupplierOrder.objects.get()
    ship_list(order, filled_in(order, all_numbers(order)))
    line = LineShare.objects.get().line_id
    report = services.report_acceptance(
        record_id=record.pk, counted=[Counted(line, 20)], actor_id=union.buyer.pk
    )
    services.approve_acceptance(report_id=report.pk, actor_id=union.approver.pk)
    assert services.receive_counted_parcels(record_id=record.pk, actor_id=union.approver.pk) == 3
    [message] = OutboxMessage.objects.filter(topic="parcels.received")
    assert message.payload["items"][0]["units"] == 20
    drain()
    assert_kept()


def test_a_worker_that_died_leaves_the_rest_to_the_next_one(
    union: Union, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shop.procurement.dispatch.BATCH", 2)
    released(union, goods_to_many(), people(5), tea=5, pears=5)
    assert services.make_consignments(batches=2) == 4
    plan = ConsignmentPlan.objects.get()
    # Somebody took it and never came back.
    assert take_plan(plan_id=plan.pk) is not None
    assert take_plan(plan_id=plan.pk) is None
    assert services.make_consignments() == 0
    with time_machine.travel(timezone.now() + LEASE, tick=False):
        while services.make_consignments(batches=1):
            pass
    plan.refresh_from_db()
    assert (plan.state, plan.rows_done) == ("ready", 10)
    for order in SupplierOrder.objects.all():
        assert all_numbers(order) == [1, 2, 3, 4, 5]
        sets = Consignment.objects.filter(supplier_order=order).aggregate(n=Sum("sets"))["n"]
        assert sets == 5


def work(union: Union, goods: Goods, count: int) -> dict[str, int]:
    """Return how often each step of an order to so many people asks."""
    record = released(union, goods, people(count), tea=count)
    counts = {"make": asked(drain_consignments)}
    order = SupplierOrder.objects.get(record=record)
    raw = filled_in(order, all_numbers(order))
    counts["ship"] = asked(lambda: ship_list(order, raw))
    counts["books"] = asked(drain)
    counts["receive"] = asked(lambda: fulfilment.confirm_receipt(record_id=record.pk, actor_id=None))
    counts["books again"] = asked(drain)
    return counts


def drain_consignments() -> None:
    while services.make_consignments():
        pass


def test_ten_times_the_recipients_ask_at_most_eleven_times_as_often(union: Union) -> None:
    goods = goods_to_many(units=20_000)
    few, many = work(union, goods, 100), work(union, goods, 1_000)
    assert Consignment.objects.count() == 1_100
    for step, count in few.items():
        assert many[step] <= 11 * count, (step, few, many)
    assert many["books"] <= 2 * few["books"], (few, many)
    assert_kept()


def test_the_approval_asks_as_often_for_a_thousand_people_as_for_a_hundred(union: Union) -> None:
    goods = goods_to_many(units=20_000)
    counts = []
    # What everybody is asked alike is remembered after the first time.
    for count in (100, 100, 1_000):
        counts.append(asked_to_approve(submitted_for(union, goods, count), union))
    assert counts[1] == counts[2]


def asked_to_approve(request: PurchaseRequest, union: Union) -> int:
    return asked(lambda: approve(request, union.approver))


def submitted_for(union: Union, goods: Goods, count: int) -> PurchaseRequest:
    request = draft(union, goods, tea=1_000)
    with_people(request, union, *people(count))
    request = PurchaseRequest.objects.get(pk=request.pk)
    services.submit_request(request_id=request.pk, digest=bulk_quote(request).digest, actor_id=union.buyer.pk)
    # The prices of the first look are remembered.
    seen_of(request)
    return request


def test_the_pages_of_an_order_to_many_show_a_hundred_and_ask_alike(union: Union) -> None:
    goods = goods_to_many(units=20_000)
    counts = []
    for count in (20, 300):
        record = prepared(union, goods, people(count), tea=300 if count == 300 else 20)
        order = SupplierOrder.objects.get(record=record)
        ship_list(order, filled_in(order, all_numbers(order)))
        client = as_(union.buyer)
        pages = [f"/unit/orders/{record.number}/", f"/unit/orders/{record.number}/recipients/"]
        counts.append([asked_by(client, page) for page in pages])
    assert counts[0] == counts[1]
    shown = client.get(pages[1])
    assert len(shown.context["rows"]) == 100
    assert "138****0001" in text(shown)
    assert len(client.get(pages[0]).context["parcels"]) == 100
    assert len(client.get(f"{pages[1]}?state=open").context["rows"]) == 0


def test_how_far_the_parcels_are_is_shown_until_they_are_ready(union: Union, goods: Goods) -> None:
    record = released(union, goods, FOUR)
    client = as_(union.approver)
    state = f"/unit/orders/{record.number}/recipients/state/"
    waiting = text(client.get(state))
    assert 'hx-trigger="every 3s"' in waiting and "已登记 0 / 3 个包裹。" in waiting
    services.make_consignments()
    ready = text(client.get(state))
    assert "hx-trigger" not in ready and "供应商已收到收货人清单。" in ready
