"""Pictures of a running demonstration shop, as each role sees it, at 390 and at 1280 px.

screenshots.py OUTDIR                     every main page of the shop on http://127.0.0.1:8000
screenshots.py OUTDIR --base URL          of a shop at another address
screenshots.py OUTDIR --strip strip.webp  also puts the README's picture strip together

It buys one tea as the resident, so that the pages of an order are there to be seen.
"""

import argparse
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from chromium import start_browser
from PIL import Image
from playwright.sync_api import Browser, Page, ViewportSize, expect, sync_playwright

PASSWORD = "yuanshan-demo"
RESIDENT, SUPPLIER, STAFF, STAFF_2 = (f"1700000000{number}" for number in (1, 2, 4, 5))
PHONE: ViewportSize = {"width": 390, "height": 844}
DESK: ViewportSize = {"width": 1280, "height": 900}
STRIP_PAGES = ("home", "product", "cashier", "supplier-orders", "overview")
STRIP_LIMIT = 200_000
PAPER = "#e9e1d0"
GAP = 24


@dataclass(frozen=True)
class Camera:
    """Opens addresses of one shop and keeps their pictures in a folder."""

    browser: Browser
    base: str
    folder: Path

    @contextmanager
    def visitor(self, phone: str = "") -> Iterator[Page]:
        """Give a page in a browser of its own, logged in when a phone number is given."""
        context = self.browser.new_context(base_url=self.base, locale="zh-CN")
        page = context.new_page()
        page.set_viewport_size(PHONE)
        if phone:
            page.goto("/accounts/login/")
            page.locator("[name=login]").fill(phone)
            page.locator("[name=password]").fill(PASSWORD)
            page.locator("form:has([name=password]) button[type=submit]").click()
            page.wait_for_url(re.compile(r"^(?!.*/accounts/login/)"))
            if "/second-factor/code/" in page.url:
                _type_code(page)
        yield page
        context.close()

    def shoot(self, page: Page, name: str, path: str = "") -> None:
        """Take the page at both widths, whole; and its first phone screen if the strip wants it."""
        if path:
            answer = page.goto(path)
            if answer is None or not answer.ok:
                sys.exit(f"{path} answered {answer.status if answer else 'nothing'}")
        for size in (DESK, PHONE):
            page.set_viewport_size(size)
            _load_all(page)
            page.screenshot(path=self.folder / f"{name}-{size['width']}.png", full_page=True)
        if name in STRIP_PAGES:
            page.screenshot(path=self.folder / f"{name}-screen.png")


def _type_code(page: Page) -> None:
    """Type the code that the page itself names: a demonstration login shares its app with everybody."""
    found = re.search(r"\d{6}", page.locator("main [role=status]").inner_text())
    page.locator("[name=code]").fill(found.group() if found else "")
    page.locator("form:has([name=code]) button[type=submit]").click()
    expect(page.locator("[name=code]")).to_have_count(0)


def _load_all(page: Page) -> None:
    """Make the pictures further down load, then come back to the top."""
    page.evaluate("document.querySelectorAll('img').forEach((image) => { image.loading = 'eager'; })")
    page.evaluate("Promise.all([...document.images].map((image) => image.decode().catch(() => null)))")


