"""Stripe's hosted checkout, from the click to the captured money: the official library over HTTP to our peer."""

import datetime as dt
import json
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import translation

from shop.core import clock
from shop.core.exceptions import ShopError
from shop.gateways import selectors, services
from shop.gateways.models import Payment, PaymentAttempt, PaymentNotice
from shop.gateways.providers import demo, registry
from shop.gateways.providers.base import BadNotice
from shop.gateways.providers.stripe.client import line_of
from shop.journal.models import JournalEntry
from tests.factories import make_product, place
from tests.gateways.cast import DUE, started, states
from tests.gateways.stripe_cast import calls, deliver, paid, session_of, start, stripe_order
from tests.stripe_peer import Mishap, Peer

pytestmark = [pytest.mark.django_db, pytest.mark.data]
SESSIONS = "/v1/checkout/sessions"


def test_stripe_is_offered_only_with_both_keys(peer: Peer, settings: Any) -> None:
    record = stripe_order()
    assert [option.code for option in services.methods(record)] == ["stripe", "demo"]
    for name in ("STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET"):
        kept = getattr(settings, name)
        setattr(settings, name, "")
        assert [option.code for option in services.methods(record)] == ["demo"]
        assert Client().post("/notices/stripe/", "{}", content_type="application/json").status_code == 404
        setattr(settings, name, kept)


def test_test_keys_pay_demonstration_orders_and_live_keys_real_ones(peer: Peer, settings: Any) -> None:
    real = stripe_order()
    real.demo = False
    assert services.methods(real) == []
    settings.STRIPE_SECRET_KEY = "rk_live_1"
    assert [option.code for option in services.methods(real)] == ["stripe"]
    assert "stripe" not in services.methods_for_new_orders(demo=True)


def test_a_stand_in_takes_nobodys_place_outside_demonstration_and_tests(peer: Peer, settings: Any) -> None:
    settings.SHOP_DEMO, settings.SHOP_ENV = False, "production"
    assert "stripe" not in registry.enabled()
    settings.STRIPE_API_BASE = ""
    assert "stripe" in registry.enabled()


def test_what_stripe_is_asked_to_collect(peer: Peer) -> None:
    record = stripe_order()
    started = start(record)
    attempt = PaymentAttempt.objects.get(record=record)
    session = peer.books.tables["sessions"][attempt.reference]
    assert started.redirect_url == session["url"] == f"{peer.base}/c/pay/{attempt.reference}"
    assert (session["amount_total"], session["currency"]) == (DUE, "cny")
    assert session["payment_method_types"] == ["card", "alipay", "wechat_pay"]
    assert session["client_reference_id"] == record.number
    marks = {"order": record.number, "attempt": attempt.idempotency_key}
    assert session["metadata"] == session["intent_metadata"] == marks
    assert session["success_url"].endswith(reverse("gateways:return", args=[record.number]))
    assert session["cancel_url"].endswith(reverse("gateways:cashier", args=[record.number]))
    assert record.hold_until is not None
    assert session["expires_at"] == int(record.hold_until.timestamp())
    assert calls(peer, "POST", SESSIONS) == [attempt.idempotency_key]


def test_a_late_click_still_gets_the_half_hour_that_stripe_asks_for(peer: Peer) -> None:
    record = stripe_order()
    with time_machine.travel(clock.now() + dt.timedelta(minutes=20), tick=False):
        session = peer.books.tables["sessions"][session_of(record)]
        assert session["expires_at"] == int((clock.now() + dt.timedelta(minutes=31)).timestamp())


def test_a_double_click_and_another_language_find_the_same_session(peer: Peer) -> None:
    record = stripe_order()
    first = start(record)
    with translation.override("en"):
        assert start(record) == first
    assert len(peer.books.tables["sessions"]) == 1
    assert len(calls(peer, "POST", SESSIONS)) == 1


def test_the_key_is_saved_before_the_call_and_asked_with_again(peer: Peer) -> None:
    record = stripe_order()
    peer.plan(Mishap.DOWN, method="POST", times=2)
    with pytest.raises(ShopError) as refused:
        start(record)
    assert refused.value.code == "provider_unavailable"
    attempt = PaymentAttempt.objects.get(record=record)
    assert (attempt.state, attempt.reference) == ("created", "")
    assert calls(peer, "POST", SESSIONS) == [attempt.idempotency_key] * 2
    with time_machine.travel(clock.now() + dt.timedelta(minutes=1)):
        assert session_of(record) in peer.books.tables["sessions"]
    assert calls(peer, "POST", SESSIONS) == [attempt.idempotency_key] * 3


