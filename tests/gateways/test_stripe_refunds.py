"""Money back through Stripe: whole, in part, freight, late answers, failures, and refunds that come back."""

import datetime as dt

import pytest
import time_machine

from shop.core import clock
from shop.core.exceptions import ShopError
from shop.gateways import invariants, services
from shop.gateways.models import Payment, RefundExecution
from shop.ordering import services as ordering
from shop.ordering.models import OrderRecord, RefundRequest
from tests.factories import make_product, place
from tests.gateways.cast import DUE, states, topics
from tests.gateways.stripe_cast import calls, deliver, paid, stripe_order
from tests.stripe_peer import Mishap, Peer

pytestmark = [pytest.mark.django_db, pytest.mark.data]


def ask_back(record: OrderRecord, units: int | None = None) -> RefundRequest:
    """Ask for everything, or for some units."""
    share = record.shares.get()
    portions = [ordering.UnitsOf(share.pk, units)] if units else ()
    return ordering.request_refund(
        record_id=record.pk, whole=units is None, portions=portions, reason="return", actor_id=None
    )


def sent(peer: Peer) -> list[tuple[int, str]]:
    """Return amount and state of every refund on the peer's books."""
    return [(row["amount"], row["status"]) for row in peer.books.tables["refunds"].values()]


def test_a_whole_order_goes_back_once(peer: Peer) -> None:
    record = stripe_order()
    paid(peer, record)
    ask_back(record)
    assert services.execute_refunds() == 1
    assert services.execute_refunds() == 0
    [refund] = peer.books.tables["refunds"].values()
    execution = RefundExecution.objects.get()
    assert (refund["amount"], refund["metadata"]) == (DUE, {"execution": execution.idempotency_key})
    assert calls(peer, "POST", "/v1/refunds") == [execution.idempotency_key]
    assert (execution.state, execution.provider_reference) == ("executed", refund["id"])
    assert Payment.objects.get().refunded_fen == DUE
    assert topics("refund.executed") == ["refund.executed"]


def test_a_part_and_then_another_part(peer: Peer) -> None:
    record = stripe_order()
    paid(peer, record)
    for _ in range(2):
        ask_back(record, units=1)
        assert services.execute_refunds() == 1
    assert sent(peer) == [(10_000, "succeeded")] * 2
    with pytest.raises(ShopError):
        ask_back(record, units=1)


def test_freight_goes_back_with_the_goods(peer: Peer) -> None:
    record = place(lines=[(make_product(price_fen=3000, freight_free=False), 1)], method="stripe")
    payment = paid(peer, record)
    assert payment.fen == 3800
    ask_back(record)
    services.execute_refunds()
    assert sent(peer) == [(3800, "succeeded")]
    assert states(record)[2] == 3800
    assert invariants.violations() == []


@pytest.mark.parametrize("mishap", [Mishap.LOST, Mishap.DOWN, Mishap.FAIL_AFTER])
def test_an_answer_that_is_lost_sends_the_money_once(peer: Peer, mishap: Mishap) -> None:
    record = stripe_order()
    paid(peer, record)
    ask_back(record)
    peer.plan(mishap, method="POST", part="/v1/refunds", times=2)
    assert services.execute_refunds() == 0
    assert RefundExecution.objects.get().state == "sent"
    with time_machine.travel(clock.now() + dt.timedelta(minutes=1), tick=False):
        assert services.execute_refunds() == 1
    assert sent(peer) == [(DUE, "succeeded")]
    assert len(set(calls(peer, "POST", "/v1/refunds"))) == 1


def test_an_error_that_stripe_repeats_waits_until_the_key_is_free(peer: Peer) -> None:
    record = stripe_order()
    paid(peer, record)
    ask_back(record)
    peer.plan(Mishap.FAIL, method="POST", part="/v1/refunds")
    assert services.execute_refunds() == 0
    assert services.execute_refunds() == 0
    assert sent(peer) == []
    peer.remembered.clear()
    assert services.execute_refunds() == 1
    assert sent(peer) == [(DUE, "succeeded")]


def test_after_a_day_the_list_is_looked_through_before_money_is_sent(peer: Peer) -> None:
    record = stripe_order()
    paid(peer, record)
    ask_back(record)
    peer.plan(Mishap.LOST, method="POST", part="/v1/refunds", times=2)
    services.execute_refunds()
    peer.remembered.clear()
    with time_machine.travel(clock.now() + dt.timedelta(hours=30), tick=False):
        assert services.execute_refunds() == 1
    assert sent(peer) == [(DUE, "succeeded")]


def test_a_slow_refund_is_told_by_its_notice(peer: Peer) -> None:
    record = stripe_order()
    paid(peer, record)
    ask_back(record)
    peer.books.refund_status = "pending"
    assert services.execute_refunds() == 0
    [refund] = peer.books.tables["refunds"]
    event = peer.books.end_refund(refund, done=True)
    assert deliver(peer, event) is services.Outcome.REFUND_NOTED
    assert deliver(peer, event) is services.Outcome.REFUND_NOTED
    assert RefundExecution.objects.get().state == "executed"
    assert topics("refund.executed") == ["refund.executed"]


def test_a_slow_refund_whose_notice_is_lost_is_asked_about(peer: Peer) -> None:
    record = stripe_order()
    paid(peer, record)
    ask_back(record)
    peer.books.refund_status = "pending"
    assert services.execute_refunds() == 0
    [refund] = peer.books.tables["refunds"]
    peer.books.end_refund(refund, done=True)
    assert services.execute_refunds() == 1
    assert len(calls(peer, "POST", "/v1/refunds")) == 1


def test_a_refund_that_fails_calls_a_person(peer: Peer) -> None:
    record = stripe_order()
    paid(peer, record)
    wish = ask_back(record)
    peer.books.refund_status = "pending"
    services.execute_refunds()
    [refund] = peer.books.tables["refunds"]
    deliver(peer, peer.books.end_refund(refund, done=False))
    wish.refresh_from_db()
    execution = RefundExecution.objects.get()
    assert (execution.state, execution.last_error) == ("failed", "expired_or_canceled_card")
    assert (wish.state, states(record)[3]) == ("failed", "refund_failed")
    assert Payment.objects.get().refunded_fen == 0


def test_a_refund_that_comes_back_stays_booked_and_calls_a_person(peer: Peer) -> None:
    record = stripe_order()
    paid(peer, record)
    ask_back(record)
    services.execute_refunds()
    [refund] = peer.books.tables["refunds"]
    assert deliver(peer, peer.books.end_refund(refund, done=False)) is services.Outcome.REFUND_NOTED
    assert states(record)[3] == "refund_bounced"
    assert (RefundExecution.objects.get().state, Payment.objects.get().refunded_fen) == ("executed", DUE)


def test_a_refund_made_by_hand_at_stripe_is_left_to_the_bill(peer: Peer) -> None:
    record = stripe_order()
    paid(peer, record)
    [intent] = peer.books.tables["intents"].values()
    peer.books.refund(intent, 500, {}, None)
    assert deliver(peer, peer.books.events[-1]) is services.Outcome.IGNORED
    assert Payment.objects.get().refunded_fen == 0


def test_more_than_stripe_has_left_fails_and_calls_a_person(peer: Peer) -> None:
    record = stripe_order()
    paid(peer, record)
    [intent] = peer.books.tables["intents"].values()
    peer.books.refund(intent, 500, {}, None)
    ask_back(record)
    assert services.execute_refunds() == 1
    assert RefundExecution.objects.get().last_error == "charge_already_refunded"
    assert states(record)[3] == "refund_failed"
