"""The pages of plans and caps as people use them: who may, what is shown, what a form refuses."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client

from shop.accounts.models import Role, ScopeKind, User
from shop.core import clock
from shop.procurement import services
from shop.procurement.approvals import bulk_quote
from shop.procurement.budget_models import FestivalPlan, ReservedShare, SpendingLimit, WelfareCap
from shop.procurement.budget_services import save_plan
from shop.procurement.models import PurchaseRequest, RequestState
from tests.factories import RECIPIENT, make_user
from tests.procurement.cast import Union, draft, make_goods, make_union, seen_of

pytestmark = pytest.mark.django_db
YEAR = clock.today().year
PLANS = "/unit/plans/"
PLAN = {
    "act": "plan",
    "year": str(YEAR),
    "festival": "mid_autumn",
    "headcount": "10",
    "per_head_fen": "２００",
}


def as_(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def text(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


@pytest.fixture
def union() -> Union:
    return make_union()


def test_an_approver_plans_limits_and_files(union: Union) -> None:
    client = as_(union.approver)
    answer = client.post(PLANS, PLAN)
    assert (answer.status_code, answer["Location"]) == (302, f"{PLANS}?unit=un-001&year={YEAR}")
    plan = FestivalPlan.objects.get()
    assert (plan.headcount, plan.per_head_fen, plan.set_by) == (10, 20_000, union.approver.pk)
    today = clock.today().isoformat()
    client.post(PLANS, {"act": "limit", "period": "quarter", "limit_fen": "50,000", "starts_on": today})
    assert SpendingLimit.objects.get().limit_fen == 5_000_000
    filed = {"act": "share", "year": YEAR, "no_canteen": "on", "filed_fen": "3000", "filed_on": today}
    assert client.post(PLANS, filed).status_code == 302
    share = ReservedShare.objects.get()
    assert (share.quota_fen, share.filed_fen, share.no_canteen) == (0, 300_000, True)
    page = text(client.get(PLANS))
    for shown in ("2,000.00", "50,000.00", "3,000.00", "中秋节", "没有食堂", "浙江省"):
        assert shown in page


def test_a_buyer_reads_the_plans_and_changes_none(union: Union) -> None:
    client = as_(union.buyer)
    assert 'name="act"' not in text(client.get(PLANS))
    answer = client.post(PLANS, PLAN)
    assert (answer.status_code, FestivalPlan.objects.count()) == (422, 0)
    assert client.post(PLANS, {"act": "everything"}).status_code == 404
    assert client.get(f"{PLANS}?unit=un-002").status_code == 404


def test_a_form_says_what_is_wrong_beside_the_field(union: Union) -> None:
    client = as_(union.approver)
    answer = client.post(PLANS, PLAN | {"headcount": "0", "per_head_fen": "viel", "year": "1999"})
    assert answer.status_code == 422
    assert set(answer.context["forms"]["plan"].errors) == {"headcount", "per_head_fen", "year"}
    past = (clock.today() - dt.timedelta(days=1)).isoformat()
    answer = client.post(PLANS, {"act": "limit", "period": "year", "limit_fen": "1", "starts_on": past})
    assert set(answer.context["forms"]["limit"].errors) == {"starts_on"}
    assert (FestivalPlan.objects.count(), SpendingLimit.objects.count()) == (0, 0)


def test_a_request_is_tied_to_a_plan_and_its_refusal_stands_on_the_pages(union: Union) -> None:
    goods = make_goods()
    whose = {"organisation_id": union.unit.pk, "actor_id": union.approver.pk}
    plan = save_plan(year=YEAR, festival="spring", headcount=10, per_head_fen=18_999, **whose)
    request = draft(union, goods, tea=20)
    client = as_(union.buyer)
    delivery = f"/unit/requests/{request.number}/delivery/"
    assert f'value="{plan.pk}"' in text(client.get(delivery))
    wish = {
        "plan": plan.pk,
        "purpose": "春节慰问",
        "recipient_name": RECIPIENT.name,
        "phone": "13800000001",
        "province": RECIPIENT.province,
        "city": RECIPIENT.city,
        "county": RECIPIENT.county,
        "street": RECIPIENT.street,
        "pay_by": "transfer",
    }
    assert client.post(delivery, wish | {"plan": "999999"}).status_code == 422
    assert client.post(delivery, wish).status_code == 302
    request.refresh_from_db()
    assert request.plan_id == plan.pk
    page = f"/unit/requests/{request.number}/submit/"
    answer = client.get(page)
    assert "超出 ¥0.01" in text(answer)
    assert answer.context["blocked"]
    answer = client.post(page, {"digest": bulk_quote(request).digest})
    assert (answer.status_code, PurchaseRequest.objects.get().state) == (409, RequestState.DRAFT)
    save_plan(year=YEAR, festival="spring", headcount=10, per_head_fen=19_000, **whose)
    services.submit_request(request_id=request.pk, digest=bulk_quote(request).digest, actor_id=union.buyer.pk)
    save_plan(year=YEAR, festival="spring", headcount=9, per_head_fen=19_000, **whose)
    approver = as_(union.approver)
    shown = f"/unit/requests/{request.number}/"
    assert "为 9 人每人安排 ¥190.00" in text(approver.get(shown))
    answer = approver.post(f"{shown}decide/", {"decision": "approve", "seen": seen_of(request)}, follow=True)
    assert "超出 ¥21.12" in text(answer)
    assert PurchaseRequest.objects.get().state == RequestState.SUBMITTED


def test_the_first_page_of_a_unit_shows_its_plans(union: Union) -> None:
    save_plan(
        organisation_id=union.unit.pk,
        year=YEAR,
        festival="spring",
        headcount=10,
        per_head_fen=19_000,
        actor_id=union.approver.pk,
    )
    page = text(as_(union.buyer).get("/unit/"))
    assert "¥0.00 / ¥1,900.00" in page
    assert f"{YEAR}年春节" in page


def test_staff_enter_a_cap_and_nothing_is_written_of_a_bad_one() -> None:
    staff = make_user(phone="+8613900000091", grants=[(Role.STAFF, ScopeKind.ALL, "")])
    client = as_(staff)
    page = "/dashboard/welfare-caps/"
    assert "尚未录入" in text(client.get(page))
    wish = {
        "province": "浙江省",
        "span": "year",
        "per_head_fen": "2000",
        "name": "浙江省基层工会经费收支管理实施细则",
        "source": "示例文号",
        "starts_on": "2026-01-01",
    }
    assert client.post(page, wish | {"name": " "}).status_code == 422
    assert client.post(page, wish | {"province": "Zhejiang"}).status_code == 422
    assert WelfareCap.objects.count() == 0
    assert client.post(page, wish).status_code == 302
    assert WelfareCap.objects.get().per_head_fen == 200_000
    assert "2,000.00" in text(client.get(page))
