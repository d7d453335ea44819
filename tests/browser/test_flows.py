"""A sale from the search to the total of its region, and the other ways an order can go."""

import datetime as dt
import io
import re
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from PIL import Image
from playwright.sync_api import FilePayload, Page, expect

from tests.browser import steps
from tests.browser.steps import RESIDENT, STAFF, STAFF_2, SUPPLIER, TEA, TEA_YUAN
from tests.browser.watch import Visit

pytestmark = pytest.mark.browser


def test_a_resident_buys_and_the_fen_arrive_in_the_total(visit: Visit) -> None:
    staff, resident, supplier = visit(), visit(), visit()
    steps.log_in(staff, STAFF)
    before = confirmed_of_wangcang(staff)

    steps.log_in(resident, RESIDENT)
    number = steps.buy(resident)
    steps.pay(resident)
    expect(resident.get_by_role("main")).to_contain_text("付款成功")
    resident.get_by_role("link", name="查看订单").click()
    steps.reload_until(resident, resident.get_by_text("已通知供应商"))
    expect(resident.get_by_role("main")).to_contain_text(f"¥{TEA_YUAN}")

    ship(supplier, number, "YT1234567890123")

    resident.goto(f"/orders/{number}/")
    steps.reload_until(resident, resident.get_by_text("YT1234567890123"))
    copy(resident, "YT1234567890123")
    steps.confirm_receipt(resident)

    expected = before + Decimal(TEA_YUAN)
    cell = staff.get_by_role("row", name=re.compile("旺苍")).get_by_role(
        "link", name=f"{expected:,.2f}", exact=True
    )
    staff.goto("/dashboard/")
    steps.reload_until(staff, cell.first)
    assert confirmed_of_wangcang(staff) == expected
    drill_down(staff, number)
    from_the_headline_to_the_parcel(staff, number, "YT1234567890123")


def copy(page: Page, text: str) -> None:
    """Copy a number by its button, which says so."""
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    button = page.locator(f"[data-copy='{text}']")
    expect(button).to_have_text("复制")
    button.tap()
    expect(button).to_have_text("已复制")
    assert page.evaluate("navigator.clipboard.readText()") == text


def confirmed_of_wangcang(page: Page) -> Decimal:
    """Return the yuan in the column 已确认 of the first table."""
    page.goto("/dashboard/")
    table = page.get_by_role("table").filter(has=page.get_by_role("columnheader", name="年度目标"))
    names = [name.strip() for name in table.get_by_role("columnheader").all_inner_texts()]
    row = table.get_by_role("row", name=re.compile("旺苍")).get_by_role("cell")
    return Decimal(row.nth(names.index("已确认")).inner_text().replace(",", ""))


def buy_and_ship(buyer: Page, supplier: Page, tracking: str, *, scripts: bool = True) -> str:
    """Buy and pay as the resident, and let the supplier send it; return the order's number, with its page open."""
    steps.log_in(buyer, RESIDENT)
    number = steps.buy(buyer, scripts=scripts)
    steps.pay(buyer)
    buyer.goto(f"/orders/{number}/")
    steps.reload_until(buyer, buyer.get_by_text("已通知供应商"))
    ship(supplier, number, tracking)
    buyer.goto(f"/orders/{number}/")
    steps.reload_until(buyer, buyer.get_by_text(tracking))
    return number


def ship(page: Page, number: str, tracking: str, *, logged_in: bool = False) -> None:
    """Let the supplier confirm the order and send one parcel."""
    if not logged_in:
        steps.log_in(page, SUPPLIER)
    page.goto("/supplier/")
    card = page.get_by_role("article").filter(has_text=number)
    steps.reload_until(page, card)
    card.get_by_role("button", name="确认订单").click()
    page.wait_for_url("**/supplier/orders/**")
    expect(page.get_by_role("heading", level=1)).to_have_text(number)
    expect(page.get_by_role("button", name="确认订单")).to_have_count(0)
    page.locator("[name=courier]").select_option("圆通速递")
    page.locator("[name=tracking_number]").fill(tracking)
    page.get_by_role("button", name="发货", exact=True).click()
    expect(page.get_by_role("main")).to_contain_text(f"圆通速递 {tracking}")
    expect(page.locator("[name=tracking_number]")).to_have_count(0)


