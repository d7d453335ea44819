"""What people do in the shop, page by page, as they see it."""

import re

from playwright.sync_api import Locator, Page, expect

RESIDENT, SUPPLIER, STAFF, STAFF_2, UNION_BUYER, UNION_APPROVER = (
    f"1700000000{number}" for number in (1, 2, 4, 5, 7, 8)
)
PASSWORD = "yuanshan-demo"
TEA = "木门黄茶"
TEA_YUAN = "198.00"
NUMBER = re.compile(r"YS\d{8}-[0-9A-Z]{8}")


def log_in(page: Page, phone: str) -> None:
    """Log in with the password, and be where one works."""
    page.goto("/accounts/login/")
    page.locator("[name=login]").fill(phone)
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("main form:has([name=password])").get_by_role("button", name="登录").click()
    page.wait_for_url(re.compile(r"^(?!.*/accounts/login/)"))
    if "/second-factor/code/" in page.url:
        type_code(page)
    expect(page.locator("[name=password], [name=code]")).to_have_count(0)


def type_code(page: Page) -> None:
    """Type the code of the app, which the page itself names to a demonstration login."""
    found = re.search(r"\d{6}", page.get_by_role("main").get_by_role("status").inner_text())
    assert found, page.url
    page.locator("[name=code]").fill(found.group())
    page.locator("main form:has([name=code])").get_by_role("button", name="登录").click()


def find_tea(page: Page) -> None:
    """From the front page by the search to the page of the tea."""
    page.goto("/")
    page.locator("input[name=q]").filter(visible=True).fill("木门")
    page.locator("input[name=q]").filter(visible=True).press("Enter")
    page.get_by_role("main").get_by_role("link", name=TEA, exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(TEA)


def put_into_basket(page: Page, *, scripts: bool = True) -> None:
    """Add one tin; with scripts the choice of pack opens as a sheet."""
    if scripts:
        page.locator(".actbar").get_by_role("button", name="加入购物车").tap()
        page.get_by_role("dialog").get_by_role("button", name="加入购物车").click()
    else:
        page.locator("#sku").get_by_role("button", name="加入购物车").click()
    page.goto("/basket/")
    expect(page.locator("[name^=quantity_]")).to_have_value("1")


def go_to_checkout(page: Page) -> None:
    """From the basket to the checkout."""
    page.locator(".actbar").get_by_role("button", name="结算").tap()
    page.wait_for_url("**/checkout/**")


def fill_address(page: Page, *, phone: str = "13800138000", scripts: bool = True) -> None:
    """Type a new address in Xiaoshan."""
    page.locator("[name=recipient_name]").fill("沈佳")
    page.locator("[name=phone]").fill(phone)
    for name, value in (("province", "浙江省"), ("city", "杭州市"), ("county", "萧山区")):
        if scripts:
            page.locator(f"select[name={name}]").select_option(value)
        else:
            page.locator(f"input[name={name}]").fill(value)
    page.locator("[name=street]").fill("北干街道市心北路示例路 1 号")


def place(page: Page, *, method: str = "demo") -> str:
    """Choose a way of paying, accept the terms, place the order; return its number."""
    page.locator(f"[name=method][value={method}]").check()
    expect(page.locator("[name=consent]")).not_to_be_checked()
    page.locator("[name=consent]").check()
    page.locator(".actbar").get_by_role("button", name="提交订单").tap()
    page.wait_for_url("**/pay/**")
    found = NUMBER.search(page.url)
    assert found, page.url
    expect(page.get_by_role("heading", level=1).filter(visible=True).first).to_be_visible()
    return found.group()


def buy(page: Page, *, method: str = "demo", scripts: bool = True) -> str:
    """Buy one tin up to the cashier; return the order's number."""
    find_tea(page)
    put_into_basket(page, scripts=scripts)
    go_to_checkout(page)
    fill_address(page, scripts=scripts)
    number = place(page, method=method)
    expect(page.get_by_role("main")).to_contain_text(f"¥{TEA_YUAN}")
    return number


def pay(page: Page, *, button: str = "付款成功") -> None:
    """From the cashier over the demo provider's page back to the shop."""
    page.get_by_role("main").get_by_role("button", name="立即付款").tap()
    page.wait_for_url("**/demo-pay/**")
    page.get_by_role("button", name=button, exact=True).click()
    page.wait_for_url("**/return/**")


def confirm_receipt(page: Page) -> None:
    """Say on an order's page that all has arrived, and once more when asked."""
    page.locator(".actbar").get_by_role("link", name="确认收货").click()
    page.get_by_role("main").get_by_role("button", name="确认收货").click()
    expect(page.get_by_role("main")).to_contain_text("已确认收货")
    expect(page.get_by_role("link", name="确认收货")).to_have_count(0)


def reload_until(page: Page, seen: Locator) -> None:
    """Look at the page again until the worker has done its part, for thirty seconds at most."""
    for _ in range(60):
        try:
            expect(seen).to_be_visible(timeout=500)
            return
        except AssertionError:
            page.reload()
    expect(seen).to_be_visible()
