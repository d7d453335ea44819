"""The second factor: nothing of a role opens without one, a code is good once, every change is known."""

import datetime as dt
import re
from collections.abc import Iterator

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import decrypt
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from shop.accounts.models import Role, ScopeKind, User
from shop.accounts.scope import NOTHING, Scope, scope_of
from shop.accounts.second_factor import (
    give_second_factor,
    has_second_factor,
    reset_second_factor,
    spend_code,
)
from shop.accounts.services import save_user
from shop.accounts.totp import DEMO_SECRET, code_at
from shop.core import clock
from shop.core.exceptions import ShopError
from shop.journal.models import JournalEntry
from tests.factories import APP_SECRET, make_app, make_user

pytestmark = pytest.mark.django_db
PHONE, PASSWORD = "+8613800138000", "correct horse 9"
SET_UP, CODE = "/accounts/second-factor/set-up/", "/accounts/second-factor/code/"
DESK = "/dashboard/desk/"


@pytest.fixture(autouse=True)
def fresh_limits() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def clerk() -> User:
    """A member of staff with a password and no app yet."""
    save_user(actor_id=None, phone=PHONE, last_name="赵", password=PASSWORD, phone_verified=True)
    return make_user(phone=PHONE, grants=[(Role.STAFF, ScopeKind.ALL, "")], second_factor=False)


def now_code(secret: str = APP_SECRET, steps: int = 0) -> str:
    return code_at(secret, clock.now().timestamp() + 30 * steps)


def log_in(client: Client, password: str = PASSWORD):
    return client.post(reverse("account_login"), {"login": PHONE, "password": password})


def type_code(client: Client, code: str):
    return client.post(CODE, {"code": code})


def who(client: Client) -> str | None:
    return client.session.get("_auth_user_id")


def actions() -> list[str]:
    return list(JournalEntry.objects.order_by("pk").values_list("action", flat=True))


# --- without one ------------------------------------------------------------------------------------


def test_without_an_app_a_role_opens_only_the_set_up_page(client: Client, clerk: User) -> None:
    assert log_in(client).status_code == 302
    assert who(client) == str(clerk.pk)
    for address in (DESK, "/dashboard/", "/dashboard/people/", "/dashboard/journal/", "/dashboard/orders/"):
        answer = client.get(address)
        assert (answer.status_code, answer["Location"]) == (302, SET_UP), address
        assert client.post(address).status_code in (302, 405)
    assert scope_of(clerk, Role.STAFF) == NOTHING
    page = client.get(SET_UP)
    assert page.status_code == 200
    assert "no-store" in page["Cache-Control"]


@pytest.mark.parametrize("role", [Role.STAFF, Role.FINANCE, Role.LIAISON, Role.AUDITOR, Role.SUPPLIER])
def test_every_role_of_the_operator_and_the_suppliers_counts_only_with_an_app(role: Role) -> None:
    person = make_user(grants=[(role, ScopeKind.ALL, "")], second_factor=False)
    assert scope_of(person, role) == NOTHING
    make_app(person)
    assert scope_of(person, role) == Scope(everything=True, user_id=person.pk)


def test_a_member_of_a_unit_and_a_resident_need_none() -> None:
    member = make_user(grants=[(Role.BUYER, ScopeKind.ORGANISATION, "un-001")])
    assert not has_second_factor(member.pk)
    assert scope_of(member, Role.BUYER).organisations == {"un-001"}


def test_recovery_codes_alone_are_no_second_factor(clerk: User) -> None:
    Authenticator.objects.create(user=clerk, type="recovery_codes", data={"seed": "x", "used_mask": 0})
    assert scope_of(clerk, Role.STAFF) == NOTHING
    assert spend_code(user_id=clerk.pk, typed="12345678") is None


# --- setting it up ----------------------------------------------------------------------------------


