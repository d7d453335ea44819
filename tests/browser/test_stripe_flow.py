"""Paying on Stripe's page, played by our stand-in in a process of its own."""

import pytest
from playwright.sync_api import expect

from tests.browser import steps
from tests.browser.watch import Visit

pytestmark = pytest.mark.browser


def test_the_browser_never_returns_and_the_notice_alone_pays(visit: Visit) -> None:
    page = visit()
    number = steps.buy(page, method="stripe")
    pay_now = page.get_by_role("main").get_by_role("button", name="立即付款")
    pay_now.click()
    page.wait_for_url("**/c/pay/**")
    hosted = page.url
    expect(page.locator("b")).to_have_text(f"¥{steps.TEA_YUAN}")
    page.get_by_role("button", name="银行卡被拒").click()
    expect(page.get_by_role("alert")).to_contain_text("换一张卡")
    page.get_by_role("button", name="取消并返回商店").click()
    page.wait_for_url(f"**/pay/{number}/")
    pay_now.click()
    page.wait_for_url("**/c/pay/**")
    assert page.url == hosted
    page.get_by_role("button", name="浏览器不返回").click()
    expect(page.get_by_text("可以关闭本页")).to_be_visible()
    # The buyer looks at the order the next day; nobody has opened the return page.
    page.goto(f"/orders/{number}/")
    steps.reload_until(page, page.get_by_text("已收到付款"))
    expect(page.get_by_role("main")).to_contain_text(f"¥{steps.TEA_YUAN}")


def test_a_buyer_who_returns_sees_the_payment(visit: Visit) -> None:
    page = visit(java_script_enabled=False)
    steps.buy(page, method="stripe", scripts=False)
    page.get_by_role("main").get_by_role("button", name="立即付款").click()
    page.wait_for_url("**/c/pay/**")
    page.get_by_role("button", name="支付", exact=True).click()
    page.wait_for_url("**/return/**")
    steps.reload_until(page, page.get_by_text("付款成功"))
