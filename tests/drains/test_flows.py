"""From the basket to the figures with the delivering done by other processes: the same bodies, both drains."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from shop.gateways.models import RefundExecution
from shop.notifications.models import BuyerNotice, NoticeState, SupplierNotice
from shop.operations.invariants import waiting
from shop.outbox.models import DeliveryState, OutboxDelivery
from tests.drains.processes import Drain, wait_until
from tests.flows import test_sale

pytestmark = [pytest.mark.concurrency]
BODIES = (
    test_sale.test_a_guest_buys_by_demo_pay_and_gets_one_tea_back,
    test_sale.test_an_account_buys_by_bank_transfer,
    test_sale.test_a_paid_order_cancelled_before_shipping_leaves_nothing_behind,
)


def settled() -> bool:
    """Return whether the other processes have nothing left to do."""
    failed = OutboxDelivery.objects.exclude(last_error="").exclude(state=DeliveryState.DONE)
    assert [delivery.last_error for delivery in failed] == []
    unsent = RefundExecution.objects.filter(state__in=("created", "sent")).exclude(
        payment__provider="bank_transfer"
    )
    return not (
        waiting()
        or unsent.exists()
        or BuyerNotice.objects.filter(state=NoticeState.PENDING).exists()
        or SupplierNotice.objects.filter(state=NoticeState.PENDING).exists()
    )


@pytest.fixture
def others_work(drain: Drain, monkeypatch: pytest.MonkeyPatch) -> Drain:
    """Where a body would do the worker's part itself, it waits for the drain instead."""
    monkeypatch.setattr(
        test_sale, "work", lambda: wait_until(settled, f"the {drain.name} drain did not finish")
    )
    return drain


@pytest.mark.parametrize("body", BODIES, ids=lambda body: body.__name__.removeprefix("test_"))
def test_a_sale(others_work: Drain, body: Callable[..., Any], capsys: pytest.CaptureFixture[str]) -> None:
    if body is BODIES[2]:
        body()
    else:
        body(capsys)
    assert not connection.in_atomic_block
