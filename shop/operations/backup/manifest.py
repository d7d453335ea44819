"""What a backup says of itself: what is in it, from which shop, and the seal that shows a change."""

import datetime as dt
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from shop.core.exceptions import ShopError

NAME = "manifest.json"
#: Raised when an older command could misread what a newer one writes.
FORMAT = 1
_BLOCK = 1 << 20


class BackupError(ShopError):
    """A backup cannot be made, or must not be restored; nothing of the shop was changed."""


@dataclass(frozen=True)
class FilePart:
    """A file of the backup."""

    size: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """The list of a backup's parts. `copied_at` is the moment whose state the database part holds."""

    format: int
    copied_at: str
    version: str
    engine: str
    server: str
    migrations: Mapping[str, list[str]]
    counts: Mapping[str, int]
    files: Mapping[str, FilePart]
    seal: str = ""

    @property
    def moment(self) -> dt.datetime:
        """Return `copied_at` as a moment."""
        return dt.datetime.fromisoformat(self.copied_at)

    def sealed(self) -> "Manifest":
        """Return it with its seal, made with the shop's SECRET_KEY."""
        return replace(self, seal=self._seal())

    def _seal(self) -> str:
        text = json.dumps(asdict(replace(self, seal="")), sort_keys=True, ensure_ascii=False)
        return salted_hmac("shop.backup", text, algorithm="sha256").hexdigest()

    def is_sealed_here(self) -> bool:
        """Say whether a shop with this SECRET_KEY has sealed it, and nobody changed it since."""
        return hmac.compare_digest(self._seal(), self.seal)


def part_of(path: Path) -> FilePart:
    """Return size and digest of a file."""
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
            size += len(block)
    return FilePart(size, digest.hexdigest())


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write the manifest; the last file of a backup."""
    text = json.dumps(asdict(manifest), indent=1, sort_keys=True, ensure_ascii=False)
    (folder / NAME).write_text(f"{text}\n", encoding="utf-8")


def read_manifest(folder: Path, *, other_key: bool = False) -> Manifest:
    """Return the manifest of a whole, unchanged backup after reading every byte of it.

    `other_key` takes one that was sealed with another SECRET_KEY; its digests must hold all the same.
    Raises BackupError: incomplete (a part is missing), unreadable, changed.
    """
    manifest = _parsed(folder / NAME)
    if not other_key and not manifest.is_sealed_here():
        raise BackupError(
            _(
                "%(name)s was changed, or sealed with another SECRET_KEY. If you know why the key is another one,"
                " give --other-key."
            )
            % {"name": NAME},
            code="changed",
        )
    for name, told in manifest.files.items():
        path = folder / name
        if Path(name).name != name or not path.is_file():
            raise BackupError(
                _("The backup is not whole: %(name)s is missing.") % {"name": name}, code="incomplete"
            )
        if part_of(path) != told:
            raise BackupError(
                _("%(name)s is not the file that was backed up: its digest differs.") % {"name": name},
                code="changed",
            )
    return manifest


def _parsed(path: Path) -> Manifest:
    try:
        told: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if told["format"] != FORMAT:
            raise BackupError(
                _("This backup has the format %(format)s, which this version of the shop does not know.")
                % {"format": told["format"]},
                code="unreadable",
            )
        files = {str(name): FilePart(**part) for name, part in told.pop("files").items()}
        manifest = Manifest(**told, files=files)
        if manifest.moment.tzinfo is None:
            raise ValueError("a moment without zone")
    except FileNotFoundError as error:
        raise BackupError(
            _("%(folder)s holds no whole backup: it has no %(name)s.")
            % {"folder": path.parent, "name": NAME},
            code="incomplete",
        ) from error
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BackupError(_("%(name)s cannot be read.") % {"name": NAME}, code="unreadable") from error
    return manifest
