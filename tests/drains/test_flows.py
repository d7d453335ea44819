"""From the basket to the figures with the delivering done by other processes: the same bodies, both drains."""

import inspect
from collections.abc import Callable
from typing import Any

import pytest

from shop.gateways.models import RefundExecution
from shop.notifications.models import BuyerNotice, NoticeState, SupplierNotice
from shop.operations.invariants import waiting
from shop.outbox.models import DeliveryState, OutboxDelivery, OutboxMessage
from tests.drains.processes import Drain, wait_until
from tests.flows import test_sale, test_union_order

pytestmark = [pytest.mark.broker, pytest.mark.concurrency]
BODIES = (
    pytest.param(test_sale.test_a_guest_buys_by_demo_pay_and_gets_one_tea_back, id="demo_pay_and_refund"),
    pytest.param(test_sale.test_an_account_buys_by_bank_transfer, id="bank_transfer", marks=pytest.mark.long),
    pytest.param(
        test_sale.test_a_paid_order_cancelled_before_shipping_leaves_nothing_behind,
        id="cancelled",
        marks=pytest.mark.long,
    ),
    pytest.param(
        test_union_order.test_on_terms_accepted_first_and_paid_in_two_transfers,
        id="union_on_terms",
        marks=pytest.mark.long,
    ),
    pytest.param(
        test_union_order.test_paid_before_shipping_and_confirmed_by_the_report_alone,
        id="union_by_transfer",
        marks=pytest.mark.long,
    ),
)


def settled() -> bool:
    """Return whether the other processes have nothing left to do."""
    # One that came before what it needs rests and comes again; one that is given up never ends.
    dead = OutboxDelivery.objects.filter(state=DeliveryState.DEAD)
    assert [delivery.last_error for delivery in dead] == []
    unsent = RefundExecution.objects.filter(state__in=("created", "sent")).exclude(
        payment__provider="bank_transfer"
    )
    messages = OutboxMessage.objects.count()
    busy = (
        waiting()
        or unsent.exists()
        or BuyerNotice.objects.filter(state=NoticeState.PENDING).exists()
        or SupplierNotice.objects.filter(state=NoticeState.PENDING).exists()
    )
    # What a job did between two of the questions has left a message.
    return not busy and OutboxMessage.objects.count() == messages


@pytest.fixture
def others_work(drain: Drain, monkeypatch: pytest.MonkeyPatch) -> Drain:
    """Where a body would do the worker's part itself, it waits for the drain instead."""
    for module in (test_sale, test_union_order):
        monkeypatch.setattr(
            module, "work", lambda: wait_until(settled, f"the {drain.name} drain did not finish")
        )
    return drain


@pytest.mark.parametrize("body", BODIES)
def test_a_sale(others_work: Drain, body: Callable[..., Any], capsys: pytest.CaptureFixture[str]) -> None:
    takes_capsys = "capsys" in inspect.signature(body).parameters
    body(capsys) if takes_capsys else body()
