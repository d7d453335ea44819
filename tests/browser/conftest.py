"""One shop and one browser for all flows; every flow has visitors of its own."""

from collections.abc import Iterator
from typing import Any

import pytest
from chromium import find_browser, start_browser
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.screens import PHONE
from tests.browser.shop_process import Shop, running_shop, running_stripe
from tests.browser.watch import Visit, Watch
from tests.database import TestDatabase


@pytest.fixture(scope="package")
def shop(django_db_setup: TestDatabase, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """A running shop with a few products of every region and the demonstration people, without orders."""
    folder = tmp_path_factory.mktemp("shop")
    with (
        running_stripe() as stripe,
        running_shop(folder, django_db_setup.copy_for_shop(folder) | stripe) as shop,
    ):
        yield shop


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """The machine's Chromium; it ends with the flows, because its loop forbids Django's database calls."""
    if not find_browser():
        pytest.skip("no chromium found; on Debian: apt install chromium fonts-noto-cjk")
    with sync_playwright() as playwright:
        browser = start_browser(playwright)
        yield browser
        browser.close()


@pytest.fixture
def visit(shop: Shop, chromium: Browser) -> Iterator[Visit]:
    """Give a function that opens a phone of its own; at the end no page may have complained.

    Options are those of Browser.new_context, for example java_script_enabled=False; screens.py has other screens.
    """
    watches: list[Watch] = []
    contexts = []

    def open_phone(**options: Any) -> Page:
        options = PHONE | {"locale": "zh-CN"} | options
        context = chromium.new_context(base_url=shop.base, **options)
        context.set_default_timeout(15_000)
        contexts.append(context)
        watches.append(Watch(context, shop.base, shop.stripe))
        return context.new_page()

    yield open_phone
    for context in contexts:
        context.close()
    assert watches, "the test opened no page"
    for watch in watches:
        assert watch.pages > 0, "a phone was opened and not used"
        assert watch.complaints == []
