"""A job of the worker: makes the files of product pictures from the photos that suppliers sent."""

import logging

from shop.core.derivatives import photo_derivatives
from shop.files import places
from shop.listings.models import ProductPicture
from shop.listings.pictures import store_derivatives

logger = logging.getLogger(__name__)


def make_pending_pictures(*, limit: int = 10) -> int:
    """Make the files of the next pictures whose photo can be shown, in list order; return how many.

    The photo was encoded anew when it came, so nothing of its EXIF is left to be copied. Safe to repeat and after
    a kill: a picture is pending until all its files stand. One that cannot be made is logged and holds up no other.
    """
    pending = ProductPicture.objects.filter(ready_at=None, photo__file__ready_at__isnull=False)
    waiting = pending.select_related("photo__file").order_by("product__listing__position", "position")
    made = [(picture, files) for picture in waiting[:limit] if (files := _files_of(picture))]
    store_derivatives(made)
    return len(made)


def _files_of(picture: ProductPicture) -> dict[str, bytes] | None:
    try:
        raw = places.photo_path(picture.photo.file, places.LARGE).read_bytes()
        return photo_derivatives(raw)
    except OSError as error:
        logger.error("the picture %s cannot be made: %s", picture.key, error)
        return None
