"""People at one moment: a code is spent once, and an administrator is left."""

from collections.abc import Callable
from typing import Any

import pytest

from shop.accounts.appointments import close_account, dismiss
from shop.accounts.models import Role, ScopeGrant, ScopeKind, User
from shop.accounts.second_factor import spend_code
from shop.accounts.services import grant_role
from shop.accounts.totp import code_at
from shop.core import clock
from shop.core.exceptions import ShopError
from tests.factories import APP_SECRET, make_cast, make_user

pytestmark = [pytest.mark.concurrency, pytest.mark.usefixtures("transactional_db")]
Together = Callable[..., list[Any]]


def test_a_code_typed_in_twenty_places_opens_one(together: Together) -> None:
    clerk = make_user(grants=[(Role.STAFF, ScopeKind.ALL, "")])
    code = code_at(APP_SECRET, clock.now().timestamp())
    results = together([lambda: spend_code(user_id=clerk.pk, typed=code)] * 20)
    assert [result for result in results if isinstance(result, Exception)] == []
    assert sum(result is not None for result in results) == 1


def test_two_administrators_who_dismiss_each_other_leave_one(together: Together) -> None:
    cast = make_cast()

    def against(actor: User, other: User) -> bool:
        return dismiss(
            user_id=other.pk, role=Role.STAFF, kind=ScopeKind.ALL, code="", actor_id=actor.pk, reason="调岗"
        )

    results = together(
        [lambda: against(cast.staff, cast.second_staff), lambda: against(cast.second_staff, cast.staff)]
    )
    refused = [result.code for result in results if isinstance(result, ShopError)]
    assert (results.count(True), refused) == (1, ["not_yours"])
    assert ScopeGrant.objects.filter(role=Role.STAFF).count() == 1


def test_two_administrators_who_close_their_own_accounts_leave_one(together: Together) -> None:
    cast = make_cast()
    results = together(
        [
            lambda: close_account(user_id=cast.staff.pk, actor_id=cast.staff.pk, reason="离职"),
            lambda: close_account(user_id=cast.second_staff.pk, actor_id=cast.second_staff.pk, reason="离职"),
        ]
    )
    refused = [result.code for result in results if isinstance(result, ShopError)]
    assert (results.count(True), refused) == (1, ["last_administrator"])
    assert User.objects.filter(is_active=True, grants__role=Role.STAFF).count() == 1


def test_changes_of_one_person_at_once_all_count_for_the_sessions(together: Together) -> None:
    person = make_user()
    roles = [Role.STAFF, Role.FINANCE, Role.LIAISON, Role.AUDITOR]
    results = together(
        [lambda role=role: grant_role(user_id=person.pk, role=role, actor_id=None) for role in roles]
    )
    assert results == [True] * 4
    assert User.objects.get(pk=person.pk).session_version == 4
