"""Who may give which role, and what stays true of it."""

from typing import Any

import pytest
from django.core.management import call_command

from shop.accounts.appointments import (
    appoint,
    close_account,
    dismiss,
    reopen_account,
    roles_to_give,
)
from shop.accounts.models import Role, ScopeGrant, ScopeKind, User
from shop.accounts.scope import NOTHING, scope_of
from shop.core.exceptions import ShopError
from shop.journal.models import JournalEntry
from tests.factories import Cast, make_app, make_cast, make_user

pytestmark = pytest.mark.django_db
ALL, REGION, SUPPLIER = ScopeKind.ALL, ScopeKind.REGION, ScopeKind.SUPPLIER
WHY = "接替离职同事"


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@pytest.fixture
def person() -> User:
    return make_user(phone="+8613800000099", name="新同事")


def grants(user: User) -> list[tuple[str, str, str]]:
    return list(user.grants.order_by("pk").values_list("role", "kind", "code"))


@pytest.mark.parametrize(
    ("role", "kind", "code"),
    [
        (Role.STAFF, ALL, ""),
        (Role.FINANCE, ALL, ""),
        (Role.LIAISON, REGION, "wangcang"),
        (Role.AUDITOR, ALL, ""),
        (Role.AUDITOR, REGION, "wangcang"),
        (Role.SUPPLIER, SUPPLIER, "wc-05"),
    ],
)
def test_an_administrator_gives_and_takes(
    cast: Cast, person: User, role: Role, kind: ScopeKind, code: str
) -> None:
    what: dict[str, Any] = {"user_id": person.pk, "role": role, "kind": kind, "code": code}
    assert appoint(**what, actor_id=cast.staff.pk, reason=WHY)
    assert not appoint(**what, actor_id=cast.staff.pk, reason=WHY)
    assert grants(person) == [(role, kind, code)]
    assert dismiss(**what, actor_id=cast.second_staff.pk, reason="调岗")
    assert not dismiss(**what, actor_id=cast.second_staff.pk, reason="调岗")
    assert grants(person) == []
    told = JournalEntry.objects.filter(object_type="user", object_key=str(person.pk)).order_by("pk")
    after = {"role": role, "kind": kind, "code": code}
    assert [(row.actor_id, row.action, row.before, row.after, row.reason) for row in told] == [
        (cast.staff.pk, "accounts.grant_role", {}, after, WHY),
        (cast.second_staff.pk, "accounts.revoke_role", after, {}, "调岗"),
    ]


@pytest.mark.parametrize(
    "actor", ["finance", "liaison", "auditor", "supplier_user", "union_buyer", "resident"]
)
def test_nobody_else_gives_or_takes_anything(cast: Cast, person: User, actor: str) -> None:
    who = getattr(cast, actor)
    assert roles_to_give(who) == frozenset()
    for act in (
        lambda: appoint(
            user_id=person.pk, role=Role.SUPPLIER, kind=SUPPLIER, code="a", actor_id=who.pk, reason=WHY
        ),
        lambda: dismiss(
            user_id=cast.staff.pk, role=Role.STAFF, kind=ALL, code="", actor_id=who.pk, reason=WHY
        ),
        lambda: close_account(user_id=cast.staff.pk, actor_id=who.pk, reason=WHY),
        lambda: reopen_account(user_id=cast.staff.pk, actor_id=who.pk, reason=WHY),
    ):
        with pytest.raises(ShopError) as refused:
            act()
        assert refused.value.code == "not_yours"
    assert not JournalEntry.objects.exists()


def test_an_administrator_without_a_second_factor_gives_nothing(cast: Cast, person: User) -> None:
    bare = make_user(phone="+8613800000098", grants=[(Role.STAFF, ALL, "")], second_factor=False)
    with pytest.raises(ShopError) as refused:
        appoint(user_id=person.pk, role=Role.FINANCE, kind=ALL, code="", actor_id=bare.pk, reason=WHY)
    assert refused.value.code == "not_yours"
    make_app(bare)
    assert appoint(user_id=person.pk, role=Role.FINANCE, kind=ALL, code="", actor_id=bare.pk, reason=WHY)


@pytest.mark.parametrize(
    ("role", "kind", "code", "reason", "refusal"),
    [
        (Role.STAFF, ALL, "", "  ", "reason_missing"),
        (Role.STAFF, REGION, "wangcang", WHY, "kind"),
        (Role.SUPPLIER, ALL, "", WHY, "kind"),
        (Role.BUYER, ScopeKind.ORGANISATION, "un-001", WHY, "not_yours"),
        (Role.APPROVER, ScopeKind.ORGANISATION, "un-001", WHY, "not_yours"),
    ],
)
def test_a_refusal_writes_nothing(
    cast: Cast, person: User, role: Role, kind: ScopeKind, code: str, reason: str, refusal: str
) -> None:
    with pytest.raises(ShopError) as refused:
        appoint(user_id=person.pk, role=role, kind=kind, code=code, actor_id=cast.staff.pk, reason=reason)
    assert refused.value.code == refusal
    assert grants(person) == []
    assert not JournalEntry.objects.exists()


