"""A plan set on a phone holds the union's next request; a negotiation goes from a visit to a quote."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser import steps
from tests.browser.steps import STAFF, UNION_APPROVER, UNION_BUYER
from tests.browser.test_pages import assert_sound
from tests.browser.watch import Visit

pytestmark = pytest.mark.browser


def test_a_plan_set_on_a_phone_refuses_a_request_that_goes_over_it(visit: Visit) -> None:
    approver, buyer = visit(), visit(java_script_enabled=False)
    steps.log_in(approver, UNION_APPROVER)
    approver.goto("/unit/plans/")
    approver.locator("#plan_festival").select_option("dragon_boat")
    approver.locator("#plan_headcount").fill("10")
    approver.locator("#plan_per_head_fen").fill("100")
    approver.get_by_role("button", name="保存计划").click()
    expect(approver.get_by_role("main")).to_contain_text("¥0.00 / ¥1,000.00")
    assert_sound(approver)

    steps.log_in(buyer, UNION_BUYER)
    buyer.goto("/unit/requests/")
    buyer.get_by_role("button", name="新建申请").click()
    buyer.wait_for_url(re.compile(r"/unit/requests/CG"))
    request = buyer.url.rstrip("/")
    buyer.locator("[name=sku]").first.fill("WC-TEA-012")
    buyer.locator("[name=quantity]").first.fill("20")
    buyer.get_by_role("button", name="添加").first.click()
    buyer.goto(f"{request}/delivery/")
    plan = buyer.locator("[name=plan] option").filter(has_text="端午节").get_attribute("value")
    buyer.locator("[name=plan]").select_option(plan)
    steps.fill_address(buyer, scripts=False)
    buyer.get_by_role("button", name="下一步：核对并提交").click()
    main = buyer.get_by_role("main")
    expect(main).to_contain_text("为 10 人每人安排 ¥100.00")
    expect(main.get_by_role("button", name="提交审批")).to_be_disabled()
    assert_sound(buyer)


def test_a_negotiation_is_kept_from_a_visit_to_a_quote(visit: Visit) -> None:
    staff = visit(java_script_enabled=False)
    steps.log_in(staff, STAFF)
    staff.goto("/dashboard/leads/")
    staff.locator("[name=company]").fill("示例食品公司")
    staff.locator("[name=expected_fen]").fill("50,000")
    staff.get_by_role("button", name="新建洽谈").click()
    staff.wait_for_url("**/dashboard/leads/QT*/")
    staff.locator("[name=kind]").select_option("quote")
    staff.locator("[name=note]").fill("按季度报价")
    staff.get_by_role("button", name="保存进展").click()
    expect(staff.get_by_role("main")).to_contain_text("按季度报价")
    assert_sound(staff)
    staff.goto("/dashboard/leads/")
    expect(staff.get_by_role("main")).to_contain_text("¥50,000.00")
    assert_sound(staff)
