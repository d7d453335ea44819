"""Pages as a phone and a desk show them, kept in .cache/screenshots to be looked at one by one.

The README's strip of five first screens is put together from the same visits, and compared with what they show now. To
renew it: cp .cache/screenshots/strip.webp docs/img/
"""

import pytest
from PIL import Image
from playwright.sync_api import Page

from tests.browser import steps, strips
from tests.browser.screens import WINDOW
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
STRIP = ("home", "product", "cashier", "supplier", "cockpit")
MOST_BYTES = 200_000


def shoot(page: Page, name: str) -> None:
    """Keep the whole page at both widths, with the pictures further down, and its first screen; ends at 390 px."""
    page.evaluate("document.querySelectorAll('img').forEach(image => { image.loading = 'eager'; })")
    page.evaluate("Promise.all([...document.images].map(image => image.decode().catch(() => null)))")
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 844})
        path = FOLDER / f"{name}-{width}.png"
        page.screenshot(path=path, full_page=True)
        with Image.open(path) as picture:
            assert picture.width == width, f"{name} is {picture.width} px wide"
    if name in STRIP:
        page.screenshot(path=FOLDER / f"{name}-screen.png")


def make_strip() -> Image.Image:
    """Put the first screens side by side and keep them as the README shows them: light enough for its page."""
    strip = strips.joined([Image.open(FOLDER / f"{name}-screen.png") for name in STRIP])
    path = FOLDER / "strip.webp"
    strip.save(path, "WEBP", quality=80, method=6)
    assert path.stat().st_size <= MOST_BYTES
    return strip


def test_the_main_pages_are_kept_as_pictures(visit: Visit) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    for old in FOLDER.glob("*"):
        old.unlink()
    page, supplier, staff = visit(**WINDOW), visit(**WINDOW), visit(**WINDOW)
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
    steps.pay(page)
    page.goto(f"/orders/{number}/")
    shoot(page, "order")

    steps.log_in(supplier, steps.SUPPLIER)
    supplier.goto("/supplier/")
    steps.reload_until(supplier, supplier.get_by_role("article").filter(has_text=number))
    shoot(supplier, "supplier")
    steps.log_in(staff, steps.STAFF)
    staff.goto("/dashboard/")
    shoot(staff, "cockpit")
    assert len(list(FOLDER.glob("*-390.png"))) == len(list(FOLDER.glob("*-1280.png"))) == 14
    strip = make_strip()
    with Image.open(strips.README) as shown:
        found = dict(zip(STRIP, strips.differences(shown, strip), strict=True))
    assert max(found.values()) <= strips.MOST, f"the README shows other screens: {found}"
