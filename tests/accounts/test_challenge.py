"""A number cannot be flooded with texts: caps by number and by address, and a question before the second text."""

import datetime as dt
import re
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import translation
from pytest_django import Settings

from shop.accounts import challenge, ports
from shop.accounts.challenge import spelled
from shop.accounts.models import User
from shop.accounts.services import save_user
from shop.core import clock

pytestmark = pytest.mark.django_db
PHONE, OTHER = "13800138000", "13900139000"
HERE, THERE = "203.0.113.1", "198.51.100.7"
UNANSWERED = {"answer": ["请先回答这道验证题。"]}
NUMBERS = {spelled(number): number for number in range(100)}


@pytest.fixture(autouse=True)
def fresh_limits() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def sent() -> Iterator[list[str]]:
    """Return the numbers that were sent a text, in order."""
    numbers: list[str] = []
    before = ports.set_code_sender(lambda message: numbers.append(message.phone))
    yield numbers
    ports.set_code_sender(before)


def ask(
    phone: str = PHONE, address: str = HERE, page: str = "account_request_login_code", **more: str
) -> Any:
    return Client(REMOTE_ADDR=address).post(reverse(page), {"phone": phone} | more)


def solved(answer: Any) -> dict[str, str]:
    """Return what a person types under a question that a page shows."""
    form = answer.context["form"]
    found = re.fullmatch(r"验证题：(.+)加(.+)等于几？", form.fields["answer"].label)
    assert found
    return {
        "question": str(form["question"].value()),
        "answer": str(NUMBERS[found[1]] + NUMBERS[found[2]]),
    }


def errors(answer: Any) -> Any:
    return answer.context["form"].errors if answer.status_code == 200 else {}


def test_the_first_text_needs_no_answer_and_the_second_one_does(sent: list[str]) -> None:
    assert "answer" not in Client(REMOTE_ADDR=HERE).get("/accounts/login/code/").context["form"].fields
    assert ask().status_code == 302
    refused = ask(address=THERE)
    assert (errors(refused), sent) == (UNANSWERED, ["+8613800138000"])
    # The number that was typed stays, the question is in the page, and nothing was counted against the number.
    page = refused.content.decode()
    assert f'value="{PHONE}"' in page
    assert 'name="question"' in page and 'name="answer"' in page
    for _ in range(5):
        ask(address=THERE)
    assert ask(address=THERE, **solved(refused)).status_code == 302
    assert sent == ["+8613800138000"] * 2


def test_an_address_that_has_asked_is_shown_the_question_at_once(sent: list[str]) -> None:
    ask()
    page = Client(REMOTE_ADDR=HERE).get(reverse("account_request_login_code"))
    assert ask(OTHER, **solved(page)).status_code == 302
    assert "answer" not in Client(REMOTE_ADDR=THERE).get("/accounts/login/code/").context["form"].fields
    assert sent == ["+8613800138000", "+8613900139000"]


def test_after_an_hour_nothing_is_asked(sent: list[str]) -> None:
    now = clock.now()
    with time_machine.travel(now, tick=False):
        ask()
    with time_machine.travel(now + dt.timedelta(minutes=59, seconds=59), tick=False):
        assert errors(ask()) == UNANSWERED
    with time_machine.travel(now + dt.timedelta(hours=1, seconds=1), tick=False):
        assert ask().status_code == 302
    assert len(sent) == 2


def test_an_answer_is_good_once_and_for_ten_minutes(sent: list[str]) -> None:
    now = clock.now()
    with time_machine.travel(now, tick=False):
        ask()
        first, second = solved(ask()), solved(ask())
        assert ask(**first).status_code == 302
        assert errors(ask(OTHER, **first)) == UNANSWERED
    with time_machine.travel(now + dt.timedelta(minutes=10, seconds=1), tick=False):
        assert errors(ask(**second)) == UNANSWERED
    assert sent == ["+8613800138000"] * 2


@pytest.mark.parametrize(
    "wrong",
    [
        {"answer": "7"},
        {"answer": ""},
        {"answer": "x" * 5000},
        {"answer": "９" * 5000},
        {"question": "", "answer": "31"},
        {"question": "abc.def:1:x", "answer": "31"},
    ],
)
def test_a_wrong_answer_spends_the_question_and_sends_nothing(sent: list[str], wrong: dict[str, str]) -> None:
    ask()
    right = solved(ask())
    again = ask(**(right | wrong))
    assert errors(again) == UNANSWERED
    assert again.context["form"]["question"].value() != right["question"]
    assert again.context["form"]["answer"].value() == ""
    if "question" not in wrong:
        assert errors(ask(**right)) == UNANSWERED
    assert sent == ["+8613800138000"]


