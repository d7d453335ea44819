"""Short-lived addresses of private files. Who makes one has checked that its reader may see the file."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from django.core import signing
from django.urls import reverse

from shop.files import places
from shop.files.models import FileKind, StoredFile

SECONDS = 300
_SALT = "shop.files"


@dataclass(frozen=True)
class ShownFile:
    """A file as a page shows it; without an address while the worker still encodes it, or for good if it failed."""

    name: str
    is_photo: bool
    url: str
    thumb: str
    failed: bool


@dataclass(frozen=True)
class Asked:
    """What a signed address asks for: `end` is "" for a document; only `user_id` may open it, None: the bearer."""

    key: uuid.UUID
    end: str
    user_id: int | None


def link_to(file: StoredFile, *, user_id: int | None, small: bool = False) -> str:
    """Return an address that opens the file for five minutes, for that user alone (None: for who has it)."""
    end = (places.SMALL if small else places.LARGE) if file.kind == FileKind.PHOTO else ""
    token = signing.dumps([file.key.hex, end, user_id], salt=_SALT, compress=False)
    return reverse("files:file", args=[token])


def shown(files: Iterable[StoredFile], *, user_id: int | None) -> list[ShownFile]:
    """Return the files with their addresses, for `shop/files/thumbs.html`."""
    return [_shown(file, user_id) for file in files]


def read_link(token: str) -> Asked | None:
    """Return what the address asks for; None for one that is forged, or older than five minutes."""
    try:
        key, end, user_id = signing.loads(token, salt=_SALT, max_age=SECONDS)
        return Asked(uuid.UUID(key), str(end), user_id)
    except (signing.BadSignature, ValueError, TypeError, AttributeError):
        return None


def _shown(file: StoredFile, user_id: int | None) -> ShownFile:
    is_photo = file.kind == FileKind.PHOTO
    ready = file.ready_at is not None
    return ShownFile(
        name=file.name,
        is_photo=is_photo,
        url=link_to(file, user_id=user_id) if ready else "",
        thumb=link_to(file, user_id=user_id, small=True) if ready and is_photo else "",
        failed=file.failed_at is not None,
    )
