"""A change of what a person is ends their sessions; nobody else's, and at no cost of a query."""

from collections.abc import Callable

import pytest
from django.contrib.auth import SESSION_KEY
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from shop.accounts.models import Role, ScopeKind, User
from shop.accounts.second_factor import reset_second_factor
from shop.accounts.services import grant_role, revoke_role, save_user
from shop.accounts.sessions import SessionStore
from tests.factories import make_app, make_user

pytestmark = pytest.mark.django_db
PHONE, PASSWORD = "+8613800138000", "correct horse 9"
DESK = "/dashboard/desk/"


@pytest.fixture
def clerk() -> User:
    return make_user(phone=PHONE, grants=[(Role.STAFF, ScopeKind.ALL, "")])


def revoked(person: User) -> None:
    revoke_role(user_id=person.pk, role=Role.STAFF, actor_id=None)


def given_another_role(person: User) -> None:
    grant_role(user_id=person.pk, role=Role.FINANCE, actor_id=None)


def closed(person: User) -> None:
    save_user(actor_id=None, user_id=person.pk, phone=PHONE, is_active=False)


def given_a_password(person: User) -> None:
    save_user(actor_id=None, user_id=person.pk, phone=PHONE, password=PASSWORD)


def freed_of_the_factor(person: User) -> None:
    reset_second_factor(user_id=person.pk, actor_id=None, reason="手机丢失")


@pytest.mark.parametrize(
    "change", [revoked, given_another_role, closed, given_a_password, freed_of_the_factor]
)
def test_the_next_request_of_every_session_is_refused(change: Callable[[User], None], clerk: User) -> None:
    phones = [Client(), Client()]
    for phone in phones:
        phone.force_login(clerk)
        assert phone.get(DESK).status_code == 200
    stranger = Client()
    stranger.force_login(make_user(phone="+8613900139000"))
    change(clerk)
    for phone in phones:
        answer = phone.get(DESK)
        assert (answer.status_code, answer["Location"]) == (302, f"/accounts/login/?next={DESK}")
        assert phone.get("/account/").context["person"] is None
    assert SESSION_KEY in stranger.session
    assert stranger.get("/account/").context["person"] is not None


def test_a_session_from_before_the_first_change_is_a_session(clerk: User) -> None:
    # What Django itself would have stored before there was a version.
    assert clerk.session_version == 0
    assert clerk.get_session_auth_hash() == super(User, clerk).get_session_auth_hash()


def test_a_new_login_works_after_the_change(client: Client, clerk: User) -> None:
    given_another_role(clerk)
    client.force_login(User.objects.get(pk=clerk.pk))
    assert client.get(DESK).status_code == 200


def test_a_password_changed_by_its_owner_ends_the_other_sessions(client: Client, clerk: User) -> None:
    clerk.set_password(PASSWORD)
    clerk.save()
    other = Client()
    for phone in (client, other):
        phone.force_login(clerk)
    new = "another horse 10"
    client.post("/accounts/password/change/", {"oldpassword": PASSWORD, "password1": new, "password2": new})
    assert User.objects.get(pk=clerk.pk).check_password(new)
    assert client.get(DESK).status_code == 200
    assert other.get(DESK).status_code == 302


def test_the_check_asks_nothing_more_of_the_database(client: Client) -> None:
    resident = make_user(phone="+8613900139000")
    client.force_login(resident)

    def queries() -> list[str]:
        with CaptureQueriesContext(connection) as caught:
            client.get("/privacy/")
            client.get("/account/")
        return [query["sql"].split("WHERE")[0] for query in caught.captured_queries]

    queries()
    before = queries()
    User.objects.filter(pk=resident.pk).update(session_version=7)
    resident.refresh_from_db()
    client.force_login(resident)
    queries()
    assert queries() == before


def test_the_second_factor_costs_a_page_of_a_role_no_query(client: Client, clerk: User) -> None:
    client.force_login(clerk)
    with CaptureQueriesContext(connection) as caught:
        client.get("/dashboard/mailbox/")
    about = [query["sql"] for query in caught.captured_queries if "mfa_authenticator" in query["sql"]]
    assert len(about) == 1
    assert "accounts_scopegrant" in about[0]


def test_an_app_does_not_open_more_than_the_roles(client: Client) -> None:
    resident = make_user(phone="+8613900139000")
    make_app(resident)
    client.force_login(resident)
    assert client.get(DESK).status_code == 404


def test_a_key_that_is_taken_is_not_given_again(monkeypatch: pytest.MonkeyPatch) -> None:
    taken = SessionStore()
    taken.create()
    keys = iter([taken.session_key, "another-key-of-a-session"])
    monkeypatch.setattr(SessionStore, "_get_new_session_key", lambda _store: next(keys))
    fresh = SessionStore()
    fresh.create()
    assert fresh.session_key == "another-key-of-a-session"