def test_wide_digits_and_chinese_words_are_answers_too() -> None:
    for write in (str, spelled, lambda number: str(number).translate({48 + n: 65296 + n for n in range(10)})):
        question = challenge.ask()
        found = re.fullmatch(r"验证题：(.+)加(.+)等于几？", question.text)
        assert found
        assert challenge.is_answered(question.token, f" {write(NUMBERS[found[1]] + NUMBERS[found[2]])} ")
    with translation.override("en"):
        assert re.fullmatch(r"What is \d+ plus \d?", challenge.ask().text[:-1])


def test_the_answer_cannot_be_read_from_what_the_page_carries() -> None:
    tokens = {challenge.ask().token for _ in range(50)}
    assert len(tokens) == 50
    assert all(re.fullmatch(r"[0-9a-f]{24}\.[0-9a-f]{64}:[\w-]+:[\w-]+", token) for token in tokens)


def test_while_the_whole_shop_sends_many_everybody_is_asked(sent: list[str], settings: Settings) -> None:
    settings.SMS_CHALLENGE_PER_MINUTE = 3
    with time_machine.travel(clock.now(), tick=False):
        for number in range(3):
            assert ask(f"1390013900{number}", f"203.0.113.{10 + number}").status_code == 302
        assert errors(ask("13700137000", "192.0.2.9")) == UNANSWERED
    with time_machine.travel(clock.now() + dt.timedelta(minutes=2), tick=False):
        assert ask("13700137000", "192.0.2.9").status_code == 302
    assert len(sent) == 4


def test_signing_up_is_held_to_the_same(sent: list[str]) -> None:
    signup = {"page": "account_signup", "password1": "correct horse 9", "agreed": "on"}
    assert ask(**signup).status_code == 302
    refused = ask(OTHER, **signup)
    assert errors(refused) == UNANSWERED
    assert User.objects.filter(phone="+8613900139000").count() == 0
    assert ask(OTHER, **signup, **solved(refused)).status_code == 302
    assert sent == ["+8613800138000", "+8613900139000"]


def test_a_known_and_an_unknown_number_are_asked_alike(sent: list[str]) -> None:
    save_user(actor_id=None, phone=PHONE, password="correct horse 9", phone_verified=True)
    pages = []
    for phone, address in ((PHONE, HERE), (OTHER, THERE)):
        assert ask(phone, address).status_code == 302
        pages.append(ask(phone, "192.0.2.1"))
    assert [(page.status_code, errors(page)) for page in pages] == [(200, UNANSWERED)] * 2
    assert len(sent) == 2


def answered(phone: str, address: str) -> Any:
    """Ask for a code as a person does who answers what is asked."""
    page = Client(REMOTE_ADDR=address).get(reverse("account_request_login_code"))
    more = solved(page) if "answer" in page.context["form"].fields else {}
    return ask(phone, address, **more)


def test_one_address_gets_twenty_codes_a_minute_however_it_answers(sent: list[str]) -> None:
    now = clock.now()
    with time_machine.travel(now, tick=False):
        answers = [answered(f"1390013{number:04d}", HERE) for number in range(23)]
        assert [answer.status_code for answer in answers] == [302] * 20 + [200] * 3
        assert errors(answers[-1])["phone"] == ["尝试次数过多，请五分钟后再试。"]
        assert answered("13700137000", THERE).status_code == 302
    assert len(sent) == len(set(sent)) == 21


def test_one_address_gets_a_hundred_codes_an_hour(sent: list[str]) -> None:
    now, codes = clock.now(), []
    for number in range(110):
        with time_machine.travel(now + dt.timedelta(seconds=20 * number), tick=False):
            codes.append(answered(f"1390013{number:04d}", HERE).status_code)
    assert codes == [302] * 100 + [200] * 10
    assert len(sent) == 100


def test_one_number_gets_three_codes_a_minute_and_twenty_a_day_from_whatever_addresses(
    sent: list[str],
) -> None:
    now = clock.now()
    codes = []
    for number in range(25):
        with time_machine.travel(now + dt.timedelta(minutes=30 * (number // 4)), tick=False):
            refused = ask(address=f"203.0.113.{number}")
            more = solved(refused) if refused.status_code == 200 else None
            answer = refused if more is None else ask(address=f"203.0.113.{number}", **more)
            codes.append(answer.status_code)
    assert codes == [302, 302, 302, 200] * 6 + [302]
    assert len(sent) == 19
    with time_machine.travel(now + dt.timedelta(hours=12), tick=False):
        assert [ask(address="192.0.2.7").status_code, answered_again(PHONE)] == [302, 200]
    assert len(sent) == 20


def answered_again(phone: str) -> int:
    refused = ask(phone, "192.0.2.8")
    return int(ask(phone, "192.0.2.8", **solved(refused)).status_code)
