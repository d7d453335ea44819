"""A coupon on a phone: claimed beside the goods, chosen at the checkout, paid less for, and refunded to the fen."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser import steps
from tests.browser.steps import RESIDENT, STAFF, STAFF_2
from tests.browser.watch import Visit

pytestmark = pytest.mark.browser


def open_campaign(writer: Page, approver: Page, name: str) -> None:
    """Let one of the staff write ¥20 off from ¥100, and another approve it."""
    steps.log_in(writer, STAFF)
    writer.goto("/dashboard/campaigns/")
    for field, value in (
        ("name", name),
        ("off_fen", "20"),
        ("minimum_fen", "100"),
        ("ends_on", "2099-12-31"),
        ("pieces", "50"),
    ):
        writer.locator(f"[name={field}]").fill(value)
    writer.get_by_role("button", name="写入").click()
    expect(writer.get_by_role("main")).to_contain_text(name)
    steps.log_in(approver, STAFF_2)
    approver.goto("/dashboard/campaigns/")
    approver.get_by_role("row").filter(has_text=name).get_by_role("button", name="批准").click()
    expect(approver.get_by_role("row").filter(has_text=name)).to_contain_text("暂停")


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_a_coupon_is_claimed_beside_the_goods_and_gives_the_right_fen_back(
    visit: Visit, scripts: bool
) -> None:
    name = f"茶友券{'一' if scripts else '二'}"
    open_campaign(visit(), visit(), name)
    page = visit(java_script_enabled=scripts)
    steps.log_in(page, RESIDENT)
    steps.find_tea(page)
    product = page.url
    slip = page.get_by_role("article").filter(has_text=name)
    slip.get_by_role("button", name=re.compile(f"领取.*{name}")).click()
    expect(slip).to_contain_text("已领取")
    assert page.url == product

    steps.put_into_basket(page, scripts=scripts)
    field = page.locator("[name^=quantity_]")
    field.fill("3")
    field.press("Enter")
    expect(page.get_by_role("main")).to_contain_text("594.00")
    steps.go_to_checkout(page)
    # The coupon of the other run is used by now, so this one is the best that is left.
    expect(page.get_by_role("radio", name=re.compile(name))).to_be_checked()
    steps.fill_address(page, scripts=scripts)
    number = steps.place(page)
    expect(page.get_by_role("main")).to_contain_text("¥574.00")
    steps.pay(page)
    page.goto(f"/orders/{number}/refund/")
    page.locator("[name^=units_]").fill("1")
    page.locator("[name=reason]").fill("少要一罐")
    page.get_by_role("main").get_by_role("button", name="申请退款").click()
    page.wait_for_url(f"**/orders/{number}/")
    # A third of 574.00, rounded down: the rest of the division stays with the last tin.
    steps.reload_until(page, page.get_by_role("main").get_by_text("191.33").first)
