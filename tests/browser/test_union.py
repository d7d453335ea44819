"""The union's order on a phone: a list with two bad rows, approval, shipping, acceptance, the fen under the union."""

import re
from decimal import Decimal

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser import steps
from tests.browser.steps import STAFF, STAFF_2, SUPPLIER, UNION_APPROVER, UNION_BUYER
from tests.browser.test_flows import enter_and_confirm, ship
from tests.browser.test_pages import assert_sound
from tests.browser.watch import Visit
from tests.files.uploads import photo

pytestmark = pytest.mark.browser

#: 20 tins at 190.08, the price from 10 on; one is rejected.
LIST = "采购清单,\n货号,数量\nWC-TEA-012,20\nWC-TEA-12,5\nWC-TEA-001,二十\n"
UNIT_YUAN = Decimal("190.08")
CONFIRMED, OWED = "已确认", "已验收未付款"


def test_a_unions_order_on_terms_from_the_list_to_the_fen_under_the_union(visit: Visit) -> None:
    buyer, approver, supplier, staff = visit(), visit(), visit(), visit(java_script_enabled=False)
    steps.log_in(staff, STAFF)
    before = yuan_of_the_union(staff, OWED)
    number = approve(approver, upload_and_submit(buyer, pay_by="terms"))
    ship(supplier, number, "YT5550001112223")
    accept(buyer, approver, number, "YT5550001112223")

    expected = before + 19 * UNIT_YUAN
    assert_counted(staff, OWED, expected)
    buyer.goto("/unit/")
    expect(buyer.get_by_role("main")).to_contain_text(f"¥{expected:,.2f}")
    assert_sound(buyer)


@pytest.mark.long
def test_a_unions_order_paid_by_transfer_ships_once_two_people_have_confirmed_it(visit: Visit) -> None:
    buyer, approver, supplier = visit(), visit(), visit()
    staff, second = visit(java_script_enabled=False), visit(java_script_enabled=False)
    steps.log_in(staff, STAFF)
    steps.log_in(second, STAFF_2)
    confirmed, owed = yuan_of_the_union(staff, CONFIRMED), yuan_of_the_union(staff, OWED)
    number = approve(approver, upload_and_submit(buyer, pay_by="transfer"))

    buyer.goto(f"/unit/orders/{number}/")
    expect(buyer.get_by_role("main")).to_contain_text("演示工会")
    buyer.get_by_role("button", name="查看收款账户与附言码").click()
    code = buyer.locator("[data-code]").inner_text()
    assert_sound(buyer)
    # Unpaid: the supplier does not know of it, and a proposed transfer changes nothing.
    steps.log_in(supplier, SUPPLIER)
    supplier.goto("/supplier/")
    expect(supplier.get_by_role("article").filter(has_text=number)).to_have_count(0)

    enter_and_confirm(staff, second, number, code, payer="演示工会", serial="B20260777")
    buyer.reload()
    expect(buyer.get_by_role("main")).to_contain_text("已付款")
    ship(supplier, number, "YT5550001113223", logged_in=True)
    assert yuan_of_the_union(staff, CONFIRMED) == confirmed
    accept(buyer, approver, number, "YT5550001113223")

    assert_counted(staff, CONFIRMED, confirmed + 19 * UNIT_YUAN)
    assert yuan_of_the_union(staff, OWED) == owed


def upload_and_submit(page: Page, *, pay_by: str) -> str:
    """Upload a list with two bad rows, mend one, drop the other, and hand the request over; return its number."""
    steps.log_in(page, UNION_BUYER)
    page.wait_for_url("**/unit/")
    page.get_by_role("button", name="新建申请").click()
    page.wait_for_url(re.compile(r"/unit/requests/CG"))
    request = page.url.rstrip("/").rsplit("/", 1)[1]
    assert_sound(page)
    page.locator("[name=file]").set_input_files(
        {"name": "采购清单.csv", "mimeType": "text/csv", "buffer": LIST.encode("gbk")}
    )
    page.get_by_role("button", name="上传", exact=True).click()
    main = page.get_by_role("main")
    expect(main).to_contain_text("3 行中 1 行可下单，2 行要改")
    expect(main).to_contain_text("第 4 行，A 货号 列：没有货号 WC-TEA-12。")
    expect(main).to_contain_text("第 5 行，B 数量 列：“二十”不是整数。")
    assert_sound(page)
    page.locator("[name=sku_4]").fill("")
    page.locator("[name=quantity_4]").fill("")
    page.locator("[name=quantity_5]").fill("２")
    page.get_by_role("button", name="重新核对").click()
    expect(main).to_contain_text("全部行都可下单")
    page.get_by_role("button", name="采用清单").click()
    expect(page.locator("main [name^=units_]")).to_have_count(2)
    assert_sound(page)
    page.get_by_role("button", name=re.compile("移除|删除")).last.click()
    expect(page.locator("main [name^=units_]")).to_have_count(1)
    page.get_by_role("button", name="下一步：收货与付款").click()
    page.locator("[name=purpose]").fill("中秋慰问")
    page.locator(f"[name=pay_by][value={pay_by}]").check()
    expect(page.locator("[name=invoice_title]")).not_to_have_value("")
    page.locator("[name=invoice_email]").fill("caiwu@example.cn")
    steps.fill_address(page)
    assert_sound(page)
    page.get_by_role("button", name="下一步：核对并提交").click()
    assert_sound(page)
    page.get_by_role("main").get_by_role("button", name="提交审批").click()
    expect(main).to_contain_text("待审批")
    return request


