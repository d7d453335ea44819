"""Logging in with WeChat: off by default; on, it never finds an account by what WeChat tells."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator

import pytest
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialToken
from django.core.cache import cache
from django.test import Client
from pytest_django import Settings

from shop.accounts import ports
from shop.accounts.closing import forget_person
from shop.accounts.models import Consent, User
from shop.accounts.services import save_user
from shop.journal.models import JournalEntry
from tests.accounts.weixin_peer import APP_ID, SECRET, Peer, running_peer, scan
from tests.database import ROOT

pytestmark = pytest.mark.django_db
PHONE, PASSWORD = "+8613800138000", "correct horse 9"
PAGE, BEGIN, CALLBACK, SIGNUP = (
    "/accounts/wechat/",
    "/accounts/wechat/login/",
    "/accounts/wechat/callback/",
    "/accounts/wechat/signup/",
)
TOKEN, PERSON = "/sns/oauth2/access_token", "/sns/userinfo"
REFUSED = "微信没有确认您的身份"


@pytest.fixture(autouse=True)
def fresh_limits() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def peer(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Peer]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with running_peer() as peer:
        settings.WEIXIN_APP_ID, settings.WEIXIN_APP_SECRET = APP_ID, SECRET
        settings.WEIXIN_OPEN_BASE = settings.WEIXIN_API_BASE = peer.base
        yield peer


@pytest.fixture
def resident() -> User:
    return save_user(
        actor_id=None, phone=PHONE, email="wang@example.com", password=PASSWORD, phone_verified=True
    )


def who(client: Client) -> str | None:
    return client.session.get("_auth_user_id")


def by_wechat(client: Client, **sent: str):
    """Press the button, agree on WeChat's page, come back."""
    asked = client.post(BEGIN, sent)
    assert asked.status_code == 302
    assert asked["Location"].endswith("#wechat_redirect")
    return client.get(scan(asked["Location"]).removeprefix("http://testserver"))


def told(client: Client, page: str = "/accounts/login/") -> str:
    return client.get(page).content.decode()


def bind(client: Client, user: User) -> SocialAccount:
    client.force_login(user)
    done = by_wechat(client)
    assert (done.status_code, done["Location"]) == (302, PAGE)
    return SocialAccount.objects.get(user=user)


@pytest.mark.parametrize("keys", [("", ""), (APP_ID, ""), ("", SECRET)])
def test_off_nothing_answers_and_no_button_shows(
    client: Client, resident: User, settings: Settings, keys: tuple[str, str]
) -> None:
    settings.WEIXIN_APP_ID, settings.WEIXIN_APP_SECRET = keys
    for _either in range(2):
        for address in (PAGE, BEGIN, CALLBACK, SIGNUP):
            assert client.get(address).status_code == client.post(address).status_code == 404
        for page in ("/accounts/login/", "/accounts/signup/", "/account/"):
            assert "微信登录" not in told(client, page)
        client.force_login(resident)


def test_by_default_it_is_off_and_on_the_content_policy_lets_the_button_through() -> None:
    words = (
        "from shop.config import settings as s; print(s.CONTENT_SECURITY_POLICY['DIRECTIVES']['form-action'])"
    )
    shown = []
    for keys in ({}, {"WEIXIN_APP_ID": APP_ID, "WEIXIN_APP_SECRET": SECRET}):
        env = {name: value for name, value in os.environ.items() if not name.startswith("WEIXIN_")}
        made = subprocess.run(
            [sys.executable, "-c", words],
            cwd=ROOT,
            env=env | keys,
            capture_output=True,
            text=True,
            check=True,
        )
        shown.append("https://open.weixin.qq.com" in made.stdout)
    assert shown == [False, True]


def test_the_button_stands_at_login_and_sign_up_and_leads_there_by_post_only(
    client: Client, peer: Peer, resident: User
) -> None:
    for page in ("/accounts/login/", "/accounts/signup/"):
        assert f'action="{BEGIN}"' in told(client, page)
    assert client.get(BEGIN).status_code == 405
    client.force_login(resident)
    assert PAGE in told(client, "/account/")