def test_a_lost_answer_is_asked_for_again_with_the_same_key_and_parameters(peer: Peer) -> None:
    record = stripe_order()
    peer.plan(Mishap.LOST, method="POST", times=2)
    with pytest.raises(ShopError):
        start(record)
    [made] = peer.books.tables["sessions"]
    with time_machine.travel(clock.now() + dt.timedelta(minutes=1)):
        assert session_of(record) == made
    assert len(peer.books.tables["sessions"]) == 1


def test_after_a_day_stripe_is_asked_what_it_has_before_anything_is_opened(peer: Peer) -> None:
    record, forgotten = stripe_order(), stripe_order()
    peer.plan(Mishap.LOST, method="POST", times=2)
    peer.plan(Mishap.DOWN, method="POST", times=2)
    for one in (record, forgotten):
        with pytest.raises(ShopError):
            start(one)
        line_of.cache_clear()
    [made] = peer.books.tables["sessions"]
    peer.remembered.clear()
    with time_machine.travel(clock.now() + dt.timedelta(hours=25), tick=False):
        services.reconcile_attempts()
    attempts = {row.record_id: row for row in PaymentAttempt.objects.all()}
    assert (attempts[record.pk].reference, attempts[record.pk].state) == (made, "expired")
    assert (attempts[forgotten.pk].reference, attempts[forgotten.pk].state) == ("", "failed")
    assert len(peer.books.tables["sessions"]) == 1


def test_what_stripe_refuses_ends_the_attempt_and_the_next_click_begins_anew(peer: Peer) -> None:
    record = stripe_order()
    peer.plan(Mishap.DOWN, method="POST", times=2)
    with pytest.raises(ShopError):
        start(record)
    # By now the stored parameters give the session less than 30 minutes.
    with time_machine.travel(clock.now() + dt.timedelta(minutes=15), tick=False):
        start(record)
    assert list(PaymentAttempt.objects.order_by("pk").values_list("state", flat=True)) == ["failed", "open"]
    assert len(peer.books.tables["sessions"]) == 1


def test_an_amount_that_stripe_does_not_take_is_told_to_the_buyer(peer: Peer) -> None:
    record = place(lines=[(make_product(price_fen=100), 2)], method="stripe")
    with pytest.raises(ShopError) as refused:
        start(record)
    assert refused.value.code == "provider_refused"
    assert PaymentAttempt.objects.get(record=record).state == "failed"
    assert not peer.books.tables["sessions"]


def test_an_error_that_stripe_repeats_for_a_day_does_not_block_the_order(peer: Peer) -> None:
    record = stripe_order()
    peer.plan(Mishap.FAIL, method="POST")
    with pytest.raises(ShopError) as refused:
        start(record)
    assert refused.value.code == "provider_refused"
    assert start(record).redirect_url
    assert list(PaymentAttempt.objects.order_by("pk").values_list("state", flat=True)) == ["failed", "open"]


def test_an_error_after_stripe_acted_finds_the_session(peer: Peer) -> None:
    record = stripe_order()
    peer.plan(Mishap.FAIL_AFTER, method="POST")
    session_id = session_of(record)
    assert list(peer.books.tables["sessions"]) == [session_id]
    assert PaymentAttempt.objects.count() == 1


def test_a_silent_stripe_is_left_alone_for_a_moment(peer: Peer, settings: Any) -> None:
    settings.STRIPE_TIMEOUT_SECONDS, settings.STRIPE_NETWORK_RETRIES = 0.2, 0
    first, second = stripe_order(), stripe_order()
    peer.plan(Mishap.HANG, times=9)
    for record in (first, second):
        with pytest.raises(ShopError) as refused:
            start(record)
        assert refused.value.code == "provider_unavailable"
    assert len(peer.calls) == 1
    assert [option.code for option in services.methods(first)] == ["stripe", "demo"]
    assert services.start_payment(record=first, method="demo").redirect_url


def test_a_notice_pays_and_releases_the_order(peer: Peer) -> None:
    record = stripe_order()
    payment = paid(peer, record)
    assert states(record) == ("paid", "released", DUE, "")
    assert (payment.fen, payment.payer, payment.demo, payment.verified_by) == (DUE, "王芳", True, "stripe")
    assert len(payment.key) <= 64
    assert PaymentAttempt.objects.get().state == "succeeded"


def test_twice_late_and_out_of_order_is_one_payment(peer: Peer) -> None:
    record = stripe_order()
    session_id = session_of(record)
    begun = peer.books.start_slow_payment(session_id)
    done = peer.books.end_slow_payment(session_id, paid=True)
    assert deliver(peer, done) is services.Outcome.CAPTURED
    assert deliver(peer, begun, age=299) is services.Outcome.CAPTURED
    assert deliver(peer, done) is services.Outcome.CAPTURED
    assert Payment.objects.count() == 1
    assert PaymentNotice.objects.count() == 2
    assert states(record) == ("paid", "released", DUE, "")


