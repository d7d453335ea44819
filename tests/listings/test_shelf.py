"""What a process keeps of the catalogue is never shown once it is no longer so."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction
from oscar.apps.catalogue.models import Category, Product
from oscar.apps.partner.models import Partner, StockRecord

from shop.listings.marking import MARKED_TABLES
from shop.listings.models import (
    CatalogueChange,
    Certification,
    FoodLabel,
    FreightRate,
    Listing,
    ListingState,
    PriceTier,
    ProductOrigin,
    SearchText,
)
from shop.listings.selectors import (
    BrowseFilters,
    FreightParcel,
    browse,
    current_shelf,
    current_shelf_and_standing,
    freight_quotes,
    price_for,
    product_cards,
    product_detail,
)
from shop.listings.selectors.looks import SOLD_OUT
from shop.listings.selectors.sets import EMPTY, sold_out
from shop.listings.services import marks
from shop.listings.share_models import SharePicture
from shop.regions.models import PartnerRegion
from shop.suppliers.models import Supplier
from tests.factories import make_freight_template, make_price_tier, make_product

pytestmark = [pytest.mark.django_db, pytest.mark.data, pytest.mark.urls("tests.listings.urls")]
TODAY = dt.date(2026, 11, 23)


def triggers() -> set[str]:
    """Return the tables that have a trigger of ours for every kind of change."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname LIKE '%_marks'")
            return {table for (table,) in cursor.fetchall()}
        cursor.execute("SELECT tbl_name FROM sqlite_master WHERE type = 'trigger' AND name LIKE '%_marks_%'")
        tables = [table for (table,) in cursor.fetchall()]
        return {table for table in tables if tables.count(table) == 3}


def test_every_table_of_the_shelf_has_its_triggers() -> None:
    assert triggers() == set(MARKED_TABLES)


@pytest.mark.parametrize(
    "change",
    [
        lambda: Listing.objects.update(price_fen=1),
        lambda: Listing.objects.update(state=ListingState.WITHDRAWN),
        lambda: Product.objects.update(is_public=False),
        lambda: ProductOrigin.objects.update(source="x"),
        lambda: FoodLabel.objects.update(producer="x"),
        lambda: Supplier.objects.update(name_zh="x"),
        lambda: PartnerRegion.objects.update(short_zh="x"),
        lambda: Category.objects.update(name="x"),
        lambda: PriceTier.objects.update(price_fen=1),
        lambda: SearchText.objects.create(product=Product.objects.get()),
        lambda: FreightRate.objects.update(first_kg_fen=1),
        lambda: SharePicture.objects.create(key="share-1"),
        lambda: Certification.objects.all().delete(),
    ],
)
def test_any_change_gives_another_shelf(change: Callable[[], Any]) -> None:
    product = make_product()
    make_price_tier(product=product, min_quantity=10, price_fen=9000)
    make_freight_template(supplier=Supplier.objects.get())
    region = PartnerRegion.objects.get()
    Certification.objects.create(code="gi", region=region, name_zh="x", scheme="x").products.add(product)
    before = current_shelf()
    assert current_shelf() is before
    change()
    assert current_shelf() is not before


def test_stock_is_read_every_time_and_marks_nothing() -> None:
    product = make_product(stock=2)
    shelf = current_shelf()
    marks = CatalogueChange.objects.count()
    StockRecord.objects.update(num_allocated=2)
    assert current_shelf() is shelf
    assert CatalogueChange.objects.count() == marks
    assert (product_cards([product.pk])[0].stock, browse(BrowseFilters(in_stock=True)).total) == (0, 0)


def test_prices_and_freight_follow_at_once() -> None:
    product = make_product(price_fen=10000)
    make_freight_template(supplier=Supplier.objects.get())
    parcel = FreightParcel("wangcang-tea", 100, 500)
    shown = product_detail(product.pk, TODAY)
    assert shown is not None
    assert shown.card.price_fen == 10000
    freight_quotes([parcel], "浙江省", TODAY)
    Listing.objects.update(price_fen=12000)
    make_price_tier(product=product, min_quantity=2, price_fen=11000)
    FreightRate.objects.update(first_kg_fen=777, free_from_fen=None)
    changed = product_detail(product.pk, TODAY)
    assert changed is not None
    assert (changed.card.price_fen, changed.listing.price_fen) == (12000, 12000)
    assert price_for({product.pk: 2}, TODAY)[product.pk].unit_fen == 11000
    assert freight_quotes([parcel], "浙江省", TODAY)[0].fen == 777


def test_what_is_left_is_asked_of_the_shelf_as_it_stands_now() -> None:
    first = make_product(stock=3)
    current_shelf()
    second = make_product(sku="tea-002", stock=5)
    shelf, standing = current_shelf_and_standing(lambda shelf: list(shelf.goods))
    assert (set(shelf.goods), standing) == (
        {first.pk, second.pk},
        {first.pk: (3, 0, 0, 0), second.pk: (5, 0, 0, 0)},
    )
    StockRecord.objects.update(num_allocated=2)
    assert current_shelf_and_standing(lambda shelf: list(shelf.goods)) == (
        shelf,
        {first.pk: (1, 0, 0, 0), second.pk: (3, 0, 0, 0)},
    )
    assert current_shelf_and_standing(lambda _shelf: ()) == (shelf, {})


def test_many_marks_fold_into_one_that_was_never_there(monkeypatch: pytest.MonkeyPatch) -> None:
    product = make_product(price_fen=10000)
    monkeypatch.setattr(marks, "MOST_MARKS", 3)
    before = current_shelf()
    assert marks.fold_marks() > 3
    assert CatalogueChange.objects.count() == 1
    assert marks.fold_marks() == 0
    after = current_shelf()
    assert after.state != before.state
    assert after.goods[product.pk] == before.goods[product.pk]


def test_what_is_rolled_back_is_not_shown() -> None:
    product = make_product(price_fen=10000)
    before = current_shelf()
    with transaction.atomic():
        Listing.objects.update(price_fen=5)
        assert product_cards([product.pk])[0].price_fen == 5
        transaction.set_rollback(True)
    assert product_cards([product.pk])[0].price_fen == 10000
    assert current_shelf().state == before.state


def test_what_is_sold_out_is_found_by_an_index_of_its_own() -> None:
    explain = "EXPLAIN QUERY PLAN" if connection.vendor == "sqlite" else "EXPLAIN"
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # Of so few rows it would rather read them all.
            cursor.execute("SET LOCAL enable_seqscan = off")
        for statement in (SOLD_OUT, EMPTY):
            cursor.execute(f"{explain} {statement}")
            assert "partner_stockrecord_sold_out" in str(cursor.fetchall())


def test_what_is_in_stock_in_several_places_is_sold_out_when_nothing_is_left_in_any() -> None:
    product = make_product(stock=0)
    record = product.stockrecords.get()
    StockRecord.objects.create(
        product=product,
        partner=Partner.objects.create(name="elsewhere"),
        partner_sku="elsewhere",
        num_in_stock=2,
        price_currency="CNY",
        price=record.price,
    )
    assert list(sold_out(current_shelf())) == []
    StockRecord.objects.filter(partner_sku="elsewhere").update(num_allocated=2)
    assert list(sold_out(current_shelf())) == [product.pk]