def drill_down(page: Page, number: str) -> None:
    """Follow the confirmed figure of the region to the line of the order."""
    table = page.get_by_role("table").filter(has=page.get_by_role("columnheader", name="年度目标"))
    names = [name.strip() for name in table.get_by_role("columnheader").all_inner_texts()]
    row = table.get_by_role("row", name=re.compile("旺苍")).get_by_role("cell")
    row.nth(names.index("已确认")).get_by_role("link").click()
    order = page.get_by_role("row").filter(has_text=number)
    expect(order).to_contain_text(TEA_YUAN)
    order.get_by_role("link", name=number).click()
    line = page.get_by_role("table").first.get_by_role("row").filter(has_text=TEA)
    expect(line).to_have_count(1)
    expect(line).to_contain_text(TEA_YUAN)


def from_the_headline_to_the_parcel(page: Page, number: str, tracking: str) -> None:
    """Click from the cockpit's first figure down to one parcel and what proves its money."""
    page.goto("/dashboard/")
    expect(page.locator("[data-chart=chart-overview] canvas")).to_be_visible()
    page.get_by_role("link", name=re.compile("^已确认")).first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("已确认")
    page.locator("#places").get_by_role("row", name=re.compile("旺苍")).get_by_role("link").first.click()
    page.locator("#organisations").get_by_role("row", name=re.compile("居民")).get_by_role(
        "link"
    ).first.click()
    page.locator("#orders").get_by_role("link", name=number).click()
    page.locator("#lines").get_by_role("row", name=re.compile(TEA)).get_by_role("link").first.click()
    expect(page.locator("#evidence")).to_contain_text("B 级佐证")
    page.locator("#parcels").get_by_role("link", name=re.compile(tracking)).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(tracking)
    expect(page.get_by_role("main")).to_contain_text("买家已收货")
    expect(page.get_by_role("main")).to_contain_text(TEA)


def test_a_guest_whose_first_payment_fails(visit: Visit) -> None:
    page = visit()
    number = steps.buy(page)
    steps.pay(page, button="付款失败")
    expect(page.get_by_role("heading", level=1)).to_have_text("付款没有成功。")
    page.locator(f"main a[href='/pay/{number}/']").click()
    steps.pay(page)
    expect(page.get_by_role("main")).to_contain_text("付款成功")
    page.get_by_role("link", name="查看订单").click()
    expect(page.get_by_role("main")).to_contain_text(number)
    expect(page.get_by_role("main")).to_contain_text(f"¥{TEA_YUAN}")
    # Another browser does not know this guest.
    stranger = visit()
    stranger.goto("/account/")
    assert stranger.request.get(f"/orders/{number}/").status == 404


def test_a_bank_transfer_takes_two_people(visit: Visit) -> None:
    guest, first, second = visit(), visit(), visit()
    number = steps.buy(guest, method="bank_transfer")
    guest.get_by_role("main").get_by_role("button", name="立即付款").click()
    guest.wait_for_url("**/transfer/")
    code = guest.locator("main b.num").inner_text()

    steps.log_in(first, STAFF)
    steps.log_in(second, STAFF_2)
    assert enter_and_confirm(first, second, number, code, payer="沈佳", serial="B20260001") == TEA_YUAN

    guest.goto(f"/orders/{number}/")
    steps.reload_until(guest, guest.get_by_text("已收到付款"))
    expect(guest.get_by_role("main")).to_contain_text(f"¥{TEA_YUAN}")


