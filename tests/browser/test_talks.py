"""A buyer asks about a product on a phone, its supplier answers, the buyer reads it: with and without scripts."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser import steps
from tests.browser.steps import RESIDENT, SUPPLIER
from tests.browser.watch import Visit

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_a_question_is_asked_and_answered(visit: Visit, scripts: bool) -> None:
    question, reply = f"这罐茶还有货吗？{scripts}", f"有的，今天发货。{scripts}"
    buyer, supplier = visit(java_script_enabled=scripts), visit(java_script_enabled=scripts)
    steps.find_tea(buyer)
    buyer.locator(".actbar").get_by_role("link", name="客服").click()
    buyer.wait_for_url(re.compile("/accounts/login/"))
    address = re.search(r"next=(/ask/\d+/)", buyer.url)
    assert address
    steps.log_in(buyer, RESIDENT)
    buyer.goto(address.group(1))
    buyer.locator("[name=text]").fill(question)
    buyer.get_by_role("button", name="发送").click()
    expect(buyer.get_by_role("main")).to_contain_text(question)

    steps.log_in(supplier, SUPPLIER)
    supplier.goto("/supplier/messages/")
    supplier.get_by_role("link").filter(has_text=question).click()
    supplier.locator("[name=text]").fill(reply)
    supplier.get_by_role("button", name="回复", exact=True).click()
    expect(supplier.get_by_role("main")).to_contain_text(reply)

    if not scripts:
        buyer.goto("/account/messages/")
        buyer.get_by_role("link").filter(has_text=reply).click()
    # With scripts the open page asks for it by itself.
    expect(buyer.get_by_role("main")).to_contain_text(reply, timeout=20_000)