def approve(page: Page, request: str) -> str:
    """Approve as another person; return the order's number."""
    steps.log_in(page, UNION_APPROVER)
    page.wait_for_url("**/unit/")
    page.get_by_role("link", name="审批“中秋慰问”").first.click()
    page.wait_for_url(f"**/unit/requests/{request}/")
    assert_sound(page)
    page.get_by_role("button", name="通过并下单").click()
    page.wait_for_url("**/unit/orders/**")
    found = steps.NUMBER.search(page.url)
    assert found, page.url
    return found.group()


def accept(buyer: Page, approver: Page, number: str, tracking: str) -> None:
    """Count 19 good tins and a broken one; the other member approves."""
    buyer.goto(f"/unit/orders/{number}/")
    steps.reload_until(buyer, buyer.get_by_text(tracking))
    expect(buyer.get_by_role("main")).to_contain_text("caiwu@example.cn")
    assert_sound(buyer)
    buyer.get_by_role("link", name="填报验收").click()
    buyer.get_by_text("有短少或破损").click()
    buyer.locator("[name^=damaged_]").fill("1")
    buyer.locator("[name^=damaged_]").press("Tab")
    # What is damaged is not good: the other counter follows.
    expect(buyer.locator("[name^=accepted_]")).to_have_value("19")
    buyer.locator("[name^=reason_]").fill("罐体压坏")
    picture = photo(size=(800, 600)).read()
    buyer.locator("[name=camera]").set_input_files(
        {"name": "罐.jpg", "mimeType": "image/jpeg", "buffer": picture}
    )
    # Enlarged, the narrow screen of 320 px is what it becomes.
    assert_sound(buyer, enlarged=False)
    buyer.get_by_role("button", name="提交复核").click()
    buyer.wait_for_url("**/unit/reports/**")
    expect(buyer.get_by_role("button", name="复核通过")).to_have_count(0)
    assert_sound(buyer)
    approver.goto("/unit/")
    approver.get_by_role("link", name="复核验收单").click()
    approver.get_by_role("button", name="复核通过").click()
    expect(approver.get_by_role("main")).to_contain_text("已通过")


def union_row(page: Page) -> Locator:
    """Return the union's row among the buyers of the overview."""
    return page.get_by_role("row").filter(has_text="演示工会")


def yuan_of_the_union(page: Page, column: str) -> Decimal:
    """Return the yuan in a column of the union's row."""
    page.goto("/dashboard/")
    # Other splits have the column too; the union has a row in one of them.
    table = (
        page.get_by_role("table")
        .filter(has=page.get_by_role("columnheader", name=OWED))
        .filter(has=page.get_by_role("row").filter(has_text="演示工会"))
    )
    names = [name.strip() for name in table.get_by_role("columnheader").all_inner_texts()]
    cells = table.get_by_role("row").filter(has_text="演示工会").get_by_role("cell")
    if cells.count() == 0:
        return Decimal(0)
    return Decimal(cells.nth(names.index(column)).inner_text().replace(",", ""))


def assert_counted(staff: Page, column: str, expected: Decimal) -> None:
    """Wait until the figure is on the overview, then find it in this column."""
    cell = union_row(staff).get_by_role("link", name=f"{expected:,.2f}", exact=True)
    staff.goto("/dashboard/")
    steps.reload_until(staff, cell.first)
    assert yuan_of_the_union(staff, column) == expected


def test_a_list_is_pasted_and_submitted_without_scripts(visit: Visit) -> None:
    page = visit(java_script_enabled=False)
    steps.log_in(page, UNION_BUYER)
    page.goto("/unit/requests/")
    page.get_by_role("button", name="新建申请").click()
    page.get_by_role("link", name="改为粘贴").click()
    page.locator("[name=text]").fill("WC-TEA-012 10")
    page.get_by_role("button", name="核对内容").click()
    page.get_by_role("button", name="采用清单").click()
    page.get_by_role("button", name="下一步：收货与付款").click()
    steps.fill_address(page, scripts=False)
    page.locator("[name=pay_by][value=transfer]").check()
    page.get_by_role("button", name="下一步：核对并提交").click()
    page.get_by_role("main").get_by_role("button", name="提交审批").click()
    expect(page.get_by_role("main")).to_contain_text("待审批")
