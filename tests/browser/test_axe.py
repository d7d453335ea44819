"""axe finds nothing against WCAG 2.2 A and AA on a public page: phone and desk, light, dark and in large print."""

import datetime as dt
import re
from collections.abc import Iterator
from typing import Literal

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from django.contrib.auth.models import AnonymousUser
from django.template.loader import render_to_string
from django.test import RequestFactory
from playwright.sync_api import Page, expect

from shop.certificates.statements import VerifiedStatement
from shop.ledger.checks.chain import StatementCheck
from shop.ledger.closing_models import Statement
from shop.storefront.styleguide import styleguide_context
from tests.browser import steps
from tests.browser.addresses import OWN, PAGES, SUPPLIERS_OWN, UNITS_OWN
from tests.browser.screens import WINDOW
from tests.browser.test_coupons import open_campaign
from tests.browser.test_flows import buy_and_ship
from tests.browser.watch import Visit

pytestmark = pytest.mark.browser

WIDTHS = (390, 1280)
LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"]
#: Colours and sizes alone change with the theme; the other rules are asked once for each width.
LOOKS = ["color-contrast", "link-in-text-block", "target-size"]
#: What axe need not work out: where each element stands that has passed, and the style sheets once more.
QUICK = {"resultTypes": ["violations"], "selectors": False, "preload": False, "iframes": False}
ONCE = QUICK | {"runOnly": LEVELS, "rules": {"target-size": {"enabled": True}}}
AGAIN = QUICK | {"runOnly": LOOKS}
#: A new theme is drawn first: two frames, and what moves has arrived, unless it moves for ever.
RUN = """async options => {
  for (let frame = 0; frame < 2; frame++) await new Promise(requestAnimationFrame);
  const moving = document.getAnimations().filter(one => one.effect.getComputedTiming().endTime < Infinity);
  await Promise.allSettled(moving.map(one => one.finished));
  const found = await axe.run(options);
  return found.violations.flatMap(broken => broken.nodes.map(node =>
    `${broken.id}: ${node.html.slice(0, 160)} ${[...node.any, ...node.all, ...node.none].map(one => one.message)}`));
}"""
#: What the server writes into a page in large print.
LARGE = """large => {
  if (large) Object.assign(document.documentElement.dataset, { theme: 'yuanshan-elder', elder: '' });
  else { delete document.documentElement.dataset.theme; delete document.documentElement.dataset.elder; }
}"""
Theme = Literal["light", "dark", "elder"]


