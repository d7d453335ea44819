"""A person sees where they are signed in, and ends what they do not know."""

import datetime as dt
from collections.abc import Iterator

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from shop.accounts.devices import device_name
from shop.accounts.models import SignIn, User
from shop.accounts.services import save_user
from shop.accounts.sign_ins import MOST_SHOWN, end_sign_in, note_sign_in, sweep_sessions
from shop.core import clock
from shop.journal.models import JournalEntry
from tests.factories import make_user

pytestmark = pytest.mark.django_db
PHONE, PASSWORD = "+8613800138000", "correct horse 9"
PAGE = "/accounts/sign-ins/"
WECHAT = (
    "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/120 Mobile Safari/537.36 MicroMessenger/8.0"
)
EDGE = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/120 Safari/537.36 Edg/120.0"


@pytest.fixture(autouse=True)
def fresh_limits() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def resident() -> User:
    return save_user(
        actor_id=None, phone=PHONE, last_name="王", first_name="芳", password=PASSWORD, phone_verified=True
    )


def signed_in(agent: str = EDGE, address: str = "203.0.113.1") -> Client:
    client = Client(HTTP_USER_AGENT=agent, REMOTE_ADDR=address)
    answer = client.post(reverse("account_login"), {"login": PHONE, "password": PASSWORD})
    assert answer.status_code == 302
    return client


def is_in(client: Client) -> bool:
    return client.get("/account/").context["person"] is not None


def shown(client: Client) -> list[tuple[str, str, bool]]:
    return [(one.device, one.address, one.is_current) for one in client.get(PAGE).context["sign_ins"]]


def acts(user: User) -> list[tuple[str, dict[str, object]]]:
    about = JournalEntry.objects.filter(
        object_type="user", object_key=str(user.pk), action__contains="session"
    )
    return [(entry.action, entry.after) for entry in about.order_by("pk")]


def test_the_page_shows_every_session_with_its_device_and_address_the_own_one_first(resident: User) -> None:
    desk = signed_in()
    with time_machine.travel(clock.now() + dt.timedelta(minutes=5)):
        signed_in(WECHAT, "198.51.100.7")
        assert shown(desk) == [
            ("Edge · Windows", "203.0.113.1", True),
            ("微信 · Android", "198.51.100.7", False),
        ]
        page = desk.get(PAGE).content.decode()
    assert f"{desk.session.session_key}" not in page
    for row in SignIn.objects.all():
        assert row.session_key not in page


def test_one_session_is_ended_the_others_go_on(resident: User) -> None:
    desk, phone, tablet = signed_in(), signed_in(WECHAT), signed_in()
    lost = SignIn.objects.get(session_key=phone.session.session_key)
    answer = desk.post(PAGE, {"end": str(lost.pk)}, follow=True)
    assert "已退出" in answer.content.decode()
    assert [is_in(client) for client in (desk, phone, tablet)] == [True, False, True]
    assert len(shown(desk)) == 2
    assert acts(resident) == [("accounts.session_ended", {"device": "微信 · Android"})]
    again = desk.post(PAGE, {"end": str(lost.pk)}, follow=True)
    assert "已经结束" in again.content.decode()
    assert len(acts(resident)) == 1


def test_all_others_are_ended_also_one_that_nobody_wrote_down(resident: User) -> None:
    desk, phone, old = signed_in(), signed_in(WECHAT), Client()
    old.force_login(resident)
    desk.post(PAGE, {"end_others": "1"})
    assert [is_in(client) for client in (desk, phone, old)] == [True, False, False]
    assert shown(desk) == [("Edge · Windows", "203.0.113.1", True)]
    assert acts(resident) == [("accounts.other_sessions_ended", {"sessions": 1})]


def test_a_session_from_before_they_were_written_down_sees_itself(resident: User) -> None:
    old = Client(HTTP_USER_AGENT=WECHAT, REMOTE_ADDR="198.51.100.7")
    old.force_login(resident)
    assert shown(old) == [("微信 · Android", "198.51.100.7", True)]


def test_nobody_ends_the_session_of_another_or_their_own_here(resident: User) -> None:
    desk, other = signed_in(), make_user(phone="+8613900139000")
    theirs = note_sign_in(user_id=other.pk, session_key="of-another", agent="", address=None)
    own = SignIn.objects.get(user=resident)
    for pk in (theirs.pk, own.pk, "0", "", "-1", "x", "9" * 30):
        assert desk.post(PAGE, {"end": str(pk)}).status_code == 302
    assert not end_sign_in(user_id=resident.pk, sign_in_id=theirs.pk)
    assert is_in(desk)
    assert SignIn.objects.count() == 2
    assert acts(resident) == []


def test_what_is_over_is_not_shown(resident: User) -> None:
    desk = signed_in()
    out, stale, expired = signed_in(), signed_in(), signed_in()
    out.post(reverse("account_logout"))
    save_user(
        actor_id=None, user_id=resident.pk, phone=PHONE, password="another horse 10", phone_verified=True
    )
    Session.objects.filter(session_key=expired.session.session_key).update(expire_date=clock.now())
    assert not is_in(stale)
    client = Client(HTTP_USER_AGENT=EDGE, REMOTE_ADDR="203.0.113.1")
    client.post(reverse("account_login"), {"login": PHONE, "password": "another horse 10"})
    assert shown(client) == [("Edge · Windows", "203.0.113.1", True)]
    assert not is_in(desk)


def test_a_changed_password_keeps_the_session_and_what_is_known_of_it(resident: User) -> None:
    desk = signed_in(WECHAT)
    begun = SignIn.objects.get().begun_at
    new = "another horse 10"
    desk.post(
        reverse("account_change_password"), {"oldpassword": PASSWORD, "password1": new, "password2": new}
    )
    row = SignIn.objects.get()
    assert (row.session_key, row.begun_at) == (desk.session.session_key, begun)
    assert shown(desk) == [("微信 · Android", "203.0.113.1", True)]


def test_the_night_sweeps_what_is_over(resident: User) -> None:
    desk, phone = signed_in(), signed_in(WECHAT)
    Session.objects.filter(session_key=phone.session.session_key).update(expire_date=clock.now())
    assert sweep_sessions() == 1
    assert SignIn.objects.get().session_key == desk.session.session_key
    assert Session.objects.count() == 1
    assert is_in(desk)
    assert sweep_sessions() == 0


def test_fifty_sessions_cost_the_page_no_more_than_two(resident: User) -> None:
    desk = signed_in()

    def queries() -> int:
        with CaptureQueriesContext(connection) as caught:
            desk.get(PAGE)
        return len(caught.captured_queries)

    signed_in()
    few = queries()
    for number in range(MOST_SHOWN + 10):
        note_sign_in(user_id=resident.pk, session_key=f"gone-{number}", agent=EDGE, address=None)
    assert queries() == few


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        (WECHAT, "微信 · Android"),
        (EDGE, "Edge · Windows"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Version/17.0 Mobile Safari/604.1",
            "Safari · iPhone",
        ),
        (
            "Mozilla/5.0 (Phone; OpenHarmony; HarmonyOS 4.0) Chrome/114 HuaweiBrowser/14",
            "华为浏览器 · HarmonyOS",
        ),
        ("curl/8.0", "未知设备"),
        ("", "未知设备"),
    ],
)
def test_a_device_has_a_name_that_its_owner_knows(agent: str, name: str) -> None:
    assert device_name(agent) == name


def test_a_long_name_of_a_browser_is_cut(resident: User) -> None:
    signed_in("Chrome " + "x" * 5000)
    assert len(SignIn.objects.get().device) == 200