def test_a_new_person_gives_a_number_proves_it_and_agrees(
    client: Client, peer: Peer, sent: list[ports.TextMessage]
) -> None:
    come = by_wechat(client)
    assert (come.status_code, come["Location"]) == (302, SIGNUP)
    assert (User.objects.count(), SocialAccount.objects.count(), who(client)) == (0, 0, None)
    refused = client.post(SIGNUP, {"phone": "13800138000"})
    assert refused.context["form"].errors == {"agreed": ["请先阅读并勾选，再注册。"]}
    assert client.post(SIGNUP, {"agreed": "on"}).context["form"].errors["phone"]
    assert User.objects.count() == 0
    asked = client.post(SIGNUP, {"phone": "13800138000", "agreed": "on"})
    assert (asked.status_code, who(client)) == (302, None)
    (code,) = re.findall(r"\d{6}", sent[-1].text)
    client.post("/accounts/phone/verify/", {"code": code})
    person = User.objects.get()
    assert (person.phone, person.phone_verified, who(client)) == (PHONE, True, str(person.pk))
    assert (person.first_name, person.last_name, person.has_usable_password()) == ("", "", False)
    assert Consent.objects.filter(user=person).count() == 2
    account = SocialAccount.objects.get()
    assert (account.user, account.uid, account.extra_data) == (person, peer.scanning, {"nickname": "沈佳"})
    assert not SocialToken.objects.exists()
    # From now on WeChat alone logs in.
    again = Client()
    assert by_wechat(again, next="/orders/")["Location"] == "/orders/"
    assert who(again) == str(person.pk)


def test_a_number_with_an_account_is_not_taken_over(
    client: Client, peer: Peer, resident: User, sent: list[ports.TextMessage]
) -> None:
    by_wechat(client)
    asked = client.post(SIGNUP, {"phone": "13800138000", "agreed": "on"})
    assert asked.status_code == 302
    assert [(message.phone, message.kind) for message in sent] == [(PHONE, "account_exists")]
    assert (User.objects.count(), SocialAccount.objects.count(), who(client)) == (1, 0, None)


def test_a_wechat_lying_in_wait_on_an_unproved_number_is_dropped_by_the_owners_proof(
    client: Client, peer: Peer, sent: list[ports.TextMessage]
) -> None:
    by_wechat(client)
    client.post(SIGNUP, {"phone": "13800138000", "agreed": "on"})
    assert SocialAccount.objects.count() == 1
    # The other's WeChat still does not open it: the number has to be proved.
    other = Client()
    by_wechat(other)
    assert who(other) is None
    owner = Client()
    cache.clear()
    owner.post("/accounts/login/code/", {"phone": "13800138000"})
    (code,) = re.findall(r"\d{6}", sent[-1].text)
    owner.post("/accounts/login/code/confirm/", {"code": code})
    assert who(owner) == str(User.objects.get().pk)
    assert not SocialAccount.objects.exists()


def test_an_account_is_bound_by_whoever_is_signed_in_to_it_and_unbound_there(
    client: Client, peer: Peer, resident: User
) -> None:
    account = bind(client, resident)
    assert (account.uid, "沈佳" in told(client, PAGE)) == (peer.scanning, True)
    assert JournalEntry.objects.filter(action="accounts.wechat_bound", actor_id=resident.pk).count() == 1
    stranger = Client()
    by_wechat(stranger)
    assert who(stranger) == str(resident.pk)
    # Another WeChat is refused while this one is bound.
    peer.scanning = "oPerson-Two_0002"
    by_wechat(client)
    assert "先解除绑定" in told(client, PAGE)
    assert SocialAccount.objects.get().uid == account.uid
    assert client.post(PAGE)["Location"] == PAGE
    assert not SocialAccount.objects.exists()
    assert JournalEntry.objects.filter(action="accounts.wechat_unbound").count() == 1
    client.post(PAGE)
    assert JournalEntry.objects.filter(action="accounts.wechat_unbound").count() == 1


def test_a_wechat_of_another_account_stays_there(client: Client, peer: Peer, resident: User) -> None:
    bind(Client(), resident)
    other = save_user(actor_id=None, phone="+8613900139000", password=PASSWORD, phone_verified=True)
    client.force_login(other)
    by_wechat(client)
    assert "已绑定其他账号" in told(client, PAGE)
    assert SocialAccount.objects.get().user == resident


def test_nobody_unbinds_the_only_way_in(client: Client, peer: Peer, resident: User) -> None:
    bind(client, resident)
    User.objects.filter(pk=resident.pk).update(phone_verified=False, password="!")
    client.force_login(User.objects.get(pk=resident.pk))
    client.post(PAGE)
    assert SocialAccount.objects.count() == 1


