"""Encode an uploaded photo anew, in the worker: what is shown holds pixels and nothing else."""

import struct
from io import BytesIO

from PIL import Image, ImageOps

from shop.files.inspecting import FORMATS, MAX_PIXELS

#: Longest side in pixels → quality, by the end of the file's name.
SIZES = {"-1600.webp": (1600, 80), "-320.webp": (320, 74)}
_BROKEN = (OSError, SyntaxError, ValueError, EOFError, struct.error, Image.DecompressionBombError)


class Unreadable(Exception):
    """The bytes begin like a picture and are none."""


def encode(raw: bytes, content_type: str) -> dict[str, bytes]:
    """Return the photo in every size of SIZES: upright, opaque, without EXIF or any other metadata.

    Decodes a JPEG at a fraction of its size where that is enough. Raises Unreadable.
    """
    wanted = next(name for name, kind in FORMATS.items() if kind == content_type)
    try:
        with Image.open(BytesIO(raw), formats=[wanted]) as image:
            if image.width * image.height > MAX_PIXELS[wanted]:
                raise Unreadable("too many pixels")
            image.draft("RGB", (1600, 1600))
            upright = _opaque(ImageOps.exif_transpose(image))
    except _BROKEN as error:
        raise Unreadable(str(error)) from error
    return {end: _webp(upright, side, quality) for end, (side, quality) in SIZES.items()}


def _opaque(image: Image.Image) -> Image.Image:
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        solid = image.convert("RGBA")
        paper = Image.new("RGB", solid.size, "white")
        paper.paste(solid, mask=solid.getchannel("A"))
        return paper
    return image.convert("RGB")


def _webp(image: Image.Image, side: int, quality: int) -> bytes:
    scaled = image.copy()
    scaled.thumbnail((side, side), Image.Resampling.LANCZOS)
    clean = Image.frombytes("RGB", scaled.size, scaled.tobytes())
    file = BytesIO()
    clean.save(file, "WEBP", quality=quality, method=4)
    return file.getvalue()
