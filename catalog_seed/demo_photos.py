"""A drawing that stands for a photo in the demonstration: nobody took one."""

from io import BytesIO

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageDraw

_SIZE = (960, 720)


def crushed_carton() -> SimpleUploadedFile:
    """Return the drawing of a carton with a crushed corner, as a phone would upload it; always the same bytes."""
    picture = Image.new("RGB", _SIZE, (226, 221, 211))
    draw = ImageDraw.Draw(picture)
    draw.polygon([(210, 300), (480, 200), (760, 290), (490, 400)], fill=(196, 154, 102))
    draw.polygon([(210, 300), (490, 400), (490, 610), (210, 500)], fill=(170, 128, 80))
    draw.polygon(
        [(490, 400), (700, 330), (660, 380), (730, 420), (690, 530), (490, 610)], fill=(146, 106, 64)
    )
    draw.line([(345, 250), (625, 345)], fill=(120, 84, 48), width=10)
    draw.line([(700, 330), (640, 400), (735, 430), (680, 540)], fill=(70, 46, 24), width=8)
    file = BytesIO()
    picture.save(file, "JPEG", quality=80)
    return SimpleUploadedFile("破损（演示）.jpg", file.getvalue(), "image/jpeg")
