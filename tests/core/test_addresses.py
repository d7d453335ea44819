"""A form leads back into the shop or to where it came from, whatever its `next` says."""

import pytest
from django.test import Client

from tests.factories import make_product

ELSEWHERE = [
    "",
    "abc",
    "home",
    "//evil.example.com",
    "/\\evil.example.com",
    "https:evil",
    "javascript:a",
    "\r\n/x",
]


@pytest.mark.parametrize("wanted", ELSEWHERE)
def test_the_large_print_leads_home(client: Client, wanted: str) -> None:
    assert client.post("/elder-mode/", {"on": "1", "next": wanted})["Location"] == "/"


@pytest.mark.django_db
@pytest.mark.parametrize("wanted", ELSEWHERE)
def test_a_basket_leads_back_to_the_product(client: Client, wanted: str) -> None:
    product = make_product()
    answer = client.post(f"/basket/add/{product.pk}/", {"quantity": "1", "next": wanted})
    assert answer["Location"] == product.get_absolute_url()


def test_a_path_of_the_shop_is_followed(client: Client) -> None:
    assert client.post("/elder-mode/", {"next": "/regions/?a=b"})["Location"] == "/regions/?a=b"
