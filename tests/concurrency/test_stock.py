"""Many at once: the last item, one basket, paying against closing, shipping against cancelling."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from oscar.apps.basket.models import Basket

from shop.core import clock
from shop.ordering.invariants import violations
from shop.ordering.models import OrderRecord, StockBalance
from shop.ordering.services import (
    Applied,
    CloseReason,
    OfferedPayment,
    OrderIsPaid,
    OutOfStock,
    PlacedOrder,
    RefundRefused,
    StockRefused,
    begin_close,
    consume_allocation,
    finish_close,
    mark_order_paid,
    quote_basket,
    request_refund,
)
from shop.outbox.models import OutboxMessage
from tests.factories import make_basket, make_hold_rules, make_product, place, place_basket, place_paid

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.concurrency]
Together = Callable[..., list[Any]]
BUYERS = 50


def submit(basket: Basket, digest: str) -> Callable[[], PlacedOrder]:
    return lambda: place_basket(Basket.objects.get(pk=basket.pk), quoted=digest)


def pay_call(record: OrderRecord, key: str = "demo:1") -> Callable[[], Applied]:
    payment = OfferedPayment(key, record.due_fen, clock.now())
    return lambda: mark_order_paid(record_id=record.pk, payments=[payment])


def topics() -> Counter[str]:
    return Counter(OutboxMessage.objects.values_list("topic", flat=True))


def test_fifty_buyers_and_one_item(together: Together) -> None:
    make_hold_rules()
    tea = make_product(stock=1)
    baskets = [make_basket(lines=[(tea, 1)]) for _ in range(BUYERS)]
    digests = [quote_basket(basket=basket, province="浙江省").digest for basket in baskets]
    results = together(
        [submit(basket, digest) for basket, digest in zip(baskets, digests, strict=True)], timeout=120
    )
    assert Counter(type(result) for result in results) == {PlacedOrder: 1, OutOfStock: BUYERS - 1}
    assert {(r.product, r.left) for r in results if isinstance(r, OutOfStock)} == {("旺苍黄茶", 0)}
    assert OrderRecord.objects.count() == 1
    assert Basket.objects.filter(status=Basket.SUBMITTED).count() == 1
    balance = StockBalance.objects.get()
    assert (balance.on_hand, balance.allocated) == (1, 1)
    assert violations() == []


def test_one_basket_submitted_eight_times(together: Together) -> None:
    make_hold_rules()
    basket = make_basket(lines=[(make_product(stock=10), 1)])
    digest = quote_basket(basket=basket, province="浙江省").digest
    results = together([submit(basket, digest)] * 8)
    assert all(isinstance(result, PlacedOrder) for result in results), results
    assert len({result.record.pk for result in results}) == 1
    assert len({result.token for result in results}) == 1
    assert [result.created for result in results].count(True) == 1
    assert StockBalance.objects.get().allocated == 1
    assert topics() == {"order.placed": 1}


def test_baskets_of_the_same_goods_in_another_order_do_not_deadlock(together: Together) -> None:
    make_hold_rules()
    tea, honey = make_product(stock=100), make_product(sku="h", name_zh="蜂蜜", stock=100)
    baskets = [make_basket(lines=[(tea, 1), (honey, 1)][:: 1 if n % 2 else -1]) for n in range(12)]
    digests = [quote_basket(basket=basket, province="浙江省").digest for basket in baskets]
    results = together([submit(basket, digest) for basket, digest in zip(baskets, digests, strict=True)])
    assert all(isinstance(result, PlacedOrder) for result in results), results
    assert set(StockBalance.objects.values_list("allocated", flat=True)) == {12}
    assert violations() == []


@pytest.mark.parametrize("_round", range(3))
def test_paying_against_closing_has_one_winner(together: Together, _round: int) -> None:
    record = place(lines=[(make_product(stock=1), 1)])

    def close() -> bool:
        begin_close(record_id=record.pk, reason=CloseReason.EXPIRED)
        return finish_close(record_id=record.pk)

    paid, closed = together([pay_call(record), close])
    record.refresh_from_db()
    # The stock is there in every order of events, so the money always ends up applied.
    assert paid.outcome in ("paid", "late_paid")
    assert record.payment_state == "paid"
    assert isinstance(closed, OrderIsPaid) or closed is (paid.outcome == "late_paid")
    assert StockBalance.objects.get().allocated == 1
    assert topics()["order.paid"] == 1
    assert topics()["order.closed"] == (1 if paid.outcome == "late_paid" else 0)
    assert violations() == []


def test_the_same_money_offered_by_many_is_applied_once(together: Together) -> None:
    record = place(lines=[(make_product(), 1)])
    results = together([pay_call(record, f"demo:{number}") for number in range(8)])
    assert Counter(result.outcome for result in results) == {"paid": 1, "already_paid": 7}
    assert sum(sum(result.sums.values()) for result in results) == record.due_fen
    assert topics() == {"order.placed": 1, "order.paid": 1, "order.released": 1}


def test_shipping_against_cancelling_has_one_winner(together: Together) -> None:
    record = place_paid(lines=[(make_product(stock=5), 5)])
    line_id = record.shares.get().line_id

    def ship() -> None:
        consume_allocation(line_units={line_id: 5})

    def cancel() -> object:
        return request_refund(
            record_id=record.pk, whole=True, unshipped_only=True, reason="changed my mind", actor_id=None
        )

    shipped, cancelled = together([ship, cancel])
    assert (shipped is None) != (not isinstance(cancelled, Exception)), (shipped, cancelled)
    assert shipped is None or isinstance(shipped, StockRefused)
    assert not isinstance(cancelled, Exception) or isinstance(cancelled, RefundRefused)
    balance = StockBalance.objects.get()
    assert (balance.on_hand, balance.allocated) == ((0, 0) if shipped is None else (5, 5))
    assert violations() == []


def test_refunds_at_once_never_exceed_what_was_paid(together: Together) -> None:
    record = place_paid(lines=[(make_product(price_fen=1000), 3)])
    results = together(
        [
            lambda: request_refund(record_id=record.pk, whole=True, reason="two desks", actor_id=1)
            for _ in range(6)
        ]
    )
    assert sum(not isinstance(result, Exception) for result in results) == 1
    assert all(isinstance(result, RefundRefused) for result in results if isinstance(result, Exception))
    assert sum(request.fen for request in record.refunds.all()) == 3000
    assert violations() == []
