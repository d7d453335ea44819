"""Shipping against cancelling, and paying against expiring, across the apps that take part in them."""

import datetime as dt
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
import time_machine

from shop.accounts.scope import SYSTEM
from shop.core import clock
from shop.core.exceptions import ShopError
from shop.fulfilment import services as fulfilment
from shop.fulfilment.models import Parcel, SupplierOrder
from shop.gateways import services as gateways
from shop.gateways.models import Payment
from shop.gateways.providers import demo
from shop.ordering import services as ordering
from shop.ordering.models import OrderRecord, StockBalance
from shop.outbox.models import OutboxMessage
from tests.flows.cast import work
from tests.gateways.cast import deliver, order, paid_online, started
from tests.promises import assert_kept

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.concurrency]
Together = Callable[..., list[Any]]


def told(*topics: str) -> dict[str, int]:
    counts = Counter(OutboxMessage.objects.values_list("topic", flat=True))
    return {topic: counts[topic] for topic in topics}


def stock() -> tuple[int, int]:
    balance = StockBalance.objects.get()
    return (balance.on_hand, balance.allocated)


@pytest.mark.parametrize("_round", range(3))
def test_a_cancelled_order_is_not_shipped_and_a_shipped_one_not_cancelled(
    together: Together, _round: int
) -> None:
    record = order()
    paid_online(record)
    work()
    supplier_order = SupplierOrder.objects.get()

    def ship(number: int) -> Callable[[], Parcel]:
        return lambda: fulfilment.ship_parcel(
            scope=SYSTEM,
            supplier_order_id=supplier_order.pk,
            courier="邮政EMS",
            tracking_number=f"EMS00000{number}",
            actor_id=None,
        )

    def cancel() -> object:
        return ordering.request_refund(
            record_id=record.pk, whole=True, unshipped_only=True, reason="买错了", actor_id=None
        )

    results = together([ship(1), cancel, ship(2), cancel])
    won = [result for result in results if not isinstance(result, Exception)]
    assert len(won) == 1, results
    assert all(isinstance(result, ShopError) for result in results if result is not won[0]), results
    work()
    record.refresh_from_db()
    supplier_order.refresh_from_db()
    if isinstance(won[0], Parcel):
        assert (stock(), record.refunded_fen, supplier_order.state) == ((18, 0), 0, "shipped")
    else:
        assert (stock(), record.refunded_fen, supplier_order.state) == ((20, 0), 20_000, "cancelled")
    assert_kept()


@pytest.mark.parametrize("_round", range(3))
def test_a_payment_at_the_moment_of_expiry_is_kept(together: Together, _round: int) -> None:
    record = order()
    token = started(record).token
    with time_machine.travel(clock.now() + dt.timedelta(minutes=41), tick=True):
        [notice] = demo.choose(token, demo.Choice.SUCCEED)
        results = together([lambda: deliver(notice), gateways.expire_due_orders, lambda: deliver(notice)])
        assert not [result for result in results if isinstance(result, Exception)], results
        # Whoever came first: the session had taken the money, so the order is paid, once.
        gateways.expire_due_orders()
        work()
    record.refresh_from_db()
    assert (record.payment_state, record.paid_fen, Payment.objects.count()) == ("paid", 20_000, 1)
    assert stock() == (20, 2)
    assert told("payment.captured", "order.paid", "order.released") == {
        "payment.captured": 1,
        "order.paid": 1,
        "order.released": 1,
    }
    assert_kept()


def test_money_for_an_order_that_expired_meanwhile_and_whose_goods_are_gone_goes_back(
    together: Together,
) -> None:
    record = order(stock=2)
    token = started(record).token
    demo.choose(token, demo.Choice.LATE)
    with time_machine.travel(clock.now() + dt.timedelta(minutes=41), tick=True):
        assert gateways.expire_due_orders() == 1
        other = order()
        assert other.pk != record.pk
        together([gateways.deliver_late_callbacks, gateways.expire_due_orders])
        work()
    record.refresh_from_db()
    payment = Payment.objects.get(record=record)
    assert (record.payment_state, payment.applied_fen, payment.returned_fen) == ("closed", 0, 20_000)
    assert OrderRecord.objects.get(pk=other.pk).payment_state == "unpaid"
    assert stock() == (2, 2)
    assert_kept()
