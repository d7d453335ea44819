"""A whole purchase without a mouse: every stop of the Tab key is seen, and Enter and Space do the rest."""

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser import steps
from tests.browser.screens import desk
from tests.browser.watch import Visit

pytestmark = pytest.mark.browser

#: Says what is wrong with the place of the focus: nothing drawn around it, off the screen, or below a bar.
WRONG = """() => {
  const stop = document.activeElement;
  if (stop === document.body) return 'the focus has left the page';
  const drawn = one => one && getComputedStyle(one).outlineStyle !== 'none'
    && parseFloat(getComputedStyle(one).outlineWidth) >= 2;
  if (!drawn(stop) && !drawn(stop.closest('.inp-box'))) return `no outline: ${stop.outerHTML.slice(0, 200)}`;
  const box = stop.getBoundingClientRect();
  if (box.width < 5 || box.height < 5) return `too small to be seen: ${stop.outerHTML.slice(0, 200)}`;
  const [x, y] = [box.left + box.width / 2, box.top + Math.min(box.height, innerHeight) / 2];
  const top = document.elementFromPoint(x, y);
  const mine = top && (stop.contains(top) || top.contains(stop) || top.closest('label')?.contains(stop));
  return mine ? '' : `hidden at ${Math.round(x)}, ${Math.round(y)}: ${stop.outerHTML.slice(0, 200)}`;
}"""
#: A positive tabindex would take the focus out of the order in which the page is read.
ORDERED = "[...document.querySelectorAll('[tabindex]')].every(one => one.tabIndex <= 0)"
MOST_STOPS = 120
#: What moves into the page has come to rest.
AT_REST = """Promise.all(document.getAnimations()
  .filter(one => one.effect.getTiming().iterations !== Infinity).map(one => one.finished))"""


def tab_to(page: Page, wanted: Locator) -> None:
    """Press Tab until the wanted element has the focus; each stop on the way can be seen."""
    handle = wanted.element_handle()
    assert page.evaluate(ORDERED), page.url
    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
        page.evaluate(AT_REST)
        assert page.evaluate(WRONG) == "", page.url
        if page.evaluate("one => one === document.activeElement", handle):
            return
    raise AssertionError(f"{wanted} is not reached on {page.url}")


def press(page: Page, wanted: Locator, key: str = "Enter") -> None:
    """Go to an element and press a key there."""
    tab_to(page, wanted)
    page.keyboard.press(key)


def type_into(page: Page, name: str, text: str) -> None:
    """Go to the field of that name and type."""
    tab_to(page, page.locator(f"[name={name}]"))
    page.keyboard.type(text)


@pytest.mark.parametrize("width", [1280, 390])
def test_a_whole_purchase_by_keyboard(visit: Visit, width: int) -> None:
    page = visit(**desk(width))
    page.goto("/")
    press(page, page.locator(".skip"))
    page.keyboard.press("Tab")
    assert page.evaluate("document.querySelector('main').contains(document.activeElement)")

    page.goto("/")
    tab_to(page, page.locator("input[name=q]").filter(visible=True))
    page.keyboard.type("木门")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search/**")
    press(page, page.get_by_role("main").get_by_role("link", name=steps.TEA, exact=True))
    expect(page.get_by_role("heading", level=1)).to_have_text(steps.TEA)
    if width < 1024:
        press(page, page.locator(".actbar").get_by_role("button", name="立即购买"))
        press(page, page.get_by_role("dialog").get_by_role("button", name="立即购买"))
    else:
        press(page, page.get_by_role("button", name="立即购买").filter(visible=True))
    page.wait_for_url("**/checkout/**")
    order_by_keyboard(page)
    press(page, page.get_by_role("main").get_by_role("button", name="立即付款"))
    page.wait_for_url("**/demo-pay/**")
    press(page, page.get_by_role("button", name="付款成功", exact=True))
    page.wait_for_url("**/return/**")
    expect(page.get_by_role("main")).to_contain_text("付款成功")


def order_by_keyboard(page: Page) -> None:
    """Fill in the checkout from top to bottom and place the order."""
    type_into(page, "recipient_name", "沈佳")
    type_into(page, "phone", "13800138000")
    for name, key in (("province", "浙江省"), ("city", "杭州市"), ("county", "萧山区")):
        tab_to(page, page.locator(f"select[name={name}]"))
        choose(page, key)
    type_into(page, "street", "北干街道市心北路示例路 1 号")
    tab_to(page, page.locator("[name=method]:checked"))
    press(page, page.locator("[name=consent]"), "Space")
    expect(page.locator("[name=consent]")).to_be_checked()
    press(page, page.get_by_role("button", name="提交订单").filter(visible=True))
    page.wait_for_url("**/pay/**")


def choose(page: Page, name: str) -> None:
    """Go down the list that has the focus to a name, as the arrow key does."""
    for _ in range(40):
        if page.evaluate("document.activeElement.value") == name:
            return
        page.keyboard.press("ArrowDown")
    raise AssertionError(f"{name} is not in the list on {page.url}")