def guest_pages(camera: Camera) -> None:
    """The public pages, also in large print and in English."""
    with camera.visitor() as page:
        for name, path in (
            ("home", "/"),
            ("categories", "/catalogue/"),
            ("regions", "/regions/"),
            ("region", "/regions/wangcang/"),
            ("search", "/search/?q=茶"),
            ("search-empty", "/search/?q=没有这样的东西"),
            ("method", "/method/"),
            ("terms", "/terms/"),
            ("privacy", "/privacy/"),
            ("login", "/accounts/login/"),
            ("login-code", "/accounts/login/code/"),
            ("signup", "/accounts/signup/"),
            ("password-reset", "/accounts/password/reset/"),
            ("account-guest", "/account/"),
            ("basket-empty", "/basket/"),
        ):
            camera.shoot(page, name, path)
        page.goto("/catalogue/")
        camera.shoot(
            page, "category", page.locator("main a[href*='/category/']").first.get_attribute("href") or ""
        )
        page.goto("/accounts/login/")
        page.locator("[name=login]").fill("12345")
        page.locator("[name=password]").fill("wrong")
        page.locator("form:has([name=password]) button[type=submit]").click()
        camera.shoot(page, "login-refused")
        page.goto("/")
        page.locator("footer form[action*=elder] button").click()
        camera.shoot(page, "home-elder")
        page.locator("footer form[action*=language] button").click()
        camera.shoot(page, "home-elder-en")
        page.locator("footer form[action*=elder] button").click()
        camera.shoot(page, "home-en")


def resident_pages(camera: Camera) -> None:
    """From the product to the placed order, and the resident's own pages."""
    with camera.visitor(RESIDENT) as page:
        camera.shoot(page, "account", "/account/")
        camera.shoot(page, "orders", "/orders/")
        page.goto("/search/?q=木门黄茶")
        product = page.locator("main article a").first.get_attribute("href") or ""
        camera.shoot(page, "product", product)
        _to_checkout(page, camera)
        camera.shoot(page, "checkout")
        page.locator(".actbar button").click()
        camera.shoot(page, "checkout-refused")
        _pay(page, camera, _place(page, "demo"))
        page.goto(product)
        _to_checkout(page, None)
        number = _place(page, "bank_transfer")
        page.locator("main form button[type=submit]").click()
        page.wait_for_url("**/transfer/")
        camera.shoot(page, "transfer")
        camera.shoot(page, "order-cancel", f"/orders/{number}/cancel/")
        page.goto("/orders/?tab=to_receive")
        path = page.locator("main a[href^='/orders/YS']").first.get_attribute("href") or ""
        camera.shoot(page, "order-shipped", path)
        camera.shoot(page, "order-refund", f"{path}refund/")


def _to_checkout(page: Page, camera: Camera | None) -> None:
    """Put the product on the page into the basket through its sheet and go on to the checkout."""
    page.locator(".actbar [name=buy_now]").click()
    page.locator("dialog form button:not([name]):not([type=button])").wait_for()
    if camera:
        page.locator("dialog[open]").evaluate(
            "sheet => Promise.all(sheet.getAnimations().map((one) => one.finished))"
        )
        page.screenshot(path=camera.folder / "product-sheet-390.png")
    page.locator("dialog form button:not([name]):not([type=button])").click()
    page.wait_for_load_state()
    page.goto("/basket/")
    if camera:
        camera.shoot(page, "basket")
    page.locator(".actbar [name=checkout]").click()
    page.wait_for_url("**/checkout/**")


def _place(page: Page, method: str) -> str:
    """Place the order of the checkout page; return its number."""
    _fill_address(page)
    page.locator(f"[name=method][value={method}]").check()
    page.locator("[name=consent]").check()
    page.locator(".actbar button").click()
    page.wait_for_url("**/pay/**")
    return page.url.rstrip("/").rsplit("/", 1)[-1]


def _pay(page: Page, camera: Camera, number: str) -> None:
    """Let the payment fail once, then succeed."""
    camera.shoot(page, "cashier")
    camera.shoot(page, "order-unpaid", f"/orders/{number}/")
    page.goto(f"/pay/{number}/")
    page.locator("main form button[type=submit]").click()
    page.locator("[name=choice]").first.wait_for()
    camera.shoot(page, "demo-pay")
    page.locator("[name=choice][value=fail]").click()
    page.wait_for_url("**/return/**")
    camera.shoot(page, "pay-failed")
    camera.shoot(page, "cashier-failed", f"/pay/{number}/")
    page.locator("main form button[type=submit]").click()
    page.locator("[name=choice][value=succeed]").click()
    page.wait_for_url("**/return/**")
    camera.shoot(page, "pay-done")
    camera.shoot(page, "order-paid", f"/orders/{number}/")


