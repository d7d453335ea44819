"""People and their roles change through services, with the journal as witness."""

import pytest

from shop.accounts.models import Role, ScopeGrant, ScopeKind, User
from shop.accounts.scope import NOTHING, Scope, scope_of
from shop.accounts.services import grant_role, revoke_role, save_user
from shop.core.exceptions import ShopError
from shop.journal.models import JournalEntry
from tests.factories import make_app

pytestmark = pytest.mark.django_db


def test_a_person_is_created_with_phone_and_mail_as_stored_and_the_journal_knows_neither() -> None:
    user = save_user(
        actor_id=9, phone="138 0013 8000", email="Wang@Example.com ", last_name="王", first_name="芳",
        password="correct horse 9",
    )  # fmt: skip
    user.refresh_from_db()
    assert (user.phone, user.email, user.get_full_name()) == ("+8613800138000", "wang@example.com", "王芳")
    assert user.check_password("correct horse 9")
    entry = JournalEntry.objects.get()
    assert (entry.actor_id, entry.action, entry.object_key) == (9, "accounts.save_user", str(user.pk))
    assert entry.after == {
        "phone": "138****8000", "email": "set", "phone_verified": False, "is_active": True, "password_set": True,
    }  # fmt: skip


def test_saving_the_same_again_changes_and_journals_nothing() -> None:
    user = save_user(actor_id=None, phone="13800138000", password="correct horse 9")
    save_user(actor_id=None, user_id=user.pk, phone="+86 13800138000", password="correct horse 9")
    assert JournalEntry.objects.count() == 1


@pytest.mark.parametrize(
    ("fields", "code", "field"),
    [
        ({}, "no_login", "phone"),
        ({"phone": "12"}, "phone_invalid", "phone"),
        ({"email": "nobody"}, "email_invalid", "email"),
        ({"phone": "13800138000"}, "phone_taken", "phone"),
        ({"email": "WANG@example.com"}, "email_taken", "email"),
        ({"phone": "13900139000", "password": "12345678"}, "password_weak", "password"),
    ],
)
def test_a_refusal_names_the_field_and_writes_nothing(fields: dict[str, str], code: str, field: str) -> None:
    save_user(actor_id=None, phone="13800138000", email="wang@example.com")
    with pytest.raises(ShopError) as refused:
        save_user(actor_id=None, **fields)  # type: ignore[arg-type]
    assert (refused.value.code, refused.value.field) == (code, field)
    assert User.objects.count() == 1
    assert JournalEntry.objects.count() == 1


def test_a_role_is_given_once_and_taken_once() -> None:
    user = save_user(actor_id=None, phone="13800138000")
    make_app(user)
    over = {"role": Role.SUPPLIER, "kind": ScopeKind.SUPPLIER, "code": "wc-05"}
    assert scope_of(user, Role.SUPPLIER) == NOTHING
    assert grant_role(user_id=user.pk, actor_id=9, **over)  # type: ignore[arg-type]
    assert not grant_role(user_id=user.pk, actor_id=9, **over)  # type: ignore[arg-type]
    assert scope_of(user, Role.SUPPLIER) == Scope(suppliers=frozenset({"wc-05"}), user_id=user.pk)
    assert scope_of(user, Role.STAFF) == NOTHING
    assert revoke_role(user_id=user.pk, actor_id=9, **over)  # type: ignore[arg-type]
    assert not revoke_role(user_id=user.pk, actor_id=9, **over)  # type: ignore[arg-type]
    assert scope_of(user, Role.SUPPLIER) == NOTHING
    actions = (
        JournalEntry.objects.filter(action__contains="role").order_by("pk").values_list("action", flat=True)
    )
    assert list(actions) == ["accounts.grant_role", "accounts.revoke_role"]


@pytest.mark.parametrize(("kind", "code"), [(ScopeKind.ALL, "wc-05"), (ScopeKind.SUPPLIER, "")])
def test_a_role_whose_code_does_not_fit_is_refused(kind: ScopeKind, code: str) -> None:
    user = save_user(actor_id=None, phone="13800138000")
    with pytest.raises(ShopError):
        grant_role(user_id=user.pk, role=Role.SUPPLIER, kind=kind, code=code, actor_id=None)
    assert not ScopeGrant.objects.exists()


def test_a_person_who_may_not_log_in_any_more_sees_nothing() -> None:
    user = save_user(actor_id=None, phone="13800138000")
    grant_role(user_id=user.pk, role=Role.STAFF, actor_id=None)
    user = save_user(actor_id=None, user_id=user.pk, phone="13800138000", is_active=False)
    assert scope_of(user, Role.STAFF) == NOTHING
