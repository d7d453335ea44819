"""Pages are kept, and the clock stands until a test moves it."""

import datetime as dt
from collections.abc import Iterator

import pytest
import time_machine
from pytest_django import Settings

from shop.storefront.keeping.middleware import looker, store

#: In Shanghai it is two minutes to midnight.
NOW = dt.datetime(2026, 11, 23, 15, 58, 10, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def keeping(settings: Settings) -> Iterator[None]:
    settings.KEPT_PAGES_MB = 1
    store.clear()
    looker.forget()
    yield
    store.clear()
    looker.forget()


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller
