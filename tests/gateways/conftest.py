"""A stand-in for Stripe that listens as long as the tests run."""

from collections.abc import Iterator
from typing import Any

import pytest
import stripe

from shop.gateways.providers.stripe.client import line_of
from tests.stripe_peer import Peer


@pytest.fixture(scope="session")
def listening_peer() -> Iterator[Peer]:
    """A peer in a thread of this process."""
    peer = Peer()
    peer.start()
    yield peer
    peer.stop()


@pytest.fixture
def peer(listening_peer: Peer, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Peer:
    """Give a peer with empty books to which the shop's settings lead; the library retries once, at once."""
    listening_peer.reset()
    settings.STRIPE_SECRET_KEY = listening_peer.secret_key
    settings.STRIPE_WEBHOOK_SECRET = listening_peer.webhook_secret
    settings.STRIPE_API_BASE = listening_peer.base
    settings.STRIPE_ACCOUNT_ID = "acct_shop"
    monkeypatch.setattr(stripe.HTTPClient, "INITIAL_DELAY", 0.0)
    line_of.cache_clear()
    return listening_peer
