"""A NUL is refused before a page sees it: PostgreSQL cannot store one."""

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("address", ["/catalogue/?region=a%00b", "/catalogue/?a%00b=1", "/demo-pay/a%00b/"])
def test_in_an_address(client: Client, address: str) -> None:
    answer = client.get(address)
    assert answer.status_code == 400
    assert answer.content.decode() == "请求中含有无法保存的字符（NUL）。"


def test_in_a_form(client: Client) -> None:
    assert client.post("/checkout/", {"message_one": "a\x00b"}).status_code == 400


def test_a_providers_door_reads_its_own_body(client: Client) -> None:
    answer = client.post("/notices/demo/", {"a": "\x00"})
    assert (answer.status_code, answer.content) == (400, b"refused")
