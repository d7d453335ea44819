"""Photos as every viewer opens them, decoded in the worker alone."""

from io import BytesIO

from PIL import Image

from shop.files.models import StoredFile
from shop.files.places import LARGE, photo_path

#: Longest side in pixels and quality: on a page, and beside it as a file.
PRINTED = (900, 74)
KEPT = (1600, 85)


def jpeg_of(file: StoredFile, size: tuple[int, int]) -> bytes:
    """Return a photo as a JPEG, empty where it cannot be read at present."""
    side, quality = size
    try:
        with Image.open(photo_path(file, LARGE), formats=["WEBP"]) as image:
            plain = image.convert("RGB")
    except (OSError, ValueError, Image.DecompressionBombError):
        return b""
    plain.thumbnail((side, side), Image.Resampling.LANCZOS)
    found = BytesIO()
    plain.save(found, "JPEG", quality=quality)
    return found.getvalue()
