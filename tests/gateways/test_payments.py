"""From the first click to the captured payment, with everything that goes wrong on the way."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
import time_machine

from shop.accounts.scope import SYSTEM
from shop.core import clock
from shop.core.exceptions import ShopError
from shop.gateways import services
from shop.gateways.models import HostedPayment, Payment, PaymentAttempt, PaymentNotice, RefundExecution
from shop.gateways.providers import demo
from shop.gateways.providers.base import BadNotice, ProviderUnavailable
from shop.gateways.providers.demo import Choice, DemoProvider
from shop.gateways.selectors import notices_to_check
from shop.journal.models import JournalEntry
from shop.ordering import services as ordering
from shop.ordering.invariants import violations
from shop.ordering.models import OrderRecord
from shop.outbox.models import OutboxMessage
from tests.factories.stock import make_limit
from tests.gateways.cast import DUE, deliver, order, paid_online, signed, started, states, topics

pytestmark = [pytest.mark.django_db, pytest.mark.data]
MONEY = ("payment.captured", "order.paid", "order.released", "order.closed", "unapplied.returned")


def test_the_intention_is_stored_before_the_provider_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    record = order()
    seen: list[str] = []

    def unreachable(self: DemoProvider, request: Any) -> Any:
        seen.append(PaymentAttempt.objects.get(record=record).idempotency_key)
        raise ProviderUnavailable("down")

    with monkeypatch.context() as down:
        down.setattr(DemoProvider, "create_session", unreachable)
        with pytest.raises(ShopError) as refused:
            services.start_payment(record=record, method="demo")
    assert refused.value.code == "provider_unavailable"
    services.start_payment(record=record, method="demo")
    attempt = PaymentAttempt.objects.get(record=record)
    assert (attempt.state, attempt.amount_fen, [attempt.idempotency_key]) == ("open", DUE, seen)
    assert HostedPayment.objects.get().idempotency_key == seen[0]


def test_a_double_click_finds_the_first_session() -> None:
    record = order()
    first = services.start_payment(record=record, method="demo")
    assert services.start_payment(record=record, method="demo") == first
    assert PaymentAttempt.objects.count() == HostedPayment.objects.count() == 1


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_eight_clicks_at_once_open_one_session(together: Callable[..., list[Any]]) -> None:
    record = order()
    results = together([lambda: services.start_payment(record=record, method="demo")] * 8)
    assert [result for result in results if result != results[0]] == []
    assert PaymentAttempt.objects.count() == HostedPayment.objects.count() == 1


def test_a_notice_pays_and_releases_the_order() -> None:
    record = order()
    payment = paid_online(record)
    assert states(record) == ("paid", "released", DUE, "")
    assert (payment.fen, payment.applied_fen, payment.verified_by, payment.demo) == (DUE, DUE, "demo", True)
    assert PaymentAttempt.objects.get().state == "succeeded"
    assert topics(*MONEY) == ["payment.captured", "order.paid", "order.released"]
    message = OutboxMessage.objects.get(topic="payment.captured")
    assert message.stream == payment.key == f"demo:{HostedPayment.objects.get().token}"
    assert message.payload == {
        "payment_key": payment.key,
        "order": record.number,
        "fen": DUE,
        "provider": "demo",
        "captured_at": payment.captured_at.isoformat(),
        "demo": True,
        "verified": True,
    }


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_the_same_notice_twenty_times_at_once_is_one_transition(together: Callable[..., list[Any]]) -> None:
    record = order()
    [notice] = demo.choose(started(record).token, Choice.SUCCEED)
    results = together([lambda: deliver(notice)] * 20)
    assert results == [services.Outcome.CAPTURED] * 20
    assert states(record) == ("paid", "released", DUE, "")
    assert Payment.objects.count() == PaymentNotice.objects.count() == 1
    assert topics(*MONEY) == ["payment.captured", "order.paid", "order.released"]


def test_another_event_of_the_same_payment_changes_nothing() -> None:
    record = order()
    payment = paid_online(record)
    token = HostedPayment.objects.get().token
    assert deliver(signed({"id": "evt_other", "reference": token})) is services.Outcome.CAPTURED
    assert list(Payment.objects.values_list("key", "fen", "applied_fen")) == [(payment.key, DUE, DUE)]


def test_a_bad_signature_stores_nothing_but_a_count() -> None:
    token = started(order()).token
    before = services.bad_notices("demo")
    notice = signed({"id": "evt_1", "reference": token})
    with pytest.raises(BadNotice):
        services.receive_notice(provider="demo", raw=notice.raw + b" ", headers=notice.headers)
    assert services.bad_notices("demo") == before + 1
    assert not PaymentNotice.objects.exists()
    assert not Payment.objects.exists()


def test_an_unknown_reference_is_stored_and_named() -> None:
    notice = signed({"id": "evt_1", "reference": "nobody's"})
    assert deliver(notice) is deliver(notice) is services.Outcome.UNKNOWN_REFERENCE
    stored = PaymentNotice.objects.get()
    assert (stored.outcome, stored.applied_at) == ("unknown_reference", None)
    assert stored.body.encode() == notice.raw


def test_a_failed_payment_leaves_the_order_open_for_another_try() -> None:
    record = order()
    [notice] = demo.choose(started(record).token, Choice.FAIL)
    assert deliver(notice) is services.Outcome.ENDED
    assert states(record) == ("unpaid", "held", 0, "")
    assert paid_online(record).fen == DUE
    assert sorted(PaymentAttempt.objects.values_list("state", flat=True)) == ["failed", "succeeded"]


@pytest.mark.parametrize(
    ("change", "attention", "booked"),
    [
        ({"amount_fen": 19_999}, "payment_amount", [(19_999, 0, "payment_amount", True)]),
        ({"currency": "USD"}, "payment_currency", []),
        ({"livemode": True}, "payment_livemode", [(DUE, 0, "payment_livemode", False)]),
    ],
)
def test_money_that_does_not_match_is_held_for_a_person(
    monkeypatch: pytest.MonkeyPatch, change: dict[str, Any], attention: str, booked: list[Any]
) -> None:
    record = order()
    [notice] = demo.choose(started(record).token, Choice.SUCCEED)
    fetch = DemoProvider.fetch

    def changed(self: DemoProvider, reference: str) -> Any:
        seen = fetch(self, reference)
        return type(seen)(**{**seen.__dict__, **change})

    monkeypatch.setattr(DemoProvider, "fetch", changed)
    foreign = attention == "payment_currency"
    held = services.Outcome.FOREIGN_CURRENCY if foreign else services.Outcome.HELD
    assert deliver(notice) is held
    assert list(notices_to_check(SYSTEM)) == list(PaymentNotice.objects.all()[:foreign])
    assert states(record) == ("unpaid", "held", 0, attention)
    rows = Payment.objects.values_list("fen", "applied_fen", "held_reason", "demo")
    assert list(rows) == booked
    assert topics(*MONEY) == ["payment.captured"] * len(booked)


def test_an_order_with_held_money_takes_no_other_payment(monkeypatch: pytest.MonkeyPatch) -> None:
    record = order()
    Payment.objects.create(
        key="demo:x",
        provider="demo",
        record=record,
        fen=1,
        captured_at=clock.now(),
        held_reason="payment_amount",
    )
    with pytest.raises(ShopError) as refused:
        services.start_payment(record=record, method="demo")
    assert refused.value.code == "payment_held"
    assert not PaymentAttempt.objects.exists()


def test_a_provider_that_cannot_be_asked_leaves_the_notice_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    record = order()
    [notice] = demo.choose(started(record).token, Choice.SUCCEED)

    def down(self: DemoProvider, reference: str) -> Any:
        raise ProviderUnavailable("down")

    with monkeypatch.context() as outage:
        outage.setattr(DemoProvider, "fetch", down)
        assert deliver(notice) is services.Outcome.WAITING
        assert services.apply_waiting_notices() == 0
    assert states(record)[0] == "unpaid"
    assert services.apply_waiting_notices() == 1
    assert services.apply_waiting_notices() == 0
    assert states(record) == ("paid", "released", DUE, "")


def test_reconciliation_finds_what_no_notice_told() -> None:
    record = order()
    demo.choose(started(record).token, Choice.SUCCEED)
    assert services.reconcile_attempts() == 0
    with time_machine.travel(clock.now() + dt.timedelta(minutes=6), tick=False):
        assert services.reconcile_attempts() == 1
        assert services.reconcile_attempts() == 0
    assert states(record) == ("paid", "released", DUE, "")
    assert JournalEntry.objects.get(action="payment.reconciled").after == {"outcome": "captured", "fen": DUE}


def test_a_late_callback_is_delivered_by_the_job() -> None:
    record = order()
    token = started(record).token
    assert demo.choose(token, Choice.LATE) == []
    assert services.deliver_late_callbacks() == 0
    assert states(record)[0] == "unpaid"
    with time_machine.travel(clock.now() + dt.timedelta(minutes=2, seconds=1), tick=False):
        assert services.deliver_late_callbacks() == 1
        assert services.deliver_late_callbacks() == 0
    assert states(record) == ("paid", "released", DUE, "")


def test_a_closed_order_ends_its_session_and_takes_no_payment() -> None:
    record = order()
    token = started(record).token
    assert services.close_order(record_id=record.pk, reason="buyer", actor_id=None)
    assert services.close_order(record_id=record.pk, reason="buyer", actor_id=None)
    assert states(record) == ("closed", "held", 0, "")
    assert HostedPayment.objects.get(token=token).outcome == "expired"
    assert PaymentAttempt.objects.get().state == "expired"
    assert topics("order.closed") == ["order.closed"]
    with pytest.raises(ShopError) as refused:
        services.start_payment(record=record, method="demo")
    assert refused.value.code == "order_closed"


def test_a_session_found_paid_at_closing_is_captured_instead() -> None:
    record = order()
    demo.choose(started(record).token, Choice.SUCCEED)
    assert not services.close_order(record_id=record.pk, reason="buyer", actor_id=None)
    assert states(record) == ("paid", "released", DUE, "")
    assert topics(*MONEY) == ["payment.captured", "order.paid", "order.released"]


def test_a_silent_provider_leaves_the_order_closing_until_it_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    record = order()
    started(record)

    def down(self: DemoProvider, reference: str) -> Any:
        raise ProviderUnavailable("down")

    with monkeypatch.context() as outage:
        outage.setattr(DemoProvider, "expire", down)
        assert not services.close_order(record_id=record.pk, reason="buyer", actor_id=None)
    assert states(record)[0] == "closing"
    assert services.expire_due_orders() == 1
    assert states(record)[0] == "closed"


def test_due_orders_expire_with_or_without_a_session() -> None:
    with_session, without, other = order(), order(), order(method="bank_transfer")
    started(with_session)
    with time_machine.travel(clock.now() + dt.timedelta(minutes=41), tick=False):
        assert services.expire_due_orders() == 2
        assert services.expire_due_orders() == 0
    assert [states(record)[0] for record in (with_session, without, other)] == ["closed", "closed", "unpaid"]
    with_session.refresh_from_db()
    assert with_session.close_reason == "expired"


def test_reconciliation_finds_money_that_landed_behind_the_closing() -> None:
    record = order()
    demo.choose(started(record).token, Choice.LATE)
    services.close_order(record_id=record.pk, reason="buyer", actor_id=None)
    with time_machine.travel(clock.now() + dt.timedelta(minutes=6), tick=False):
        assert len(demo.land_late_payments()) == 1
        assert services.reconcile_attempts() == 1
        assert services.reconcile_attempts() == 0
    assert states(record) == ("paid", "released", DUE, "")


def test_a_session_left_open_beside_a_paid_order_is_ended() -> None:
    record = order(method="bank_transfer")
    services.start_payment(record=record, method="bank_transfer")
    paid_online(record)
    with time_machine.travel(clock.now() + dt.timedelta(minutes=6), tick=False):
        assert services.reconcile_attempts() == 0
    attempts = PaymentAttempt.objects.values_list("provider", "state").order_by("provider")
    assert list(attempts) == [("bank_transfer", "expired"), ("demo", "succeeded")]


def test_a_changed_amount_ends_the_session_and_opens_another() -> None:
    record = order()
    first = started(record)
    ordering.reduce_order(record_id=record.pk, portions=[ordering.FenOf(500)], reason="price", actor_id=None)
    second = started(record)
    first.refresh_from_db()
    assert (first.outcome, second.outcome, second.amount_fen) == ("expired", "", DUE - 500)


def closed_then_paid(stock_taken: bool) -> OrderRecord:
    record = order(stock=2)
    token = started(record).token
    demo.choose(token, Choice.LATE)
    services.close_order(record_id=record.pk, reason="buyer", actor_id=None)
    if stock_taken:
        order(stock=2)
    with time_machine.travel(clock.now() + dt.timedelta(minutes=3), tick=False):
        services.deliver_late_callbacks()
    return record


def test_late_money_with_stock_pays_the_order_after_all() -> None:
    record = closed_then_paid(stock_taken=False)
    assert states(record) == ("paid", "released", DUE, "")
    assert topics(*MONEY) == ["order.closed", "payment.captured", "order.paid", "order.released"]
    assert violations() == []


def test_late_money_over_the_limit_per_person_goes_back_at_once() -> None:
    record = order(stock=20)
    make_limit(product=record.order.lines.get().product)
    demo.choose(started(record).token, Choice.LATE)
    services.close_order(record_id=record.pk, reason="buyer", actor_id=None)
    order(stock=20)
    with time_machine.travel(clock.now() + dt.timedelta(minutes=3), tick=False):
        services.deliver_late_callbacks()
    assert states(record) == ("closed", "held", 0, "late_limit")
    assert services.execute_refunds() == 1
    payment = Payment.objects.get()
    assert (payment.fen, payment.applied_fen, payment.returned_fen) == (DUE, 0, DUE)
    assert violations() == []


def test_late_money_without_stock_goes_back_at_once() -> None:
    record = closed_then_paid(stock_taken=True)
    assert states(record) == ("closed", "held", 0, "late_no_stock")
    execution = RefundExecution.objects.get()
    assert (execution.fen, execution.state, execution.request_id) == (DUE, "created", None)
    assert services.execute_refunds() == 1
    assert services.execute_refunds() == 0
    payment = Payment.objects.get()
    assert (payment.fen, payment.applied_fen, payment.returned_fen) == (DUE, 0, DUE)
    assert topics(*MONEY) == ["order.closed", "payment.captured", "unapplied.returned"]
    told = OutboxMessage.objects.get(topic="unapplied.returned")
    assert told.stream == payment.key
    assert told.payload == {"payment_key": payment.key, "order": record.number, "fen": DUE}
    assert sum(HostedPayment.objects.get(token=payment.key[5:]).refunds.values()) == DUE
    assert violations() == []
