"""On a phone: a member signs up, buys and closes the account; a guest finds an order on another device."""

import re

import pytest
from playwright.sync_api import Page, expect

from shop.accounts.challenge import spelled
from tests.browser import steps
from tests.browser.shop_process import Shop
from tests.browser.steps import STAFF, TEA_YUAN
from tests.browser.test_flows import drill_down, ship
from tests.browser.watch import Visit

pytestmark = pytest.mark.browser
MEMBER, GUEST = "13900139001", "13900139002"
_NUMBERS = {spelled(number): number for number in range(100)}


def answer_question(page: Page) -> None:
    """Answer the question that comes before another text, where one is asked."""
    field = page.locator("[name=answer]")
    if field.count():
        label = page.locator(f"label[for={field.get_attribute('id')}]").inner_text()
        first, second = re.findall("[零一二三四五六七八九十]+", label)[:2]
        field.fill(str(_NUMBERS[first] + _NUMBERS[second]))


def sign_up(page: Page, shop: Shop) -> None:
    """Sign up by a code, with a tick that nobody has set."""
    page.goto("/accounts/signup/")
    page.locator("[name=phone]").fill(MEMBER)
    expect(page.locator("[name=agreed]")).not_to_be_checked()
    page.locator("[name=agreed]").check()
    answer_question(page)
    page.locator("main form:has([name=agreed])").get_by_role("button", name="注册").click()
    page.locator("[name=code]").fill(shop.code_sent_to(MEMBER))
    page.locator("main form:has([name=code])").get_by_role("button", name="确认").click()
    expect(page.locator("[name=code]")).to_have_count(0)


def test_a_member_closes_the_account_and_the_ledger_still_proves_the_order(visit: Visit, shop: Shop) -> None:
    member, supplier, staff = visit(), visit(), visit()
    sign_up(member, shop)
    number = steps.buy(member)
    steps.pay(member)
    member.get_by_role("link", name="查看订单").click()

    # An order on its way stands in the way.
    member.goto("/account/close/")
    expect(member.get_by_role("main")).to_contain_text("有 1 笔订单还没有收到货")
    expect(member.locator("[name=understood]")).to_have_count(0)

    ship(supplier, number, "YT9000000000001")
    member.goto(f"/orders/{number}/")
    steps.reload_until(member, member.get_by_text("YT9000000000001"))
    steps.confirm_receipt(member)

    member.goto("/account/close/")
    member.get_by_role("button", name="发送验证码").click()
    member.locator("[name=code]").fill(shop.code_sent_to(MEMBER))
    expect(member.locator("[name=understood]")).not_to_be_checked()
    member.locator("[name=understood]").check()
    member.get_by_role("button", name="确认注销，不再恢复").click()
    expect(member.get_by_role("heading", level=1)).to_have_text("账号已注销")
    member.goto("/account/")
    expect(member.get_by_role("main").get_by_role("link", name="登录")).to_be_visible()

    steps.log_in(staff, STAFF)
    staff.goto("/dashboard/")
    drill_down(staff, number)
    expect(staff.get_by_role("main")).to_contain_text(number)
    staff.goto(f"/dashboard/orders/{number}/")
    expect(staff.get_by_role("main")).to_contain_text(TEA_YUAN)
    assert MEMBER not in staff.content().replace(" ", "")


def test_a_guest_finds_the_order_on_another_phone(visit: Visit, shop: Shop) -> None:
    first, other = visit(), visit()
    steps.find_tea(first)
    steps.put_into_basket(first)
    steps.go_to_checkout(first)
    steps.fill_address(first, phone=GUEST)
    number = steps.place(first)

    other.goto("/orders/")
    other.get_by_role("main").get_by_role("link", name="查询订单").click()
    other.locator("[name=number]").fill(number.lower())
    other.locator("[name=phone]").fill(GUEST)
    answer_question(other)
    other.get_by_role("button", name="发送验证码").click()
    other.locator("[name=code]").fill(shop.code_sent_to(GUEST))
    other.get_by_role("button", name="查看订单").click()
    other.wait_for_url(f"**/orders/{number}/")
    expect(other.get_by_role("main")).to_contain_text(number)
