"""Against Stripe itself: `STRIPE_LIVE_TEST_KEY=sk_test_… pytest -m stripe_live`; nothing else runs it."""

import os
import socket
import uuid
from typing import Any

import pytest

from shop.core import clock
from shop.gateways.providers.base import ProviderState, SessionRequest
from shop.gateways.providers.stripe import StripeProvider
from shop.gateways.providers.stripe.client import line_of

KEY = os.environ.get("STRIPE_LIVE_TEST_KEY", "")
_connect = socket.socket.connect


@pytest.mark.stripe_live
@pytest.mark.skipif(
    not KEY.startswith(("sk_test_", "rk_test_")),
    reason="never run against Stripe itself: set STRIPE_LIVE_TEST_KEY to a test key (sk_test_…)",
)
def test_a_session_is_opened_found_again_and_ended(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    # This test alone may leave the machine.
    monkeypatch.setattr(socket.socket, "connect", _connect)
    settings.STRIPE_SECRET_KEY, settings.STRIPE_WEBHOOK_SECRET, settings.STRIPE_API_BASE = KEY, "whsec_x", ""
    settings.SHOP_BASE_URL = "https://shop.example.com"
    line_of.cache_clear()
    provider = StripeProvider()
    request = SessionRequest(
        idempotency_key=uuid.uuid4().hex,
        amount_fen=20_000,
        order_number="YS-LIVE-TEST",
        return_path="/pay/test/return/",
        cancel_path="/pay/test/",
        asked_at=clock.now(),
    )
    opened = provider.create_session(request)
    assert provider.create_session(request) == opened
    assert (opened.redirect_url or "").startswith("https://checkout.stripe.com/")
    seen = provider.fetch(opened.reference)
    assert (seen.state, seen.livemode, seen.currency) == (ProviderState.PENDING, False, "CNY")
    assert provider.expire(opened.reference).state is ProviderState.EXPIRED
    now = clock.now()
    assert provider.bill_page(now.replace(hour=0, minute=0), now, "").after == ""
