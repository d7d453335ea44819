"""Pages behind a role: log in first, 404 for the wrong role, never in a cache."""

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import AnonymousUser
from django.http import Http404, HttpRequest, HttpResponse
from django.test import RequestFactory

from shop.accounts.access import require_login, require_roles, roles_of
from shop.accounts.models import Role, ScopeKind, User
from shop.accounts.scope import Scope
from shop.accounts.services import grant_role, revoke_role, save_user
from tests.factories import make_app

pytestmark = pytest.mark.django_db


@require_roles(Role.STAFF, Role.AUDITOR)
def page(request: HttpRequest) -> HttpResponse:
    assert isinstance(request.scope, Scope)  # type: ignore[attr-defined]
    return HttpResponse(repr(request.scope))  # type: ignore[attr-defined]


def ask(user: User | AnonymousUser, method: str = "get", view=page) -> HttpResponse:
    request = getattr(RequestFactory(), method)("/dashboard/?month=2026-10")
    request.user = user
    return view(request)


@pytest.fixture
def person() -> User:
    user = save_user(actor_id=None, phone="13800138000")
    make_app(user)
    return user


def test_strangers_log_in_first_and_come_back() -> None:
    answer = ask(AnonymousUser())
    assert (answer.status_code, answer["Location"]) == (
        302,
        "/accounts/login/?next=/dashboard/%3Fmonth%3D2026-10",
    )
    assert ask(AnonymousUser(), "post")["Location"] == "/accounts/login/?next=/"
    assert ask(AnonymousUser(), view=require_login(page)).status_code == 302


def test_the_wrong_role_finds_nothing(person: User) -> None:
    grant_role(user_id=person.pk, role=Role.SUPPLIER, kind=ScopeKind.SUPPLIER, code="wc-05", actor_id=None)
    with pytest.raises(Http404):
        ask(person)


def test_the_right_role_opens_the_page_and_nothing_keeps_it(person: User) -> None:
    grant_role(user_id=person.pk, role=Role.AUDITOR, actor_id=None)
    answer = ask(person)
    assert answer.content.decode() == repr(Scope(everything=True, user_id=person.pk))
    assert "no-store" in answer["Cache-Control"]
    assert "private" in answer["Cache-Control"]
    assert roles_of(person) == {Role.AUDITOR}
    assert roles_of(AnonymousUser()) == frozenset()


def test_a_role_taken_away_is_gone_at_the_next_request(person: User) -> None:
    grant_role(user_id=person.pk, role=Role.STAFF, actor_id=None)
    assert ask(person).status_code == 200
    revoke_role(user_id=person.pk, role=Role.STAFF, actor_id=None)
    with pytest.raises(Http404):
        ask(person)


def test_a_page_for_no_role_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="name the roles"):
        require_roles()


def test_a_role_without_a_second_factor_leads_to_its_set_up(person: User) -> None:
    grant_role(user_id=person.pk, role=Role.STAFF, actor_id=None)
    Authenticator.objects.all().delete()
    for method in ("get", "post"):
        answer = ask(person, method)
        assert (answer.status_code, answer["Location"]) == (302, "/accounts/second-factor/set-up/")
        assert "no-store" in answer["Cache-Control"]
    assert roles_of(person) == {Role.STAFF}
