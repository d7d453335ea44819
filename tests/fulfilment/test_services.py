"""Shipping and receipt: units, stock, states and messages, exactly."""

import datetime as dt

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from shop.accounts.scope import Scope
from shop.core import clock
from shop.fulfilment import selectors, services
from shop.fulfilment.exceptions import ReceiptError, ShippingError
from shop.fulfilment.models import Parcel, ParcelEvent, ParcelItem, SupplierOrder
from shop.journal.models import JournalEntry
from shop.ordering import services as ordering
from shop.ordering.invariants import violations
from shop.ordering.models import OrderRecord, StockBalance
from shop.outbox.models import OutboxMessage
from tests.factories import make_product, place, place_paid
from tests.fulfilment.cast import (
    ACTOR,
    Mixed,
    mixed_order,
    open_supplier_orders,
    scope_of_supplier,
    ship,
    states,
)

pytestmark = [pytest.mark.django_db, pytest.mark.data]


@pytest.fixture
def mixed() -> Mixed:
    return mixed_order()


def told(topic: str) -> list[dict[str, object]]:
    return list(OutboxMessage.objects.filter(topic=topic).order_by("pk").values_list("payload", flat=True))


def stock() -> dict[str, tuple[int, int]]:
    rows = StockBalance.objects.values_list("stockrecord__partner_sku", "on_hand", "allocated")
    return {sku: (on_hand, allocated) for sku, on_hand, allocated in rows}


def refund(record: OrderRecord, share_id: int, units: int) -> int:
    return ordering.request_refund(
        record_id=record.pk, portions=[ordering.UnitsOf(share_id, units)], reason="坏果", actor_id=ACTOR
    ).pk


def finish(record: OrderRecord, request_id: int, *, ok: bool) -> None:
    fen = record.refunds.get(pk=request_id).fen
    ordering.record_refund_result(request_id=request_id, ok=ok, parts=[("demo:1", fen)] if ok else [])
    if ok:
        services.settle_refunded_units(order_number=record.number)


def test_one_supplier_order_each_with_its_promise(mixed: Mixed) -> None:
    open_supplier_orders(mixed.record)
    assert SupplierOrder.objects.count() == 2
    assert states(mixed) == ("none", "new", "new")
    assert mixed.first.opened_at == mixed.record.released_at
    assert mixed.first.ship_by - mixed.first.opened_at == dt.timedelta(hours=48)


def test_all_that_is_left_ships_as_one_parcel(mixed: Mixed) -> None:
    parcel = ship(mixed.first)
    assert (parcel.number, parcel.state, parcel.courier, parcel.tracking_number) == (
        1,
        "shipped",
        "邮政EMS",
        f"EMS{mixed.first.pk:06d}",
    )
    assert parcel.confirm_due_at - parcel.shipped_at == dt.timedelta(days=15)
    assert {item.share_id: item.units for item in parcel.items.all()} == {mixed.tea.pk: 3, mixed.honey.pk: 2}
    assert stock() == {"tea": (47, 0), "honey": (48, 0), "pears": (50, 4)}
    assert states(mixed) == ("part", "shipped", "new")
    assert mixed.first.confirmed_at == mixed.first.shipped_at is not None
    assert told("parcel.shipped") == [
        {
            "order": mixed.record.number,
            "supplier": "tea-co",
            "parcel_id": parcel.pk,
            "items": [
                {"source_key": mixed.tea.source_key, "units": 3},
                {"source_key": mixed.honey.source_key, "units": 2},
            ],
        }
    ]
    assert violations() == []


def test_the_order_is_shipped_when_both_suppliers_have(mixed: Mixed) -> None:
    ship(mixed.first)
    ship(mixed.second)
    assert states(mixed) == ("shipped", "shipped", "shipped")
    assert stock() == {"tea": (47, 0), "honey": (48, 0), "pears": (46, 0)}


def test_a_part_ships_now_and_the_rest_later(mixed: Mixed) -> None:
    first = ship(mixed.first, {mixed.tea.pk: 2, mixed.honey.pk: 0}, number="EMS111111")
    assert states(mixed) == ("part", "confirmed", "new")
    assert {share.pk: left for share, left in selectors.units_to_ship(mixed.first).items()} == {
        mixed.tea.pk: 1,
        mixed.honey.pk: 2,
    }
    second = ship(mixed.first, number="EMS222222")
    assert (first.number, second.number) == (1, 2)
    assert {item.share_id: item.units for item in second.items.all()} == {mixed.tea.pk: 1, mixed.honey.pk: 2}
    assert states(mixed) == ("part", "shipped", "new")
    assert stock()["tea"] == (47, 0)


