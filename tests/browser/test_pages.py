"""What holds on every page: one heading, described pictures, no sideways scroll, both languages."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser import steps
from tests.browser.addresses import DESK, OWN, PAGES, SUPPLIERS_OWN, UNITS_OWN
from tests.browser.screens import WINDOW
from tests.browser.watch import Visit

pytestmark = pytest.mark.browser

LANGUAGES = {"zh-CN": "zh-hans", "en-GB": "en"}
WIDTHS = (1280, 390, 320)
HEADINGS = "[...document.querySelectorAll('h1')].filter((h) => h.checkVisibility()).length"
#: How far a page moves when it is pushed to the right, as it is and enlarged to twice its size.
PUSHED = "zoom => { document.documentElement.style.zoom = zoom; scrollTo(9999, 0); return scrollX; }"
UNDESCRIBED = "[...document.images].filter((i) => !i.hasAttribute('alt')).map((i) => i.src)"


def assert_sound(page: Page, *, enlarged: bool = True) -> None:
    """One heading, a description for every picture, nothing wider than the screen, at 200 % too; ends at 390 px."""
    page.wait_for_load_state()
    assert page.title().strip(), page.url
    assert page.evaluate(UNDESCRIBED) == [], page.url
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 844})
        where = f"{page.url} at {width} px"
        assert page.evaluate(HEADINGS) == 1, where
        assert page.evaluate("document.documentElement.scrollWidth") <= width, where
    page.set_viewport_size({"width": 640, "height": 844})
    assert page.evaluate(PUSHED, "2" if enlarged else "") == 0, f"{page.url} at 640 px"
    assert page.evaluate(PUSHED, "") == 0, f"{page.url} at 640 px"
    page.set_viewport_size({"width": 390, "height": 844})


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_public_page_is_sound(visit: Visit, language: str) -> None:
    page = visit(locale=language, **WINDOW)
    for path in PAGES:
        page.goto(path)
        expect(page.locator("html")).to_have_attribute("lang", LANGUAGES[language])
        assert_sound(page)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_pages_of_an_account_are_sound(visit: Visit, language: str) -> None:
    page = visit(**WINDOW)
    steps.log_in(page, steps.RESIDENT)
    if language == "en-GB":
        page.get_by_role("contentinfo").get_by_role("button", name="English").click()
    for path in OWN:
        page.goto(path)
        expect(page.locator("html")).to_have_attribute("lang", LANGUAGES[language])
        assert_sound(page)


def test_the_pages_of_a_purchase_are_sound(visit: Visit) -> None:
    page = visit(**WINDOW)
    steps.find_tea(page)
    assert_sound(page)
    steps.put_into_basket(page)
    assert page.evaluate("document.images.length") > 0
    assert_sound(page)
    steps.go_to_checkout(page)
    assert_sound(page)
    steps.fill_address(page)
    number = steps.place(page)
    for path in (f"/pay/{number}/", f"/orders/{number}/", f"/orders/{number}/cancel/"):
        page.goto(path)
        assert_sound(page)


@pytest.mark.parametrize(
    ("phone", "paths"),
    [
        (steps.SUPPLIER, (*SUPPLIERS_OWN, "/supplier/?tab=shipped", "/account/")),
        (steps.UNION_BUYER, (*UNITS_OWN, "/account/")),
        (steps.STAFF, DESK),
    ],
    ids=["supplier", "unit", "staff"],
)
def test_the_pages_of_work_are_sound(visit: Visit, phone: str, paths: tuple[str, ...]) -> None:
    page = visit(**WINDOW)
    steps.log_in(page, phone)
    for path in paths:
        page.goto(path)
        assert_sound(page)


@pytest.mark.parametrize("scripts", [True, False])
def test_a_products_parts_are_one_press_away(visit: Visit, scripts: bool) -> None:
    page = visit(java_script_enabled=scripts)
    steps.find_tea(page)
    row = page.locator("dl .row").filter(has_text="规格").first
    # On its words, not on the arrow.
    row.click(position={"x": 120, "y": 20})
    shown = page.get_by_role("dialog") if scripts else page.locator("#sku")
    expect(shown.get_by_role("button", name="加入购物车")).to_be_in_viewport()
    if scripts:
        shown.get_by_role("button", name="关闭").click()
    bar = page.get_by_role("navigation", name="页面各部分")
    for name in ("参数", "评价"):
        bar.get_by_role("link", name=name).click()
        expect(page.get_by_role("heading", level=2, name=name)).to_be_in_viewport()
        expect(bar).to_be_in_viewport()


def test_large_print_and_english_stay_from_page_to_page(visit: Visit) -> None:
    page = visit(**WINDOW)
    page.goto("/")
    size = "parseFloat(getComputedStyle(document.documentElement).fontSize)"
    usual = page.evaluate(size)
    page.get_by_role("contentinfo").get_by_role("button", name="长辈版").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "yuanshan-elder")
    assert page.evaluate(size) == pytest.approx(usual * 1.2)
    steps.find_tea(page)
    expect(page.locator("html")).to_have_attribute("data-theme", "yuanshan-elder")
    assert_sound(page)

    page.get_by_role("contentinfo").get_by_role("button", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.get_by_role("heading", level=1)).to_have_text("Mumen yellow-leaf tea, in a tin")
    page.goto("/basket/")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.get_by_role("contentinfo").get_by_role("button", name="中文").click()
    expect(page.locator("html")).to_have_attribute("lang", "zh-hans")
    page.get_by_role("contentinfo").get_by_role("button", name="标准版").click()
    expect(page.locator("html")).not_to_have_attribute("data-theme", "yuanshan-elder")
    assert page.evaluate(size) == usual
