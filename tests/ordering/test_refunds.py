"""Reductions before payment, refunds after it: units, fen, charges and their caps."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from shop.ordering.invariants import violations
from shop.ordering.models import Allocation, ChargeShare, LineShare, OrderRecord, RefundRequest, StockBalance
from shop.ordering.refunds import match_parts
from shop.ordering.services import (
    ChargeOf,
    FenOf,
    Portion,
    RefundRefused,
    StockRefused,
    UnitsOf,
    WrongState,
    approve_refund,
    begin_refund,
    consume_allocation,
    record_refund_result,
    reduce_order,
    request_refund,
    withdraw_refund,
)
from shop.outbox.models import OutboxMessage
from tests.factories import make_product, make_supplier, pay, place, place_paid

pytestmark = [pytest.mark.django_db, pytest.mark.data]


def paid_order(*, price_fen: int = 10000, quantity: int = 3, **product: Any) -> OrderRecord:
    return place_paid(lines=[(make_product(price_fen=price_fen, **product), quantity)])


def ask(record: OrderRecord, *portions: Portion, **fields: Any) -> RefundRequest:
    return request_refund(record_id=record.pk, portions=portions, reason="test", actor_id=1, **fields)


def execute(request: RefundRequest) -> RefundRequest:
    return record_refund_result(request_id=request.pk, ok=True, parts=[("demo:1", request.fen)])


def payload(topic: str) -> dict[str, Any]:
    return OutboxMessage.objects.filter(topic=topic).order_by("-pk")[0].payload


def share_of(record: OrderRecord) -> LineShare:
    return record.shares.get()


def test_units_are_worth_their_part_of_what_is_left() -> None:
    record = paid_order(price_fen=3334, quantity=3)
    LineShare.objects.update(fen=10000)
    OrderRecord.objects.update(goods_fen=10000, due_fen=10000, paid_fen=10000)
    worth = [ask(record, UnitsOf(share_of(record).pk, 1)).fen for _ in range(3)]
    assert worth == [3333, 3333, 3334]


def test_a_refund_of_units_goes_through_request_and_execution() -> None:
    record = paid_order(stock=5)
    request = ask(record, UnitsOf(share_of(record).pk, 2))
    share = share_of(record)
    assert (request.number, request.fen) == (f"{record.number}-R1", 20000)
    assert (share.refunding_units, share.refunding_fen, share.refunded_fen) == (2, 20000, 0)
    assert StockBalance.objects.get().allocated == 3
    execute(request)
    execute(request)
    share, balance = share_of(record), StockBalance.objects.get()
    assert (share.refunding_units, share.refunded_units, share.refunded_fen) == (0, 2, 20000)
    assert (balance.on_hand, balance.allocated) == (5, 1)
    record.refresh_from_db()
    assert record.refunded_fen == 20000
    executed = payload("refund.executed")
    assert executed["complete"] is False
    assert executed["items"] == [
        {
            "source_key": share.source_key,
            "units": 2,
            "fen": 20000,
            "parts": [{"payment_key": "demo:1", "fen": 20000}],
        }
    ]
    assert OutboxMessage.objects.filter(topic="refund.executed").count() == 1
    assert violations() == []


def test_fen_without_units_are_spread_over_what_is_left() -> None:
    tea = make_product(price_fen=3000)
    honey = make_product(sku="h", name_zh="蜂蜜", price_fen=1000)
    record = place_paid(lines=[(tea, 1), (honey, 1)])
    assert [item.fen for item in ask(record, FenOf(1001)).items.order_by("pk")] == [751, 250]
    line_id = record.shares.get(number=2).line_id
    assert [item.fen for item in ask(record, FenOf(100, line_id)).items.all()] == [100]
    with pytest.raises(RefundRefused):
        ask(record, FenOf(651, line_id))


def test_the_whole_order_goes_back_with_its_freight() -> None:
    record = paid_order(quantity=2, freight_free=False)
    charge = ChargeShare.objects.get()
    assert charge.fen == 800
    part = ask(record, ChargeOf(charge.pk, 300))
    execute(part)
    rest = ask(record, whole=True)
    assert rest.fen == 20500
    execute(rest)
    record.refresh_from_db()
    assert (record.refunded_fen, record.paid_fen) == (20800, 20800)
    assert payload("refund.executed")["complete"] is True
    with pytest.raises(RefundRefused):
        ask(record, whole=True)
    assert violations() == []


def test_more_than_is_left_is_refused_and_nothing_written() -> None:
    record = paid_order(quantity=2)
    share = share_of(record)
    ask(record, UnitsOf(share.pk, 1))
    portions: list[Portion] = [
        UnitsOf(share.pk, 2),
        UnitsOf(share.pk, 0),
        UnitsOf(0, 1),
        FenOf(10001),
        FenOf(0),
        ChargeOf(9),
    ]
    for portion in portions:
        with pytest.raises(RefundRefused):
            ask(record, portion)
    assert RefundRequest.objects.count() == 1
    assert share_of(record).refunding_fen == 10000


def test_the_database_caps_what_a_service_might_miss() -> None:
    record = paid_order(quantity=2)
    for columns in ({"refunding_fen": 20001}, {"refunded_units": 3}):
        with pytest.raises(IntegrityError), transaction.atomic():
            LineShare.objects.filter(record=record).update(**columns)
    with pytest.raises(IntegrityError), transaction.atomic():
        OrderRecord.objects.update(refunded_fen=20001)


def test_a_failed_refund_gives_everything_back() -> None:
    record = paid_order()
    request = ask(record, whole=True)
    record_refund_result(request_id=request.pk, ok=False)
    share = share_of(record)
    assert (share.left_units, share.left_fen) == (3, 30000)
    assert StockBalance.objects.get().allocated == 3
    assert payload("refund.failed")["items"] == [{"source_key": share.source_key, "units": 3, "fen": 30000}]
    with pytest.raises(WrongState):
        execute(request)
    assert violations() == []


def test_a_request_is_withdrawn_until_money_moves() -> None:
    record = paid_order()
    first, second = ask(record, FenOf(100)), ask(record, FenOf(200))
    withdraw_refund(request_id=first.pk, reason="kept", actor_id=1)
    assert begin_refund(request_id=first.pk) is False
    assert begin_refund(request_id=second.pk) is True
    with pytest.raises(WrongState):
        withdraw_refund(request_id=second.pk, reason="too late", actor_id=1)
    assert share_of(record).refunding_fen == 200


def test_parts_must_add_up() -> None:
    record = paid_order()
    request = ask(record, FenOf(100))
    with pytest.raises(ValueError, match="add up"):
        record_refund_result(request_id=request.pk, ok=True, parts=[("demo:1", 99)])
    request.refresh_from_db()
    assert (request.state, share_of(record).refunding_fen) == ("requested", 100)
    assert match_parts([5, 5], [("a", 7), ("b", 3)]) == [[("a", 5)], [("a", 2), ("b", 3)]]


def test_units_asked_back_are_not_shipped() -> None:
    record = paid_order()
    share = share_of(record)
    request = ask(record, UnitsOf(share.pk, 2), unshipped_only=True)
    with pytest.raises(StockRefused):
        consume_allocation(line_units={share.line_id: 2})
    consume_allocation(line_units={share.line_id: 1})
    execute(request)
    allocation, balance = Allocation.objects.get(), StockBalance.objects.get()
    assert (allocation.consumed, allocation.released) == (1, 2)
    assert (balance.on_hand, balance.allocated) == (9, 0)
    assert violations() == []


def test_shipped_units_go_back_without_touching_stock() -> None:
    record = paid_order()
    share = share_of(record)
    consume_allocation(line_units={share.line_id: 2})
    with pytest.raises(RefundRefused) as refused:
        ask(record, whole=True, unshipped_only=True)
    assert refused.value.code == "shipped"
    request = ask(record, whole=True)
    assert request.items.get().unshipped_units == 1
    execute(request)
    assert (StockBalance.objects.get().on_hand, StockBalance.objects.get().allocated) == (8, 0)
    assert violations() == []


def test_an_unpaid_order_has_nothing_to_refund() -> None:
    record = place(lines=[(make_product(), 1)])
    with pytest.raises(WrongState):
        ask(record, whole=True)


def test_a_reduction_lowers_what_is_due() -> None:
    record = place(lines=[(make_product(price_fen=10000, stock=3), 3)])
    share = share_of(record)
    reduce_order(record_id=record.pk, portions=[UnitsOf(share.pk, 1)], reason="short", actor_id=1)
    reduce_order(record_id=record.pk, portions=[FenOf(500)], reason="bruised", actor_id=1)
    record.refresh_from_db()
    assert (record.reduced_fen, record.due_fen) == (10500, 19500)
    assert StockBalance.objects.get().allocated == 2
    assert payload("order.reduced")["due_fen"] == 19500
    pay(record)
    paid = payload("order.paid")["shares"][0]
    # 30000 fen hold 27523 without 9 % tax; 19500 of them hold 17890 (17889.95).
    assert (paid["units"], paid["fen"], paid["ex_tax_fen"]) == (2, 19500, 17890)
    assert ask(record, UnitsOf(share.pk, 2)).fen == 19500
    assert violations() == []


def test_an_order_reduced_to_nothing_closes_with_its_freight() -> None:
    record = place(lines=[(make_product(freight_free=False), 2)])
    reduce_order(record_id=record.pk, portions=[UnitsOf(share_of(record).pk, 2)], reason="gone", actor_id=1)
    record.refresh_from_db()
    assert (record.payment_state, record.due_fen, record.close_reason) == ("closed", 0, "nothing_due")
    assert StockBalance.objects.get().allocated == 0
    assert pay(record, amount_fen=100).outcome == "late_partial"
    assert violations() == []


def test_a_paid_order_is_not_reduced() -> None:
    record = paid_order()
    with pytest.raises(WrongState):
        reduce_order(record_id=record.pk, portions=[FenOf(1)], reason="x", actor_id=1)
    assert not record.reductions.exists()


def test_the_freight_goes_back_with_the_last_unit_of_a_supplier_that_ships_nothing() -> None:
    record = paid_order(quantity=2, freight_free=False)
    share = share_of(record)
    first, second = ask(record, UnitsOf(share.pk, 1)), ask(record, UnitsOf(share.pk, 1))
    assert (first.fen, second.fen) == (10_000, 10_800)
    for request in (first, second):
        execute(request)
    record.refresh_from_db()
    assert (record.refunded_fen, record.paid_fen) == (20_800, 20_800)
    assert ChargeShare.objects.get().refunded_fen == 800
    assert violations() == []


def test_the_freight_of_what_was_shipped_stays() -> None:
    record = paid_order(quantity=2, freight_free=False)
    share = share_of(record)
    consume_allocation(line_units={share.line_id: 1})
    assert ask(record, UnitsOf(share.pk, 2)).fen == 20_000
    assert ChargeShare.objects.get().refunding_fen == 0


def test_the_freight_of_another_supplier_stays() -> None:
    honey = make_supplier(code="honey", name_zh="蜂业")
    goods = [
        (make_product(freight_free=False), 1),
        (make_product(supplier=honey, sku="h", name_zh="蜂蜜", freight_free=False), 1),
    ]
    record = place_paid(lines=goods)
    request = ask(record, UnitsOf(record.shares.get(number=1).pk, 1))
    assert request.items.get(share=None).charge == record.charges.get(supplier__code="wangcang-tea")
    assert record.charges.get(supplier=honey).refunding_fen == 0


def test_what_is_to_be_decided_waits_for_another_person() -> None:
    record = paid_order(quantity=2)
    request = request_refund(
        record_id=record.pk,
        portions=[UnitsOf(share_of(record).pk, 1)],
        to_decide=True,
        reason="代客申请",
        actor_id=7,
    )
    assert request.approved_at is None
    with pytest.raises(RefundRefused):
        approve_refund(request_id=request.pk, actor_id=7)
    assert approve_refund(request_id=request.pk, actor_id=8)
