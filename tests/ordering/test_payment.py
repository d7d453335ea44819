"""Money meets the order, closing, and what comes too late."""

import datetime as dt

import pytest
import time_machine
from django.db import IntegrityError, transaction

from shop.core import clock
from shop.journal.models import JournalEntry
from shop.listings.selectors import current_shelf
from shop.ordering.invariants import violations
from shop.ordering.models import OrderRecord, StockBalance
from shop.ordering.selectors import orders_past_hold
from shop.ordering.services import (
    OrderIsPaid,
    WrongState,
    adjust_stock,
    begin_close,
    finish_close,
    hold_until,
    mark_order_paid,
    record_fulfilment,
    release_order,
)
from shop.ordering.status import CloseReason, FulfilmentState, PayMethod
from shop.ordering.stock_models import HoldRule
from shop.outbox.models import OutboxMessage
from tests.factories import make_product, pay, place, place_paid, place_union
from tests.factories.buyers import make_bulk_stock, make_organisation
from tests.factories.stock import make_limit

pytestmark = [pytest.mark.django_db, pytest.mark.data]
T = dt.datetime(2026, 3, 6, 2, 0, tzinfo=dt.UTC)


def topics(record: OrderRecord) -> list[str]:
    """Return the topics of the order's stream in order."""
    return list(
        OutboxMessage.objects.filter(stream=record.number).order_by("seq").values_list("topic", flat=True)
    )


def close(record: OrderRecord) -> bool:
    """Close the order as gateways does, with nothing between the halves."""
    begin_close(record_id=record.pk, reason=CloseReason.EXPIRED)
    closed = finish_close(record_id=record.pk)
    record.refresh_from_db()
    return closed


def test_the_exact_amount_pays_and_releases_once() -> None:
    record = place(lines=[(make_product(price_fen=5000), 2)])
    applied = pay(record, key="demo:1", at=T)
    assert (applied.outcome, applied.sums, applied.unapplied_fen) == ("paid", {"demo:1": 10000}, 0)
    assert (record.payment_state, record.release_state, record.paid_fen) == ("paid", "released", 10000)
    assert topics(record) == ["order.placed", "order.paid", "order.released"]
    paid = OutboxMessage.objects.get(topic="order.paid").payload
    assert paid["payments"] == [
        {"payment_key": "demo:1", "fen": 10000, "captured_at": "2026-03-06T02:00:00+00:00"}
    ]
    assert [share["fen"] for share in paid["shares"]] == [10000]
    released = OutboxMessage.objects.get(topic="order.released").payload
    assert released["suppliers"] == ["wangcang-tea"]
    assert release_order(record_id=record.pk) is False
    assert len(topics(record)) == 3
    assert violations() == []


def test_too_little_stays_unapplied() -> None:
    record = place(lines=[(make_product(price_fen=5000), 1)])
    applied = pay(record, amount_fen=4999)
    assert (applied.outcome, list(applied.sums.values()), applied.unapplied_fen) == ("partial", [0], 4999)
    assert (record.payment_state, record.paid_fen, record.attention) == ("unpaid", 0, "partial")
    assert topics(record) == ["order.placed"]


def test_partial_payments_that_reach_the_sum_are_applied_in_capture_order() -> None:
    record = place(lines=[(make_product(price_fen=5000), 1)])
    later, sooner = ("b", 3000, T + dt.timedelta(hours=1)), ("c", 2500, T)
    applied = mark_order_paid(record_id=record.pk, payments=[later, sooner])
    record.refresh_from_db()
    assert (applied.outcome, applied.sums, applied.unapplied_fen) == ("paid", {"c": 2500, "b": 2500}, 500)
    assert (record.payment_state, record.paid_fen, record.attention) == ("paid", 5000, "surplus")


