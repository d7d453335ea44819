"""The file that a transparent cut-out is delivered as; the others are `shop.core.derivatives`."""

from io import BytesIO

from PIL import Image

from shop.core.derivatives import SQUARE, derivatives

DERIVATIVES = SQUARE

__all__ = ["DERIVATIVES", "derivatives", "encode_cutout"]


def encode_cutout(image: Image.Image) -> bytes:
    """Encode a transparent cut-out as one WebP of its own size."""
    file = BytesIO()
    image.convert("RGBA").save(file, "WEBP", quality=84, method=4)
    return file.getvalue()