def test_nobody_raises_themselves(cast: Cast) -> None:
    with pytest.raises(ShopError) as refused:
        appoint(
            user_id=cast.staff.pk, role=Role.FINANCE, kind=ALL, code="", actor_id=cast.staff.pk, reason=WHY
        )
    assert refused.value.code == "own_role"
    assert grants(cast.staff) == [("staff", "all", "")]


@pytest.mark.parametrize(
    ("held", "wanted"),
    [
        ((Role.STAFF, ALL, ""), (Role.AUDITOR, ALL, "")),
        ((Role.AUDITOR, ALL, ""), (Role.FINANCE, ALL, "")),
        ((Role.SUPPLIER, SUPPLIER, "wc-05"), (Role.STAFF, ALL, "")),
        ((Role.LIAISON, REGION, "wangcang"), (Role.SUPPLIER, SUPPLIER, "wc-05")),
        ((Role.SUPPLIER, SUPPLIER, "wc-05"), (Role.AUDITOR, ALL, "")),
    ],
)
def test_auditing_and_selling_do_not_go_with_running_the_shop(
    cast: Cast, held: tuple[Role, ScopeKind, str], wanted: tuple[Role, ScopeKind, str]
) -> None:
    person = make_user(phone="+8613800000097", grants=[held])
    role, kind, code = wanted
    with pytest.raises(ShopError) as refused:
        appoint(user_id=person.pk, role=role, kind=kind, code=code, actor_id=cast.staff.pk, reason=WHY)
    assert (refused.value.code, refused.value.field) == ("apart", "role")
    assert grants(person) == [(str(held[0]), str(held[1]), held[2])]


@pytest.mark.data
def test_the_last_administrator_stays(cast: Cast) -> None:
    admin, second = cast.staff, cast.second_staff
    assert dismiss(user_id=second.pk, role=Role.STAFF, kind=ALL, code="", actor_id=admin.pk, reason=WHY)
    for act in (
        lambda: dismiss(user_id=admin.pk, role=Role.STAFF, kind=ALL, code="", actor_id=admin.pk, reason=WHY),
        lambda: close_account(user_id=admin.pk, actor_id=admin.pk, reason=WHY),
    ):
        with pytest.raises(ShopError) as refused:
            act()
        assert refused.value.code == "last_administrator"
    assert grants(admin) == [("staff", "all", "")]
    assert User.objects.get(pk=admin.pk).is_active


def test_one_whose_account_is_closed_is_no_administrator_to_count_on(cast: Cast) -> None:
    close_account(user_id=cast.second_staff.pk, actor_id=cast.staff.pk, reason=WHY)
    with pytest.raises(ShopError) as refused:
        close_account(user_id=cast.staff.pk, actor_id=cast.staff.pk, reason=WHY)
    assert refused.value.code == "last_administrator"


def test_a_closed_account_keeps_its_roles_and_gets_them_back(cast: Cast) -> None:
    assert close_account(user_id=cast.finance.pk, actor_id=cast.staff.pk, reason="离职")
    assert not close_account(user_id=cast.finance.pk, actor_id=cast.staff.pk, reason="离职")
    closed = User.objects.get(pk=cast.finance.pk)
    assert scope_of(closed, Role.FINANCE) == NOTHING
    with pytest.raises(ShopError) as refused:
        appoint(user_id=closed.pk, role=Role.STAFF, kind=ALL, code="", actor_id=cast.staff.pk, reason=WHY)
    assert refused.value.code == "inactive"
    assert reopen_account(user_id=closed.pk, actor_id=cast.staff.pk, reason="返岗")
    assert scope_of(User.objects.get(pk=closed.pk), Role.FINANCE).everything


def test_the_command_makes_the_first_administrator_once() -> None:
    for _ in range(2):
        call_command("make_administrator", phone="138 0013 8000", name="林主任", reason="开店")
    person = User.objects.get()
    assert (str(person), grants(person)) == ("林主任", [("staff", "all", "")])
    assert ScopeGrant.objects.count() == 1
    assert scope_of(person, Role.STAFF) == NOTHING
    assert JournalEntry.objects.filter(action="accounts.grant_role", reason="开店").count() == 1
