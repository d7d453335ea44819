"""The files a picture is delivered as."""

from dataclasses import dataclass
from io import BytesIO
from types import MappingProxyType

# Named here, so that Pillow finds their formats without loading every plugin it has: that is 30 MB of codecs.
from PIL import Image, JpegImagePlugin, WebPImagePlugin

assert JpegImagePlugin and WebPImagePlugin


@dataclass(frozen=True)
class Derivative:
    """One delivered size; `side` in pixels, `quality` of the encoder."""

    side: int
    format: str
    quality: int


DERIVATIVES = MappingProxyType(
    {
        "webp-800": Derivative(800, "WEBP", 82),
        "webp-400": Derivative(400, "WEBP", 80),
        # Shown at 84 px in lists and the cart: twice that for dense screens.
        "webp-160": Derivative(160, "WEBP", 78),
        "jpeg-800": Derivative(800, "JPEG", 85),
    }
)


def derivatives(image: Image.Image) -> dict[str, bytes]:
    """Encode a square picture into every entry of DERIVATIVES; same image, same bytes, no metadata."""
    plain = image.convert("RGB")
    return {name: _encode(plain, wanted) for name, wanted in DERIVATIVES.items()}


def encode_cutout(image: Image.Image) -> bytes:
    """Encode a transparent cut-out as one WebP of its own size."""
    file = BytesIO()
    image.convert("RGBA").save(file, "WEBP", quality=84, method=4)
    return file.getvalue()


def _encode(image: Image.Image, wanted: Derivative) -> bytes:
    size = (wanted.side, wanted.side)
    scaled = image if image.size == size else image.resize(size, Image.Resampling.LANCZOS)
    file = BytesIO()
    if wanted.format == "JPEG":
        scaled.save(file, "JPEG", quality=wanted.quality, optimize=True, progressive=True)
    else:
        scaled.save(file, "WEBP", quality=wanted.quality, method=4)
    return file.getvalue()
