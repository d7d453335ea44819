"""The invoice of what a union accepted: its supplier writes it down on a phone, the union takes the file."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser import steps
from tests.browser.test_flows import ship
from tests.browser.test_pages import assert_sound
from tests.browser.test_union import accept, approve, upload_and_submit
from tests.browser.watch import Visit
from tests.files.uploads import PDF

pytestmark = pytest.mark.browser

INVOICE, TRACKING = "26332000000000900001", "YT5550009112223"


def test_a_supplier_issues_and_the_union_takes_the_invoice(visit: Visit) -> None:
    buyer, approver, supplier = visit(), visit(), visit()
    number = approve(approver, upload_and_submit(buyer, pay_by="terms"))
    ship(supplier, number, TRACKING)
    accept(buyer, approver, number, TRACKING)

    supplier.goto("/supplier/invoices/")
    row = supplier.get_by_role("article").filter(has_text=number)
    steps.reload_until(supplier, row)
    assert_sound(supplier)
    row.get_by_role("link", name=re.compile("登记发票")).click()
    main = supplier.get_by_role("main")
    expect(main).to_contain_text("演示工会")
    main.locator("input[name=number]").first.fill(INVOICE)
    for code in main.locator("input[name^=code-]").all():
        code.fill("1030201010000000000")
    assert_sound(supplier)
    main.get_by_role("button", name="登记", exact=True).click()
    expect(main).to_contain_text("发票已登记")
    main.locator("input[name=file]").set_input_files(
        {"name": "发票.pdf", "mimeType": "application/pdf", "buffer": PDF}
    )
    main.get_by_role("button", name="上传", exact=True).click()
    expect(main).to_contain_text("文件已保存")
    assert_sound(supplier)

    buyer.goto("/unit/invoices/")
    row = buyer.get_by_role("listitem").filter(has_text=INVOICE)
    expect(row.first).to_contain_text("已开票")
    assert_sound(buyer)
    with buyer.expect_download() as download:
        row.first.get_by_role("link", name="发票.pdf").click()
    assert download.value.suggested_filename == "发票.pdf"
    buyer.goto(f"/unit/orders/{number}/")
    buyer.get_by_role("link", name="换开发票").click()
    assert_sound(buyer)
