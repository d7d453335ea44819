"""The peer is as strict as its documentation says, and knows nothing of the shop."""

import ast
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import stripe

from tests.stripe_peer import Mishap, Peer
from tests.stripe_peer.forms import decode


@pytest.fixture(scope="module")
def peer() -> Iterator[Peer]:
    peer = Peer()
    peer.start()
    yield peer
    peer.stop()


def client(peer: Peer, key: str = "") -> stripe.StripeClient:
    return stripe.StripeClient(
        key or peer.secret_key,
        base_addresses={"api": peer.base},
        max_network_retries=0,
        http_client=stripe.RequestsClient(timeout=5),
    )


def wanted(**changes: Any) -> Any:
    """Return the parameters of a session with changes; None takes one out."""
    price = {"currency": "cny", "unit_amount": 20_000, "product_data": {"name": "茶"}}
    asked: dict[str, Any] = {
        "mode": "payment",
        "line_items": [{"quantity": 1, "price_data": price}],
        "success_url": "https://shop.example.com/",
        "allowed_payment_method_types": ["card", "alipay", "wechat_pay"],
        "payment_method_options": {"wechat_pay": {"client": "web"}},
        "expires_at": int(time.time()) + 2000,
    } | changes
    return {name: value for name, value in asked.items() if value is not None}


def test_it_shares_no_code_with_the_shop() -> None:
    for path in Path(__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not [name for name in names if name.split(".")[0] in ("shop", "worker", "django")], path


def test_a_form_is_a_tree() -> None:
    assert decode("a[0][b]=1&a[1][b]=%E8%8C%B6&c[d]=&e=x") == {
        "a": [{"b": "1"}, {"b": "茶"}],
        "c": {"d": ""},
        "e": "x",
    }
    assert decode("") == {}


@pytest.mark.parametrize(
    ("change", "code", "param"),
    [
        ({"payment_method_types": ["card"]}, "parameter_unknown", "payment_method_types"),
        ({"nonsense": 1}, "parameter_unknown", "nonsense"),
        (
            {"line_items": [{"price_data": {"currency": "cny", "unit": 1}}]},
            "parameter_unknown",
            "line_items[0][price_data][unit]",
        ),
        (
            {"line_items": [{"price_data": {"unit_amount": 1}}]},
            "parameter_missing",
            "line_items[0][price_data][currency]",
        ),
        ({"line_items": [{"quantity": "two"}]}, "parameter_invalid_integer", "line_items[0][quantity]"),
        ({"line_items": "tea"}, "parameter_invalid", "line_items"),
        ({"metadata": "tea"}, "parameter_invalid_value", "metadata"),
        (
            {"adaptive_pricing": {"enabled": "perhaps"}},
            "parameter_invalid_boolean",
            "adaptive_pricing[enabled]",
        ),
        (
            {"payment_method_options": {"wechat_pay": {"app_id": "x"}}},
            "parameter_missing",
            "payment_method_options[wechat_pay][client]",
        ),
        ({"success_url": None}, "parameter_missing", "success_url"),
        ({"success_url": "/return/"}, "url_invalid", "success_url"),
        ({"expires_at": 60}, None, "expires_at"),
        ({"allowed_payment_method_types": ["cash"]}, None, "allowed_payment_method_types"),
        ({"payment_method_options": None}, None, "payment_method_options[wechat_pay][client]"),
        ({"metadata": {"note": "x" * 501}}, None, "metadata"),
    ],
)
def test_a_parameter_that_does_not_fit_is_refused(
    peer: Peer, change: dict[str, Any], code: str | None, param: str | None
) -> None:
    peer.reset()
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client(peer).v1.checkout.sessions.create(wanted(**change))
    assert refused.value.http_status == 400
    assert refused.value.code == code
    assert refused.value.param == param
    assert not peer.books.tables["sessions"]


def test_a_key_belongs_to_its_parameters(peer: Peer) -> None:
    peer.reset()
    sessions, asked = client(peer).v1.checkout.sessions, wanted()
    first = sessions.create(asked, {"idempotency_key": "k"})
    again = sessions.create(asked, {"idempotency_key": "k"})
    assert again.id == first.id
    with pytest.raises(stripe.IdempotencyError):
        sessions.create(wanted(locale="zh"), {"idempotency_key": "k"})
    assert len(peer.books.tables["sessions"]) == 1


def test_a_stranger_is_refused(peer: Peer) -> None:
    with pytest.raises(stripe.AuthenticationError):
        client(peer, "sk_test_other").v1.refunds.list()


def test_lists_have_pages(peer: Peer) -> None:
    peer.reset()
    for _ in range(5):
        peer.books.move("stripe_fee", None, -1)
    listed = client(peer).v1.balance_transactions.list({"limit": 2})
    assert listed.has_more
    assert [line.id for line in listed.auto_paging_iter()] == list(peer.books.tables["transactions"])[::-1]
    for bad in ({"limit": 101}, {"starting_after": "txn_x"}, {"created": {"since": 1}}):
        with pytest.raises(stripe.InvalidRequestError):
            client(peer).v1.balance_transactions.list(bad)  # type: ignore[arg-type]


def test_its_signature_holds_for_the_library(peer: Peer) -> None:
    peer.reset()
    event = peer.books.tell("charge.updated", {"id": "ch_1", "object": "charge"})
    raw, headers = peer.signed(event)
    secret = peer.webhook_secret
    read = stripe.Webhook.construct_event(raw, headers["Stripe-Signature"], secret)
    assert (read.id, read.type) == (event["id"], "charge.updated")
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(raw + b" ", headers["Stripe-Signature"], secret)


@pytest.mark.parametrize(
    ("mishap", "error", "made"),
    [
        (Mishap.FAIL, stripe.APIError, 0),
        (Mishap.FAIL_AFTER, stripe.APIError, 1),
        (Mishap.LOST, stripe.APIConnectionError, 1),
        (Mishap.DOWN, stripe.APIConnectionError, 0),
        (Mishap.LIMIT, stripe.RateLimitError, 0),
    ],
)
def test_mishaps(peer: Peer, mishap: Mishap, error: type[Exception], made: int) -> None:
    peer.reset()
    peer.plan(mishap)
    with pytest.raises(error):
        client(peer).v1.checkout.sessions.create(wanted())
    assert len(peer.books.tables["sessions"]) == made
