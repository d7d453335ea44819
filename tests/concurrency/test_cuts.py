"""A buyer pays while a suspended supplier's goods are taken off the order: one of the two comes first, whole."""

from collections.abc import Callable
from typing import Any

import pytest

from shop.core import clock
from shop.core.exceptions import ShopError
from shop.gateways import services as gateways
from shop.gateways.models import Payment
from shop.gateways.providers import demo
from shop.ordering.desk_models import SupplierCut
from shop.suppliers import services as suppliers
from tests.gateways.cast import deliver, started
from tests.gateways.test_cuts import DUE, OWN, PEARS, mixed
from tests.promises import assert_kept
from tests.worker import drain

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.concurrency]
Together = Callable[..., list[Any]]


@pytest.mark.parametrize("_round", range(3))
def test_an_order_is_paid_whole_or_reduced_and_never_both(together: Together, _round: int) -> None:
    record = mixed()
    token = started(record).token
    suppliers.suspend_supplier(
        code=OWN, on=clock.today(), reason="抽检不合格", actor_id=7, unpaid_orders="close"
    )
    drain()

    def buy() -> str:
        for notice in demo.choose(token, demo.Choice.SUCCEED):
            deliver(notice)
        return "paid"

    results = together([buy, gateways.cut_suspended_goods, gateways.cut_suspended_goods])
    assert all(not isinstance(one, Exception) or isinstance(one, ShopError) for one in results), results
    gateways.cut_suspended_goods()
    drain()
    record.refresh_from_db()
    money = sum(Payment.objects.values_list("fen", flat=True))
    outcome = (record.payment_state, record.due_fen, money, SupplierCut.objects.get().state)
    assert outcome in [("paid", DUE, DUE, "left"), ("unpaid", PEARS, 0, "cut")], results
    assert_kept()


@pytest.mark.parametrize("_round", range(3))
def test_a_payment_that_begins_at_that_moment_asks_for_what_is_due(together: Together, _round: int) -> None:
    record = mixed()
    suppliers.suspend_supplier(
        code=OWN, on=clock.today(), reason="抽检不合格", actor_id=7, unpaid_orders="close"
    )
    drain()

    def begin() -> int:
        return gateways.start_payment(record=record, method="demo").attempt_id

    together([begin, gateways.cut_suspended_goods, begin])
    gateways.cut_suspended_goods()
    drain()
    record.refresh_from_db()
    assert (record.payment_state, record.due_fen) == ("unpaid", PEARS)
    # An attempt that is still open asks for no more than is due now.
    amounts = record.attempts.filter(state__in=["created", "open"]).values_list("amount_fen", flat=True)
    assert set(amounts) <= {PEARS}
    assert_kept()
