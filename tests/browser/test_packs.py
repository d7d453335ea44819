"""The reimbursement pack of an accepted order: asked for on its page, watched, taken as PDF and as zip."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser import steps
from tests.browser.test_flows import ship
from tests.browser.test_pages import assert_sound
from tests.browser.test_union import accept, approve, upload_and_submit
from tests.browser.watch import Visit
from tests.certificates.pack_cast import members

pytestmark = pytest.mark.browser

TRACKING = "YT5550009113334"


def test_a_union_takes_the_pack_of_what_it_accepted(visit: Visit) -> None:
    buyer, approver, supplier = visit(), visit(), visit()
    number = approve(approver, upload_and_submit(buyer, pay_by="terms"))
    ship(supplier, number, TRACKING)
    accept(buyer, approver, number, TRACKING)

    buyer.goto(f"/unit/orders/{number}/")
    assert_sound(buyer)
    buyer.get_by_role("button", name="生成报销材料").click()
    buyer.wait_for_url("**/unit/packs/**")
    expect(buyer.get_by_role("main")).to_contain_text(number)
    # The page looks again by itself.
    expect(buyer.get_by_role("link", name="下载 PDF")).to_be_visible(timeout=60_000)
    assert_sound(buyer)
    pdf = taken(buyer, "下载 PDF")
    archive = members(taken(buyer, "下载压缩包"))
    assert pdf.startswith(b"%PDF-")
    assert archive[f"报销材料-{number}.pdf"] == pdf
    assert any(name.startswith(f"{number}/验收/") and name.endswith(".jpg") for name in archive)
    assert "SHA256SUMS.txt" in archive

    # Another member has none of it.
    assert approver.request.get(buyer.url).status == 404
    buyer.goto("/unit/packs/")
    expect(buyer.get_by_role("main").get_by_role("listitem").filter(has_text=number)).to_have_count(1)
    assert_sound(buyer)

    # Without scripts: that of the month, looked after by hand.
    plain = visit(java_script_enabled=False)
    steps.log_in(plain, steps.UNION_BUYER)
    plain.goto("/unit/packs/")
    plain.get_by_role("button", name="生成报销材料").click()
    plain.wait_for_url("**/unit/packs/**")
    steps.reload_until(plain, plain.get_by_role("link", name="下载 PDF"))
    assert taken(plain, "下载 PDF").startswith(b"%PDF-")


def taken(page: Page, name: str) -> bytes:
    """Return what a link gives to be saved."""
    with page.expect_download() as download:
        page.get_by_role("link", name=name).click()
    return Path(download.value.path()).read_bytes()
