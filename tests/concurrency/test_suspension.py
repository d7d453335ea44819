"""An order is placed while its supplier is suspended: it comes first and is closed, or it is refused."""

from collections.abc import Callable
from typing import Any

import pytest

from shop.core import clock
from shop.core.exceptions import ShopError
from shop.ordering.models import OrderRecord, StockBalance
from shop.suppliers import services
from shop.suppliers.models import Supplier, SupplierState
from tests.factories import make_basket, make_hold_rules, make_product, make_supplier, place_basket
from tests.worker import drain

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.concurrency]
Together = Callable[..., list[Any]]


def test_no_order_slips_past_a_suspension(together: Together) -> None:
    tea = make_product(supplier=make_supplier(code="wc-1"), stock=50)
    make_hold_rules()
    baskets = [make_basket(lines=[(tea, 1)]) for _ in range(6)]

    def buy(basket: Any) -> Callable[[], Any]:
        return lambda: place_basket(basket).record.pk

    def suspend() -> str:
        return services.suspend_supplier(code="wc-1", on=clock.today(), reason="抽检不合格", actor_id=7).state

    results = together([buy(baskets[0]), buy(baskets[1]), suspend, *map(buy, baskets[2:])])
    placed = [result for result in results if isinstance(result, int)]
    refused = [result for result in results if isinstance(result, Exception)]
    assert all(isinstance(one, ShopError) and one.code == "supplier_suspended" for one in refused), refused
    assert Supplier.objects.get().state == SupplierState.SUSPENDED
    assert sorted(OrderRecord.objects.values_list("pk", flat=True)) == sorted(placed)
    assert StockBalance.objects.get().allocated == len(placed)
    # Whatever was placed came before the suspension, so the suspension has seen it.
    drain()
    assert not OrderRecord.objects.exclude(payment_state="closing").exists()
    with pytest.raises(ShopError):
        place_basket(make_basket(lines=[(tea, 1)]))
