"""Draws the seed's illustrations in the worker, a few at a time."""

import logging

from catalog_seed.illustrations.batch import draw_batch
from catalog_seed.illustrations.spec import IllustrationError, IllustrationSpec
from shop.listings.models import Listing, ProductPicture
from shop.listings.pictures import store_derivatives

logger = logging.getLogger(__name__)


def draw_pending_pictures(*, limit: int = 10) -> int:
    """Draw the next illustrations that are not made yet, in list order; return how many.

    About 0.2 s each on one core, in a process of its own; nothing is held open meanwhile. Safe to repeat and
    after a kill: a picture is pending until all its files stand. One that cannot be drawn is logged and does
    not hold up the others.
    """
    pending = ProductPicture.objects.filter(ready_at=None, illustrative=True)
    waiting = list(pending.order_by("product__listing__position", "pk"))
    drawn = 0
    while waiting and drawn < limit:
        batch, waiting = waiting[: limit - drawn], waiting[limit - drawn :]
        drawn += _draw(batch)
    return drawn


def _draw(pictures: list[ProductPicture]) -> int:
    listings = Listing.objects.select_related("product__origin__region").in_bulk(
        [picture.product_id for picture in pictures], field_name="product_id"
    )
    results = draw_batch([_spec(listings[picture.product_id]) for picture in pictures])
    drawn = []
    for picture, result in zip(pictures, results, strict=True):
        if isinstance(result, IllustrationError):
            logger.error("the illustration of %s cannot be drawn: %s", picture.key, result)
        else:
            drawn.append((picture, result))
    store_derivatives(drawn)
    return len(drawn)


def _spec(listing: Listing) -> IllustrationSpec:
    return IllustrationSpec(
        sku=listing.sku,
        name_zh=listing.name_zh,
        spec_zh=listing.spec,
        unit=listing.unit,
        category_slug=listing.category_slug,
        region_slug=listing.product.origin.region.slug,
    )
