"""A kept page is the page that the view would make, to the byte, but for the visitor's own token."""

import re

import pytest
from django.conf import settings as shop_settings
from django.test import Client
from pytest_django import Settings

from shop.core import measures
from shop.storefront.keeping.middleware import store
from tests.forks.shopping import tea
from tests.storefront.keeping.pages import headers, is_kept, kept, shop_with_goods, without_token

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("elder", ["", "1"])
def test_every_page_that_is_kept_is_the_same_as_a_fresh_one(
    language: str, elder: str, settings: Settings
) -> None:
    def visitor() -> Client:
        client = Client(headers={"accept-language": language})
        if elder:
            client.cookies["elder"] = elder
        return client

    addresses = shop_with_goods()
    shown = {name: visitor().get(address) for name, address in addresses.items()}
    again = {name: visitor().get(address) for name, address in addresses.items()}
    settings.KEPT_PAGES_MB = 0
    fresh = {name: visitor().get(address) for name, address in addresses.items()}
    for name in addresses:
        assert (is_kept(shown[name]), is_kept(again[name]), is_kept(fresh[name])) == (False, True, False), (
            name
        )
        assert without_token(again[name]) == without_token(fresh[name]) == without_token(shown[name])
        assert headers(again[name]) == headers(fresh[name]) == headers(shown[name])
        assert ("data-elder" in again[name].content.decode()) == bool(elder)
        assert again[name]["Content-Language"] == language


def test_it_says_for_whom_it_is() -> None:
    for address in shop_with_goods().values():
        answer = kept(address)
        assert answer["Cache-Control"] == "private, no-cache"
        assert {name.strip() for name in answer["Vary"].split(",")} == {"Cookie", "Accept-Language"}
        assert answer["X-Frame-Options"] == "DENY"
        assert "default-src 'self'" in answer["Content-Security-Policy"]
        assert int(answer["Content-Length"]) == len(answer.content)


def test_it_costs_no_query(django_assert_num_queries) -> None:
    for address in shop_with_goods().values():
        kept(address)
        with django_assert_num_queries(0):
            assert is_kept(Client().get(address))


def test_every_visitor_has_a_token_of_his_own_and_buys_with_it() -> None:
    product = tea()
    address = product.get_absolute_url()
    kept(address)
    tokens, secrets = set(), set()
    for _ in range(2):
        client = Client(enforce_csrf_checks=True)
        for page in (address, "/catalogue/"):
            client.get(page)
            answer = client.get(page)
            assert is_kept(answer)
            token = re.findall(r'name="csrfmiddlewaretoken" value="(\w{64})"', answer.content.decode())[0]
            tokens.add(token)
        secrets.add(client.cookies["csrftoken"].value)
        put = client.post(
            f"/basket/add/{product.pk}/",
            {"quantity": 1, "csrfmiddlewaretoken": token, "next": "/catalogue/"},
        )
        assert (put.status_code, put["Location"]) == (302, "/catalogue/")
        basket = client.get("/basket/").content.decode()
        assert "旺苍黄茶" in basket
        stranger = Client(enforce_csrf_checks=True)
        stranger.get(address)
        assert stranger.post(f"/basket/add/{product.pk}/", {"csrfmiddlewaretoken": token}).status_code == 403
    assert (len(tokens), len(secrets)) == (4, 2)


def test_the_token_goes_with_the_visitors_cookie_as_on_a_fresh_page() -> None:
    address = shop_with_goods()["product"]
    fresh = Client().get(address).cookies["csrftoken"]
    client = Client()
    cookie = client.get(address).cookies["csrftoken"]
    assert {**cookie} == {**fresh}
    assert client.get(address).cookies["csrftoken"].value == cookie.value != fresh.value


def test_no_secret_and_no_cookie_is_kept() -> None:
    addresses = shop_with_goods()
    secrets = []
    for address in addresses.values():
        client = Client()
        client.get(address)
        secrets.append(client.cookies["csrftoken"].value)
    assert len(store) == 4
    for page in store._pages.values():
        assert "Set-Cookie" not in page.headers
        assert not [secret for secret in secrets if secret.encode() in page.body]
        assert not re.search(rb'name="csrfmiddlewaretoken" value="\w{64}"', page.body)


def test_what_is_written_in_its_place_never_reaches_anybody() -> None:
    address = shop_with_goods()["product"]
    assert b"page-token-" not in kept(address).content


def test_the_log_and_the_figures_name_the_page(caplog: pytest.LogCaptureFixture) -> None:
    address = shop_with_goods()["product"]
    kept(address)
    caplog.set_level("INFO", logger="shop.request")
    counted = measures.REQUESTS.labels("catalogue:detail", "GET", "2xx")
    found = measures.KEPT.labels("yes")
    before = (counted._value.get(), found._value.get())
    answer = Client(headers={"x-request-id": "a-name-of-a-proxy"}).get(address)
    assert is_kept(answer)
    assert answer["X-Request-ID"] == "a-name-of-a-proxy"
    assert caplog.messages == ["GET catalogue:detail"]
    assert (counted._value.get(), found._value.get()) == (before[0] + 1, before[1] + 1)


def test_head_gets_the_headers_of_the_kept_page() -> None:
    address = shop_with_goods()["list"]
    assert not is_kept(Client().head(address)) or len(store) == 0
    whole = kept(address)
    answer = Client().head(address)
    assert is_kept(answer)
    assert (answer.status_code, answer.content) == (200, b"")
    assert headers(answer) == headers(whole)


def test_it_is_off_by_the_setting(settings: Settings) -> None:
    assert shop_settings.KEPT_PAGES_MB == 1
    settings.KEPT_PAGES_MB = 0
    addresses = shop_with_goods()
    for address in [*addresses.values(), *addresses.values()]:
        assert not is_kept(Client().get(address))
    assert len(store) == 0