def set_up(client: Client) -> str:
    """Set the app up as a person does; return its secret."""
    page = client.get(SET_UP)
    secret: str = page.context["form"].secret
    answer = client.post(SET_UP, {"code": now_code(secret)})
    assert (answer.status_code, answer["Location"]) == (302, reverse("mfa_view_recovery_codes"))
    return secret


def test_scan_type_keep_the_codes_and_work(client: Client, clerk: User) -> None:
    log_in(client)
    page = client.get(SET_UP).content.decode()
    assert 'src="data:image/svg+xml;base64,' in page
    assert "http" not in re.sub(r"(127\.0\.0\.1|www\.w3\.org)", "", re.findall(r"<img[^>]*>", page)[0])
    secret = set_up(client)
    row = Authenticator.objects.get(user=clerk, type="totp")
    assert secret not in row.data["secret"]
    assert decrypt(row.data["secret"]) == secret
    codes = client.get(reverse("mfa_view_recovery_codes"))
    assert codes.status_code == 200
    assert "no-store" in codes["Cache-Control"]
    shown = re.findall(r">(\d{8})<", codes.content.decode())
    assert len(set(shown)) == 10
    again = client.get(reverse("mfa_view_recovery_codes")).content.decode()
    assert not any(code in again for code in shown)
    assert client.get(DESK).status_code == 200
    assert actions()[-1] == "accounts.second_factor_set_up"
    assert secret not in str(list(JournalEntry.objects.values()))


def test_a_wrong_first_code_sets_nothing_up(client: Client, clerk: User) -> None:
    log_in(client)
    client.get(SET_UP)
    answer = client.post(SET_UP, {"code": "000000"})
    assert answer.context["form"].errors == {"code": ["验证码不正确。"]}
    assert not Authenticator.objects.exists()
    assert client.get(DESK)["Location"] == SET_UP


def test_setting_up_ends_every_other_session_and_keeps_this_one(client: Client, clerk: User) -> None:
    other = Client()
    log_in(other)
    log_in(client)
    set_up(client)
    assert client.get(DESK).status_code == 200
    assert other.get("/account/").context["person"] is None
    assert other.get(DESK)["Location"].startswith("/accounts/login/")


def test_long_after_the_login_the_password_is_asked_again(client: Client, clerk: User) -> None:
    log_in(client)
    with time_machine.travel(clock.now() + dt.timedelta(minutes=6), tick=False):
        answer = client.get(SET_UP)
        assert answer["Location"] == f"/accounts/reauthenticate/?next={SET_UP.replace('/', '%2F')}"
        client.post(answer["Location"], {"password": PASSWORD})
        assert client.get(SET_UP).status_code == 200


# --- logging in with it -----------------------------------------------------------------------------


def test_the_code_follows_the_password_and_nothing_opens_between(client: Client, clerk: User) -> None:
    make_app(clerk)
    answer = log_in(client)
    assert (answer.status_code, answer["Location"]) == (302, CODE)
    assert who(client) is None
    assert client.get(DESK)["Location"].startswith("/accounts/login/")
    assert type_code(client, "000000").context["form"].errors["code"]
    assert who(client) is None
    assert type_code(client, now_code()).status_code == 302
    assert client.get(DESK).status_code == 200


@pytest.mark.parametrize("typed", ["{a} {b}", " {a}{b} "])
def test_a_code_may_be_typed_with_blanks_and_wide_digits(client: Client, clerk: User, typed: str) -> None:
    make_app(clerk)
    log_in(client)
    code = now_code()
    wide = typed.format(a=code[:3], b=code[3:]).translate({48 + n: 0xFF10 + n for n in range(10)})
    assert type_code(client, wide).status_code == 302
    assert who(client) == str(clerk.pk)


