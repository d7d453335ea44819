"""The public pictures of places, stories and banners: made by the worker from the photos that staff sent."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from django.conf import settings

from shop.core import clock
from shop.core.derivatives import WIDE, photo_derivatives
from shop.core.whole_files import write_whole
from shop.files import places
from shop.regions.content_models import CONTENT_MODELS, Pictured

logger = logging.getLogger(__name__)

#: Derivative → end of its file name after the picture's key.
FILES: Mapping[str, str] = MappingProxyType(
    {"webp-1200": "-1200.webp", "webp-600": "-600.webp", "jpeg-1200": "-1200.jpg"}
)
assert set(FILES) == set(WIDE)
FOLDER = "pictures"


@dataclass(frozen=True)
class WidePicture:
    """Addresses of a picture's files, two to one."""

    large: str
    small: str
    jpeg: str


def wide_picture(row: Pictured) -> WidePicture | None:
    """Return the addresses of a piece's picture, or None while it has none that is made."""
    if not row.picture_key or row.picture_ready_at is None:
        return None
    at = f"{settings.MEDIA_URL}{FOLDER}/{row.picture_key}"
    return WidePicture(at + FILES["webp-1200"], at + FILES["webp-600"], at + FILES["jpeg-1200"])


def make_content_pictures() -> int:
    """Make the files of pictures whose photo can be shown; return how many. A job; safe to repeat and after a kill.

    One that cannot be made is logged and holds up no other.
    """
    made = 0
    for model in CONTENT_MODELS:
        pending = model._default_manager.filter(
            picture_ready_at=None, picture__ready_at__isnull=False
        ).select_related("picture")
        made += sum(_make(row) for row in pending.order_by("pk"))
    return made


def remove_files(key: str) -> None:
    """Delete the files of a picture that is no longer shown."""
    for end in FILES.values():
        _path(key, end).unlink(missing_ok=True)


def _make(row: Pictured) -> bool:
    assert row.picture is not None
    try:
        files = photo_derivatives(places.photo_path(row.picture, places.LARGE).read_bytes(), WIDE)
    except OSError as error:
        logger.error("the picture %s cannot be made: %s", row.picture_key, error)
        return False
    for name, data in files.items():
        write_whole(_path(row.picture_key, FILES[name]), data)
    ready = {"picture_ready_at": clock.now()}
    return bool(type(row)._default_manager.filter(pk=row.pk, picture_key=row.picture_key).update(**ready))


def _path(key: str, end: str) -> Path:
    return Path(settings.MEDIA_ROOT) / FOLDER / f"{key}{end}"
