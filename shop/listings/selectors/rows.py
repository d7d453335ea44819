"""The rows behind the goods, for those who need more of them than a card says."""

import datetime as dt
from collections.abc import Collection

from shop.listings.models import Listing
from shop.listings.selectors.shelf import Shelf
from shop.regions.models import Pairing
from shop.regions.selectors import RegionProgramme, regions_with_programme

_BESIDE = (
    "product__origin__region",
    "product__origin__township",
    "product__label",
    "product__share_picture",
    "supplier__region",
    "supplier__township",
)


def listing_rows(product_ids: Collection[int], shelf: Shelf) -> dict[int, Listing]:
    """Return the products' listings with product, origin, label, supplier and their places, to be read only.

    They are as the shelf is, and remembered with it: one query for those nobody has asked for yet. A product
    without a listing is absent.
    """
    return shelf.remember_each("listing", product_ids, _read)


def _read(product_ids: Collection[int]) -> dict[int, Listing]:
    rows = Listing.objects.filter(product__in=product_ids).select_related(*_BESIDE)
    return {listing.product_id: listing for listing in rows}


def pairings_on(day: dt.date, shelf: Shelf) -> dict[int, Pairing]:
    """Return the pairings of a day by region; a region without one is absent. Two queries a day."""
    return {row.region.pk: row.pairing for row in places_on(day, shelf) if row.pairing is not None}


def places_on(day: dt.date, shelf: Shelf) -> list[RegionProgramme]:
    """Return every region in display order with its pairing on a day, to be read only. Two queries a day."""
    return shelf.remember(("places", day), lambda: regions_with_programme(day))
