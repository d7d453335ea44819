"""The files that a public picture is delivered as: fixed sizes, WebP and JPEG, pixels and nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from types import MappingProxyType

# Named here, so that Pillow finds their formats without loading every plugin it has: that is 30 MB of codecs.
from PIL import Image, ImageOps, JpegImagePlugin, WebPImagePlugin

assert JpegImagePlugin and WebPImagePlugin


@dataclass(frozen=True)
class Derivative:
    """One delivered size; sides in pixels, `quality` of the encoder."""

    width: int
    height: int
    format: str
    quality: int


#: Of a product's picture.
SQUARE: Mapping[str, Derivative] = MappingProxyType(
    {
        "webp-800": Derivative(800, 800, "WEBP", 82),
        "webp-400": Derivative(400, 400, "WEBP", 80),
        # Shown at 84 px in lists and the cart: twice that for dense screens.
        "webp-160": Derivative(160, 160, "WEBP", 78),
        "jpeg-800": Derivative(800, 800, "JPEG", 85),
    }
)
#: Of a banner, a story or a place.
WIDE: Mapping[str, Derivative] = MappingProxyType(
    {
        "webp-1200": Derivative(1200, 600, "WEBP", 80),
        "webp-600": Derivative(600, 300, "WEBP", 78),
        "jpeg-1200": Derivative(1200, 600, "JPEG", 84),
    }
)


def derivatives(image: Image.Image, wanted: Mapping[str, Derivative] = SQUARE) -> dict[str, bytes]:
    """Encode a picture into every entry of a table, cut to its shape from the middle; same image, same bytes."""
    return {name: _encode(image.convert("RGB"), one) for name, one in wanted.items()}


def photo_derivatives(raw: bytes, wanted: Mapping[str, Derivative] = SQUARE) -> dict[str, bytes]:
    """Encode a photo that `shop.files` has encoded anew (WebP). Raises OSError for bytes that are no picture."""
    with Image.open(BytesIO(raw), formats=["WEBP"]) as image:
        plain = Image.frombytes("RGB", image.size, image.convert("RGB").tobytes())
    return derivatives(plain, wanted)


def _encode(image: Image.Image, wanted: Derivative) -> bytes:
    size = (wanted.width, wanted.height)
    scaled = image if image.size == size else ImageOps.fit(image, size, Image.Resampling.LANCZOS)
    file = BytesIO()
    if wanted.format == "JPEG":
        scaled.save(file, "JPEG", quality=wanted.quality, optimize=True, progressive=True)
    else:
        scaled.save(file, "WEBP", quality=wanted.quality, method=4)
    return file.getvalue()
