"""Killed at the worst moment: the next run finishes the work, once."""

import datetime as dt

import pytest
import time_machine

from shop.core import clock
from shop.gateways import invariants, services
from shop.gateways.models import HostedPayment, Payment, PaymentAttempt, PaymentNotice, RefundExecution
from shop.gateways.providers import demo
from shop.ordering import services as ordering
from shop.ordering.models import OrderRecord
from tests.gateways.cast import DUE, order, paid_online, started, states, topics
from tests.process import KILLED, in_process

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]


def start(record: OrderRecord, point: str = "") -> int:
    return in_process(lambda: services.start_payment(record=record, method="demo"), kill_at=point)


def test_killed_after_the_intention_the_next_click_asks_with_the_same_key() -> None:
    record = order()
    assert start(record, "gateways.after_intent") == KILLED
    attempt = PaymentAttempt.objects.get()
    assert (attempt.state, attempt.reference, HostedPayment.objects.count()) == ("created", "", 0)
    assert start(record) == 0
    assert HostedPayment.objects.get().idempotency_key == attempt.idempotency_key


def test_killed_after_the_intention_the_order_still_expires() -> None:
    record = order()
    assert start(record, "gateways.after_intent") == KILLED
    with time_machine.travel(clock.now() + dt.timedelta(minutes=41), tick=False):
        assert services.expire_due_orders() == 1
    assert states(record)[0] == "closed"


@pytest.mark.parametrize("point", ["gateways.before_mark", "gateways.after_capture_commit"])
def test_killed_while_applying_a_notice(point: str) -> None:
    record = order()
    token = started(record).token
    demo.choose(token, demo.Choice.SUCCEED)
    notice = PaymentNotice.objects.create(
        provider="demo",
        provider_event_id="evt_1",
        body="{}",
        body_digest="0" * 64,
        reference=token,
        received_at=clock.now(),
    )
    assert in_process(lambda: services.apply_notice(notice_id=notice.pk), kill_at=point) == KILLED
    committed = point == "gateways.after_capture_commit"
    assert states(record)[0] == ("paid" if committed else "unpaid")
    assert Payment.objects.count() == committed
    assert services.apply_waiting_notices() == (0 if committed else 1)
    assert states(record) == ("paid", "released", DUE, "")
    money = ["payment.captured", "order.paid", "order.released"]
    assert topics(*money) == money
    assert invariants.violations() == []


def test_killed_after_a_refund_was_sent_it_is_not_sent_twice() -> None:
    record = order()
    paid_online(record)
    ordering.request_refund(record_id=record.pk, whole=True, reason="return", actor_id=None)
    assert in_process(services.execute_refunds, kill_at="gateways.after_refund_sent") == KILLED
    assert RefundExecution.objects.get().state == "sent"
    assert in_process(services.execute_refunds) == 0
    execution = RefundExecution.objects.get()
    assert (execution.state, HostedPayment.objects.get().refunds) == (
        "executed",
        {execution.idempotency_key: DUE},
    )
    assert topics("refund.executed") == ["refund.executed"]
    assert invariants.violations() == []


def test_expired_sessions_do_not_keep_the_reconciliation_from_open_ones(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("shop.gateways.services.reconciliation._BATCH", 1)
    with time_machine.travel(clock.now() - dt.timedelta(minutes=10), tick=False):
        gone, waiting = order(), order()
        started(gone)
        services.close_order(record_id=gone.pk, reason="buyer", actor_id=None)
        demo.choose(started(waiting).token, demo.Choice.SUCCEED)
    assert services.reconcile_attempts() == 1
    assert states(waiting) == ("paid", "released", DUE, "")