def test_a_closed_account_keeps_no_wechat(client: Client, peer: Peer, resident: User) -> None:
    bind(client, resident)
    assert forget_person(user_id=resident.pk)
    assert not SocialAccount.objects.exists()
    again = Client()
    assert by_wechat(again)["Location"] == SIGNUP
    assert who(again) is None


BAD = {
    "down": (503, b""),
    "moved": (302, b""),
    "no json": (200, b"<html>"),
    "a list": (200, b"[1]"),
    "a word": (200, b'"access_token openid"'),
    "nothing": (200, b""),
    "no text": (200, b"\xff\xfe\x00"),
    "errcode": (200, b'{"errcode": 40029, "errmsg": "invalid code"}'),
    "empty": (200, b"{}"),
    "numbers": (200, b'{"access_token": 1, "openid": 2}'),
    "odd openid": (200, b'{"access_token": "a", "openid": "../\\u0000"}'),
    "long openid": (200, b'{"access_token": "a", "openid": "' + b"o" * 300 + b'"}'),
}


@pytest.mark.parametrize("answer", BAD.values(), ids=BAD)
@pytest.mark.parametrize("path", [TOKEN, PERSON])
def test_a_bad_answer_is_told_and_changes_nothing(
    client: Client, peer: Peer, resident: User, path: str, answer: tuple[int, bytes]
) -> None:
    peer.instead[path] = answer
    done = by_wechat(client)
    assert (done.status_code, done["Location"]) == (302, "/accounts/login/")
    assert REFUSED in told(client)
    client.force_login(resident)
    assert by_wechat(client)["Location"] == PAGE
    assert REFUSED in told(client, PAGE)
    assert (SocialAccount.objects.count(), User.objects.count()) == (0, 1)


def test_an_answer_about_somebody_else_is_refused(client: Client, peer: Peer) -> None:
    peer.instead[PERSON] = (200, b'{"openid": "oSomebody-Else_1", "nickname": "x"}')
    assert by_wechat(client)["Location"] == "/accounts/login/"
    assert REFUSED in told(client)


@pytest.mark.parametrize("nickname", ["", "é", "\x00<b>", "长" * 200])
def test_any_nickname_is_taken(client: Client, peer: Peer, resident: User, nickname: str) -> None:
    peer.nickname = nickname
    account = bind(client, resident)
    assert account.extra_data == {"nickname": nickname.replace("\x00", "")[:40]}
    assert "<b>" not in told(client, PAGE).replace("<b class", "")


@pytest.mark.parametrize(
    "query", ["", "?code=1", "?state=1", "?code=1&state=1", "?error=access_denied&state=1"]
)
def test_nobody_comes_back_who_was_not_sent(client: Client, peer: Peer, query: str) -> None:
    done = client.get(f"{CALLBACK}{query}")
    assert (done.status_code, done["Location"]) == (302, "/accounts/login/")
    assert REFUSED in told(client)
    assert peer.calls == []


def test_a_code_and_its_state_are_good_once(client: Client, peer: Peer, resident: User) -> None:
    bind(Client(), resident)
    back = scan(client.post(BEGIN)["Location"]).removeprefix("http://testserver")
    # Another browser cannot use it, and neither can this one twice.
    assert Client().get(back)["Location"] == "/accounts/login/"
    client.get(back)
    assert who(client) == str(resident.pk)
    client.logout()
    assert client.get(back)["Location"] == "/accounts/login/"
    assert who(client) is None


def test_whoever_was_refused_the_page_of_wechat_is_told_nothing_of_keys(client: Client, peer: Peer) -> None:
    peer.instead[TOKEN] = (200, b'{"errcode": 40125, "errmsg": "invalid appsecret"}')
    by_wechat(client)
    page = told(client)
    assert SECRET not in page and "40125" not in page


def test_a_second_factor_is_asked_for_behind_wechat_too(client: Client, peer: Peer, resident: User) -> None:
    bind(Client(), resident)
    Authenticator.objects.create(user=resident, type=Authenticator.Type.TOTP, data={"secret": "x"})
    done = by_wechat(client)
    assert "second-factor" in done["Location"]
    assert who(client) is None