class Examiner:
    """Opens pages one after another and collects what axe says of them, in every width and theme."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.found: list[str] = []
        self.seen = 0

    def examine(self, path: str = "", widths: tuple[int, ...] = WIDTHS) -> None:
        """Ask axe about a page, or about the one that is open; ends as it began, on a phone in light."""
        if path:
            self.page.goto(path)
        self.page.evaluate(AXE_SCRIPT)
        self.seen += 1
        for theme in ("light", "dark", "elder"):
            self._in(theme, widths)
        self.page.evaluate(LARGE, False)
        self.page.emulate_media(color_scheme="light")
        self.page.set_viewport_size({"width": 390, "height": 844})

    def _in(self, theme: Theme, widths: tuple[int, ...]) -> None:
        self.page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
        self.page.evaluate(LARGE, theme == "elder")
        for width in widths:
            self._show_whole(width)
            found = self.page.evaluate(RUN, ONCE if theme == "light" else AGAIN)
            self.found += [f"{self.page.url} at {width} px, {theme}: {each}" for each in found]

    def _show_whole(self, width: int) -> None:
        """Make the window as high as the page: a bar at its foot lies over nothing that one could scroll to.

        The category rail is as high as the window lets it be, so that the page may grow once more.
        """
        height = 844
        for _ in range(4):
            self.page.set_viewport_size({"width": width, "height": height})
            needed = self.page.evaluate("document.documentElement.scrollHeight")
            if needed <= height:
                return
            height = needed
        raise AssertionError(f"{self.page.url} at {width} px grows with the window")


@pytest.fixture
def examiner(visit: Visit) -> Iterator[Examiner]:
    """Give a phone to examine pages with; at the end nothing may have been found."""
    examiner = Examiner(visit(**WINDOW))
    yield examiner
    assert examiner.seen > 0
    assert examiner.found == [], "\n".join(examiner.found)


def test_axe_finds_nothing_on_the_pages_for_everybody(examiner: Examiner) -> None:
    for path in PAGES:
        examiner.examine(path)
    examiner.page.goto("/catalogue/")
    examiner.examine(examiner.page.locator("main a[href*='/category/']").first.get_attribute("href") or "")


def test_axe_finds_nothing_on_the_way_of_a_guests_order(examiner: Examiner) -> None:
    page = examiner.page
    steps.find_tea(page)
    examiner.examine()
    steps.put_into_basket(page)
    examiner.examine()
    steps.go_to_checkout(page)
    examiner.examine()
    page.locator(".actbar").get_by_role("button", name="提交订单").click()
    examiner.examine()
    steps.fill_address(page)
    number = steps.place(page)
    examiner.examine()
    steps.pay(page, button="付款失败")
    examiner.examine()
    page.goto(f"/orders/{number}/")
    link = page.get_by_role("main").get_by_text(f"/o/{number}/").inner_text()
    for path in (link, f"/orders/{number}/cancel/"):
        examiner.examine(path)


def test_axe_finds_nothing_on_the_pages_of_an_account(examiner: Examiner) -> None:
    page = examiner.page
    steps.log_in(page, steps.RESIDENT)
    for path in OWN:
        examiner.examine(path)
    number = steps.buy(page)
    steps.pay(page)
    for path in ("/orders/", f"/orders/{number}/", f"/orders/{number}/refund/", f"/orders/{number}/returns/"):
        examiner.examine(path)


def test_axe_finds_nothing_on_what_opens_over_a_page(examiner: Examiner) -> None:
    page = examiner.page
    page.goto("/catalogue/?sort=price")
    page.locator("summary", has_text="筛选").click()
    expect(page.locator("main form").get_by_role("button", name="查看")).to_be_visible()
    examiner.examine()
    steps.find_tea(page)
    page.locator(".actbar").get_by_role("button", name="加入购物车").tap()
    expect(page.get_by_role("dialog").get_by_role("button", name="立即购买")).to_be_visible()
    expect(page.get_by_role("dialog").get_by_role("radio")).to_have_count(3)
    # Wider windows have no sheet.
    examiner.examine(widths=(390,))
    page.get_by_role("dialog").locator("label", has_text="15g/袋").tap()
    examiner.examine(widths=(390,))
    page.get_by_role("dialog").get_by_role("button", name="关闭").tap()
    page.locator("#delivery summary").tap()
    examiner.examine()


def test_axe_finds_nothing_on_what_follows_a_sale(examiner: Examiner, visit: Visit) -> None:
    page, supplier = examiner.page, visit()
    number = buy_and_ship(page, supplier, "YT1234567890199")
    examiner.examine()
    examiner.examine(f"/orders/{number}/returns/")
    page.get_by_role("link", name="申请售后").click()
    expect(page.locator("[name=photos]")).to_have_count(1)
    examiner.examine()
    page.goto(f"/orders/{number}/")
    steps.confirm_receipt(page)

    examiner.examine(f"/orders/{number}/reviews/")
    page.get_by_role("main").locator(f"a[href^='/orders/{number}/reviews/']").first.click()
    examiner.examine()
    page.locator("[name=stars][value='5']").check()
    page.locator("[name=text]").fill("汤色很亮")
    page.get_by_role("main").locator("form:has([name=stars]) button.b-p").click()
    expect(page.get_by_role("main")).to_contain_text("汤色很亮")
    steps.find_tea(page)
    expect(page.locator("#reviews")).to_contain_text("汤色很亮")
    examiner.examine()
    talk = page.locator(".actbar").get_by_role("link", name="客服").get_attribute("href") or ""
    pk = re.fullmatch(r"/ask/(\d+)/", talk)
    assert pk
    examiner.examine(f"/reviews/{pk.group(1)}/")
    page.goto(talk)
    page.locator("[name=text]").fill("还有货吗？")
    page.get_by_role("button", name="发送").click()
    expect(page.get_by_role("main")).to_contain_text("还有货吗？")
    examiner.examine()

    page.goto("/account/certificates/")
    steps.reload_until(page, page.get_by_role("main").get_by_role("listitem").filter(has_text="旺苍").first)
    page.get_by_role("main").locator("form button.b-p").click()
    code = page.get_by_role("main").locator("a[href*='/verify/']").first.get_attribute("href")
    assert code
    examiner.examine(code)


def test_axe_finds_nothing_on_a_campaign(examiner: Examiner, visit: Visit) -> None:
    open_campaign(visit(), visit(), "无障碍券")
    page = examiner.page
    steps.log_in(page, steps.RESIDENT)
    examiner.examine("/coupons/")
    examiner.examine(
        page.get_by_role("article")
        .filter(has_text="无障碍券")
        .get_by_role("link")
        .first.get_attribute("href")
        or ""
    )
    steps.find_tea(page)
    expect(page.get_by_role("article").filter(has_text="无障碍券")).to_be_visible()
    examiner.examine()


@pytest.mark.parametrize(
    ("phone", "paths"),
    [(steps.SUPPLIER, SUPPLIERS_OWN), (steps.UNION_BUYER, UNITS_OWN)],
    ids=["supplier", "unit"],
)
def test_axe_finds_nothing_on_the_pages_of_work(
    examiner: Examiner, phone: str, paths: tuple[str, ...]
) -> None:
    steps.log_in(examiner.page, phone)
    for path in paths:
        examiner.examine(path)


def verified(*, whole: bool) -> VerifiedStatement:
    """Return a month's statement that agrees with the ledger, or one of which nothing does, without a database."""
    first, second = (
        Statement(
            number=f"DY-2026{month:02d}",
            month=dt.date(2026, month, 1),
            demo=True,
            entries=4211,
            confirmed_fen=38_822_000_00,
            paid_fen=41_642_000_00,
            entries_digest="5" * 64,
            previous_digest="7" * 64,
            digest=f"{month}" * 64,
        )
        for month in (8, 9)
    )
    return VerifiedStatement(second, StatementCheck(whole, whole, whole), position=2, count=2, before=first)


def test_axe_finds_nothing_on_refusals_on_statements_and_on_the_style_guide(examiner: Examiner) -> None:
    request = RequestFactory().get("/styleguide/")
    request.user = AnonymousUser()
    request.resolver_match = None
    pages = {name: render_to_string(name, {}) for name in ("500.html", "503.html")}
    pages["styleguide"] = render_to_string("shop/styleguide.html", styleguide_context(), request)
    # No month of this shop is closed.
    for name, found in (("statement", verified(whole=True)), ("broken", verified(whole=False))):
        pages[name] = render_to_string("shop/certificates/verify_statement.html", {"found": found}, request)
    for name in ("400.html", "403.html", "403_csrf.html", "404.html", "429.html"):
        pages[name] = render_to_string(name, {}, request)
    examiner.page.route(
        "**/shown/*",
        lambda route: route.fulfill(
            body=pages[route.request.url.rpartition("/")[2]], content_type="text/html"
        ),
    )
    for name in pages:
        examiner.examine(f"/shown/{name}")
