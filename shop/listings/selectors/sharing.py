"""The pictures that shared links show, as far as they are made."""

from collections.abc import Mapping

from django.conf import settings

from shop.core.addresses import absolute
from shop.core.page_meta import SharedPicture
from shop.listings.models import Listing
from shop.listings.pictures import FOLDER, WIDTH
from shop.listings.selectors.shelf import Shelf
from shop.listings.share_models import SharePicture
from shop.listings.sharing.spec import HEIGHT as SHARED_HEIGHT
from shop.listings.sharing.spec import WIDTH as SHARED_WIDTH


def shared_picture(shelf: Shelf, place: str = "") -> SharedPicture | None:
    """Return a place's picture, the shop's where there is none yet; None while neither is made.

    One query, remembered with the shelf.
    """
    made = shelf.remember("share pictures", _of_places)
    return made.get(place) or made.get("")


def shared_picture_of(listing: Listing, jpeg: str, place: str, shelf: Shelf) -> SharedPicture | None:
    """Return the picture of a listing from `listing_rows`: its own, its photo `jpeg` if there is one, its place's."""
    own: SharePicture | None = getattr(listing.product, "share_picture", None)
    if own is not None and own.ready_at is not None:
        return _shown(own)
    return SharedPicture(absolute(jpeg), WIDTH, WIDTH) if jpeg else shared_picture(shelf, place)


def _of_places() -> Mapping[str, SharedPicture]:
    rows = SharePicture.objects.filter(product=None, ready_at__isnull=False)
    return {row.place: _shown(row) for row in rows}


def _shown(row: SharePicture) -> SharedPicture:
    at = f"{settings.MEDIA_URL}{FOLDER}/{row.key}.jpg"
    return SharedPicture(absolute(at), SHARED_WIDTH, SHARED_HEIGHT)
