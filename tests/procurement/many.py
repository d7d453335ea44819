"""Thousands of goods in the bulk pool, written in sets."""

from collections.abc import Iterable
from typing import Any

from django.db import connection
from django.db.models import Model
from oscar.apps.catalogue.models import Product, ProductCategory
from oscar.apps.partner.models import StockRecord

from shop.listings.models import FoodLabel, Listing, ProductOrigin
from shop.ordering.models import StockBalance

_WITH_A_PRODUCT: tuple[type[Model], ...] = (ProductCategory, ProductOrigin, FoodLabel)


def many_goods(like: Product, count: int, *, units: int = 500) -> list[str]:
    """Return the SKUs of so many new goods, all like this one and with these units in the bulk pool."""
    skus = [f"MANY-{number:04}" for number in range(count)]
    new = Product.objects.bulk_create(
        _copy(like, title=f"{like.title}{sku}", slug=sku.lower(), upc=None) for sku in skus
    )
    own = Listing.objects.get(product=like)
    Listing.objects.bulk_create(
        _copy(own, product_id=product.pk, sku=sku, name_zh=product.title)
        for product, sku in zip(new, skus, strict=True)
    )
    for model in _WITH_A_PRODUCT:
        rows: Iterable[Any] = list(model._default_manager.filter(product=like))
        model._default_manager.bulk_create(
            [_copy(row, product_id=product.pk) for row in rows for product in new]
        )
    record = StockRecord.objects.get(product=like)
    records = StockRecord.objects.bulk_create(
        _copy(record, product_id=product.pk, partner_sku=sku) for product, sku in zip(new, skus, strict=True)
    )
    StockBalance.objects.bulk_create(
        StockBalance(stockrecord=record, pool="bulk", on_hand=units) for record in records
    )
    with connection.cursor() as cursor:
        # What the server does by itself after a while: without it the planner takes these tables for empty.
        cursor.execute("ANALYZE")
    return skus


def _copy(row: Any, **changed: Any) -> Any:
    """Return a row anew, not saved. What the database works out itself is left out."""
    values = {
        field.attname: getattr(row, field.attname)
        for field in row._meta.concrete_fields
        if not field.primary_key and not field.generated
    }
    return type(row)(**values | changed)