@pytest.mark.parametrize(
    ("units", "code", "sentence"),
    [({"tea": 4}, "too_many", "3"), ({"tea": 0}, "nothing_left", ""), ({"tea": -1}, "too_many", "")],
)
def test_more_than_is_left_and_nothing_are_refused(
    mixed: Mixed, units: dict[str, int], code: str, sentence: str
) -> None:
    with pytest.raises(ShippingError) as refused:
        ship(mixed.first, {mixed.tea.pk: units["tea"]})
    assert (refused.value.code, refused.value.field) == (code, "units")
    assert sentence in str(refused.value)
    assert_nothing_shipped(mixed)


def test_units_of_the_other_supplier_are_refused(mixed: Mixed) -> None:
    with pytest.raises(ShippingError) as refused:
        ship(mixed.first, {mixed.pears.pk: 1})
    assert refused.value.code == "too_many"
    assert_nothing_shipped(mixed)


def test_another_suppliers_order_does_not_exist(mixed: Mixed) -> None:
    with pytest.raises(SupplierOrder.DoesNotExist):
        ship(mixed.first, scope=scope_of_supplier("pear-co"))
    with pytest.raises(SupplierOrder.DoesNotExist):
        services.confirm_supplier_order(
            scope=scope_of_supplier("pear-co"), supplier_order_id=mixed.first.pk, actor_id=ACTOR
        )
    assert_nothing_shipped(mixed)
    assert states(mixed) == ("none", "new", "new")


def assert_nothing_shipped(mixed: Mixed) -> None:
    assert not Parcel.objects.exists()
    assert not ParcelItem.objects.exists()
    assert told("parcel.shipped") == []
    assert stock() == {"tea": (50, 3), "honey": (50, 2), "pears": (50, 4)}


def test_a_number_of_another_parcel_is_refused(mixed: Mixed) -> None:
    ship(mixed.first, number="EMS999999")
    with pytest.raises(ShippingError) as refused:
        ship(mixed.second, number="EMS999999")
    assert (refused.value.code, refused.value.field) == ("number_taken", "tracking_number")
    assert "EMS999999" in str(refused.value)
    assert Parcel.objects.count() == 1
    assert states(mixed) == ("part", "shipped", "new")
    assert stock()["pears"] == (50, 4)
    # Another courier may well have the same number.
    assert ship(mixed.second, number="EMS999999", courier="顺丰速运").number == 1


def test_the_same_parcel_twice_is_one_parcel(mixed: Mixed) -> None:
    first = ship(mixed.first, {mixed.tea.pk: 1}, number="EMS111111")
    again = ship(mixed.first, {mixed.tea.pk: 1}, number="EMS111111")
    assert first.pk == again.pk
    assert len(told("parcel.shipped")) == 1
    assert stock()["tea"] == (49, 2)


def test_an_order_is_confirmed_once(mixed: Mixed) -> None:
    for _ in range(2):
        order = services.confirm_supplier_order(
            scope=scope_of_supplier("tea-co"), supplier_order_id=mixed.first.pk, actor_id=ACTOR
        )
        assert order.state == "confirmed"
    assert JournalEntry.objects.filter(action="supplier_order.confirm").count() == 1


def test_the_buyer_confirms_every_parcel(mixed: Mixed) -> None:
    parcels = [ship(mixed.first), ship(mixed.second)]
    received = services.confirm_receipt(record_id=mixed.record.pk, actor_id=7)
    assert [(parcel.pk, parcel.state, parcel.received_reason) for parcel in received] == [
        (parcel.pk, "received", "buyer") for parcel in parcels
    ]
    assert states(mixed)[0] == "received"
    assert services.confirm_receipt(record_id=mixed.record.pk, actor_id=7) == []
    assert [(payload["parcel_id"], payload["reason"]) for payload in told("parcel.received")] == [
        (parcels[0].pk, "buyer"),
        (parcels[1].pk, "buyer"),
    ]
    assert ParcelEvent.objects.filter(kind="received").count() == 2


