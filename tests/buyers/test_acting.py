"""A person of several units acts for one at a time, as long as they belong to it, and sees nothing of the others."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from shop.accounts.models import Role, User
from shop.accounts.scope import UNIT_ROLES, scope_of
from shop.buyers.membership import GRANT_OF
from shop.buyers.models import MemberRole
from shop.buyers.services import remove_member
from shop.core import clock
from shop.procurement.models import PurchaseRequest, RequestState
from shop.procurement.rules import set_contract_rule
from tests.factories import make_organisation, make_user
from tests.procurement.cast import Union, approved, draft, make_goods, make_union, submitted

pytestmark = pytest.mark.django_db

ACTING, HOME, REQUESTS = "/unit/acting/", "/unit/", "/unit/requests/"


def as_(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def first() -> Union:
    return make_union(code="un-001", first_phone=50)


@pytest.fixture
def second() -> Union:
    return make_union(code="un-002", first_phone=60)


@pytest.fixture
def person(first: Union, second: Union) -> User:
    """Buys for the first unit and approves in the second."""
    user = make_user(phone="+8613900000070", name="两头跑")
    make_organisation(code="un-001", buyer=user)
    make_organisation(code="un-002", approver=user)
    return user


def numbers(answer: Any) -> set[str]:
    return {row["request"].number for row in answer.context["rows"]}


def test_lists_and_sums_are_of_the_unit_that_one_acts_for(first: Union, second: Union, person: User) -> None:
    goods = make_goods()
    of_first, of_second = draft(first, goods), submitted(second, goods)
    client = as_(person)
    home = client.get(HOME)
    assert (home.context["unit"], home.context["units"], home.context["role"]) == (
        first.unit,
        [first.unit],
        "采购人",
    )
    assert home.context["to_decide"] == []
    assert numbers(client.get(REQUESTS)) == {of_first.number}
    assert client.post(ACTING, {"unit": "un-002", "next": REQUESTS})["Location"] == REQUESTS
    assert numbers(client.get(REQUESTS)) == {of_second.number}
    home = client.get(HOME)
    assert (home.context["unit"], home.context["units"], home.context["role"]) == (second.unit, [], "审批人")
    assert home.context["to_decide"] == [of_second]
    assert [item["count"] for item in home.context["counts"]] == [0, 1, 0, 0]
    assert second.unit.name in home.content.decode() and first.unit.name not in home.content.decode()


def test_a_page_of_another_unit_of_ones_own_asks_first_and_does_nothing(
    first: Union, second: Union, person: User
) -> None:
    request = submitted(second, make_goods())
    page = f"/unit/requests/{request.number}/"
    client = as_(person)
    asked = client.get(page)["Location"]
    assert asked.startswith(f"{ACTING}?unit=un-002&next=")
    assert client.get(asked).context["wanted"] == second.unit
    # The button is not pressed for them either, and which form it was is not sent again.
    answer = client.post(f"{page}decide/", {"decision": "approve"})
    assert answer["Location"] == f"{ACTING}?unit=un-002&next="
    request.refresh_from_db()
    assert request.state == RequestState.SUBMITTED
    assert client.post(ACTING, {"unit": "un-002", "next": page})["Location"] == page
    assert client.get(page).status_code == 200
    assert client.post(ACTING, {"unit": "un-002", "next": "//evil.example.com/"})["Location"] == HOME
    # To a stranger it does not exist, chosen or not.
    stranger = as_(make_union(code="un-003", first_phone=80).buyer)
    assert stranger.get(page).status_code == 404
    assert stranger.post(ACTING, {"unit": "un-002"}).status_code == 404
    assert stranger.get(page).status_code == 404


def test_papers_and_rules_of_another_unit_of_ones_own_ask_first_too(
    first: Union, second: Union, person: User
) -> None:
    set_contract_rule(from_fen=0, starts_on=clock.today(), actor_id=1)
    record = approved(second, make_goods())
    contract = f"/unit/contracts/{record.contracts.get().number}/"
    invoices = reverse("invoicing:unit_order", args=[record.number])
    client, stranger = as_(person), as_(make_union(code="un-003", first_phone=80).buyer)
    for page in (contract, f"{contract}pdf/", invoices, "/unit/approval-rules/?unit=un-002"):
        assert client.get(page)["Location"].startswith(f"{ACTING}?unit=un-002&next="), page
        assert stranger.get(page).status_code == 404, page
    client.post(ACTING, {"unit": "un-002"})
    for page in (contract, invoices, "/unit/approval-rules/?unit=un-002"):
        assert client.get(page).status_code == 200, page


def test_a_draft_is_opened_only_for_the_unit_that_the_button_names(
    first: Union, second: Union, person: User
) -> None:
    client = as_(person)
    assert client.post(ACTING, {"unit": "un-002"}).status_code == 302
    # The page of the first unit was still open in another tab.
    assert client.post("/unit/requests/new/", {"unit": "un-001"}).status_code == 404
    assert not PurchaseRequest.objects.exists()
    client.post(ACTING, {"unit": "un-001"})
    assert client.post("/unit/requests/new/", {"unit": "un-001"}).status_code == 302
    assert PurchaseRequest.objects.get().organisation == first.unit


def test_a_removal_takes_effect_at_the_next_request_and_undoes_the_choice(
    first: Union, second: Union, person: User
) -> None:
    client = as_(person)
    client.post(ACTING, {"unit": "un-002"})
    chosen = client.session["acting_unit"]
    remove_member(organisation_id=second.unit.pk, user_id=person.pk, role=MemberRole.APPROVER, actor_id=None)
    # The session has ended with it; one that is made anew may still hold the old choice.
    assert client.get(REQUESTS).status_code == 302
    person.refresh_from_db()
    client.force_login(person)
    kept = client.session
    kept["acting_unit"] = chosen
    kept.save()
    assert client.get(HOME).context["unit"] == first.unit
    assert client.post(ACTING, {"unit": "un-002"}).status_code == 404
    remove_member(organisation_id=first.unit.pk, user_id=person.pk, role=MemberRole.BUYER, actor_id=None)
    person.refresh_from_db()
    client.force_login(person)
    assert client.get(HOME).status_code == 404


def test_an_approver_who_was_removed_decides_nothing_from_an_open_page(first: Union) -> None:
    request = submitted(first, make_goods())
    client = as_(first.approver)
    assert client.get(f"/unit/requests/{request.number}/").status_code == 200
    remove_member(
        organisation_id=first.unit.pk, user_id=first.approver.pk, role=MemberRole.APPROVER, actor_id=None
    )
    decision = {"decision": "approve"}
    address = f"/unit/requests/{request.number}/decide/"
    assert client.post(address, decision)["Location"].startswith("/accounts/login/")
    first.approver.refresh_from_db()
    client.force_login(first.approver)
    assert client.post(address, decision).status_code == 404
    request.refresh_from_db()
    assert (request.state, request.decided_by_id, request.record_id) == (RequestState.SUBMITTED, None, None)


@pytest.mark.parametrize("role", list(MemberRole))
def test_every_role_of_a_unit_opens_its_pages_without_a_second_factor(role: MemberRole) -> None:
    user = make_user(phone="+8613900000071")
    unit = make_organisation(code="un-001", **{role.value: user})  # type: ignore[arg-type]
    assert GRANT_OF[role] in UNIT_ROLES
    assert scope_of(user, GRANT_OF[role]).organisations == {unit.code}
    # The operator's own finance is another role.
    assert scope_of(user, Role.FINANCE, Role.STAFF).organisations == frozenset()
    client = as_(user)
    home = client.get(HOME)
    assert (home.status_code, home.context["role"]) == (200, str(role.label))
    assert client.get("/landing/")["Location"] == HOME
    assert client.get("/dashboard/desk/").status_code == 404


def test_the_choice_asks_as_often_for_many_units_as_for_two(
    first: Union, second: Union, person: User
) -> None:
    client, counts = as_(person), []
    for size in (0, 20):
        for number in range(size):
            make_organisation(code=f"un-9{number:02d}", name=f"工会 {number}", buyer=person)
            client.force_login(person)
        with CaptureQueriesContext(connection) as captured:
            assert len(client.get(ACTING).context["rows"]) == 2 + size
        counts.append(len(captured))
    assert counts[0] == counts[1] <= 12
