"""Prebuilt picture derivatives; nothing here decodes an image, and no request makes one."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

from django.conf import settings
from django.db import transaction

from shop.core import clock
from shop.core.faultpoint import faultpoint
from shop.core.whole_files import write_whole
from shop.journal.upsert import Upserted, upsert
from shop.listings.exceptions import ListingError
from shop.listings.models import ProductPicture

#: Derivative → end of its file name after the picture's key.
FILES: Mapping[str, str] = MappingProxyType(
    {"webp-160": "-160.webp", "webp-400": "-400.webp", "webp-800": "-800.webp", "jpeg-800": "-800.jpg"}
)
WIDTH = 800
FOLDER = "pictures"
_KEY = re.compile(r"[a-z0-9][a-z0-9-]{0,79}")


@dataclass(frozen=True)
class PictureUrls:
    """Addresses of a picture's files; all square. `jpeg` for readers that know no WebP."""

    large: str
    small: str
    thumb: str
    jpeg: str
    illustrative: bool
    width: int = WIDTH


class PrebuiltThumbnailer:
    """Oscar's thumbnailer port: returns what exists, never makes anything in a request."""

    def generate_thumbnail(self, source: Any, **options: Any) -> Any:
        """Return the source file itself; derivatives are made by the worker."""
        return source

    def delete_thumbnails(self, source: Any) -> None:
        """Do nothing: derivatives are removed with their ProductPicture."""


def picture_urls(picture: ProductPicture) -> PictureUrls | None:
    """Return the addresses of the files, or None while they are not made yet."""
    if picture.ready_at is None:
        return None
    return urls_of_files(picture.key, illustrative=picture.illustrative)


def urls_of_files(key: str, *, illustrative: bool) -> PictureUrls:
    """Return the addresses of the files that are made under this key."""
    at = f"{settings.MEDIA_URL}{FOLDER}/{key}"
    return PictureUrls(
        large=at + FILES["webp-800"],
        small=at + FILES["webp-400"],
        thumb=at + FILES["webp-160"],
        jpeg=at + FILES["jpeg-800"],
        illustrative=illustrative,
    )


@transaction.atomic
def save_picture(
    *, product_id: int, key: str, position: int = 0, illustrative: bool = True
) -> Upserted[ProductPicture]:
    """Give a product a picture that is still to be made; the same key again changes nothing.

    Another key at the same position takes its place, and the old files go when the transaction is through.
    Raises ListingError for a key that is no plain file name.
    """
    if not _KEY.fullmatch(key):
        raise ListingError(f"{key!r} is no picture key", code="picture_key", field="key")
    old = ProductPicture.objects.filter(product_id=product_id, position=position).first()
    values: dict[str, Any] = {"key": key, "illustrative": illustrative}
    if old is not None and old.key != key:
        values["ready_at"] = None
        gone = old.key
        transaction.on_commit(lambda: _remove_files(gone))
    return upsert(model=ProductPicture, key={"product_id": product_id, "position": position}, values=values)


@transaction.atomic
def drop_pictures(*, product_id: int, from_position: int) -> int:
    """Take away a product's pictures from a place on, their files too; return how many. Safe to repeat."""
    gone = ProductPicture.objects.filter(product_id=product_id, position__gte=from_position)
    keys = list(gone.values_list("key", flat=True))
    gone.delete()
    for key in keys:
        transaction.on_commit(partial(_remove_files, key))
    return len(keys)


@transaction.atomic
def drop_picture(*, picture: ProductPicture) -> None:
    """Take one picture of a product away, its files too; those behind it move up. Safe to repeat."""
    product_id, position, key = picture.product_id, picture.position, picture.key
    if not ProductPicture.objects.filter(pk=picture.pk).delete()[0]:
        return
    # One after another: two pictures never stand at one position.
    behind = ProductPicture.objects.filter(product_id=product_id, position__gt=position).order_by("position")
    for place, one in enumerate(behind, start=position):
        one.position = place
        one.save(update_fields=["position"])
    transaction.on_commit(partial(_remove_files, key))


def store_derivatives(made: Sequence[tuple[ProductPicture, Mapping[str, bytes]]]) -> None:
    """Write every file of these pictures and mark them ready; each file appears whole or not at all.

    They are marked together: every process reads its shelf anew after a mark. Safe to call twice, and after a
    kill at any point: until all files stand the pictures stay pending. Raises ListingError when a derivative is
    missing or unknown; then nothing is written.
    """
    for _picture, files in made:
        if set(files) != set(FILES):
            raise ListingError(
                f"a picture has the files {', '.join(FILES)}, not {', '.join(sorted(files))}",
                code="picture_files",
                field="files",
            )
    folder = _folder()
    for picture, files in made:
        for name, data in files.items():
            write_whole(folder / f"{picture.key}{FILES[name]}", data)
    faultpoint("picture.files_written")
    # The key too: a picture may have got another one meanwhile.
    keys = [picture.key for picture, _files in made]
    same = ProductPicture.objects.filter(pk__in=[picture.pk for picture, _files in made], key__in=keys)
    same.update(ready_at=clock.now())


def _folder() -> Path:
    return Path(settings.MEDIA_ROOT) / FOLDER


def _remove_files(key: str) -> None:
    for end in FILES.values():
        (_folder() / f"{key}{end}").unlink(missing_ok=True)