def test_a_hundred_parcels_are_received_with_ten_times_the_queries_of_ten() -> None:
    counts = []
    for number in (10, 100):
        tea = make_product(sku=f"tea-{number}", price_fen=10_000, stock=200)
        record = place_paid(lines=[(tea, number + 1)])
        open_supplier_orders(record)
        order, share = record.supplier_orders.get(), record.shares.get()
        for one in range(number):
            ship(order, units={share.pk: 1}, number=f"EMS{number:03}{one:03}")
        # The unit that never left is refunded and one that did: the parcel that is received last has none to receive.
        finish(record, refund(record, share.pk, 2), ok=True)
        with CaptureQueriesContext(connection) as captured:
            assert len(services.confirm_receipt(record_id=record.pk, actor_id=7)) == number
        counts.append(len(captured))
        items = ParcelItem.objects.filter(share=share).order_by("parcel")
        units = items.values_list("received_units", flat=True)
        assert list(units) == [1] * (number - 1) + [0]
        # What is read of all the parcels together is read once.
        sums = [query["sql"] for query in captured if "SUM(" in query["sql"] and "parcelitem" in query["sql"]]
        assert len(sums) == 2
    assert counts[1] <= 10 * counts[0]


def test_a_parcel_of_goods_of_which_nothing_is_gone_is_received_without_looking_at_the_others(
    mixed: Mixed,
) -> None:
    first = ship(mixed.first, units={mixed.tea.pk: 1})
    ship(mixed.first, units={mixed.tea.pk: 2}, number="EMS000902")
    with CaptureQueriesContext(connection) as captured:
        services.confirm_receipt(record_id=mixed.record.pk, actor_id=7, parcel_ids=[first.pk])
    assert not any("SUM(" in query["sql"] and "parcelitem" in query["sql"] for query in captured)
    assert [item.received_units for item in ParcelItem.objects.order_by("pk")] == [1, 0]


def test_one_parcel_received_leaves_the_order_shipped(mixed: Mixed) -> None:
    parcel = ship(mixed.first)
    ship(mixed.second)
    services.confirm_receipt(record_id=mixed.record.pk, actor_id=7, parcel_ids=[parcel.pk])
    assert states(mixed)[0] == "shipped"
    assert Parcel.objects.filter(state="received").count() == 1


def test_nothing_shipped_is_nothing_to_receive(mixed: Mixed) -> None:
    with pytest.raises(ReceiptError) as refused:
        services.confirm_receipt(record_id=mixed.record.pk, actor_id=7)
    assert refused.value.code == "not_shipped"
    assert told("parcel.received") == []


def after(**span: int) -> time_machine.travel:
    return time_machine.travel(clock.now() + dt.timedelta(**span), tick=False)


def test_seven_days_after_signing_the_receipt_stands(mixed: Mixed) -> None:
    parcel = ship(mixed.first)
    signed_at = clock.now()
    for _ in range(2):
        parcel = services.record_signed(parcel_id=parcel.pk, signed_at=signed_at, actor_id=None)
    assert (parcel.state, parcel.confirm_due_at - signed_at) == ("signed", dt.timedelta(days=7))
    assert [payload["parcel_id"] for payload in told("parcel.signed")] == [parcel.pk]
    with after(days=6, hours=23):
        assert services.confirm_due_receipts() == 0
    with after(days=7, seconds=1):
        assert services.confirm_due_receipts() == 1
        assert services.confirm_due_receipts() == 0
    parcel.refresh_from_db()
    assert (parcel.state, parcel.received_reason) == ("received", "after_signed")
    assert [payload["reason"] for payload in told("parcel.received")] == ["after_signed"]


def test_fifteen_days_after_shipping_the_receipt_stands(mixed: Mixed) -> None:
    parcel = ship(mixed.first)
    with after(days=14, hours=23):
        assert services.confirm_due_receipts() == 0
    with after(days=15, seconds=1):
        assert services.confirm_due_receipts() == 1
    parcel.refresh_from_db()
    assert (parcel.state, parcel.received_reason) == ("received", "after_shipped")


def test_a_receipt_cannot_be_signed_for_afterwards(mixed: Mixed) -> None:
    parcel = ship(mixed.first)
    services.confirm_receipt(record_id=mixed.record.pk, actor_id=7)
    assert (
        services.record_signed(parcel_id=parcel.pk, signed_at=clock.now(), actor_id=None).state == "received"
    )
    assert told("parcel.signed") == []


