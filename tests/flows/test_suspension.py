"""A suspension takes the goods off the shop at once, and every open order goes the way that was chosen."""

import pytest
from django.test import Client
from django.urls import reverse
from oscar.apps.basket.models import Basket

from shop.accounts.scope import SYSTEM
from shop.core import clock
from shop.fulfilment.exceptions import ShippingError
from shop.fulfilment.models import Parcel, SupplierOrder
from shop.fulfilment.suspended import orders_held_by_suspension, ship_anyway
from shop.gateways.services import cut_suspended_goods, expire_due_orders
from shop.journal.models import JournalEntry
from shop.listings.selectors import BrowseFilters, browse, product_cards, product_detail
from shop.listings.services.indexing import index_products
from shop.notifications.models import BuyerNotice
from shop.operations.selectors import kinds_of_work, late_supplier_orders, work_rows
from shop.ordering.exceptions import CannotPlace
from shop.ordering.models import OrderRecord, StockBalance
from shop.ordering.quotes import quote_basket
from shop.suppliers import services
from shop.suppliers.exceptions import SupplierError
from shop.suppliers.models import Supplier, SupplierState, Suspension
from tests.factories import (
    make_basket,
    make_category,
    make_hold_rules,
    make_product,
    make_supplier,
    pay,
    place,
    place_basket,
)
from tests.fulfilment.cast import open_supplier_orders, ship
from tests.gateways.cast import paid_online
from tests.worker import drain

pytestmark = [pytest.mark.django_db, pytest.mark.data]
OWN, OTHER = "wc-1", "wc-2"


def suspend(unpaid: str = "close") -> Supplier:
    return services.suspend_supplier(
        code=OWN, on=clock.today(), reason="许可证过期", actor_id=7, unpaid_orders=unpaid
    )


def lift() -> Supplier:
    return services.lift_suspension(code=OWN, reason="新证已核", actor_id=7)


def state_of(record: OrderRecord) -> tuple[str, str]:
    record.refresh_from_db()
    return (record.payment_state, record.close_reason)


def test_goods_leave_every_page_and_come_back() -> None:
    make_category()
    tea = make_product(supplier=make_supplier(code=OWN), sku="tea")
    kept = make_product(supplier=make_supplier(code=OTHER), sku="kept")
    index_products(product_ids=[tea.pk, kept.pk])
    client = Client()

    def seen() -> tuple[bool, bool, bool, bool]:
        detail = product_detail(tea.pk, clock.today())
        assert detail is not None
        return (
            tea.pk in browse(BrowseFilters()).ids,
            tea.get_absolute_url() in client.get(reverse("search:search") + "?q=茶").content.decode(),
            detail.is_published,
            product_cards([tea.pk])[0].is_available,
        )

    assert seen() == (True, True, True, True)
    suspend()
    assert seen() == (False, False, False, False)
    page = client.get(tea.get_absolute_url())
    assert page.status_code == 200
    assert page.context["stock_text"] == "该供应商暂停销售"
    client.post(reverse("basket:add", kwargs={"pk": tea.pk}), {"quantity": 1})
    assert not Basket.objects.filter(lines__product=tea).exists()
    assert kept.pk in browse(BrowseFilters()).ids
    lift()
    assert seen() == (True, True, True, True)


def test_a_filled_basket_is_refused_and_nothing_is_written() -> None:
    tea = make_product(supplier=make_supplier(code=OWN), sku="tea", stock=5)
    make_hold_rules()
    basket = make_basket(lines=[(tea, 1)])
    seen = quote_basket(basket=basket, province="浙江省")
    suspend()
    assert [problem.code for problem in quote_basket(basket=basket, province="浙江省").blocking] == [
        "supplier_suspended"
    ]
    with pytest.raises(CannotPlace) as refused:
        place_basket(basket, quoted=seen)
    assert (refused.value.code, refused.value.field) == ("supplier_suspended", "basket")
    assert not OrderRecord.objects.exists()
    assert StockBalance.objects.get().allocated == 0
    lift()
    assert place_basket(basket).record.due_fen == 12_800