def enter_and_confirm(first: Page, second: Page, number: str, code: str, *, payer: str, serial: str) -> str:
    """Let one of the staff enter the bank line of a whole transfer and another confirm it; return its yuan."""
    first.goto("/dashboard/transfers/")
    awaited = first.get_by_role("row").filter(has_text=number)
    yuan = awaited.get_by_role("cell").nth(3).inner_text().strip()
    awaited.get_by_role("link", name="录入对应流水").click()
    expect(first.locator("[name=reference]")).to_have_value(code)
    first.locator("[name=bank_serial]").fill(serial)
    today = dt.datetime.now(ZoneInfo("Asia/Shanghai")).date()
    first.locator("[name=booked_on]").fill(today.isoformat())
    first.locator("[name=amount]").fill(f"¥{yuan}")
    first.locator("[name=payer]").fill(payer)
    first.get_by_role("button", name="录入").click()
    first.wait_for_url("**/dashboard/transfers/")
    proposed = first.get_by_role("row").filter(has_text=serial)
    expect(proposed).to_contain_text(yuan)
    expect(proposed.get_by_role("button", name="确认")).to_have_count(0)

    second.goto("/dashboard/transfers/")
    second.get_by_role("row").filter(has_text=serial).get_by_role("button", name="确认").click()
    expect(second.get_by_role("row").filter(has_text=serial)).to_have_count(0)
    return yuan


def test_an_unpaid_order_is_cancelled_and_the_goods_are_free_again(visit: Visit) -> None:
    page = visit()
    steps.find_tea(page)
    product = page.url
    stock = page.get_by_role("main").get_by_text(re.compile(r"^库存 \d+$")).first.inner_text()
    steps.put_into_basket(page)
    steps.go_to_checkout(page)
    steps.fill_address(page)
    number = steps.place(page)
    page.goto(product)
    held = int(stock.removeprefix("库存 ")) - 1
    expect(page.get_by_role("main").get_by_text(f"库存 {held}", exact=True).first).to_be_visible()
    page.goto(f"/orders/{number}/")
    page.locator(".actbar").get_by_role("link", name="取消订单").click()
    page.get_by_role("main").get_by_role("button", name="取消订单").click()
    page.wait_for_url(f"**/orders/{number}/")
    expect(page.get_by_role("link", name="付款")).to_have_count(0)
    expect(page.get_by_role("main")).to_contain_text("已关闭")
    page.goto(product)
    expect(page.get_by_role("main").get_by_text(stock, exact=True).first).to_be_visible()


@pytest.mark.parametrize("phone", [RESIDENT, ""], ids=["member", "guest"])
def test_buying_needs_no_scripts(visit: Visit, phone: str) -> None:
    page = visit(java_script_enabled=False)
    if phone:
        steps.log_in(page, phone)
    number = steps.buy(page, scripts=False)
    steps.pay(page)
    expect(page.get_by_role("main")).to_contain_text("付款成功")
    page.get_by_role("link", name="查看订单").click()
    expect(page.get_by_role("main")).to_contain_text(number)
    steps.reload_until(page, page.get_by_text("已通知供应商"))


def test_a_whole_purchase_on_the_narrowest_phone(visit: Visit) -> None:
    page = visit(viewport={"width": 320, "height": 568}, device_scale_factor=2)
    widths: dict[str, int] = {}
    # A phone zooms out of a page that is too wide, and so the window grows.
    page.on("load", lambda opened: widths.__setitem__(opened.url, opened.evaluate("innerWidth")))
    number = steps.buy(page)
    steps.pay(page)
    expect(page.get_by_role("main")).to_contain_text("付款成功")
    page.get_by_role("link", name="查看订单").tap()
    expect(page.get_by_role("main")).to_contain_text(number)
    page.wait_for_load_state()
    assert len(widths) >= 8
    assert {url: width for url, width in widths.items() if width != 320} == {}