def test_refunded_units_are_never_received(mixed: Mixed) -> None:
    parcel = ship(mixed.first)
    finish(mixed.record, refund(mixed.record, mixed.tea.pk, 2), ok=True)
    services.confirm_receipt(record_id=mixed.record.pk, actor_id=7)
    received = {item.share_id: item.received_units for item in parcel.items.all()}
    assert received == {mixed.tea.pk: 1, mixed.honey.pk: 2}
    # The event tells of the whole parcel: the ledger knows which of its units are gone.
    assert told("parcel.received")[0]["items"] == [
        {"source_key": mixed.tea.source_key, "units": 3},
        {"source_key": mixed.honey.source_key, "units": 2},
    ]


def test_units_whose_refund_is_only_asked_for_are_received(mixed: Mixed) -> None:
    parcel = ship(mixed.first)
    asked = refund(mixed.record, mixed.tea.pk, 2)
    services.confirm_receipt(record_id=mixed.record.pk, actor_id=7)
    finish(mixed.record, asked, ok=False)
    received = {item.share_id: item.received_units for item in parcel.items.all()}
    assert received == {mixed.tea.pk: 3, mixed.honey.pk: 2}


def test_units_under_a_refund_do_not_ship_and_come_back_when_it_fails(mixed: Mixed) -> None:
    asked = refund(mixed.record, mixed.tea.pk, 3)
    parcel = ship(mixed.first, number="EMS111111")
    assert {item.share_id: item.units for item in parcel.items.all()} == {mixed.honey.pk: 2}
    # The supplier is not through yet: the refund may fail.
    assert states(mixed) == ("part", "confirmed", "new")
    with pytest.raises(ShippingError) as refused:
        ship(mixed.first, number="EMS222222")
    assert refused.value.code == "nothing_left"
    services.confirm_receipt(record_id=mixed.record.pk, actor_id=7)
    finish(mixed.record, asked, ok=False)
    ship(mixed.first, number="EMS333333")
    ship(mixed.second)
    services.confirm_receipt(record_id=mixed.record.pk, actor_id=7)
    assert states(mixed) == ("received", "shipped", "shipped")
    assert stock() == {"tea": (47, 0), "honey": (48, 0), "pears": (46, 0)}
    assert violations() == []


def test_a_refund_of_another_line_cancels_nothing_that_is_only_asked_for(mixed: Mixed) -> None:
    asked = refund(mixed.record, mixed.pears.pk, 4)
    finish(mixed.record, refund(mixed.record, mixed.tea.pk, 1), ok=True)
    assert states(mixed) == ("none", "new", "new")
    finish(mixed.record, asked, ok=False)
    assert ship(mixed.second).items.get().units == 4


def test_a_supplier_with_nothing_left_is_cancelled(mixed: Mixed) -> None:
    finish(mixed.record, refund(mixed.record, mixed.pears.pk, 4), ok=True)
    assert states(mixed) == ("none", "new", "cancelled")
    with pytest.raises(ShippingError) as refused:
        ship(mixed.second)
    assert refused.value.code == "cancelled"
    ship(mixed.first)
    assert states(mixed) == ("shipped", "shipped", "cancelled")
    assert stock()["pears"] == (50, 0)
    assert violations() == []


def test_the_rest_refunded_completes_a_part_shipped_supplier(mixed: Mixed) -> None:
    ship(mixed.second, {mixed.pears.pk: 1})
    ship(mixed.first)
    assert states(mixed) == ("part", "shipped", "confirmed")
    services.confirm_receipt(record_id=mixed.record.pk, actor_id=7)
    finish(mixed.record, refund(mixed.record, mixed.pears.pk, 3), ok=True)
    assert states(mixed) == ("received", "shipped", "shipped")


def test_a_refund_told_of_before_the_release_leaves_nothing_to_ship() -> None:
    record = place(lines=[(make_product(), 2)])
    ordering.mark_order_paid(
        record_id=record.pk, payments=[ordering.OfferedPayment("demo:1", record.due_fen, clock.now())]
    )
    finish(record, refund(record, record.shares.get().pk, 2), ok=True)
    open_supplier_orders(OrderRecord.objects.get(pk=record.pk))
    assert SupplierOrder.objects.get().state == "cancelled"


def test_what_a_scope_covers(mixed: Mixed) -> None:
    def seen(scope: Scope) -> set[int]:
        return set(selectors.supplier_orders(scope).values_list("pk", flat=True))

    assert seen(scope_of_supplier("tea-co")) == {mixed.first.pk}
    assert seen(Scope(regions=frozenset({"longquan"}))) == {mixed.second.pk}
    assert seen(Scope(user_id=1)) == set()
    assert seen(Scope(everything=True)) == {mixed.first.pk, mixed.second.pk}