def test_unpaid_orders_close_or_lose_its_goods_and_their_buyers_are_told() -> None:
    tea = make_product(supplier=make_supplier(code=OWN), sku="tea", stock=5)
    pears = make_product(supplier=make_supplier(code=OTHER), sku="pears", stock=5)
    own, mixed, other = (
        place(lines=[(tea, 1)]),
        place(lines=[(tea, 1), (pears, 1)]),
        place(lines=[(pears, 1)]),
    )
    suspend()
    drain()
    assert [state_of(one)[0] for one in (own, mixed, other)] == ["closing", "unpaid", "unpaid"]
    expire_due_orders()
    cut_suspended_goods()
    drain()
    # Of an order with goods of others only its own are gone.
    assert [(*state_of(one), one.due_fen) for one in (own, mixed, other)] == [
        ("closed", "supplier", 12_800),
        ("unpaid", "", 12_800),
        ("unpaid", "", 12_800),
    ]
    assert StockBalance.objects.get(stockrecord__product=tea).allocated == 0
    told = BuyerNotice.objects.order_by("kind").filter(kind__in=["buyer_closed", "buyer_cut"])
    assert list(told.values_list("kind", "record")) == [("buyer_closed", own.pk), ("buyer_cut", mixed.pk)]
    entry = JournalEntry.objects.get(action="order.closing", object_key=own.number)
    assert (entry.actor_id, entry.reason) == (7, "许可证过期")


def test_a_kept_order_is_held_once_it_is_paid() -> None:
    tea = make_product(supplier=make_supplier(code=OWN), sku="tea", stock=5)
    record = place(lines=[(tea, 1)])
    suspend("keep")
    drain()
    assert state_of(record) == ("unpaid", "")
    paid_online(record)
    drain()
    order = SupplierOrder.objects.get(record=record)
    assert list(orders_held_by_suspension(SYSTEM)) == [order]
    with pytest.raises(ShippingError) as refused:
        ship(order)
    assert refused.value.code == "suspended"


def test_a_suspension_lifted_before_the_message_came_closes_nothing() -> None:
    record = place(lines=[(make_product(supplier=make_supplier(code=OWN)), 1)])
    suspend()
    lift()
    drain()
    assert state_of(record) == ("unpaid", "")


def test_what_is_paid_is_held_and_what_is_on_its_way_goes_on() -> None:
    supplier = make_supplier(code=OWN)
    tea = make_product(supplier=supplier, sku="tea", stock=9)
    records = [place(lines=[(tea, 1)]) for _ in range(3)]
    for record in records:
        paid_online(record)
    drain()
    first, second, third = (SupplierOrder.objects.get(record=record) for record in records)
    parcel = ship(first)
    suspend()
    drain()
    assert list(orders_held_by_suspension(SYSTEM)) == [second, third]
    works = kinds_of_work(SYSTEM, clock.now())
    refs = [ref for kind, _key, _since, ref in work_rows(works) if kind == "suspended_order"]
    assert refs == [second.record.number, third.record.number]
    SupplierOrder.objects.update(ship_by=clock.now())
    assert list(late_supplier_orders(SYSTEM, clock.now())) == []
    with pytest.raises(ShippingError) as refused:
        ship(second)
    assert refused.value.code == "suspended"
    for _ in range(2):
        ship_anyway(supplier_order_id=second.pk, reason="已打包", actor_id=7)
    assert ship(second).tracking_number
    assert JournalEntry.objects.filter(action="supplier_order.ship_anyway").count() == 1
    for order, code in ((first, "not_held"), (third, "reason_missing")):
        with pytest.raises(ShippingError) as wrong:
            ship_anyway(supplier_order_id=order.pk, reason="" if order is third else "x", actor_id=7)
        assert wrong.value.code == code
    assert Parcel.objects.get(pk=parcel.pk).state == "shipped"
    lift()
    assert list(orders_held_by_suspension(SYSTEM)) == []
    assert ship(third).tracking_number


def test_a_suspension_is_one_row_with_an_end() -> None:
    make_supplier(code=OWN)
    for _ in range(2):
        suspend()
    for _ in range(2):
        assert lift().state == SupplierState.ADMITTED
    row = Suspension.objects.get()
    assert (row.reason, row.lift_reason, row.suspended_by, row.lifted_by) == ("许可证过期", "新证已核", 7, 7)
    for reason in (" ", "长" * 201):
        with pytest.raises(SupplierError) as refused:
            services.suspend_supplier(code=OWN, on=clock.today(), reason=reason, actor_id=7)
        assert refused.value.field == "reason"
    assert Supplier.objects.get(code=OWN).state == SupplierState.ADMITTED
    drain()
    kinds = BuyerNotice.objects.order_by("pk").values_list("kind", flat=True)
    assert list(kinds) == ["supplier_suspended", "supplier_resumed"]


def test_a_closed_order_paid_late_is_held_too() -> None:
    tea = make_product(supplier=make_supplier(code=OWN), sku="tea", stock=5)
    record = place(lines=[(tea, 1)])
    suspend()
    drain()
    expire_due_orders()
    assert state_of(record) == ("closed", "supplier")
    pay(record)
    drain(failures_expected=True)
    assert record.payment_state == "paid"
    open_supplier_orders(record)
    assert orders_held_by_suspension(SYSTEM).get().record == record
