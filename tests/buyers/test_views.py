"""The staff's pages of organisations: what is typed, by whom, twice."""

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from shop.accounts.models import Role, ScopeGrant, ScopeKind, User
from shop.buyers.models import Membership, Organisation, PaymentTerms
from shop.core import clock
from shop.journal.models import JournalEntry
from tests.factories import make_organisation, make_user
from tests.factories.people import Cast, make_cast

pytestmark = pytest.mark.django_db

LIST, PAGE = "/dashboard/organisations/", "/dashboard/organisations/un-001/"
CREDIT_CODE = "91330100799655058B"
PAPERS = {
    "name": "萧山区教育工会",
    "code": "un-001",
    "kind": "union",
    "credit_code": CREDIT_CODE,
    "of_district": "on",
}
TERMS = {"act": "terms", "starts_on": "2026-03-01", "days_after_acceptance": "30", "limit_fen": "20,000.00"}
MEMBER = {"act": "member", "phone": "139 0000 0050", "name": "工会人", "role": "approver"}


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def as_(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def staff(cast: Cast) -> Client:
    return as_(cast.staff)


@pytest.fixture
def second(cast: Cast) -> Client:
    return as_(cast.second_staff)


def errors(answer: Any, form: str = "") -> dict[str, int]:
    """Return the fields of a refused form with the number of their errors."""
    assert answer.status_code == 422
    found = answer.context["forms"][form] if form else answer.context["form"]
    return {field: len(texts) for field, texts in found.errors.items()}


def actions() -> list[str]:
    found = JournalEntry.objects.filter(object_type="organisation").order_by("pk")
    return list(found.values_list("action", flat=True))


def test_an_organisation_is_registered_verified_suspended_and_let_back_in(staff: Client) -> None:
    assert staff.post(LIST, PAPERS)["Location"] == PAGE
    made = Organisation.objects.get()
    assert (made.name, made.kind, made.credit_code, made.of_district, made.state) == (
        *("萧山区教育工会", "union", CREDIT_CODE),
        *(True, "pending"),
    )
    # Sent twice, as by a double click: refused at the code, one organisation.
    assert errors(staff.post(LIST, PAPERS)) == {"code": 1}
    for _ in range(2):
        assert staff.post(PAGE, {"act": "verify"}).status_code == 302
    assert errors(staff.post(PAGE, {"act": "suspend", "reason": " "}), "suspend") == {"reason": 1}
    for _ in range(2):
        assert staff.post(PAGE, {"act": "suspend", "reason": "注销"}).status_code == 302
    made.refresh_from_db()
    assert made.state == "suspended"
    staff.post(PAGE, {"act": "verify"})
    assert actions() == [
        "organisation.registered",
        "organisation.verified",
        "organisation.suspended",
        "organisation.verified",
    ]


@pytest.mark.parametrize(
    ("typed", "fields"),
    [
        ({"name": ""}, {"name": 1}),
        ({"name": "工" * 81}, {"name": 1}),
        ({"code": "un 001"}, {"code": 1}),
        ({"kind": "club"}, {"kind": 1}),
        ({"credit_code": "91330100799655058C"}, {"credit_code": 1}),
        ({"credit_code": "x" * 31}, {"credit_code": 1}),
        ({"kind": "outside"}, {"of_district": 1}),
    ],
)
def test_papers_that_do_not_fit_are_named_and_nothing_is_kept(
    staff: Client, typed: dict[str, str], fields: dict[str, int]
) -> None:
    assert errors(staff.post(LIST, PAPERS | typed)) == fields
    assert not Organisation.objects.exists()
    assert actions() == []


def test_a_member_is_added_once_and_removed_once(staff: Client) -> None:
    make_organisation()
    for _ in range(2):
        assert staff.post(PAGE, MEMBER).status_code == 302
    member = Membership.objects.get()
    grants = ScopeGrant.objects.filter(user=member.user)
    assert (member.user.phone, member.role) == ("+8613900000050", "approver")
    assert [(grant.role, grant.kind, grant.code) for grant in grants] == [
        (Role.APPROVER, ScopeKind.ORGANISATION, "un-001")
    ]
    for field, text in (("phone", "12"), ("role", "chief"), ("name", "")):
        assert errors(staff.post(PAGE, MEMBER | {field: text}), "member") == {field: 1}
    removal = {"act": "remove_member", "pk": str(member.pk)}
    for _ in range(2):
        assert staff.post(PAGE, removal).status_code == 302
    assert not grants.all().exists()
    # Another organisation's page does not reach this member, nor does a number that is none.
    make_organisation(code="un-002", name="另一工会")
    assert staff.post("/dashboard/organisations/un-002/", removal).status_code == 404
    assert staff.post(PAGE, {"act": "remove_member", "pk": "٣"}).status_code == 404
    assert actions() == ["organisation.member_added", "organisation.member_removed"]


def test_terms_take_two_people_of_the_staff(staff: Client, second: Client, cast: Cast) -> None:
    unit = make_organisation(approver=cast.finance)
    assert staff.post(PAGE, TERMS).status_code == 302
    terms = PaymentTerms.objects.get()
    assert (terms.limit_fen, terms.days_after_acceptance, terms.starts_on, terms.approved_at) == (
        *(2_000_000, 30),
        *(dt.date(2026, 3, 1), None),
    )
    approval = {"act": "approve_terms", "pk": str(terms.pk)}
    # Neither who proposed them, nor who acts for the organisation, nor from another one's page.
    staff.post(PAGE, approval)
    as_(cast.finance).post(PAGE, approval)
    make_organisation(code="un-002", name="另一工会")
    assert second.post("/dashboard/organisations/un-002/", approval).status_code == 404
    terms.refresh_from_db()
    assert terms.approved_at is None
    for _ in range(2):
        assert second.post(PAGE, approval).status_code == 302
    terms.refresh_from_db()
    assert (terms.approved_by, terms.organisation) == (cast.second_staff.pk, unit)
    assert [action for action in actions() if action.startswith("terms.")] == [
        "terms.proposed",
        "terms.approved",
    ]


@pytest.mark.parametrize(
    ("typed", "fields"),
    [
        ({"starts_on": "1.3.2026"}, {"starts_on": 1}),
        ({"ends_on": "2026-02-28"}, {"ends_on": 1}),
        ({"days_after_acceptance": "366"}, {"days_after_acceptance": 1}),
        ({"limit_fen": "0"}, {"limit_fen": 1}),
        ({"limit_fen": "1.005"}, {"limit_fen": 1}),
        ({"limit_fen": "viel"}, {"limit_fen": 1}),
    ],
)
def test_terms_that_do_not_fit_are_named_and_not_kept(
    staff: Client, typed: dict[str, str], fields: dict[str, int]
) -> None:
    make_organisation()
    assert errors(staff.post(PAGE, TERMS | typed), "terms") == fields
    assert not PaymentTerms.objects.exists()


def test_the_pages_are_there_for_staff_and_finance_over_the_whole_shop_only(cast: Cast) -> None:
    make_organisation(buyer=cast.union_buyer)
    regional = make_user(phone="+8613800000044", grants=[(Role.STAFF, ScopeKind.REGION, "wangcang")])
    for user in (cast.union_buyer, cast.resident, cast.supplier_user, cast.auditor, cast.liaison, regional):
        client = as_(user)
        posts = [
            client.post(LIST, PAPERS | {"code": "un-009"}),
            client.post(PAGE, MEMBER),
            client.post(PAGE, TERMS),
        ]
        assert [answer.status_code for answer in (client.get(LIST), client.get(PAGE), *posts)] == [404] * 5
    assert (Organisation.objects.count(), PaymentTerms.objects.count(), Membership.objects.count()) == (
        1,
        0,
        1,
    )
    assert as_(cast.finance).get(PAGE).status_code == 200
    assert as_(cast.staff).post(PAGE, {"act": "delete"}).status_code == 404
    assert as_(cast.staff).get("/dashboard/organisations/un-404/").status_code == 404


def test_what_waits_is_in_the_work_queue_with_its_age(staff: Client) -> None:
    with time_machine.travel(clock.now() - dt.timedelta(days=3), tick=False):
        staff.post(LIST, PAPERS)
        staff.post(PAGE, TERMS)
    queue = {item.title: item for item in staff.get("/dashboard/desk/").context["queue"]}
    assert {(item.count, item.url, (clock.now() - item.oldest_at).days) for item in queue.values()} == {
        (1, LIST, 3)
    }
    assert len(queue) == 2


def test_the_list_needs_the_same_queries_for_any_number(staff: Client) -> None:
    def queries(count: int) -> int:
        for number in range(count):
            make_organisation(code=f"un-{count}{number:02d}", name=f"工会 {count} {number}")
        with CaptureQueriesContext(connection) as found:
            assert staff.get(LIST).status_code == 200
        return len(found)

    assert queries(1) == queries(9)
