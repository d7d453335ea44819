"""Many at once over several lots, one person in two tabs, a file while orders are placed."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from oscar.apps.basket.models import Basket

from shop.ordering.invariants import violations
from shop.ordering.models import OrderRecord, StockBalance
from shop.ordering.quotes import quote_basket
from shop.ordering.services import (
    CannotPlace,
    OutOfStock,
    PlacedOrder,
    Shelf,
    StockRefused,
    consume_allocation,
    move_units,
)
from shop.ordering.stock_files import apply_stock_file, store_stock_file
from shop.ordering.stock_list import read_stock_file
from tests.factories import make_basket, make_hold_rules, make_product, make_user, place_basket, place_paid
from tests.factories.stock import make_limit, make_lot

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.concurrency]
Together = Callable[..., list[Any]]


def submit(basket: Basket, **wish: Any) -> Callable[[], PlacedOrder]:
    digest = quote_basket(basket=basket, province="浙江省").digest
    return lambda: place_basket(Basket.objects.get(pk=basket.pk), quoted=digest, **wish)


def test_buyers_of_ten_units_in_four_lots(together: Together) -> None:
    make_hold_rules()
    tea = make_product(stock=1)
    for number, units in enumerate((2, 3, 4)):
        make_lot(product=tea, code=f"L{number}", units=units, days=10 + number)
    baskets = [make_basket(lines=[(tea, 2)]) for _ in range(16)]
    results = together([submit(basket) for basket in baskets], timeout=120)
    assert Counter(type(result) for result in results) == {PlacedOrder: 5, OutOfStock: 11}
    assert all(row.allocated == row.on_hand for row in StockBalance.objects.all())
    assert violations() == []


def test_lots_of_two_products_in_another_order_do_not_deadlock(together: Together) -> None:
    make_hold_rules()
    tea, honey = make_product(stock=2), make_product(sku="h", name_zh="蜂蜜", stock=2)
    for product in (honey, tea):
        for number in range(3):
            make_lot(product=product, code=f"L{number}", units=5, days=10 + number)
    paid = [place_paid(lines=[(tea, 3), (honey, 3)]) for _ in range(2)]
    baskets = [make_basket(lines=[(tea, 1), (honey, 1)][:: 1 if n % 2 else -1]) for n in range(8)]

    def ship(record: OrderRecord) -> None:
        consume_allocation(line_units={share.line_id: 3 for share in record.shares.order_by("-number")})

    def move() -> None:
        move_units(
            stockrecord=honey.stockrecords.get(),
            source=Shelf("retail", "L2"),
            target=Shelf("bulk", "L2"),
            units=1,
            actor_id=1,
            reason="union",
        )

    calls = [*(submit(basket) for basket in baskets), *(lambda r=record: ship(r) for record in paid), move]
    results = together(calls)
    assert not [result for result in results if isinstance(result, Exception)], results
    assert violations() == []


def test_one_person_in_two_tabs_keeps_to_the_limit(together: Together) -> None:
    make_hold_rules()
    tea, buyer = make_product(stock=10), make_user(phone="+8613800000099")
    make_limit(product=tea)
    # The guest's phone is the account's: place_basket gives guests 13800000099.
    calls = [
        submit(make_basket(lines=[(tea, 2)], owner=buyer), buyer=buyer),
        submit(make_basket(lines=[(tea, 2)], owner=None)),
        submit(make_basket(lines=[(tea, 2)], owner=None)),
    ]
    results = together(calls)
    assert Counter(type(result) for result in results) == {PlacedOrder: 1, CannotPlace: 2}
    assert {result.code for result in results if isinstance(result, CannotPlace)} == {"limit"}
    assert StockBalance.objects.get().allocated == 2


def test_a_file_while_orders_are_placed_and_shipped(together: Together) -> None:
    make_hold_rules()
    tea = make_product(sku="t", stock=6)
    record = place_paid(lines=[(tea, 1)])
    raw = "货号,变动数量,版本\nt,10,0\n".encode()
    file = store_stock_file(name="s.csv", raw=raw, rows=read_stock_file(raw), actor_id=make_user().pk)
    line_id = record.shares.get().line_id
    results = together(
        [
            *(submit(make_basket(lines=[(tea, 1)])) for _ in range(6)),
            lambda: consume_allocation(line_units={line_id: 1}),
            lambda: apply_stock_file(file_id=file.pk, actor_id=1),
            lambda: apply_stock_file(file_id=file.pk, actor_id=2),
        ]
    )
    *placed, shipped, first, second = results
    assert shipped is None
    # Shipping was first: the file is stale. Or the file was: it is applied, once.
    applied = sorted(result for result in (first, second) if isinstance(result, int))
    assert applied in ([0, 1], [])
    assert all(isinstance(one, StockRefused) for one in (first, second)) is not bool(applied)
    assert StockBalance.objects.get().on_hand == (15 if applied else 5)
    assert {type(result) for result in placed} <= {PlacedOrder, OutOfStock}
    assert violations() == []
