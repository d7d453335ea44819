"""Guessing is slowed by address and by account; the person whose account it is gets in again soon."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.contrib.auth.hashers import MD5PasswordHasher
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from shop.accounts import ports
from shop.accounts.models import Role, ScopeKind, User
from shop.accounts.services import save_user
from shop.accounts.totp import code_at
from shop.core import clock
from tests.factories import APP_SECRET, make_user

pytestmark = pytest.mark.django_db
PHONE, PASSWORD = "+8613800138000", "correct horse 9"
CODE = "/accounts/second-factor/code/"
TOO_MANY = ["尝试次数过多，请五分钟后再试。"]


@pytest.fixture(autouse=True)
def fresh_limits() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def clerk() -> User:
    save_user(actor_id=None, phone=PHONE, password=PASSWORD, phone_verified=True)
    return make_user(phone=PHONE, grants=[(Role.STAFF, ScopeKind.ALL, "")])


def log_in(login: str, password: str, address: str = "203.0.113.1", client: Client | None = None) -> Any:
    return (client or Client()).post(
        reverse("account_login"), {"login": login, "password": password}, REMOTE_ADDR=address
    )


def errors(answer: Any) -> list[str]:
    return list(answer.context["form"].non_field_errors()) if answer.context else []


def test_one_password_tried_on_many_numbers_is_stopped_at_the_address() -> None:
    answers = [errors(log_in(f"1390013{number:04d}", "password 1")) for number in range(12)]
    assert [found == TOO_MANY for found in answers] == [False] * 10 + [True] * 2
    # Somebody else, somewhere else, is not stopped.
    assert errors(log_in("13700137000", "password 1", "203.0.113.2")) != TOO_MANY


def test_slow_spraying_from_one_address_is_stopped_by_the_hour() -> None:
    started = clock.now()
    refused = 0
    for number in range(120):
        with time_machine.travel(started + dt.timedelta(seconds=20 * number), tick=False):
            refused += errors(log_in(f"1390013{number:04d}", "password 1")) == TOO_MANY
    assert refused == 20


def test_one_account_guessed_from_many_addresses_is_stopped_and_opens_after_five_minutes(clerk: User) -> None:
    started = clock.now()
    with time_machine.travel(started, tick=False):
        answers = [errors(log_in("13800138000", "guess", f"203.0.113.{n}")) for n in range(1, 8)]
        assert [found == TOO_MANY for found in answers] == [False] * 5 + [True] * 2
        assert errors(log_in("13800138000", PASSWORD, "203.0.113.99")) == TOO_MANY
    with time_machine.travel(started + dt.timedelta(minutes=5, seconds=1), tick=False):
        assert log_in("13800138000", PASSWORD, "203.0.113.99").status_code == 302


def test_a_browser_that_its_owner_knows_is_not_kept_out_by_strangers_and_has_five_guesses_of_its_own(
    clerk: User,
) -> None:
    started = clock.now()
    with time_machine.travel(started, tick=False):
        own, other = Client(), Client()
        for browser in (own, other):
            log_in("13800138000", PASSWORD, client=browser)
            browser.post(CODE, {"code": code_at(APP_SECRET, clock.now().timestamp())})
            browser.post(reverse("account_logout"))
        assert "known_device" in own.cookies
        # `other` could not spend the same code, so it never came in.
        assert "known_device" not in other.cookies
        for number in range(1, 8):
            log_in("13800138000", "guess", f"203.0.113.{number}")
        assert errors(log_in("13800138000", PASSWORD, "203.0.113.98", other)) == TOO_MANY
        answers = [errors(log_in("13800138000", "guess", f"198.51.100.{n}", own)) for n in range(1, 7)]
        assert [found == TOO_MANY for found in answers] == [False] * 5 + [True]
    with time_machine.travel(started + dt.timedelta(minutes=5, seconds=1), tick=False):
        for number in range(1, 8):
            log_in("13800138000", "guess", f"203.0.113.{number}")
        assert log_in("13800138000", PASSWORD, "203.0.113.97", own).status_code == 302


@pytest.mark.parametrize("forged", ["", "x", "a.b", "0" * 32 + ".0123456789abcdef", "0" * 5000])
def test_a_forged_mark_of_a_known_browser_is_worth_nothing(clerk: User, forged: str) -> None:
    for number in range(1, 8):
        log_in("13800138000", "guess", f"203.0.113.{number}")
    browser = Client()
    browser.cookies["known_device"] = forged
    assert errors(log_in("13800138000", PASSWORD, "203.0.113.99", browser)) == TOO_MANY


def test_a_browser_known_to_one_account_guesses_at_another_like_everybody(clerk: User) -> None:
    save_user(actor_id=None, phone="13600136000", password=PASSWORD, phone_verified=True)
    browser = Client()
    log_in("13600136000", PASSWORD, client=browser)
    assert "known_device" in browser.cookies
    browser.post(reverse("account_logout"))
    for number in range(1, 8):
        log_in("13800138000", "guess", f"203.0.113.{number}")
    assert errors(log_in("13800138000", PASSWORD, "203.0.113.99", browser)) == TOO_MANY


def test_while_others_guess_the_owner_gets_in_with_a_code_by_text_message(clerk: User) -> None:
    for number in range(1, 8):
        log_in("13800138000", "guess", f"203.0.113.{number}")
    sent: list[ports.TextMessage] = []
    before = ports.set_code_sender(sent.append)
    client = Client()
    client.post(reverse("account_request_login_code"), {"phone": "13800138000"})
    ports.set_code_sender(before)
    digits = "".join(character for character in sent[0].text if character.isdigit())[:6]
    client.post(reverse("account_confirm_login_code"), {"code": digits})
    answer = client.post(CODE, {"code": code_at(APP_SECRET, clock.now().timestamp())})
    assert answer.status_code == 302
    assert client.session["_auth_user_id"] == str(clerk.pk)


def test_codes_of_the_app_are_guessed_five_times_and_not_more(clerk: User) -> None:
    started = clock.now()
    with time_machine.travel(started, tick=False):
        client = Client()
        log_in("13800138000", PASSWORD, client=client)
        for _ in range(5):
            assert "code" in client.post(CODE, {"code": "0000000"}).context["form"].errors
        right = code_at(APP_SECRET, clock.now().timestamp())
        refused = client.post(CODE, {"code": right}).context["form"].errors["code"]
        assert refused == ["验证码错误次数过多，请五分钟后再试；手机丢失请联系同事重置两步验证。"]
        # Not from another address either: the account is what is counted.
        other = Client(REMOTE_ADDR="198.51.100.7")
        log_in("13800138000", PASSWORD, "198.51.100.7", client=other)
        assert other.post(CODE, {"code": right}).context["form"].errors["code"] == refused
    with time_machine.travel(started + dt.timedelta(minutes=5, seconds=1), tick=False):
        again = Client()
        log_in("13800138000", PASSWORD, client=again)
        assert again.post(CODE, {"code": code_at(APP_SECRET, clock.now().timestamp())}).status_code == 302


def test_a_login_that_works_does_not_forgive_the_failures_of_its_address(clerk: User) -> None:
    """An account of one's own must not buy ten more guesses at other people's."""
    for number in range(9):
        log_in(f"1390013{number:04d}", "password 1")
    client = Client()
    log_in("13800138000", PASSWORD, client=client)
    code = code_at(APP_SECRET, clock.now().timestamp())
    assert client.post(CODE, {"code": code}, REMOTE_ADDR="203.0.113.1").status_code == 302
    assert errors(log_in("13900139990", "password 1")) != TOO_MANY
    assert errors(log_in("13900139991", "password 1")) == TOO_MANY


class CountingHasher(MD5PasswordHasher):
    """The quick hasher of the tests, which counts how often a password is worked on."""

    calls = 0

    def encode(self, password: Any, salt: Any) -> str:
        CountingHasher.calls += 1
        return str(super().encode(password, salt))


def test_a_known_and_an_unknown_login_cost_the_same_work(clerk: User, settings: Settings) -> None:
    """What takes time is the hash of the password: a clock would find out who is known by its absence."""
    settings.PASSWORD_HASHERS = [f"{__name__}.CountingHasher"]
    save_user(
        actor_id=None, phone="13600136000", email="wang@example.com", password=PASSWORD, phone_verified=True
    )
    work = []
    for login in ("13600136000", "13900139000", "wang@example.com", "nobody@example.com"):
        CountingHasher.calls = 0
        answer = log_in(login, "not this one")
        work.append((answer.status_code, CountingHasher.calls))
    assert work == [(200, 1)] * 4


def test_fields_that_no_form_has_change_nothing(clerk: User) -> None:
    """A form that is filled in with more than it asks for: the role, the flag, somebody else's number."""
    sent: list[ports.TextMessage] = []
    before = ports.set_code_sender(sent.append)
    more = {
        "is_staff": "1", "is_superuser": "1", "is_active": "0", "session_version": "9", "role": "staff", "partner": "1",
        "user": str(clerk.pk), "id": str(clerk.pk), "phone_verified": "1", "grants": "staff",
    }  # fmt: skip
    client = Client()
    client.post(
        reverse("account_signup"), {"phone": "13700137000", "agreed": "on", "password1": PASSWORD, **more}
    )
    new = User.objects.get(phone="+8613700137000")
    log_in("13700137000", PASSWORD, client=client)
    ports.set_code_sender(before)
    assert (new.is_staff, new.is_superuser, new.is_active, new.phone_verified) == (False, False, True, False)
    assert (new.session_version, new.grants.count()) == (0, 0)
    clerk.refresh_from_db()
    assert (clerk.phone, clerk.is_active, clerk.grants.count()) == (PHONE, True, 1)
