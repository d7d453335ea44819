"""Checkout Sessions: what Stripe is asked to collect, and what its answer means for the shop."""

import datetime as dt

import stripe
from django.conf import settings
from stripe.checkout import Session
from stripe.params.checkout import SessionCreateParams

from shop.gateways.providers.base import ProviderObject, ProviderState, SessionRequest
from shop.gateways.providers.stripe.client import mark

#: Card, Alipay, WeChat Pay. Stripe offers those of them that the account may use.
METHODS = ("card", "alipay", "wechat_pay")
#: Stripe wants a session to live 30 minutes at least and 24 hours at most; a minute for the way.
SHORTEST, LONGEST = dt.timedelta(minutes=31), dt.timedelta(hours=23, minutes=59)
#: Stripe forgets a key after 24 hours; from then on the same key would open a second session.
KEY_LIFE = dt.timedelta(hours=23)
CLOCKS_APART = dt.timedelta(minutes=5)
WITH_MONEY = ["payment_intent.latest_charge"]
_SPENT_INTENTS = ("requires_payment_method", "canceled")


def expires_at(request: SessionRequest) -> int:
    """Return when the session ends: with the order's hold, within what Stripe allows."""
    earliest, latest = request.asked_at + SHORTEST, request.asked_at + LONGEST
    return int(min(max(request.held_until or latest, earliest), latest).timestamp())


def parameters(request: SessionRequest) -> SessionCreateParams:
    """Return the session to open: the same for every call of a key, whoever calls and in whatever language.

    The currency stays CNY whatever the buyer's country (no adaptive pricing).
    """
    marks = {"order": request.order_number, "attempt": request.idempotency_key}
    title = f"{settings.SHOP_NAME}订单 {request.order_number}"
    return {
        "mode": "payment",
        "locale": "zh",
        "submit_type": "pay",
        "allowed_payment_method_types": list(METHODS),
        "payment_method_options": {"wechat_pay": {"client": "web"}},
        "adaptive_pricing": {"enabled": False},
        "line_items": [
            {
                "quantity": 1,
                "price_data": {
                    "currency": request.currency.lower(),
                    "unit_amount": request.amount_fen,
                    "product_data": {"name": title},
                },
            }
        ],
        "client_reference_id": request.order_number,
        "metadata": marks,
        "payment_intent_data": {"description": title, "metadata": marks},
        "success_url": settings.SHOP_BASE_URL.rstrip("/") + request.return_path,
        "cancel_url": settings.SHOP_BASE_URL.rstrip("/") + request.cancel_path,
        "expires_at": expires_at(request),
    }


def find(client: stripe.StripeClient, request: SessionRequest) -> Session | None:
    """Return the session that was opened for this key, looked for in Stripe's list by our mark."""
    first, last = request.asked_at - CLOCKS_APART, request.asked_at + dt.timedelta(hours=24) + CLOCKS_APART
    listed = client.v1.checkout.sessions.list(
        {"limit": 100, "created": {"gte": int(first.timestamp()), "lte": int(last.timestamp())}}
    )
    for session in listed.auto_paging_iter():
        if mark(session.metadata, "attempt") == request.idempotency_key:
            return session
    return None


def intent_of(session: Session) -> stripe.PaymentIntent | None:
    """Return the expanded payment of a session, or None while there is none."""
    intent = session.payment_intent
    return intent if isinstance(intent, stripe.PaymentIntent) else None


def _state(session: Session, intent: stripe.PaymentIntent | None) -> ProviderState:
    if session.payment_status == "paid":
        return ProviderState.PAID
    if session.status == "expired":
        return ProviderState.EXPIRED
    if session.status == "complete" and intent is not None and intent.status in _SPENT_INTENTS:
        return ProviderState.FAILED
    # A declined card leaves the session open: the buyer tries another one.
    return ProviderState.PENDING


def as_object(session: Session) -> ProviderObject:
    """Return an expanded session in the shop's words."""
    intent = intent_of(session)
    charge = intent.latest_charge if intent else None
    paid_at = charge.created if isinstance(charge, stripe.Charge) else None
    money = intent if intent is not None else session
    return ProviderObject(
        reference=session.id,
        state=_state(session, intent),
        amount_fen=(intent.amount_received if intent else session.amount_total) or 0,
        currency=(money.currency or "").upper(),
        livemode=session.livemode,
        paid_at=dt.datetime.fromtimestamp(paid_at, dt.UTC) if paid_at else None,
        payer=(session.customer_details.name or "") if session.customer_details else "",
    )
