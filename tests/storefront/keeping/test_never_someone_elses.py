"""Whoever is somebody - a session, a basket, a message - gets a page of his own, and nobody gets that."""

from collections.abc import Callable

import pytest
from django.test import Client
from pytest_django import Settings

from shop.storefront.keeping import middleware
from shop.storefront.keeping.middleware import store
from tests.factories import make_user
from tests.forks.shopping import put_in, tea
from tests.storefront.keeping.pages import is_kept, kept, shop_with_goods

pytestmark = pytest.mark.django_db


def signed_in() -> Client:
    client = Client()
    client.force_login(make_user(name="王芳"))
    return client


def with_a_basket() -> Client:
    client = Client()
    put_in(client, tea(sku="tea-of-a-basket"))
    assert "oscar_open_basket" in client.cookies
    return client


def with_a_cookie_of_somebody_elses() -> Client:
    client = Client()
    client.cookies["tracker"] = "1"
    return client


@pytest.mark.parametrize("somebody", [signed_in, with_a_basket, with_a_cookie_of_somebody_elses])
def test_somebody_gets_no_kept_page_and_his_is_not_kept(somebody: Callable[[], Client]) -> None:
    addresses = shop_with_goods()
    client = somebody()
    store.clear()
    for address in addresses.values():
        assert not is_kept(client.get(address))
        assert len(store) == 0
    for address in addresses.values():
        kept(address)
        assert not is_kept(client.get(address))


def test_the_basket_counts_on_its_owners_page_alone() -> None:
    address = shop_with_goods()["list"]
    kept(address)
    client = with_a_basket()
    assert client.get(address).context["basket_count"] == 1
    assert is_kept(Client().get(address))


def test_a_message_is_told_to_whom_it_is_for() -> None:
    product = tea()
    address = product.get_absolute_url()
    kept(address)
    client = Client()
    put_in(client, product, quantity=99, next=address)
    told = client.get(address)
    assert not is_kept(told)
    assert "messages" in client.cookies or told.context["messages"] is not None
    assert is_kept(Client().get(address))


def test_who_signs_out_is_nobody_again() -> None:
    address = shop_with_goods()["list"]
    kept(address)
    client = signed_in()
    assert not is_kept(client.get(address))
    client.post("/accounts/logout/")
    for name in [name for name, cookie in client.cookies.items() if cookie["max-age"] == 0]:
        del client.cookies[name]
    client.cookies.pop("messages", None)
    assert is_kept(client.get(address))
    assert "王芳" not in client.get(address).content.decode()


def test_every_language_and_print_has_its_page() -> None:
    address = shop_with_goods()["product"]
    kept(address)
    english = kept(address, **{"accept-language": "en-GB,en;q=0.9,fr;q=0.1"})
    assert '<html lang="en"' in english.content.decode()
    client = Client(headers={"accept-language": "en"})
    client.cookies["django_language"] = "zh-hans"
    chosen = client.get(address)
    assert is_kept(chosen)
    assert '<html lang="zh-hans"' in chosen.content.decode()
    client.cookies["elder"] = "1"
    assert not is_kept(client.get(address))
    assert is_kept(client.get(address))


def test_every_host_and_scheme_has_its_page(settings: Settings) -> None:
    settings.ALLOWED_HOSTS = ["one.example.com", "two.example.com"]
    address = shop_with_goods()["home"]
    asked = [("one.example.com", False), ("two.example.com", False), ("one.example.com", True)]
    for host, secure in asked:
        assert not is_kept(Client().get(address, headers={"host": host}, secure=secure))
    for host, secure in asked:
        assert is_kept(Client().get(address, headers={"host": host}, secure=secure))
    assert Client().get(address, headers={"host": "three.example.com"}).status_code == 400
    assert len(store) == 3


@pytest.mark.parametrize("header", ["authorization", "hx-request"])
def test_a_request_that_says_more_is_passed_on(header: str) -> None:
    address = shop_with_goods()["list"]
    kept(address)
    assert not is_kept(Client().get(address, headers={header: "true"}))


def test_parameters_that_the_page_does_not_know_are_not_kept() -> None:
    shop_with_goods()
    for number in range(8):
        assert not is_kept(Client().get(f"/catalogue/?utm_source={number}"))
        assert not is_kept(Client().get(f"/?page={number}"))
        assert not is_kept(Client().get(f"/catalogue/?region={'x' * 300}{number}"))
    assert len(store) == 0


@pytest.mark.parametrize(
    "address", ["/catalogue/x_999/", "/search/?q=茶", "/accounts/login/", "/basket/", "/account/"]
)
def test_other_pages_are_not_kept(address: str) -> None:
    for _ in range(2):
        assert not is_kept(Client().get(address)) or Client().get(address).status_code == 302
    assert len(store) == 0


def test_a_page_whose_token_cannot_be_told_is_not_kept() -> None:
    assert (
        middleware._without_token(b'name="csrfmiddlewaretoken" value="' + b"x" * 64 + b'"', "y" * 32) is None
    )
    assert middleware._without_token(b"<p>no form</p>", "") == b"<p>no form</p>"
