"""A first visit is light, keeps still and asks nobody but the shop; how soon it is there, `make bench` tells."""

import pytest
from playwright.sync_api import Browser

from bench.first_view import MOST_HTML, MOST_PICTURE, MOST_SHIFT, MOST_WIRE, first_view
from tests.browser.shop_process import Shop

pytestmark = pytest.mark.browser


def test_a_first_visit_is_light_and_keeps_still(shop: Shop, chromium: Browser) -> None:
    context = chromium.new_context(base_url=shop.base)
    page = context.new_page()
    page.goto("/catalogue/")
    category = page.locator("main a[href*='/category/']").first.get_attribute("href") or ""
    product = page.get_by_role("article").get_by_role("link").first.get_attribute("href") or ""
    context.close()
    for path in ("/", category, product):
        view = first_view(chromium, shop.base, path, slowly=False)
        assert 0 < view.html <= MOST_HTML, path
        assert view.html < view.wire <= MOST_WIRE, path
        assert view.picture <= MOST_PICTURE, path
        assert view.strangers == [], path
        assert 0 <= view.shift <= MOST_SHIFT, path
