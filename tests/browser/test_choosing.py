"""What is chosen on a page says at once what it costs; without scripts the same choice is a link or a form."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser import steps
from tests.browser.screens import desk
from tests.browser.watch import Visit

pytestmark = pytest.mark.browser


def pack(page: Page, spec: str) -> None:
    """Choose a pack in the open choice."""
    page.get_by_role("radiogroup", name="规格").locator("label", has_text=spec).click()
    expect(page.get_by_role("radio", name=spec)).to_be_checked()


def test_a_pack_is_chosen_in_the_sheet_with_price_and_sum(visit: Visit) -> None:
    page = visit()
    steps.find_tea(page)
    address = page.url
    page.locator(".actbar").get_by_role("button", name="加入购物车").tap()
    sheet = page.get_by_role("dialog")
    buy = sheet.get_by_role("button", name="立即购买")
    expect(buy).to_have_text(re.compile(r"立即购买\s*¥198\.00"))
    expect(sheet.get_by_role("radio")).to_have_count(3)
    pack(page, "15g/袋")
    expect(sheet.locator("[data-pack-price]")).to_have_text("¥58.00")
    expect(sheet.locator("[data-pack-name]")).to_have_text("15g/袋")
    sheet.locator("[data-step='1']").tap()
    expect(buy).to_contain_text("¥116.00")
    # From twenty on a piece costs 5 % less.
    sheet.locator("[name=quantity]").fill("20")
    expect(buy).to_contain_text("¥1,102.00")
    assert page.url == address
    sheet.get_by_role("button", name="加入购物车").tap()
    expect(page.get_by_role("main")).to_contain_text("已加入购物车")
    page.goto("/basket/")
    row = page.locator("main .panel").filter(has_text="试饮装")
    expect(row.locator("[name^=quantity_]")).to_have_value("20")
    expect(row).to_contain_text("15g/袋")


def test_a_wide_window_shows_the_same_choice_on_the_page(visit: Visit) -> None:
    page = visit(**desk(1280))
    steps.find_tea(page)
    beside = page.locator("main :not(#sku *)")
    expect(beside.and_(page.locator("[data-pack-price]"))).to_have_text("¥198.00")
    pack(page, "100g/盒")
    expect(page.locator("#sku").get_by_role("button", name="立即购买")).to_contain_text("¥398.00")
    expect(beside.and_(page.locator("[data-pack-price]"))).to_have_text("¥398.00")
    expect(beside.and_(page.locator("[data-pack-name]"))).to_have_text("100g/盒")
    for own in page.locator("[data-pack-own]").all():
        expect(own).to_be_hidden()
    page.locator("#sku").get_by_role("button", name="加入购物车").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("木门黄茶 礼盒")


def test_without_scripts_a_pack_is_a_link_to_its_own_page(visit: Visit) -> None:
    page = visit(java_script_enabled=False)
    steps.find_tea(page)
    expect(page.locator("#sku input[type=radio]")).to_have_count(0)
    expect(page.locator("#sku").get_by_role("button", name="立即购买")).to_have_text("立即购买")
    page.locator("#sku").get_by_role("link").filter(has_text="15g/袋").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("木门黄茶 试饮装")


def test_one_press_ticks_everything_of_a_supplier_or_of_the_basket(visit: Visit) -> None:
    page = visit()
    for words, name in (("木门", steps.TEA), ("木门", "木门黄茶 试饮装"), ("甜糯玉米", "真空甜糯玉米")):
        page.goto(f"/search/?q={words}")
        page.get_by_role("main").get_by_role("link", name=name, exact=True).click()
        page.locator(".actbar").get_by_role("button", name="加入购物车").tap()
        page.get_by_role("dialog").get_by_role("button", name="加入购物车").click()
        expect(page.get_by_role("main")).to_contain_text("已加入购物车")
    page.goto("/basket/")
    bar, groups = page.locator(".actbar"), page.locator("main [data-check-group]")
    everything = bar.get_by_label("全选")
    heads = [groups.nth(number).locator("[data-check-all]") for number in (0, 1)]
    teas = groups.nth(0).locator("[name=selected]")
    expect(teas).to_have_count(2)
    expect(bar.get_by_role("button", name="结算")).to_have_text("结算 (3)")

    def press(box: Locator, *, count: int) -> None:
        """Press a box; the page comes back with the sum of what is ticked now."""
        with page.expect_navigation():
            box.tap()
        expect(bar.get_by_role("button", name="结算")).to_have_text(f"结算 ({count})" if count else "结算")

    press(heads[0], count=1)
    assert [box.is_checked() for box in teas.all()] == [False, False]
    expect(everything).not_to_be_checked()
    alone = bar.locator(".price").inner_text()
    press(teas.first, count=2)
    expect(heads[0]).not_to_be_checked()
    press(heads[0], count=3)
    expect(everything).to_be_checked()
    press(everything, count=0)
    expect(bar.locator(".price")).to_have_text("¥0.00")
    press(heads[1], count=1)
    expect(bar.locator(".price")).to_have_text(alone)
    press(everything, count=3)


@pytest.mark.parametrize("scripts", [True, False])
def test_freight_is_told_for_the_province_that_is_chosen(visit: Visit, *, scripts: bool) -> None:
    page = visit(java_script_enabled=scripts)
    steps.find_tea(page)
    delivery = page.locator("#delivery")
    expect(delivery.locator("summary")).to_contain_text("送至浙江省")
    delivery.locator("summary").click()
    delivery.get_by_label("收货省份").select_option("四川省")
    delivery.get_by_role("button", name="查看运费").click()
    expect(delivery.locator("summary")).to_contain_text("四川省")
    expect(page.get_by_role("heading", level=1)).to_have_text(steps.TEA)
    page.reload()
    expect(delivery.locator("summary")).to_contain_text("四川省")