def test_money_for_a_paid_order_is_left_over() -> None:
    record = place_paid(lines=[(make_product(price_fen=5000), 1)])
    applied = pay(record, key="again")
    assert (applied.outcome, applied.sums, applied.unapplied_fen) == ("already_paid", {"again": 0}, 5000)
    assert (record.paid_fen, record.attention) == (5000, "surplus")
    assert topics(record).count("order.paid") == 1


def test_the_database_refuses_a_half_paid_order() -> None:
    record = place(lines=[(make_product(), 1)])
    for columns in ({"payment_state": "paid"}, {"paid_fen": 1}):
        with pytest.raises(IntegrityError), transaction.atomic():
            OrderRecord.objects.filter(pk=record.pk).update(**columns)


def test_closing_frees_the_stock_once() -> None:
    record = place(lines=[(make_product(stock=3), 2)])
    assert close(record) is True
    assert finish_close(record_id=record.pk) is True
    assert begin_close(record_id=record.pk, reason=CloseReason.STAFF) is False
    record.refresh_from_db()
    assert (record.payment_state, record.close_reason) == ("closed", "expired")
    balance = StockBalance.objects.get()
    assert (balance.on_hand, balance.allocated) == (3, 0)
    assert topics(record) == ["order.placed", "order.closed"]
    assert violations() == []


def test_a_paid_order_is_not_closed() -> None:
    record = place_paid(lines=[(make_product(), 1)])
    with pytest.raises(OrderIsPaid):
        begin_close(record_id=record.pk, reason=CloseReason.BUYER)


def test_money_wins_over_an_unfinished_closing() -> None:
    record = place(lines=[(make_product(stock=1), 1)])
    begin_close(record_id=record.pk, reason=CloseReason.EXPIRED)
    assert pay(record).outcome == "paid"
    assert finish_close(record_id=record.pk) is False
    assert (record.payment_state, record.close_reason) == ("paid", "")
    assert StockBalance.objects.get().allocated == 1


def test_an_unpaid_order_is_not_closed_in_one_step() -> None:
    record = place(lines=[(make_product(), 1)])
    with pytest.raises(WrongState):
        finish_close(record_id=record.pk)


def test_late_money_reopens_while_there_is_stock() -> None:
    record = place(lines=[(make_product(stock=2), 2)])
    close(record)
    assert pay(record).outcome == "late_paid"
    assert (record.payment_state, record.release_state, record.closed_at) == ("paid", "released", None)
    assert StockBalance.objects.get().allocated == 2
    assert topics(record) == ["order.placed", "order.closed", "order.paid", "order.released"]
    assert violations() == []


def test_late_money_without_stock_stays_unapplied() -> None:
    tea, honey = make_product(stock=1), make_product(sku="h", name_zh="蜂蜜", stock=9)
    record = place(lines=[(honey, 3), (tea, 1)])
    close(record)
    place(lines=[(tea, 1)])
    applied = pay(record)
    assert (applied.outcome, applied.unapplied_fen) == ("late_no_stock", record.due_fen)
    assert (record.payment_state, record.paid_fen, record.attention) == ("closed", 0, "late_no_stock")
    assert StockBalance.objects.get(stockrecord__product=honey).allocated == 0
    assert violations() == []


def test_late_money_takes_nobody_over_the_limit_per_person() -> None:
    tea = make_product(stock=9)
    make_limit(product=tea)
    record = place(lines=[(tea, 1), (tea, 1)])
    close(record)
    place(lines=[(tea, 1)])
    applied = pay(record)
    assert (applied.outcome, applied.unapplied_fen) == ("late_limit", record.due_fen)
    assert (record.payment_state, record.paid_fen, record.attention) == ("closed", 0, "late_limit")
    assert StockBalance.objects.get().allocated == 1
    assert topics(record) == ["order.placed", "order.closed"]
    assert violations() == []


