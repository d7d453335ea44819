"""Where the bytes of a stored file lie: below MEDIA_ROOT, in a folder that nobody serves."""

from pathlib import Path

from django.conf import settings

from shop.files.encoding import SIZES
from shop.files.models import FileKind, StoredFile

FOLDER = "files"
_UPLOAD = ".upload"
LARGE, SMALL = SIZES


def folder() -> Path:
    """Return the folder of all files."""
    return Path(settings.MEDIA_ROOT) / FOLDER


def upload_path(file: StoredFile) -> Path:
    """Return where the bytes lie as they came; of a photo only until it is encoded anew."""
    return _path(file, _UPLOAD)


def photo_path(file: StoredFile, end: str) -> Path:
    """Return where one size of a photo lies; `end` is a key of `encoding.SIZES`."""
    return _path(file, end)


def needed_paths(file: StoredFile) -> list[Path]:
    """Return the paths without which the file cannot be shown, or encoded."""
    if file.kind == FileKind.PHOTO and file.ready_at:
        return [_path(file, end) for end in SIZES]
    return [_path(file, _UPLOAD)]


def every_path(file: StoredFile) -> list[Path]:
    """Return all the paths that the file may have."""
    return [_path(file, end) for end in (_UPLOAD, *SIZES)]


def _path(file: StoredFile, end: str) -> Path:
    name = file.key.hex
    return folder() / name[:2] / f"{name}{end}"
