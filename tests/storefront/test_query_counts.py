"""A page asks the database as often for two hundred rows as for one."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from oscar.apps.catalogue.models import Category, Product

from tests.factories import make_product, make_region, make_supplier, make_user, place
from tests.forks.shopping import make_categories, put_in

pytestmark = pytest.mark.django_db
TEA = "the category of tea"


def goods(first: int, count: int) -> list[Product]:
    """Return products of three suppliers in two regions."""
    places = [make_region(), make_region(slug="longquan", name_zh="龙泉市")]
    suppliers = [
        make_supplier(code=f"supplier-{number}", name_zh=f"供应商{number}", region=places[number % 2])
        for number in range(3)
    ]
    return [
        make_product(supplier=suppliers[number % 3], sku=f"sku-{number}", name_zh=f"茶{number}号", stock=500)
        for number in range(first, first + count)
    ]


def queries(client: Client, url: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(url).status_code == 200
    return len(captured)


def counts(grow: Callable[[int, int], object], client: Client, url: str) -> list[int]:
    """Return the queries of the page at three, twenty and two hundred rows (three: one of each supplier)."""
    found = []
    for first, last in ((0, 3), (3, 20), (20, 200)):
        grow(first, last - first)
        client.get(url)
        found.append(queries(client, url))
    return found


@pytest.mark.parametrize("url", ["/", "/catalogue/", "/regions/", "/regions/wangcang/", "/search/?q=茶", TEA])
def test_lists_of_goods(client: Client, url: str) -> None:
    make_categories()
    if url == TEA:
        url = Category.objects.get(slug="tea").get_absolute_url()
    found = counts(goods, client, url)
    assert len(set(found)) == 1, found


def test_a_product(client: Client) -> None:
    make_categories()
    url = goods(0, 3)[0].get_absolute_url()
    found = counts(goods, client, url)
    assert len(set(found)) == 1, found


@pytest.mark.parametrize("url", ["/basket/", "/checkout/"])
def test_basket_and_checkout(client: Client, url: str) -> None:
    client.force_login(make_user())

    def fill(first: int, count: int) -> None:
        for product in goods(first, count):
            put_in(client, product)

    found = counts(fill, client, url)
    assert len(set(found)) == 1, found


def test_the_list_of_orders(client: Client) -> None:
    user = make_user()
    client.force_login(user)

    def order(first: int, count: int) -> None:
        for product in goods(first, count):
            place(lines=[(product, 1)], buyer=user)

    found = counts(order, client, "/orders/")
    assert len(set(found)) == 1, found
    few = queries(client, "/account/")
    order(200, 3)
    assert queries(client, "/account/") == few


def test_an_order(client: Client) -> None:
    user = make_user()
    client.force_login(user)
    small = place(lines=[(product, 1) for product in goods(0, 3)], buyer=user)
    large = place(lines=[(product, 1) for product in goods(3, 60)], buyer=user)
    urls = [f"/orders/{record.number}/" for record in (small, large)]
    assert queries(client, urls[0]) == queries(client, urls[1])
