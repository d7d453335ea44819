"""Numbers and addresses of an account: no failure where another person has one, none without an SMS provider."""

from collections.abc import Iterator

import pytest
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from django.core.cache import cache
from django.core.mail import EmailMessage
from django.test import Client
from pytest_django import Settings

from shop.accounts import ports
from shop.accounts.models import User
from shop.accounts.services import save_user

pytestmark = pytest.mark.django_db
PHONE, PASSWORD = "+8613800138000", "correct horse 9"


@pytest.fixture(autouse=True)
def fresh_limits() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def resident() -> User:
    return save_user(actor_id=None, phone=PHONE, password=PASSWORD, phone_verified=True)


@pytest.fixture
def other() -> User:
    return save_user(actor_id=None, phone="+8613800138001", email="li@example.com", phone_verified=True)


def test_another_persons_address_never_becomes_mine(client: Client, resident: User, other: User) -> None:
    client.force_login(resident)
    client.post("/accounts/email/", {"action_add": "", "email": "li@example.com"})
    answer = client.post("/accounts/email/", {"action_primary": "", "email": "li@example.com"})
    assert answer.status_code == 302
    resident.refresh_from_db()
    assert resident.email is None
    assert not EmailAddress.objects.filter(user=resident, primary=True).exists()


def test_a_link_does_not_prove_an_address_that_another_person_has(
    client: Client, resident: User, other: User
) -> None:
    client.force_login(resident)
    mine = EmailAddress.objects.create(user=resident, email="li@example.com")
    key = EmailConfirmationHMAC(mine).key
    assert client.post(f"/accounts/confirm-email/{key}/", follow=True).status_code == 200
    mine.refresh_from_db()
    assert not mine.verified and not mine.primary
    assert User.objects.get(email="li@example.com") == other


def test_a_proved_address_becomes_the_login(client: Client, resident: User) -> None:
    client.force_login(resident)
    client.post("/accounts/email/", {"action_add": "", "email": "wang@example.com"})
    client.post("/accounts/email/", {"action_primary": "", "email": "wang@example.com"})
    resident.refresh_from_db()
    assert resident.email is None
    key = EmailConfirmationHMAC(EmailAddress.objects.get()).key
    client.post(f"/accounts/confirm-email/{key}/")
    resident.refresh_from_db()
    assert resident.email == "wang@example.com"


@pytest.fixture
def no_provider(settings: Settings) -> Settings:
    settings.SHOP_DEMO = False
    return settings


@pytest.mark.parametrize("address", ["/accounts/signup/", "/accounts/login/code/"])
@pytest.mark.parametrize("phone", ["138 0013 8000", "139 0013 9000"])
def test_a_shop_without_text_messages_says_so_at_the_number(
    client: Client, no_provider: Settings, resident: User, address: str, phone: str
) -> None:
    answer = client.post(address, {"phone": phone, "agreed": "on"})
    assert answer.status_code == 200
    assert answer.context["form"].errors == {"phone": ["本商城还不能发送短信，请用密码登录。"]}
    assert User.objects.get() == resident


def test_a_number_is_not_changed_without_text_messages(
    client: Client, no_provider: Settings, resident: User
) -> None:
    client.force_login(resident)
    answer = client.post("/accounts/phone/change/", {"phone": "139 0013 9000"})
    assert answer.context["form"].errors == {"phone": ["本商城还不能发送短信，请用密码登录。"]}
    resident.refresh_from_db()
    assert resident.phone == PHONE


def test_an_unproved_number_does_not_break_the_login_without_text_messages(
    client: Client, no_provider: Settings, resident: User
) -> None:
    User.objects.update(phone_verified=False)
    answer = client.post("/accounts/login/", {"login": PHONE, "password": PASSWORD}, follow=True)
    assert answer.status_code == 200
    assert "本商城还不能发送短信" in answer.content.decode()


def test_a_provider_lifts_the_refusal(client: Client, no_provider: Settings) -> None:
    sent: list[ports.TextMessage] = []
    before = ports.set_code_sender(sent.append)
    assert client.post("/accounts/signup/", {"phone": "139 0013 9000", "agreed": "on"}).status_code == 302
    ports.set_code_sender(before)
    assert len(sent) == 1


def test_a_password_is_not_reset_by_an_address_that_nobody_proved(
    client: Client, resident: User, mailoutbox: list[EmailMessage]
) -> None:
    """Typed by mistake or in bad faith, it is somebody else's mailbox: no key to this account goes there."""
    client.force_login(resident)
    client.post("/accounts/email/", {"action_add": "", "email": "wang@example.com"})
    mailoutbox.clear()
    cache.clear()
    stranger = Client()
    answer = stranger.post("/accounts/password/reset/", {"email": "wang@example.com"})
    assert (answer.status_code, answer["Location"]) == (302, "/accounts/password/reset/done/")
    assert [mail.to for mail in mailoutbox] == [["wang@example.com"]]
    assert "/password/reset/key/" not in mailoutbox[0].body
    EmailAddress.objects.filter(email="wang@example.com").update(verified=True)
    mailoutbox.clear()
    cache.clear()
    stranger.post("/accounts/password/reset/", {"email": "wang@example.com"})
    assert "/password/reset/key/" in mailoutbox[0].body
