"""Stripe under pressure: many notices at once, death at the worst moment, payment against closing."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
import time_machine

from shop.core import clock
from shop.gateways import invariants, services
from shop.gateways.models import Payment, PaymentAttempt, PaymentNotice, RefundExecution
from shop.gateways.providers.stripe.client import line_of
from shop.ordering import services as ordering
from tests.gateways.cast import DUE, states, topics
from tests.gateways.stripe_cast import calls, paid, session_of, start, stripe_order
from tests.process import KILLED, in_process
from tests.stripe_peer import Peer

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]
MONEY = ["payment.captured", "order.paid", "order.released"]


@pytest.fixture
def shop_url(live_server: Any) -> str:
    """The door for notices of a shop that listens."""
    return f"{live_server.url}/notices/stripe/"


def test_the_same_event_twenty_times_at_once_over_http(
    peer: Peer, shop_url: str, together: Callable[..., list[Any]]
) -> None:
    record = stripe_order()
    event = peer.books.pay(session_of(record))
    assert together([lambda: peer.sender.now(event, shop_url)] * 20) == [200] * 20
    assert states(record) == ("paid", "released", DUE, "")
    assert Payment.objects.count() == PaymentNotice.objects.count() == 1
    assert topics(*MONEY) == MONEY


def test_eight_clicks_at_once_open_one_session(peer: Peer, together: Callable[..., list[Any]]) -> None:
    record = stripe_order()
    results = together([lambda: start(record)] * 8)
    assert [result for result in results if result != results[0]] == []
    assert PaymentAttempt.objects.count() == len(peer.books.tables["sessions"]) == 1
    assert len(set(calls(peer, "POST", "/v1/checkout/sessions"))) == 1


@pytest.mark.parametrize("point", ["gateways.after_intent", "gateways.before_mark"])
def test_killed_between_stripes_success_and_the_commit(peer: Peer, point: str) -> None:
    record = stripe_order()
    begun = in_process(lambda: start(record), kill_at=point)
    assert begun == (KILLED if point == "gateways.after_intent" else 0)
    session_id = session_of(record)
    assert len(peer.books.tables["sessions"]) == PaymentAttempt.objects.count() == 1
    peer.books.pay(session_id)
    moment = clock.now() + dt.timedelta(minutes=6)
    killed = in_process(services.reconcile_attempts, kill_at="gateways.before_mark", at=moment)
    assert killed == KILLED
    assert (states(record)[0], Payment.objects.count()) == ("unpaid", 0)
    with time_machine.travel(moment, tick=False):
        assert services.reconcile_attempts() == 1
    assert states(record) == ("paid", "released", DUE, "")
    assert topics(*MONEY) == MONEY
    assert invariants.violations() == []


def test_killed_after_a_refund_was_sent_it_is_not_sent_twice(peer: Peer) -> None:
    record = stripe_order()
    paid(peer, record)
    ordering.request_refund(record_id=record.pk, whole=True, reason="return", actor_id=None)
    assert in_process(services.execute_refunds, kill_at="gateways.after_refund_sent") == KILLED
    assert RefundExecution.objects.get().state == "sent"
    line_of.cache_clear()
    assert services.execute_refunds() == 1
    assert [row["amount"] for row in peer.books.tables["refunds"].values()] == [DUE]
    assert topics("refund.executed") == ["refund.executed"]
    assert invariants.violations() == []


def test_a_notice_against_the_closing(peer: Peer, together: Callable[..., list[Any]]) -> None:
    record = stripe_order()
    event = peer.books.pay(session_of(record))
    raw, headers = peer.signed(event)
    together(
        [
            lambda: services.receive_notice(provider="stripe", raw=raw, headers=headers),
            lambda: services.close_order(record_id=record.pk, reason="expired", actor_id=None),
            services.expire_due_orders,
        ]
    )
    assert states(record) == ("paid", "released", DUE, "")
    assert Payment.objects.count() == 1
    assert invariants.violations() == []
