"""Twelve pages as a phone and a desk show them, kept in .cache/screenshots to be looked at one by one."""

import pytest
from PIL import Image
from playwright.sync_api import Page

from tests.browser import steps
from tests.browser.watch import Visit
from tests.database import ROOT

pytestmark = pytest.mark.browser

FOLDER = ROOT / ".cache" / "screenshots"
WIDTHS = (1280, 390)
PUBLIC = {
    "home": "/",
    "list": "/catalogue/",
    "search": "/search/?q=木门",
    "regions": "/regions/",
    "region": "/regions/wangcang/",
    "account": "/account/",
}


def shoot(page: Page, name: str) -> None:
    """Keep the whole page at both widths, with the pictures further down; ends at 390 px."""
    page.evaluate("document.querySelectorAll('img').forEach(image => { image.loading = 'eager'; })")
    page.evaluate("Promise.all([...document.images].map(image => image.decode().catch(() => null)))")
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 844})
        path = FOLDER / f"{name}-{width}.png"
        page.screenshot(path=path, full_page=True)
        with Image.open(path) as picture:
            assert picture.width == width, f"{name} is {picture.width} px wide"


def test_twelve_pages_are_kept_as_pictures(visit: Visit) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    page = visit()
    for name, path in PUBLIC.items():
        page.goto(path)
        shoot(page, name)
    page.goto("/catalogue/")
    page.goto(page.locator("main a[href*='/category/']").first.get_attribute("href") or "")
    shoot(page, "category")
    steps.find_tea(page)
    shoot(page, "product")
    steps.put_into_basket(page)
    shoot(page, "basket")
    steps.go_to_checkout(page)
    shoot(page, "checkout")
    steps.fill_address(page)
    number = steps.place(page)
    shoot(page, "cashier")
    page.goto(f"/orders/{number}/")
    shoot(page, "order")
    assert len(list(FOLDER.glob("*.png"))) >= 2 * 12