def test_a_slow_payment_that_fails_leaves_the_order_payable(peer: Peer) -> None:
    record = stripe_order()
    session_id = session_of(record)
    assert deliver(peer, peer.books.start_slow_payment(session_id)) is services.Outcome.PENDING
    assert selectors.pay_status(record) is selectors.PayStatus.CONFIRMING
    assert services.close_order(record_id=record.pk, reason="buyer", actor_id=None) is False
    assert states(record)[0] == "closing"
    assert deliver(peer, peer.books.end_slow_payment(session_id, paid=False)) is services.Outcome.ENDED
    assert services.close_order(record_id=record.pk, reason="buyer", actor_id=None) is True
    assert not Payment.objects.exists()


def test_a_declined_card_changes_nothing(peer: Peer) -> None:
    record = stripe_order()
    session_id = session_of(record)
    assert deliver(peer, peer.books.decline(session_id)) is services.Outcome.IGNORED
    assert PaymentNotice.objects.get().about == "nothing"
    assert PaymentAttempt.objects.get().state == "open"
    deliver(peer, peer.books.pay(session_id))
    assert states(record)[0] == "paid"


def test_the_browser_never_returns_and_the_notice_is_lost(peer: Peer) -> None:
    record = stripe_order()
    peer.books.pay(session_of(record))
    assert selectors.pay_status(record) is selectors.PayStatus.CONFIRMING
    assert services.reconcile_attempts() == 0
    with time_machine.travel(clock.now() + dt.timedelta(minutes=6), tick=False):
        assert services.reconcile_attempts() == 1
        assert services.reconcile_attempts() == 0
    assert states(record) == ("paid", "released", DUE, "")
    assert JournalEntry.objects.filter(action="payment.reconciled").count() == 1


@pytest.mark.parametrize("fault", ["none", "empty", "wrong", "old", "rewritten", "nonsense", "binary"])
def test_a_notice_that_is_not_stripes_is_refused_and_not_stored(peer: Peer, fault: str) -> None:
    event = peer.books.pay(session_of(stripe_order()))
    raw, headers = peer.signed(event, age=301 if fault == "old" else 0)
    sent = {
        "none": (raw, {}),
        "empty": (raw, {"Stripe-Signature": ""}),
        "wrong": (raw, {"Stripe-Signature": headers["Stripe-Signature"][:-1] + "x"}),
        "old": (raw, headers),
        "rewritten": (json.dumps(json.loads(raw)).encode(), headers),
        "nonsense": (raw, {"Stripe-Signature": "t=ü,v1=x,v0"}),
        "binary": (b"\xff\xfe", headers),
    }[fault]
    before = services.bad_notices("stripe")
    answer = Client().post(
        "/notices/stripe/",
        data=sent[0],
        content_type="application/json",
        headers={name: text.encode().decode("latin-1") for name, text in sent[1].items()},
    )
    assert answer.status_code == 400
    assert services.bad_notices("stripe") == before + 1
    assert not PaymentNotice.objects.exists()
    assert not Payment.objects.exists()


def test_a_signed_body_that_is_no_event_is_refused(peer: Peer) -> None:
    for body in ({}, {"id": "evt_1", "type": "x"}, {"id": "evt_1", "type": "x", "data": {"object": None}}):
        raw, headers = peer.signed(body)
        with pytest.raises(BadNotice, match="read"):
            services.receive_notice(provider="stripe", raw=raw, headers=headers)


@pytest.mark.parametrize(
    ("change", "attention", "outcome"),
    [
        ({"amount_received": DUE - 1}, "payment_amount", services.Outcome.HELD),
        ({"currency": "usd"}, "payment_currency", services.Outcome.FOREIGN_CURRENCY),
    ],
)
def test_another_amount_or_currency_holds_the_order(
    peer: Peer, change: dict[str, Any], attention: str, outcome: services.Outcome
) -> None:
    record = stripe_order()
    event = peer.books.pay(session_of(record))
    [intent] = peer.books.tables["intents"].values()
    intent |= change
    assert deliver(peer, event) is outcome
    assert states(record) == ("unpaid", "held", 0, attention)
    assert not record.supplier_orders.exists()


def test_real_money_for_a_demonstration_order_holds_it(peer: Peer) -> None:
    record = stripe_order()
    event = peer.books.pay(session_of(record))
    [session] = peer.books.tables["sessions"].values()
    session["livemode"] = True
    assert deliver(peer, event) is services.Outcome.HELD
    assert states(record) == ("unpaid", "held", 0, "payment_livemode")


