"""Who signs up agrees to the privacy notice and the terms, by a tick of their own; a changed text asks again."""

from collections.abc import Iterator

import pytest
from django.core.cache import cache
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test import Client
from pytest_django import Settings

from shop.accounts import ports
from shop.accounts.consents import note_consent, texts_to_agree
from shop.accounts.models import Consent, User
from shop.accounts.services import save_user
from shop.core import clock
from tests.factories import make_user

pytestmark = [pytest.mark.django_db, pytest.mark.data]
PHONE, PASSWORD = "+8613800138000", "correct horse 9"


@pytest.fixture(autouse=True)
def quiet_texts() -> Iterator[None]:
    cache.clear()
    before = ports.set_code_sender(lambda message: None)
    yield
    ports.set_code_sender(before)
    cache.clear()


def given() -> list[tuple[str, str]]:
    return list(Consent.objects.order_by("document").values_list("document", "version"))


def test_nobody_signs_up_without_the_tick_which_nobody_has_set(client: Client) -> None:
    page = client.get("/accounts/signup/").content.decode()
    assert 'name="agreed"' in page
    assert "checked" not in page
    assert "/privacy/" in page
    assert "/terms/" in page
    answer = client.post("/accounts/signup/", {"phone": "13800138000"})
    assert answer.context["form"].errors["agreed"] == ["请先阅读并勾选，再注册。"]
    assert not User.objects.exists()
    assert given() == []


def test_the_versions_and_the_time_are_written_down(client: Client, settings: Settings) -> None:
    settings.PRIVACY_VERSION, settings.TERMS_VERSION = "p1", "t1"
    before = clock.now()
    assert client.post("/accounts/signup/", {"phone": "13800138000", "agreed": "on"}).status_code == 302
    assert given() == [("privacy", "p1"), ("terms", "t1")]
    assert all(before <= one.given_at <= clock.now() for one in Consent.objects.all())
    assert note_consent(user_id=User.objects.get().pk) == 0


def test_a_changed_text_asks_again_at_the_next_login_and_leads_on(client: Client, settings: Settings) -> None:
    person = save_user(actor_id=None, phone=PHONE, password=PASSWORD, phone_verified=True)
    note_consent(user_id=person.pk)
    settings.PRIVACY_VERSION = "p2"
    assert texts_to_agree(person) == ["privacy"]
    login = {"login": "13800138000", "password": PASSWORD, "next": "/orders/"}
    moved = client.post("/accounts/login/", login)["Location"]
    assert moved == "/accounts/consent/?next=%2Forders%2F"
    assert "这两份文本在您同意之后有更新" in client.get(moved).content.decode()
    refused = client.post(moved, {})
    assert refused.status_code == 422
    assert texts_to_agree(person) == ["privacy"]
    assert client.post(moved, {"agreed": "on"})["Location"] == "/orders/"
    assert texts_to_agree(person) == []
    client.post("/accounts/logout/")
    assert client.post("/accounts/login/", login)["Location"] == "/orders/"


def test_it_leads_to_no_other_shop(client: Client) -> None:
    person = make_user()
    client.force_login(person)
    answer = client.post("/accounts/consent/?next=https://evil.example.com/", {"agreed": "on"})
    assert answer["Location"] == "/account/"


def test_an_account_that_the_shop_made_is_asked_for_nothing(client: Client) -> None:
    save_user(actor_id=None, phone=PHONE, password=PASSWORD, phone_verified=True)
    login = {"login": "13800138000", "password": PASSWORD, "next": "/orders/"}
    assert client.post("/accounts/login/", login)["Location"] == "/orders/"


def test_the_database_keeps_what_was_agreed_to() -> None:
    note_consent(user_id=make_user().pk)
    with connection.cursor() as cursor:
        for change in ("UPDATE accounts_consent SET version = 'x'", "DELETE FROM accounts_consent"):
            with pytest.raises(DatabaseError), transaction.atomic():
                cursor.execute(change)
        with pytest.raises(IntegrityError), transaction.atomic():
            Consent.objects.create(user=make_user(), document="menu", version="1", given_at=clock.now())