@pytest.mark.parametrize("scripts", [True, False])
def test_the_honey_is_found_by_three_initials(visit: Visit, scripts: bool) -> None:
    page = visit(java_script_enabled=scripts)
    page.goto("/")
    page.locator("input[name=q]").filter(visible=True).fill("tfm")
    page.locator("input[name=q]").filter(visible=True).press("Enter")
    page.get_by_role("main").get_by_role("article").first.get_by_role("link").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("高山土蜂蜜")


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_a_damaged_tin_is_paid_back_on_a_phone(visit: Visit, scripts: bool) -> None:
    page, supplier = visit(java_script_enabled=scripts), visit(java_script_enabled=scripts)
    number = buy_and_ship(page, supplier, f"YT123456789017{7 + scripts}", scripts=scripts)
    page.locator(".actbar").get_by_role("link", name="售后").click()
    page.get_by_role("link", name="申请售后").click()
    page.locator("[name=reason][value=damaged]").check()
    page.locator("[name=kind][value=refund_only]").check()
    page.locator("[name=details]").fill("罐子压扁了")
    drawn = io.BytesIO()
    Image.new("RGB", (60, 40), (180, 120, 40)).save(drawn, "PNG")
    jar: FilePayload = {"name": "jar.png", "mimeType": "image/png", "buffer": drawn.getvalue()}
    page.locator("[name=photos]").set_input_files(jar)
    page.get_by_role("button", name="提交申请").click()
    expect(page.get_by_role("heading", level=1).filter(visible=True)).to_have_text("等待供应商处理")
    case = page.url

    supplier.goto("/supplier/?tab=after_sales")
    supplier.get_by_role("main").get_by_role("link", name=f"{number}-A1").click()
    expect(supplier.get_by_role("main")).to_contain_text("罐子压扁了")
    steps.reload_until(supplier, supplier.get_by_role("img", name="jar.png"))
    supplier.locator("#agree").get_by_role("button", name="同意").click()
    expect(supplier.get_by_role("main")).to_contain_text("已同意")
    page.goto(case)
    steps.reload_until(page, page.get_by_role("heading", level=1, name="已退款").filter(visible=True))


@pytest.mark.parametrize("scripts", [True, False])
def test_an_address_is_pasted_kept_and_chosen_at_the_checkout(visit: Visit, scripts: bool) -> None:
    page = visit(java_script_enabled=scripts)
    steps.log_in(page, RESIDENT)
    page.goto("/account/addresses/new/")
    page.get_by_text("粘贴一段地址文字").click()
    page.locator("[name=pasted]").fill("沈佳 138-0013-8000 浙江杭州萧山区北干街道市心北路示例路1号")
    page.get_by_role("button", name="识别").click()
    expect(page.get_by_role("main")).to_contain_text("已全部识别，请核对。")
    expect(page.locator("[name=county]")).to_have_value("萧山区")
    expect(page.locator("[name=street]")).to_have_value("北干街道市心北路示例路1号")
    page.get_by_role("button", name="保存", exact=True).click()
    page.wait_for_url("**/account/addresses/")
    expect(page.get_by_role("main")).to_contain_text("138****8000")

    steps.find_tea(page)
    steps.put_into_basket(page, scripts=scripts)
    steps.go_to_checkout(page)
    expect(page.locator("[name=address_id]").first).to_be_checked()
    page.locator("summary", has_text="发票").click()
    page.locator("[name=invoice_kind][value=personal]").check()
    page.locator("[name=invoice_title]").fill("沈佳")
    number = steps.place(page)
    page.goto(f"/orders/{number}/")
    expect(page.get_by_role("main")).to_contain_text("北干街道市心北路示例路1号")
    expect(page.get_by_role("main")).to_contain_text("沈佳")

    # The resident of the other tests keeps none.
    page.goto("/account/addresses/")
    page.get_by_role("link", name="修改地址").click()
    page.get_by_role("button", name="删除这个地址").click()
    expect(page.get_by_role("main")).to_contain_text("还没有收货地址")
