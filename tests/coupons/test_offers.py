"""Coupons where people look: on the first page and beside the goods, as fresh as they are cheap."""

from typing import Any

import pytest
from django.db import connection
from django.db.models import F
from django.test import Client
from django.test.utils import CaptureQueriesContext
from oscar.apps.catalogue.models import Product

from shop.accounts.scope import own_scope
from shop.coupons.models import Campaign
from shop.coupons.rules import Goods
from shop.coupons.services import claim_coupon
from shop.coupons.slips import MOST_NAMES, MOST_SLIPS, slip_of, slips_for
from shop.listings.models import CatalogueChange
from shop.listings.selectors import current_shelf
from tests.factories import make_product, make_user
from tests.factories.coupons import make_campaign

pytestmark = pytest.mark.django_db


def queries(client: Client, address: str) -> int:
    """Return how many queries a page takes when the process has read what it remembers."""
    client.get(address)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


def offered(product: Product, **terms: Any) -> list[str]:
    page = Client().get(product.get_absolute_url())
    return [slip.name for slip in page.context["offers"]]


def test_a_product_has_the_coupons_that_are_for_it_the_best_first() -> None:
    tea, other = make_product(price_fen=12_000), make_product(sku="other", price_fen=12_000)
    make_campaign(name="满减", off_fen=2_000, minimum_fen=10_000)
    make_campaign(name="大满减", off_fen=9_000, minimum_fen=20_000)
    make_campaign(name="打折", kind="percent", percent=30, cap_fen=5_000)
    make_campaign(name="别的商品", scope="products", products=(other.listing.sku,))
    assert offered(tea) == ["打折", "满减", "大满减"]
    make_campaign(name="本品", scope="products", products=(tea.listing.sku,), off_fen=4_000)
    assert offered(tea) == ["本品", "打折", "满减"]
    assert len(offered(tea)) == MOST_SLIPS


def test_a_page_asks_no_more_for_its_coupons_and_for_a_person_once_more() -> None:
    product, person, guest = make_product(), Client(), Client()
    person.force_login(make_user())
    pages = ("/", product.get_absolute_url())
    before = [(queries(guest, page), queries(person, page)) for page in pages]
    for number in range(5):
        make_campaign(name=f"券{number}")
    after = [(queries(guest, page), queries(person, page)) for page in pages]
    assert after == [(of_guest, of_person + 1) for of_guest, of_person in before]
    assert "券4" in guest.get("/").content.decode()


def test_every_change_of_a_campaign_is_marked_but_the_number_of_its_claims() -> None:
    campaign = make_campaign()
    columns = [field.attname for field in Campaign._meta.concrete_fields]
    unmarked = []
    for name in columns:
        before = CatalogueChange.objects.count()
        Campaign.objects.filter(pk=campaign.pk).update(**{name: F(name)})
        if CatalogueChange.objects.count() == before:
            unmarked.append(name)
    assert unmarked == ["claimed"]
    before = CatalogueChange.objects.count()
    campaign.products.add(make_product())
    assert CatalogueChange.objects.count() > before


def test_only_the_claim_of_the_last_one_lets_the_pages_go() -> None:
    campaign, goods = make_campaign(pieces=2), Goods(1, "nobody", "", 20_000)
    people = [make_user(phone=f"+861380000010{number}") for number in range(2)]
    stranger = own_scope(make_user())
    claim_coupon(campaign_id=campaign.pk, user_id=people[0].pk)
    shelf = current_shelf()
    assert len(slips_for(goods, stranger, shelf)) == 1
    claim_coupon(campaign_id=campaign.pk, user_id=people[1].pk)
    assert current_shelf() is not shelf
    assert slips_for(goods, stranger, current_shelf()) == ()


def test_a_slip_names_a_few_of_many_products() -> None:
    skus = tuple(make_product(sku=f"tea-{number}").listing.sku for number in range(MOST_NAMES + 2))
    campaign = make_campaign(scope="products", products=skus)
    slip = slip_of(campaign, current_shelf())
    assert (len(slip.names), slip.more) == (MOST_NAMES, 2)