def test_late_money_reopens_what_the_limit_leaves_room_for() -> None:
    tea, pears = make_product(stock=9), make_product(sku="p", name_zh="翠冠梨")
    make_limit(product=tea)
    record = place(lines=[(tea, 1), (pears, 5)])
    close(record)
    later = place(lines=[(tea, 1)])
    assert pay(record).outcome == "late_paid"
    # It counts from now on: the one placed later is closed, and its own late money finds no room.
    close(later)
    place(lines=[(tea, 1)])
    assert pay(later).outcome == "late_limit"
    assert violations() == []


def test_an_organisations_late_money_knows_no_limit_per_person() -> None:
    tea = make_product()
    make_limit(product=tea)
    make_bulk_stock(product=tea, units=50)
    record = place_union(lines=[(tea, 30)], organisation=make_organisation(), method="bank_transfer")
    close(record)
    assert pay(record).outcome == "late_paid"


def test_late_money_that_is_too_little_stays_unapplied() -> None:
    record = place(lines=[(make_product(), 1)])
    close(record)
    assert pay(record, amount_fen=1).outcome == "late_partial"
    assert (record.payment_state, record.attention) == ("closed", "late_partial")


def test_expiry_lists_what_is_past_its_hold() -> None:
    tea = make_product()
    with time_machine.travel(T, tick=False):
        record = place(lines=[(tea, 1)])
        place_paid(lines=[(tea, 1)])
        assert record.hold_until == T + dt.timedelta(minutes=40)
    assert list(orders_past_hold(T + dt.timedelta(minutes=39, seconds=59))) == []
    assert list(orders_past_hold(T + dt.timedelta(minutes=40))) == [record]


def test_working_days_skip_the_weekend() -> None:
    # Friday 6 March 2026 10:00 in Shanghai → Wednesday 11 March, until midnight.
    assert hold_until(PayMethod.BANK_TRANSFER, T) == dt.datetime(2026, 3, 11, 16, 0, tzinfo=dt.UTC)
    # 23:30 on Friday in Shanghai is still Friday there.
    late = dt.datetime(2026, 3, 6, 15, 30, tzinfo=dt.UTC)
    assert hold_until(PayMethod.BANK_TRANSFER, late) == dt.datetime(2026, 3, 11, 16, 0, tzinfo=dt.UTC)


def test_the_latest_rule_that_has_started_holds() -> None:
    HoldRule.objects.create(method="demo", starts_on=dt.date(2026, 3, 6), minutes=60)
    HoldRule.objects.create(method="demo", starts_on=dt.date(2026, 3, 7), minutes=90)
    assert hold_until(PayMethod.DEMO, T) == T + dt.timedelta(minutes=60)


def test_a_rule_that_is_remembered_with_the_shelf_follows_a_change_at_once() -> None:
    def minutes() -> float:
        until = hold_until(PayMethod.DEMO, T, shelf=current_shelf())
        return ((until or T) - T) / dt.timedelta(minutes=1)

    rule = HoldRule.objects.create(method="demo", starts_on=dt.date(2026, 3, 6), minutes=60)
    assert minutes() == 60
    rule.minutes = 45
    rule.save()
    assert minutes() == 45


def test_fulfilment_never_goes_back() -> None:
    record = place_paid(lines=[(make_product(), 2)])
    record_fulfilment(record_id=record.pk, state=FulfilmentState.SHIPPED)
    record_fulfilment(record_id=record.pk, state=FulfilmentState.SHIPPED)
    with pytest.raises(WrongState):
        record_fulfilment(record_id=record.pk, state=FulfilmentState.PART)
    actions = JournalEntry.objects.filter(object_key=record.number).values_list("action", flat=True)
    assert list(actions).count("order.shipped") == 1


def test_stock_taken_meanwhile_does_not_hinder_an_order_that_holds_it() -> None:
    tea = make_product(stock=2)
    record = place(lines=[(tea, 2)])
    with pytest.raises(Exception, match="2"):
        adjust_stock(stockrecord=tea.stockrecords.get(), delta=-1)
    assert pay(record).outcome == "paid"
    assert clock.now() >= record.placed_at
