"""A union's order to a list of people: one bad row, the yes, the worker's progress, the supplier's list, signatures."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser import steps
from tests.browser.steps import SUPPLIER, UNION_BUYER
from tests.browser.test_pages import assert_sound
from tests.browser.test_union import approve
from tests.browser.watch import Visit

pytestmark = pytest.mark.browser

HEAD = "姓名,手机号,部门,地址,份数"
GOOD = (
    "张三,13800000011,,浙江省杭州市西湖区文三路1号,",
    "李四,13800000012,财务部,浙江省杭州市滨江区江南大道2号,",
    "王五,,财务部,,",
    "赵六,,财务部,,2",
)


def test_goods_for_four_people_reach_two_homes_and_a_department(visit: Visit) -> None:
    buyer, approver, supplier = visit(), visit(), visit()
    number = approve(approver, submitted(buyer))
    buyer.goto(f"/unit/orders/{number}/")
    main = buyer.get_by_role("main")
    expect(main).to_contain_text("每家供应商 3 个包裹")
    # The part is fetched again by itself until the worker is done.
    expect(main).to_contain_text("供应商已收到收货人清单。", timeout=20_000)
    assert_sound(buyer)
    ship(supplier, number)
    buyer.get_by_role("link", name="查看收货人和包裹").click()
    expect(main).to_contain_text("YT5560001112221")
    expect(main).to_contain_text("138****0011")
    assert_sound(buyer)
    buyer.goto(f"/unit/orders/{number}/sign-off/")
    buyer.get_by_label("赵六").check()
    assert_sound(buyer)
    buyer.get_by_role("button", name="登记本页签收").click()
    expect(main).to_contain_text("1 / 4 人已签收")


def submitted(page: Page) -> str:
    """Hand a request for four people over; return its number."""
    steps.log_in(page, UNION_BUYER)
    page.wait_for_url("**/unit/")
    page.get_by_role("button", name="新建申请").click()
    page.wait_for_url(re.compile(r"/unit/requests/CG"))
    request = page.url.rstrip("/").rsplit("/", 1)[1]
    main = page.get_by_role("main")
    upload(page, "采购清单.csv", "货号,数量\nWC-TEA-012,20\n", "上传")
    page.get_by_role("button", name="采用清单").click()
    page.get_by_role("link", name="收货人名单").click()
    assert_sound(page)
    upload(page, "名单.csv", "\n".join([HEAD, *GOOD, "孙七,13800000013,,,"]), "上传并核对")
    expect(main).to_contain_text("第 6 行，D 地址 列：地址和部门都没有填")
    assert_sound(page)
    upload(page, "名单.csv", "\n".join([HEAD, *GOOD]), "上传并核对")
    expect(main).to_contain_text("4 位收货人")
    assert_sound(page)
    page.get_by_role("button", name="采用清单").click()
    expect(main).to_contain_text("共 5 份，每家供应商发 3 个包裹")
    page.get_by_role("button", name="下一步：收货与付款").click()
    page.locator("[name=purpose]").fill("中秋慰问")
    page.locator("[name=pay_by][value=terms]").check()
    steps.fill_address(page)
    page.get_by_role("button", name="下一步：核对并提交").click()
    assert_sound(page)
    main.get_by_role("button", name="提交审批").click()
    expect(main).to_contain_text("待审批")
    return request


def upload(page: Page, name: str, text: str, button: str) -> None:
    """Send a file as the office's spreadsheet writes it."""
    page.locator("[name=file]").set_input_files(
        {"name": name, "mimeType": "text/csv", "buffer": text.encode("gbk")}
    )
    page.get_by_role("button", name=button, exact=True).click()


def ship(page: Page, number: str) -> None:
    """Let the supplier send the three parcels by its list."""
    steps.log_in(page, SUPPLIER)
    page.goto("/supplier/")
    page.get_by_role("article").filter(has_text=number).get_by_role("button", name="确认订单").click()
    page.wait_for_url("**/supplier/orders/**")
    expect(page.get_by_role("main")).to_contain_text("发往 3 位收货人")
    assert_sound(page)
    page.get_by_role("link", name="批量发货").click()
    head = "订单号,收件序号,行号,本次发货件数,快递公司,快递单号"
    rows = [f"{number},{one},,,圆通速递,YT556000111222{one}" for one in (1, 2, 3)]
    upload(page, "发货.csv", "\n".join([head, *rows]), "上传并核对")
    expect(page.get_by_role("main")).to_contain_text("将发出 3 个包裹")
    assert_sound(page)
    page.get_by_role("button", name="确认发出 3 个包裹").click()
    expect(page.get_by_role("main")).to_contain_text("3 个包裹")
