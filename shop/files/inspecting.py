"""What an upload is, by its bytes: its name and the browser's word for it count for nothing.

A photo is looked at no further than its header: decoding is the worker's work (`encoding`).
"""

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

# Named here, so that Pillow finds their formats without loading every plugin it has.
from PIL import Image, JpegImagePlugin, PngImagePlugin, WebPImagePlugin

from shop.files.exceptions import FileRefused
from shop.files.invoice_files import invoice_type
from shop.files.models import FileKind

assert JpegImagePlugin and PngImagePlugin and WebPImagePlugin

MAX_BYTES = 10 * 1024 * 1024
#: A JPEG can be decoded at a fraction of its size, the others only whole.
MAX_PIXELS = {"JPEG": 64_000_000, "PNG": 16_000_000, "WEBP": 16_000_000}
FORMATS = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}
_PDF = "application/pdf"
_UNSAFE = re.compile(r"[^\w.()（）+-]+")
_MEGABYTE = 1024 * 1024


@dataclass(frozen=True)
class Inspected:
    """An upload that may be stored: its bytes and what they are."""

    raw: bytes
    name: str
    content_type: str
    digest: str
    width: int = 0
    height: int = 0

    @property
    def is_photo(self) -> bool:
        """Whether the worker has to encode it anew."""
        return self.content_type in FORMATS.values()


def inspect(upload: "UploadedFile[Any]", kind: FileKind) -> Inspected:
    """Read an upload and return what it is.

    A photo is a JPEG, PNG or WebP; a document one of these or a PDF; an invoice a PDF, OFD or XML; 10 MB at the
    most. Raises FileRefused: empty, too_large, file_kind, too_many_pixels.
    """
    name = clean_name(upload.name or "")
    if not upload.size:
        raise FileRefused(_("“%(name)s” is empty.") % {"name": name}, code="empty")
    if upload.size > MAX_BYTES:
        raise FileRefused(
            _("“%(name)s” has %(size)d MB; a file may have %(most)d MB at the most.")
            % {"name": name, "size": -(-upload.size // _MEGABYTE), "most": MAX_BYTES // _MEGABYTE},
            code="too_large",
        )
    upload.seek(0)
    raw = upload.read()
    digest = hashlib.sha256(raw).hexdigest()
    if kind == FileKind.INVOICE:
        if found_type := _PDF if _is_pdf(raw) else invoice_type(raw):
            return Inspected(raw, name, found_type, digest)
        raise FileRefused(_wrong_kind(kind) % {"name": name}, code="file_kind")
    if found := _image(upload, raw, name):
        return Inspected(raw, name, FORMATS[found[0]], digest, found[1], found[2])
    if kind == FileKind.DOCUMENT and _is_pdf(raw):
        return Inspected(raw, name, _PDF, digest)
    raise FileRefused(_wrong_kind(kind) % {"name": name}, code="file_kind")


def clean_name(name: str) -> str:
    """Return a name that is safe in a page, a header and a folder: letters, digits, dots; 120 at the most."""
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    stem, dot, end = _UNSAFE.sub("_", last).strip("._").rpartition(".")
    return f"{stem[:100]}{dot}{end[:10]}" if stem else (end[:100] or "file")


def _image(upload: "UploadedFile[Any]", raw: bytes, name: str) -> tuple[str, int, int] | None:
    wanted = _format_of(raw)
    if wanted is None:
        return None
    upload.seek(0)
    try:
        with Image.open(upload, formats=[wanted]) as image:
            width, height = image.size
    except Image.DecompressionBombError as error:
        raise _too_many_pixels(name, wanted) from error
    except (OSError, SyntaxError, ValueError):
        return None
    if width * height > MAX_PIXELS[wanted]:
        raise _too_many_pixels(name, wanted)
    return wanted, width, height


def _format_of(raw: bytes) -> str | None:
    if raw.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if raw.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if raw.startswith(b"RIFF") and raw[8:12] == b"WEBP":
        return "WEBP"
    return None


def _is_pdf(raw: bytes) -> bool:
    return raw.startswith(b"%PDF-") and b"%%EOF" in raw[-2048:]


def _too_many_pixels(name: str, image_format: str) -> FileRefused:
    return FileRefused(
        _("“%(name)s” has more than %(most)d million pixels. Please take a smaller picture.")
        % {"name": name, "most": MAX_PIXELS[image_format] // 1_000_000},
        code="too_many_pixels",
    )


def _wrong_kind(kind: FileKind) -> str:
    if kind == FileKind.PHOTO:
        return _("“%(name)s” is not a photo that can be read. Please choose a JPEG, PNG or WebP picture.")
    if kind == FileKind.INVOICE:
        return _("“%(name)s” is no invoice that can be read. Please choose the PDF, OFD or XML file of it.")
    return _("“%(name)s” cannot be read. Please choose a PDF, or a JPEG, PNG or WebP picture.")