@pytest.mark.parametrize(("steps", "right"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_code_lives_for_its_own_half_minute_and_one_beside_it(clerk: User, steps: int, right: bool) -> None:
    make_app(clerk)
    with time_machine.travel("2026-11-29T03:00:10+00:00", tick=False):
        assert (spend_code(user_id=clerk.pk, typed=now_code(steps=steps)) is not None) == right


@pytest.mark.data
def test_a_code_is_good_once_and_so_is_every_older_one(client: Client, clerk: User) -> None:
    make_app(clerk)
    with time_machine.travel("2026-11-29T03:00:10+00:00", tick=False):
        code, older, next_one = now_code(), now_code(steps=-1), now_code(steps=1)
        assert spend_code(user_id=clerk.pk, typed=code) is not None
        # Without the cache, too: the database knows.
        cache.clear()
        assert spend_code(user_id=clerk.pk, typed=code) is None
        assert spend_code(user_id=clerk.pk, typed=older) is None
        assert spend_code(user_id=clerk.pk, typed=next_one) is not None


def test_the_code_of_the_set_up_does_not_log_in_as_well(client: Client, clerk: User) -> None:
    with time_machine.travel("2026-11-29T03:00:10+00:00", tick=False):
        log_in(client)
        secret = set_up(client)
        again = Client()
        log_in(again)
        type_code(again, now_code(secret))
        assert who(again) is None


def test_a_recovery_code_opens_the_second_step_once(client: Client, clerk: User) -> None:
    log_in(client)
    set_up(client)
    shown = re.findall(r">(\d{8})<", client.get(reverse("mfa_view_recovery_codes")).content.decode())
    first, second = Client(), Client()
    log_in(first)
    assert type_code(first, shown[0]).status_code == 302
    assert who(first) == str(clerk.pk)
    log_in(second)
    type_code(second, shown[0])
    assert who(second) is None
    assert actions()[-1] == "accounts.recovery_code_used"
    assert shown[0] not in str(list(JournalEntry.objects.values()))


def test_a_form_without_a_code_is_a_form_with_an_empty_one(client: Client, clerk: User) -> None:
    make_app(clerk)
    log_in(client)
    answer = client.post(CODE, {"credential": "x"})
    assert answer.status_code == 200
    assert answer.context["form"].errors["code"]


def test_a_secret_that_another_key_wrote_fits_no_code(clerk: User, settings: Settings) -> None:
    make_app(clerk)
    settings.SECRET_KEY = "another key than the one that wrote the row, as after a wrong restore"
    assert spend_code(user_id=clerk.pk, typed=now_code()) is None
    settings.SECRET_KEY_FALLBACKS = []
    assert has_second_factor(clerk.pk)


# --- changing it ------------------------------------------------------------------------------------


def test_who_has_an_app_confirms_a_change_with_it_and_not_with_the_password(
    client: Client, clerk: User
) -> None:
    make_app(clerk)
    client.force_login(clerk)
    answer = client.get(reverse("mfa_deactivate_totp"))
    assert answer["Location"].startswith("/accounts/second-factor/confirm/?next=")
    assert client.get("/accounts/reauthenticate/")["Location"].startswith("/accounts/second-factor/confirm/")
    assert client.post(reverse("mfa_deactivate_totp")).status_code == 302
    assert has_second_factor(clerk.pk)
    client.post("/accounts/second-factor/confirm/", {"code": now_code()})
    assert client.post(reverse("mfa_deactivate_totp"))["Location"] == reverse("mfa_index")
    assert not Authenticator.objects.exists()
    assert actions()[-1] == "accounts.second_factor_removed"
    # The work stays closed until there is a new one.
    assert client.get(DESK)["Location"] == SET_UP


def test_removing_it_ends_the_other_sessions(client: Client, clerk: User) -> None:
    make_app(clerk)
    other = Client()
    other.force_login(clerk)
    client.force_login(clerk)
    client.post("/accounts/second-factor/confirm/", {"code": now_code()})
    client.post(reverse("mfa_deactivate_totp"))
    assert client.get("/account/").context["person"] == clerk
    assert other.get("/account/").context["person"] is None


def test_new_recovery_codes_replace_the_old(client: Client, clerk: User) -> None:
    log_in(client)
    set_up(client)
    old = re.findall(r">(\d{8})<", client.get(reverse("mfa_view_recovery_codes")).content.decode())
    assert client.post(reverse("mfa_generate_recovery_codes")).status_code == 302
    new = re.findall(r">(\d{8})<", client.get(reverse("mfa_view_recovery_codes")).content.decode())
    assert len(new) == 10
    assert not set(old) & set(new)
    assert spend_code(user_id=clerk.pk, typed=old[0]) is None
    assert actions()[-1] == "accounts.recovery_codes_made"


def test_a_reset_frees_ends_sessions_and_says_why(client: Client, clerk: User) -> None:
    make_app(clerk)
    client.force_login(clerk)
    assert reset_second_factor(user_id=clerk.pk, actor_id=99, reason=" 手机丢失，已回拨核实 ")
    assert not reset_second_factor(user_id=clerk.pk, actor_id=99, reason="再来一次")
    assert client.get("/account/").context["person"] is None
    entry = JournalEntry.objects.get(action="accounts.second_factor_reset")
    assert (entry.actor_id, entry.object_key, entry.reason) == (99, str(clerk.pk), "手机丢失，已回拨核实")
    assert (entry.before, entry.after) == ({"factors": ["totp"]}, {"factors": []})


@pytest.mark.parametrize(
    ("own", "reason", "code"), [(True, "手机丢失", "own_factor"), (False, "  ", "reason_missing")]
)
def test_a_reset_of_ones_own_or_without_a_reason_changes_nothing(
    clerk: User, own: bool, reason: str, code: str
) -> None:
    make_app(clerk)
    before = JournalEntry.objects.count()
    with pytest.raises(ShopError) as refused:
        reset_second_factor(user_id=clerk.pk, actor_id=clerk.pk if own else 99, reason=reason)
    assert refused.value.code == code
    assert has_second_factor(clerk.pk)
    assert JournalEntry.objects.count() == before


def test_the_command_frees_the_last_administrator(clerk: User) -> None:
    make_app(clerk)
    with pytest.raises(CommandError):
        call_command("reset_second_factor", "13900139000", reason="丢失")
    call_command("reset_second_factor", "138 0013 8000", reason="手机丢失")
    assert not has_second_factor(clerk.pk)
    assert JournalEntry.objects.get(action="accounts.second_factor_reset").actor_id is None


# --- demonstration ----------------------------------------------------------------------------------


def test_a_demonstration_login_is_told_its_code_and_shares_it(client: Client, clerk: User) -> None:
    give_second_factor(user_id=clerk.pk, secret=DEMO_SECRET, actor_id=None)
    log_in(client)
    page = client.get(CODE)
    code = page.context["demo_code"]
    assert code in page.content.decode()
    second = Client()
    log_in(second)
    assert type_code(client, code).status_code == 302
    assert type_code(second, code).status_code == 302
    assert who(client) == who(second) == str(clerk.pk)


def test_an_app_of_ones_own_is_told_to_nobody(client: Client, clerk: User) -> None:
    make_app(clerk)
    log_in(client)
    page = client.get(CODE)
    assert page.context["demo_code"] == ""
    assert now_code() not in page.content.decode()


def test_outside_a_demonstration_the_known_secret_opens_nothing(
    client: Client, clerk: User, settings: Settings
) -> None:
    give_second_factor(user_id=clerk.pk, secret=DEMO_SECRET, actor_id=None)
    settings.SHOP_DEMO = False
    log_in(client)
    assert client.get(CODE).context["demo_code"] == ""
    assert spend_code(user_id=clerk.pk, typed=now_code(DEMO_SECRET)) is None


@pytest.mark.parametrize("typed", ["", "-1", "9" * 500, "²" * 6, "长" * 2000, "a\ud800"[:1], "'\"><script>"])
def test_junk_in_place_of_a_code_is_refused(client: Client, clerk: User, typed: str) -> None:
    make_app(clerk)
    log_in(client)
    assert type_code(client, typed).status_code == 200
    assert who(client) is None
