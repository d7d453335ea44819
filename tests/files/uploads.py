"""Files as people, and people with bad intentions, upload them."""

import struct
import zlib
from io import BytesIO

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

PDF = b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


def photo(
    *,
    size: tuple[int, int] = (64, 48),
    name: str = "jar.jpg",
    image_format: str = "JPEG",
    mode: str = "RGB",
    color: object = "red",
    exif: Image.Exif | None = None,
) -> SimpleUploadedFile:
    """Return a photo of one colour."""
    file = BytesIO()
    options = {"exif": exif} if exif else {}
    Image.new(mode, size, color).save(file, image_format, **options)  # type: ignore[arg-type]
    return SimpleUploadedFile(name, file.getvalue(), content_type="image/jpeg")


def paper(raw: bytes = PDF, name: str = "营业执照.pdf") -> SimpleUploadedFile:
    """Return a document of these bytes, called a PDF."""
    return SimpleUploadedFile(name, raw, content_type="application/pdf")


def bomb(width: int = 50_000, height: int = 50_000) -> SimpleUploadedFile:
    """Return a PNG of a few KB whose header names a picture of gigabytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    raw = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(4096)))
    return SimpleUploadedFile("bomb.png", raw + chunk(b"IEND", b""), content_type="image/png")
