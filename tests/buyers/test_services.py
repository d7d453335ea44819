"""Organisations, their people and their terms."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from shop.accounts.models import Role, ScopeGrant
from shop.accounts.scope import SYSTEM, Scope, scope_of
from shop.buyers import selectors
from shop.buyers.models import Membership, Organisation, OrganisationState, PaymentTerms
from shop.buyers.services import (
    PaperDraft,
    add_member,
    approve_terms,
    end_terms,
    propose_terms,
    register_organisation,
    remove_member,
    suspend_organisation,
    upload_paper,
    verify_organisation,
    verify_paper,
)
from shop.buyers.units import BuyingUnit
from shop.core.credit_codes import normalise_credit_code
from shop.core.exceptions import ShopError
from shop.journal.models import JournalEntry
from tests.factories import make_organisation, make_terms, make_user
from tests.files.uploads import paper

pytestmark = [pytest.mark.django_db, pytest.mark.data]

# The example of the standard's check character in wide use: 阿里巴巴 (public register).
CREDIT_CODE = "91330100799655058B"
DAY = dt.date(2026, 3, 1)


def registered(**changes: Any) -> Organisation:
    wanted: dict[str, Any] = {
        "code": "un-001",
        "name": "萧山区教育工会",
        "kind": "union",
        "credit_code": CREDIT_CODE,
        "of_district": True,
        "demo": False,
        "actor_id": 7,
    }
    return register_organisation(**wanted | changes)


def refused(act: Callable[[], object]) -> tuple[str, str]:
    with pytest.raises(ShopError) as error:
        act()
    return error.value.code, error.value.field


def actions() -> list[str]:
    entries = JournalEntry.objects.filter(object_type="organisation").order_by("pk")
    return list(entries.values_list("action", flat=True))


def test_an_organisation_orders_once_it_is_verified() -> None:
    organisation = registered()
    assert refused(lambda: selectors.buying_unit(organisation)) == ("not_verified", "")
    certificate = upload_paper(
        upload=paper(),
        paper=PaperDraft(kind="credit_certificate"),
        organisation_id=organisation.pk,
        actor_id=7,
        by_staff=True,
    )
    verify_paper(paper_id=certificate.pk, actor_id=8)
    organisation = verify_organisation(organisation_id=organisation.pk, actor_id=8)
    verify_organisation(organisation_id=organisation.pk, actor_id=9)
    assert (organisation.state, organisation.verified_by) == ("verified", 8)
    assert selectors.buying_unit(organisation) == BuyingUnit("un-001", "萧山区教育工会", "union", "direct")
    organisation = suspend_organisation(organisation_id=organisation.pk, actor_id=8, reason="注销")
    assert refused(lambda: selectors.buying_unit(organisation)) == ("not_verified", "")
    assert actions() == [
        "organisation.registered",
        "organisation.paper_uploaded",
        "organisation.paper_verified",
        "organisation.verified",
        "organisation.suspended",
    ]


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("91330100799655058b", CREDIT_CODE),
        (" 9133 0100 7996-55058B ", CREDIT_CODE),
        ("９１３３０１００７９９６５５０５８Ｂ", CREDIT_CODE),
        ("", ""),
    ],
)
def test_a_credit_code_is_stored_in_one_spelling(typed: str, stored: str) -> None:
    assert normalise_credit_code(typed) == stored


@pytest.mark.parametrize("typed", ["91330100799655058C", "9133010079965505", "91330100799655O58B", "工会"])
def test_a_credit_code_with_a_slip_is_refused(typed: str) -> None:
    assert refused(lambda: registered(credit_code=typed)) == ("credit_code", "credit_code")
    assert not Organisation.objects.exists()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"code": " "}, "code"),
        ({"name": ""}, "name"),
        ({"name": "工" * 81}, "name"),
        ({"kind": "resident"}, "kind"),
        ({"credit_code": ""}, "credit_code"),
        ({"kind": "outside"}, "of_district"),
    ],
)
def test_what_cannot_be_registered_names_the_field(changes: dict[str, Any], field: str) -> None:
    assert refused(lambda: registered(**changes))[1] == field
    assert not Organisation.objects.exists()
    assert actions() == []


def test_a_known_code_or_credit_code_is_refused() -> None:
    registered()
    assert refused(lambda: registered(credit_code="", demo=True)) == ("known", "code")
    assert refused(lambda: registered(code="un-002")) == ("known", "credit_code")
    registered(code="un-003", credit_code="", demo=True)
    registered(code="un-004", credit_code="", demo=True)
    assert Organisation.objects.count() == 3


def test_mode_follows_the_district() -> None:
    make_organisation(code="out", kind="outside", of_district=False)
    make_organisation(code="in", kind="canteen")
    modes = {o.code: selectors.buying_unit(o).mode for o in selectors.organisations(SYSTEM)}
    assert modes == {"in": "direct", "out": "assisted"}


def test_a_member_gets_the_grant_and_loses_it_with_the_membership() -> None:
    organisation, user = make_organisation(), make_user()
    for _ in range(2):
        add_member(organisation_id=organisation.pk, user_id=user.pk, role="buyer", actor_id=99)
    add_member(organisation_id=organisation.pk, user_id=user.pk, role="approver", actor_id=99)
    assert [(m.organisation.code, m.role) for m in selectors.memberships(user)] == [
        ("un-001", "approver"),
        ("un-001", "buyer"),
    ]
    assert scope_of(user, Role.BUYER).organisations == {"un-001"}
    assert remove_member(organisation_id=organisation.pk, user_id=user.pk, role="buyer", actor_id=99)
    assert not remove_member(organisation_id=organisation.pk, user_id=user.pk, role="buyer", actor_id=99)
    assert scope_of(make_user(), Role.BUYER) == Scope()
    assert list(ScopeGrant.objects.values_list("role", flat=True)) == ["approver"]
    add_member(organisation_id=organisation.pk, user_id=user.pk, role="buyer", actor_id=99)
    assert list(Membership.objects.filter(role="buyer").order_by("pk").values_list("state", flat=True)) == [
        "removed",
        "active",
    ]
    assert refused(
        lambda: add_member(organisation_id=organisation.pk, user_id=user.pk, role="chair", actor_id=99)
    ) == ("role", "role")


def test_nobody_verifies_the_organisation_they_act_for() -> None:
    user = make_user()
    organisation = make_organisation(state=OrganisationState.PENDING, buyer=user)
    assert (
        refused(lambda: verify_organisation(organisation_id=organisation.pk, actor_id=user.pk))[0]
        == "own_organisation"
    )
    organisation.refresh_from_db()
    assert organisation.state == "pending"


def test_a_scope_sees_its_own_organisations() -> None:
    make_organisation(code="un-001", buyer=make_user())
    other = make_organisation(code="un-002")
    own = Scope(organisations=frozenset({"un-001"}))
    assert [o.code for o in selectors.organisations(own)] == ["un-001"]
    assert not selectors.members(own, other.pk).exists()
    assert not selectors.organisations(Scope(user_id=1)).exists()


def proposed(organisation: Organisation, **changes: Any) -> PaymentTerms:
    wanted: dict[str, Any] = {
        "starts_on": DAY,
        "ends_on": None,
        "days_after_acceptance": 30,
        "limit_fen": 50_000,
    }
    return propose_terms(organisation_id=organisation.pk, proposed_by=801, **wanted | changes)


def test_terms_hold_once_a_second_person_approves_them() -> None:
    organisation = make_organisation()
    terms = proposed(organisation)
    assert selectors.terms_on(organisation.pk, DAY) is None
    assert refused(lambda: approve_terms(terms_id=terms.pk, approved_by=801))[0] == "same_person"
    assert list(selectors.terms_proposed(SYSTEM)) == [terms]
    approve_terms(terms_id=terms.pk, approved_by=2)
    assert approve_terms(terms_id=terms.pk, approved_by=3).approved_by == 2
    assert selectors.terms_on(organisation.pk, DAY) == terms
    assert selectors.terms_on(organisation.pk, DAY - dt.timedelta(days=1)) is None
    assert selectors.terms_of("un-001", DAY) == terms
    later = make_terms(organisation=organisation, starts_on=DAY + dt.timedelta(days=10))
    assert selectors.terms_on(organisation.pk, DAY + dt.timedelta(days=10)) == later
    end_terms(terms_id=later.pk, ends_on=later.starts_on, actor_id=1, reason="改期")
    assert selectors.terms_on(organisation.pk, DAY + dt.timedelta(days=11)) == terms
    suspend_organisation(organisation_id=organisation.pk, actor_id=1, reason="注销")
    assert selectors.terms_of("un-001", DAY) is None


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"ends_on": DAY - dt.timedelta(days=1)}, "ends_on"),
        ({"days_after_acceptance": 366}, "days_after_acceptance"),
        ({"limit_fen": 0}, "limit_fen"),
    ],
)
def test_terms_that_make_no_sense_are_refused(changes: dict[str, Any], field: str) -> None:
    organisation = make_organisation()
    assert refused(lambda: proposed(organisation, **changes))[1] == field
    assert not PaymentTerms.objects.exists()


def test_a_member_does_not_approve_the_terms_of_their_organisation() -> None:
    user = make_user()
    terms = proposed(make_organisation(approver=user))
    assert refused(lambda: approve_terms(terms_id=terms.pk, approved_by=user.pk))[0] == "own_organisation"


def test_the_database_keeps_the_rules_too() -> None:
    organisation = make_organisation(buyer=make_user())
    terms = make_terms(organisation=organisation)
    member = Membership.objects.get()
    acts: list[Callable[[], object]] = [
        lambda: Organisation.objects.update(verified_by=None),
        lambda: Organisation.objects.update(demo=False),
        lambda: Organisation.objects.update(kind="outside"),
        lambda: PaymentTerms.objects.filter(pk=terms.pk).update(approved_by=901),
        lambda: PaymentTerms.objects.update(limit_fen=0),
        lambda: Membership.objects.update(state="removed"),
        lambda: Membership.objects.create(
            organisation=organisation, user=member.user, role="buyer", added_at=member.added_at
        ),
    ]
    for act in acts:
        with pytest.raises(IntegrityError), transaction.atomic():
            act()
