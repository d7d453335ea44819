"""Prices agreed with organisations."""

import datetime as dt
from collections.abc import Sequence

from oscar.apps.catalogue.models import Product

from shop.buyers.models import Organisation
from shop.core import clock
from shop.listings.price_list_files import PriceFile, PriceRow
from shop.listings.price_list_models import PriceList, PriceListRow
from shop.listings.services import approve_price_list, draft_price_list, propose_price_list

COLUMNS = {"货号": "A 货号", "协议价": "B 协议价", "起始数量": "C 起始数量"}


def approved_list(
    product: Product,
    *,
    units: Sequence[str],
    price: str = "90",
    least: str = "",
    starts_on: dt.date | None = None,
    ends_on: dt.date | None = None,
    name: str = "协议价",
) -> PriceList:
    """Return a list of one price, approved by somebody else than who handed it in."""
    read = PriceFile((PriceRow(2, product.listing.sku, price, least),), COLUMNS)
    drafted = draft_price_list(
        name=name,
        units=units,
        starts_on=starts_on or clock.today(),
        ends_on=ends_on,
        file_name="协议价.csv",
        read=read,
        actor_id=1,
    )
    propose_price_list(list_id=drafted.pk, actor_id=1)
    return approve_price_list(list_id=drafted.pk, actor_id=2)


def growing_lists(span: range, product: Product, unit: Organisation) -> None:
    """Make a list of that unit for each number, and a price on the first one."""
    made = PriceList.objects.bulk_create(
        PriceList(
            name=f"协议价{number}",
            state="approved",
            starts_on=clock.today(),
            file_name="a.csv",
            digest=f"{number:064}",
            rows=[],
            created_by=1,
            created_at=clock.now(),
            proposed_by=1,
            proposed_at=clock.now(),
            decided_by=2,
            decided_at=clock.now(),
        )
        for number in span
    )
    PriceList.units.through.objects.bulk_create(
        PriceList.units.through(pricelist_id=one.pk, organisation_id=unit.pk) for one in made
    )
    first = PriceList.objects.earliest("pk")
    PriceListRow.objects.bulk_create(
        PriceListRow(price_list=first, product=product, min_quantity=number + 1, price_fen=1)
        for number in span
    )