def _fill_address(page: Page) -> None:
    other = page.locator("[name=address_id][value=new]")
    if other.count():
        other.check()
        page.locator("details.details:not([open]) summary").click()
    page.locator("[name=recipient_name]").fill("林小满")
    page.locator("[name=phone]").fill("13800000000")
    for name, value in (("province", "浙江省"), ("city", "杭州市"), ("county", "萧山区")):
        page.locator(f"select[name={name}]").select_option(value)
    page.locator("[name=street]").fill("北干街道市心北路示例小区 1 幢 101 室")


def supplier_pages(camera: Camera) -> None:
    """The supplier's phone pages."""
    with camera.visitor(SUPPLIER) as page:
        camera.shoot(page, "supplier-orders", "/supplier/")
        order = page.locator("main a[href*='/supplier/orders/']").first.get_attribute("href") or ""
        camera.shoot(page, "supplier-shipped", "/supplier/?tab=shipped")
        camera.shoot(page, "supplier-new", "/supplier/?tab=new")
        camera.shoot(page, "supplier-order", order)
        page.locator("[name=tracking_number]").fill("1")
        page.locator("form:has([name=tracking_number]) button").click()
        camera.shoot(page, "supplier-refused")
        camera.shoot(page, "supplier-account", "/account/")


def staff_pages(camera: Camera) -> None:
    """The figures, the queue, the money, the mailbox."""
    with camera.visitor(STAFF_2) as page:
        camera.shoot(page, "overview", "/dashboard/")
        path = page.locator("main table a").first.get_attribute("href") or ""
        camera.shoot(page, "drill", path)
        camera.shoot(page, "desk", "/dashboard/desk/")
        camera.shoot(page, "transfers", "/dashboard/transfers/")
        camera.shoot(page, "transfer-new", "/dashboard/transfers/new/")
        page.locator("main form button[type=submit]").evaluate("button => { button.form.noValidate = true; }")
        page.locator("main form button[type=submit]").click()
        camera.shoot(page, "transfer-refused")
        camera.shoot(page, "refunds", "/dashboard/refunds/")
        camera.shoot(page, "payment-services", "/dashboard/payment-services/")
        page.goto("/dashboard/mailbox/")
        page.locator("summary").first.click()
        camera.shoot(page, "mailbox")
        camera.shoot(page, "account-staff", "/account/")


def make_strip(folder: Path, target: Path) -> None:
    """Put the first phone screens side by side as WebP of at most 200 kB.

    Raises SystemExit when no quality is small enough.
    """
    screens = [Image.open(folder / f"{name}-screen.png").convert("RGB") for name in STRIP_PAGES]
    width = sum(screen.width for screen in screens) + GAP * (len(screens) + 1)
    strip = Image.new("RGB", (width, screens[0].height + 2 * GAP), PAPER)
    left = GAP
    for screen in screens:
        strip.paste(screen, (left, GAP))
        left += screen.width + GAP
    target.parent.mkdir(parents=True, exist_ok=True)
    for quality in (90, 80, 70, 60, 50):
        strip.save(target, "WEBP", quality=quality, method=6)
        if target.stat().st_size <= STRIP_LIMIT:
            return
    sys.exit(f"{target} stays larger than {STRIP_LIMIT} bytes")


def main() -> int:
    """Take the pictures; return 0."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("outdir", type=Path)
    parser.add_argument("--base", default="http://127.0.0.1:8000", help="address of the shop")
    parser.add_argument("--strip", type=Path, help="where to put the README's picture strip")
    options = parser.parse_args()
    options.outdir.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = start_browser(playwright)
        camera = Camera(browser, options.base, options.outdir)
        for part in (guest_pages, resident_pages, supplier_pages, staff_pages):
            part(camera)
        browser.close()
    if options.strip:
        make_strip(options.outdir, options.strip)
    return 0


if __name__ == "__main__":
    sys.exit(main())
