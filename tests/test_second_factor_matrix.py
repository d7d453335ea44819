"""Without a second factor no page of a role opens, at any address, by any method: the whole table once more."""

import copy
from collections.abc import Iterator
from http.cookies import SimpleCookie

import pytest
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.db import transaction
from django.test import Client
from django.urls import reverse
from pytest_django import Settings
from pytest_django.plugin import DjangoDbBlocker

from shop.accounts.models import Role
from shop.accounts.ports import TextMessage, set_code_sender
from shop.accounts.scope import ROLES_WITHOUT_SECOND_FACTOR, scope_of
from tests.url_matrix import CLOSERS, ROWS, Who, World

SET_UP = "/accounts/second-factor/set-up/"
#: Everyone of the cast with a role that needs one.
BARE = (Who.STAFF, Who.FINANCE, Who.LIAISON, Who.AUDITOR, Who.SUPPLIER, Who.OTHER_SUPPLIER, *CLOSERS)
#: The role's pages: what a resident does not get and somebody with a role does.
GUARDED = [
    name
    for name, row in ROWS.items()
    if not name.startswith(("mfa_", "account_"))
    and any(row.get[who] != row.get[Who.RESIDENT] or row.post[who] != row.post[Who.RESIDENT] for who in BARE)
]


class Bare:
    """The cast, logged in, and then without their apps."""

    def __init__(self) -> None:
        self.cast = World().cast
        self.cookies = {who: self._session(who) for who in BARE}

    def _session(self, who: Who) -> SimpleCookie:
        client = Client()
        client.force_login(getattr(self.cast, who))
        return client.cookies

    def ask(self, who: Who, method: str, address: str, data: dict[str, object]) -> tuple[int, str]:
        """Ask once without an app, leave no trace."""
        cache.clear()
        client = Client()
        client.cookies = copy.deepcopy(self.cookies[who])
        with transaction.atomic():
            Authenticator.objects.all().delete()
            answer = getattr(client, method)(address, data)
            if answer.streaming:
                list(answer)
            transaction.set_rollback(True)
        return answer.status_code, answer.get("Location", "")


@pytest.fixture(scope="module")
def bare(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Bare]:
    """Give the people; they are rolled back in the end."""

    def drop(message: TextMessage) -> None:
        """Send nothing."""

    before = set_code_sender(drop)
    with django_db_blocker.unblock(), transaction.atomic():
        yield Bare()
        transaction.set_rollback(True)
    set_code_sender(before)


def test_there_are_pages_to_guard_and_the_roles_are_all_of_them() -> None:
    assert len(GUARDED) > 60
    assert frozenset(Role) - ROLES_WITHOUT_SECOND_FACTOR == {
        Role.STAFF, Role.FINANCE, Role.LIAISON, Role.AUDITOR, Role.SUPPLIER,
        Role.PREPARER, Role.REVIEWER, Role.RELEASER,
    }  # fmt: skip


@pytest.mark.parametrize("name", GUARDED)
def test_it_leads_to_the_set_up_or_answers_as_to_anybody(name: str, bare: Bare, settings: Settings) -> None:
    settings.LOGIN_REDIRECT_URL = "/"
    row, world = ROWS[name], World()
    world.cast = bare.cast
    with transaction.atomic():
        address = reverse(name, kwargs=row.arguments(world))
        data = row.data(world)
        wrong = []
        for method, expected in (("get", row.get), ("post", row.post)):
            for who in BARE:
                status, target = bare.ask(who, method, address, data if method == "post" else {})
                if (status, target) != (302, SET_UP) and status not in (405, expected[Who.OTHER_RESIDENT]):
                    wrong.append(f"{method} {address} as {who}: {status} {target}")
        transaction.set_rollback(True)
    assert not wrong, "\n".join(wrong)


def test_a_service_that_asks_for_the_scope_gets_nothing_either(bare: Bare) -> None:
    with transaction.atomic():
        assert scope_of(bare.cast.staff, Role.STAFF).everything
        Authenticator.objects.all().delete()
        assert not scope_of(bare.cast.staff, Role.STAFF).everything
        transaction.set_rollback(True)
