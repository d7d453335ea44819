"""Before a large catalogue a process keeps an entry of each product and what pages show of a few."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from oscar.apps.catalogue.models import Product

from shop.core import clock
from shop.listings.models import Listing
from shop.listings.selectors import (
    BrowseFilters,
    Sort,
    browse,
    current_shelf,
    price_for,
    prices,
    product_cards,
    product_detail,
    shelf,
)
from tests.factories import make_price_tier, make_product

pytestmark = [pytest.mark.django_db, pytest.mark.data, pytest.mark.urls("tests.listings.urls")]


@pytest.fixture
def goods(monkeypatch: pytest.MonkeyPatch) -> list[Product]:
    """Return seven products, of which a process keeps three; two are packings of the same tea."""
    monkeypatch.setattr(shelf, "MOST_GOODS", 3)
    monkeypatch.setattr(prices, "MOST_GOODS", 3)
    made = [make_product(sku=f"tea-{number}", price_fen=1000 + number, stock=number) for number in range(7)]
    for number, product in enumerate(made):
        name = "黄茶 " if number < 2 else f"茶{number} "
        Listing.objects.filter(product=product).update(name_zh=f"{name}{number}号")
    return made


def queries(ask: Callable[[], object]) -> int:
    """Return how often the database is asked."""
    with CaptureQueriesContext(connection) as captured:
        ask()
    return len(captured)


def test_what_is_shown_is_read_when_it_is_asked_for_and_few_are_kept(goods: list[Product]) -> None:
    ids = [product.pk for product in goods]
    found = current_shelf()
    assert (len(found.goods), set(found.goods), len(found.on_sale)) == (7, set(ids), 7)
    assert [card.product_id for card in product_cards(ids, found)] == ids
    assert [card.price_fen for card in product_cards(ids, found)] == [1000 + number for number in range(7)]
    # What is left of two, and their listings with their pictures.
    assert queries(lambda: product_cards(ids[:2], found)) == 3
    assert queries(lambda: product_cards(ids[:2], found)) == 1
    assert found.goods[ids[6]].card.price_fen == 1006
    assert ids[6] in found.goods
    assert 0 not in found.goods


def test_lists_are_those_of_a_small_catalogue(goods: list[Product], monkeypatch: pytest.MonkeyPatch) -> None:
    asked = (
        BrowseFilters(),
        BrowseFilters(sort=Sort.PRICE_DOWN),
        BrowseFilters(min_fen=1002, max_fen=1004),
        BrowseFilters(in_stock=True, sort=Sort.NEWEST),
        BrowseFilters(regions=("wangcang",)),
    )
    large = [(browse(one).ids, browse(one).total, browse(one).regions) for one in asked]
    monkeypatch.setattr(shelf, "MOST_GOODS", 3000)
    Listing.objects.filter(product=goods[0]).update(source="x")
    assert [(browse(one).ids, browse(one).total, browse(one).regions) for one in asked] == large
    assert [total for _ids, total, _regions in large] == [7, 7, 3, 6, 7]


def test_a_product_has_its_packings_and_its_tiers(goods: list[Product]) -> None:
    make_price_tier(product=goods[1], min_quantity=5, price_fen=900)
    today = clock.today()
    detail = product_detail(goods[1].pk, today)
    assert detail is not None
    assert {variant.card.product_id for variant in detail.variants} == {goods[0].pk, goods[1].pk}
    assert [tier.price_fen for tier in detail.tiers] == [900]
    quotes = price_for({goods[1].pk: 5, goods[2].pk: 5}, today)
    assert [quotes[goods[number].pk].unit_fen for number in (1, 2)] == [900, 1002]
    alone = product_detail(goods[3].pk, today)
    assert alone is not None
    assert [variant.is_current for variant in alone.variants] == [True]


def test_a_withdrawn_product_stands_beside_the_packings_that_are_left(goods: list[Product]) -> None:
    Listing.objects.filter(product=goods[0]).update(state="withdrawn")
    detail = product_detail(goods[0].pk, clock.today())
    assert detail is not None
    assert [variant.card.product_id for variant in detail.variants] == [goods[0].pk, goods[1].pk]