def test_a_notice_from_another_account_holds_the_order(peer: Peer) -> None:
    record = stripe_order()
    session_id = session_of(record)
    event = peer.books.tell(
        "checkout.session.completed", peer.books.tables["sessions"][session_id], account="acct_other"
    )
    assert deliver(peer, event) is services.Outcome.HELD
    assert states(record) == ("unpaid", "held", 0, "payment_account")
    assert not Payment.objects.exists()
    own = peer.books.pay(session_id) | {"account": "acct_shop", "id": "evt_own"}
    assert deliver(peer, own) is services.Outcome.CAPTURED


def test_a_notice_waits_while_stripe_cannot_be_asked(peer: Peer) -> None:
    record = stripe_order()
    event = peer.books.pay(session_of(record))
    peer.plan(Mishap.LIMIT)
    assert deliver(peer, event) is services.Outcome.WAITING
    assert states(record)[0] == "unpaid"
    assert services.apply_waiting_notices() == 1
    assert states(record)[0] == "paid"


def test_an_order_closes_after_its_session_has_ended(peer: Peer) -> None:
    record = stripe_order()
    session_id = session_of(record)
    with time_machine.travel(clock.now() + dt.timedelta(minutes=41), tick=False):
        assert services.expire_due_orders() == 1
        services.reconcile_attempts()
    assert states(record)[0] == "closed"
    assert peer.books.tables["sessions"][session_id]["status"] == "expired"
    assert PaymentAttempt.objects.get().state == "expired"


def test_a_session_that_was_paid_meanwhile_pays_the_order_that_was_to_close(peer: Peer) -> None:
    record = stripe_order()
    peer.books.pay(session_of(record))
    assert services.close_order(record_id=record.pk, reason="buyer", actor_id=None) is False
    assert states(record) == ("paid", "released", DUE, "")


def test_while_stripe_is_down_the_order_stays_closing(peer: Peer) -> None:
    record = stripe_order()
    session_of(record)
    peer.plan(Mishap.DOWN, times=2)
    assert services.close_order(record_id=record.pk, reason="buyer", actor_id=None) is False
    assert states(record)[0] == "closing"
    with time_machine.travel(clock.now() + dt.timedelta(minutes=41), tick=False):
        assert services.expire_due_orders() == 1
    assert states(record)[0] == "closed"


def test_money_that_lands_behind_the_closing_goes_back_when_the_goods_are_gone(peer: Peer) -> None:
    record = stripe_order(stock=2)
    session_id = session_of(record)
    assert services.close_order(record_id=record.pk, reason="buyer", actor_id=None) is True
    # Against its own word Stripe takes the money after all, and somebody else has bought the goods.
    peer.books.tables["sessions"][session_id]["status"] = "open"
    from_stripe = peer.books.pay(session_id)
    product = record.order.lines.get().product
    place_again(product)
    assert deliver(peer, from_stripe) is services.Outcome.CAPTURED
    assert states(record)[:2] == ("closed", "held")
    assert services.execute_refunds() == 1
    payment = Payment.objects.get()
    assert (payment.applied_fen, payment.returned_fen) == (0, DUE)
    assert [refund["amount"] for refund in peer.books.tables["refunds"].values()] == [DUE]


def place_again(product: Any) -> None:
    place(lines=[(product, 2)])


def test_the_door_answers_over_http(peer: Peer) -> None:
    record = stripe_order()
    raw, headers = peer.signed(peer.books.pay(session_of(record)))
    answer = Client().post("/notices/stripe/", data=raw, content_type="application/json", headers=headers)
    assert (answer.status_code, answer.content) == (200, b"captured")


def test_half_an_hour_without_stripe_leaves_orders_payable_another_way_and_holds_end(
    peer: Peer, settings: Any
) -> None:
    never, otherwise, silent = stripe_order(), stripe_order(), stripe_order()
    session_of(silent)
    now, settings.STRIPE_API_BASE = clock.now(), "http://127.0.0.1:9"
    for minutes in (0, 15, 30):
        with time_machine.travel(now + dt.timedelta(minutes=minutes), tick=False):
            with pytest.raises(ShopError):
                start(otherwise)
            services.reconcile_attempts()
    assert states(otherwise) == ("unpaid", "held", 0, "")
    with time_machine.travel(now + dt.timedelta(minutes=30), tick=False):
        [notice] = demo.choose(started(otherwise).token, demo.Choice.SUCCEED)
        services.receive_notice(provider="demo", raw=notice.raw, headers=notice.headers)
    with time_machine.travel(now + dt.timedelta(minutes=41), tick=False):
        services.expire_due_orders()
        # A session on which Stripe may yet be paid is asked about before its order closes.
        assert [states(record)[0] for record in (never, otherwise, silent)] == ["closed", "paid", "closing"]
    settings.STRIPE_API_BASE = peer.base
    with time_machine.travel(now + dt.timedelta(minutes=50), tick=False):
        services.expire_due_orders()
    assert states(silent)[0] == "closed"
