from decimal import Decimal

import pytest
from oscar.apps.basket.models import Basket
from oscar.core.loading import get_class

from shop.listings.models import ListingState
from shop.listings.strategy import ShopStrategy
from tests.factories import make_price_tier, make_product

pytestmark = pytest.mark.django_db


def test_oscar_finds_our_strategy():
    assert isinstance(get_class("partner.strategy", "Selector")().strategy(), ShopStrategy)


def test_a_price_includes_tax():
    info = ShopStrategy().fetch_for_product(make_product(price_fen=12800, vat_percent=9))
    assert (info.price.incl_tax, info.price.excl_tax, info.price.tax) == (
        Decimal("128.00"),
        Decimal("117.43"),
        Decimal("10.57"),
    )
    assert info.availability.is_available_to_buy


@pytest.mark.parametrize(
    "changes", [{"stock": 0}, {"state": ListingState.WITHDRAWN}, {"state": ListingState.DRAFT}]
)
def test_what_is_out_of_stock_or_not_on_sale_cannot_be_bought(changes):
    info = ShopStrategy().fetch_for_product(make_product(**changes))
    assert not info.availability.is_available_to_buy


def test_more_than_the_stock_cannot_be_bought():
    permitted, _why = (
        ShopStrategy().fetch_for_product(make_product(stock=3)).availability.is_purchase_permitted(4)
    )
    assert not permitted


@pytest.mark.parametrize(
    ("quantity", "price"), [(1, "128.00"), (9, "128.00"), (10, "120.00"), (50, "110.00")]
)
def test_a_line_has_the_price_of_its_quantity(quantity, price):
    product = make_product(stock=100)
    make_price_tier(product=product, min_quantity=10, price_fen=12000)
    make_price_tier(product=product, min_quantity=50, price_fen=11000)
    basket = Basket.objects.create()
    basket.strategy = ShopStrategy()
    basket.add_product(product, quantity=quantity)
    assert basket.all_lines()[0].unit_price_incl_tax == Decimal(price)


def test_the_lines_of_a_basket_are_priced_in_three_queries(django_assert_num_queries):
    basket = Basket.objects.create()
    basket.strategy = ShopStrategy()
    for number in range(20):
        basket.add_product(make_product(sku=f"tea-{number}"))
    basket = Basket.objects.get(pk=basket.pk)
    basket.strategy = ShopStrategy()
    lines = list(basket.all_lines())
    with django_assert_num_queries(3):
        assert sum(line.unit_price_incl_tax for line in lines) == Decimal("2560.00")
