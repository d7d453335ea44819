"""Lots, places and limits of goods."""

import datetime as dt

from oscar.apps.catalogue.models import Product

from shop.core import clock
from shop.listings.models import PurchaseLimit
from shop.ordering.models import StockBalance
from shop.ordering.services import receive_lot
from shop.ordering.stock_models import StockLocation
from tests.factories.places import LONG_AGO


def make_lot(
    *,
    product: Product,
    code: str,
    units: int,
    days: int | None = 100,
    pool: str = "retail",
    location: str = "",
) -> StockBalance:
    """Put units of a lot on the shelf that is good for so many days from today; None for no date."""
    expires_on = None if days is None else clock.today() + dt.timedelta(days=days)
    return receive_lot(
        stockrecord=product.stockrecords.get(),
        code=code,
        units=units,
        expires_on=expires_on,
        pool=pool,
        location=location,
        reason="delivery",
    )


def make_place(*, code: str = "store", name: str = "萧山惠农馆") -> StockLocation:
    """Return the place of that code."""
    return StockLocation.objects.get_or_create(code=code, defaults={"name": name})[0]


def make_limit(*, product: Product, units: int = 2, days: int = 30) -> PurchaseLimit:
    """Let one person buy so many units within so many days."""
    return PurchaseLimit.objects.create(product=product, units=units, days=days, starts_on=LONG_AGO)
