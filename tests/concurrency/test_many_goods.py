"""Orders of many goods at once: their stock is promised in sets, and no unit twice."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from oscar.apps.basket.models import Basket

from shop.ordering import stock
from shop.ordering.invariants import violations
from shop.ordering.models import StockBalance
from shop.ordering.quotes import quote_basket
from shop.ordering.services import OutOfStock, PlacedOrder
from tests.factories import make_basket, make_hold_rules, make_product, place_basket
from tests.factories.stock import make_lot

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.concurrency]
Together = Callable[..., list[Any]]


def submit(basket: Basket) -> Callable[[], PlacedOrder]:
    digest = quote_basket(basket=basket, province="浙江省").digest
    return lambda: place_basket(Basket.objects.get(pk=basket.pk), quoted=digest)


def test_orders_of_many_goods_at_once_hold_no_unit_twice(
    together: Together, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stock, "ONE_BY_ONE", 1)
    make_hold_rules()
    tea, honey = make_product(stock=2), make_product(sku="h", name_zh="蜂蜜", stock=9)
    for product in (honey, tea):
        make_lot(product=product, code="L1", units=3, days=10)
    baskets = [make_basket(lines=[(tea, 1), (honey, 1)][:: 1 if n % 2 else -1]) for n in range(8)]
    results = together([submit(basket) for basket in baskets], timeout=120)
    assert Counter(type(result) for result in results) == {PlacedOrder: 5, OutOfStock: 3}
    held = StockBalance.objects.filter(stockrecord__product=honey).values_list("allocated", flat=True)
    assert sum(held) == 5
    assert violations() == []
