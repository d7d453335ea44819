"""The courier service that the tests of parcels and of replacements speak to."""

from collections.abc import Iterator

import pytest
from pytest_django import Settings

from tests.fulfilment.kuaidi100_peer import KEY, SALT, Peer, running_peer


@pytest.fixture
def peer(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Peer]:
    """Run the stand-in of 快递100 and point the shop at it."""
    monkeypatch.setenv("no_proxy", "*")
    with running_peer() as running:
        settings.KUAIDI100_API_BASE, settings.KUAIDI100_KEY, settings.KUAIDI100_SALT = running.base, KEY, SALT
        settings.SHOP_BASE_URL = "https://shop.example.com"
        yield running
