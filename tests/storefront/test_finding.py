"""A guest finds an order by its number and the phone that placed it; nobody learns which orders there are."""

import datetime as dt
import re
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client

from shop.accounts import ports
from shop.core import clock
from shop.ordering.models import OrderRecord
from tests.factories import make_user, place
from tests.forks.shopping import tea

pytestmark = pytest.mark.django_db
PAGE, PHONE = "/orders/find/", "138 0000 0099"


@pytest.fixture(autouse=True)
def fresh_limits() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def order() -> OrderRecord:
    return place(lines=[(tea(), 1)])


def ask(client: Client, number: str, phone: str = PHONE) -> Any:
    return client.post(PAGE, {"number": number, "phone": phone, "act": "send"})


def code_in(message: ports.TextMessage) -> str:
    found = re.search(r"\d{6}", message.text)
    assert found
    return found[0]


def test_number_and_code_open_the_order_on_any_device(
    client: Client, order: OrderRecord, sent: list[ports.TextMessage]
) -> None:
    assert client.get(f"/orders/{order.number}/").status_code == 404
    assert ask(client, f" {order.number.lower()} ")["Location"] == PAGE
    assert sent[0].phone == "+8613800000099"
    opened = client.post(PAGE, {"act": "code", "code": code_in(sent[0])})
    assert opened["Location"] == f"/orders/{order.number}/"
    assert client.get(f"/orders/{order.number}/").status_code == 200
    assert [row["number"] for row in client.get("/orders/").context["orders"]] == [order.number]
    # Good once.
    again = client.post(PAGE, {"act": "code", "code": code_in(sent[0])})
    assert again.context["form"].errors["code"] == ["验证码已失效，请重新获取。"]


def test_the_page_says_the_same_whether_there_is_such_an_order_or_not(
    order: OrderRecord, sent: list[ports.TextMessage]
) -> None:
    member = place(lines=[(tea(), 1)], buyer=make_user(phone="+8613800000098"))
    asked = [
        (order.number, PHONE),
        ("YS20260101-AAAAAAAA", PHONE),
        (order.number, "13800000098"),
        (member.number, "13800000098"),
    ]
    pages, kinds = set(), []
    for number, phone in asked:
        cache.clear()
        client = Client()
        assert ask(client, number, phone)["Location"] == PAGE
        kinds.append(sent[-1].kind)
        text = client.get(PAGE).content.decode()
        pages.add(re.sub(r'value="[^"]{64}"|(?:\+86)?138\*\*\*\*00\d\d|nonce="[^"]*"', "", text))
        wrong = client.post(PAGE, {"act": "code", "code": "12345"})
        assert wrong.context["form"].errors["code"] == ["验证码不正确。"]
    assert kinds == ["login_code", "no_order", "no_order", "no_order"]
    assert len(pages) == 1


def test_the_third_wrong_code_voids_the_right_one(
    client: Client, order: OrderRecord, sent: list[ports.TextMessage]
) -> None:
    ask(client, order.number)
    right = code_in(sent[0])
    wrong = f"{(int(right) + 1) % 1_000_000:06d}"
    for _attempt in range(3):
        client.post(PAGE, {"act": "code", "code": wrong})
    answer = client.post(PAGE, {"act": "code", "code": right})
    assert answer.context["form"].errors["code"] == ["尝试次数过多，请重新获取验证码。"]
    assert client.get(f"/orders/{order.number}/").status_code == 404


def test_a_second_text_asks_a_question_first(
    client: Client, order: OrderRecord, sent: list[ports.TextMessage]
) -> None:
    ask(client, order.number)
    client.post(PAGE, {"act": "again"})
    answer = ask(client, order.number)
    assert answer.status_code == 422
    assert "answer" in answer.context["form"].fields
    assert len(sent) == 1


def test_after_half_a_year_the_number_may_be_somebody_elses(
    client: Client, order: OrderRecord, sent: list[ports.TextMessage]
) -> None:
    with time_machine.travel(clock.now() + dt.timedelta(days=181)):
        ask(client, order.number)
    assert [message.kind for message in sent] == ["no_order"]


def test_the_way_there_stands_in_the_footer_and_on_the_list_of_orders(client: Client) -> None:
    assert client.get("/").content.decode().count(PAGE) == 1
    assert client.get("/orders/").content.decode().count(PAGE) == 2
