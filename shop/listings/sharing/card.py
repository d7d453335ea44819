"""A card of 1200 × 630, the size that readers of shared links ask for. Chinese, whoever looks at it."""

from functools import cache
from io import BytesIO
from pathlib import Path

import resvg_py
from PIL import Image, ImageDraw, ImageFont, ImageOps, JpegImagePlugin, PngImagePlugin

from shop.core.palette import INK, INK_2, INK_3, PLACES, place_colour
from shop.core.typefaces import SANS_REGULAR, SERIF_BOLD
from shop.core.vectors import HILLS, inside
from shop.listings.sharing.spec import HEIGHT, WIDTH, ShareSpec

assert JpegImagePlugin and PngImagePlugin

PAPER, CARD = "#fbf8f1", "#fffdf8"
_QUALITY = 86
_BAND = 12
_LEFT, _RIGHT = HEIGHT + _BAND + 54, WIDTH - 60
#: Size of a title's letters, its lines at most, and their distance; the first that holds the title is taken.
_TITLES = ((60, 3, 80), (50, 4, 68), (42, 5, 58))
#: What no line of Chinese begins with.
_CLOSING = "，。、；：！？）》”’·"


@cache
def _sans(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(SANS_REGULAR), size, layout_engine=ImageFont.Layout.BASIC)


@cache
def _serif(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(SERIF_BOLD), size, layout_engine=ImageFont.Layout.BASIC)


def draw_share(spec: ShareSpec, pictures: Path) -> bytes:
    """Return the picture as JPEG; same spec and picture, same bytes. Raises OSError for one that cannot be read."""
    image = _of_product(spec, pictures) if spec.picture else _of_place(spec)
    file = BytesIO()
    image.save(file, "JPEG", quality=_QUALITY, optimize=True, progressive=True)
    return file.getvalue()


def _of_product(spec: ShareSpec, pictures: Path) -> Image.Image:
    image = Image.new("RGB", (WIDTH, HEIGHT), PAPER)
    with Image.open(pictures / spec.picture, formats=["JPEG"]) as picture:
        square = ImageOps.fit(picture.convert("RGB"), (HEIGHT, HEIGHT), Image.Resampling.LANCZOS)
    image.paste(square, (0, 0))
    pen = ImageDraw.Draw(image)
    pen.rectangle((HEIGHT, 0, HEIGHT + _BAND - 1, HEIGHT), fill=place_colour(spec.slug))
    _seal(pen, spec, (_LEFT, 72), 64)
    fitting = (size for size in (32, 28, 24) if _sans(size).getlength(spec.place) <= _RIGHT - _LEFT - 84)
    _write(pen, (_LEFT + 84, 116), spec.place, _sans(next(fitting, 20)), INK_2)
    size, lines, distance = fitted(spec.title, _RIGHT - _LEFT)
    for number, line in enumerate(lines):
        _write(pen, (_LEFT, 238 + number * distance), line, _serif(size), INK)
    _write(pen, (_LEFT, 530), spec.shop_name, _serif(40), INK)
    small = "·".join(filter(None, (spec.shop_subline, spec.note)))
    _write(pen, (_LEFT, 572), small, _sans(24), INK_3)
    return image


def _of_place(spec: ShareSpec) -> Image.Image:
    image = _landscape(spec.slug)
    pen = ImageDraw.Draw(image)
    pen.rounded_rectangle((72, 330, WIDTH - 72, HEIGHT - 72), radius=28, fill=CARD)
    left = 120
    if spec.seal:
        _seal(pen, spec, (left, 396), 96)
        left += 124
    _write(pen, (left, 452), spec.title or spec.shop_name, _serif(64), INK)
    below = f"{spec.shop_name}·{spec.shop_subline}" if spec.title else spec.shop_subline
    _write(pen, (left, 510), "·".join(filter(None, (below, spec.note))), _sans(32), INK_2)
    return image


def _landscape(slug: str) -> Image.Image:
    drawing = inside(f"hero-{slug}") if slug in PLACES else HILLS
    whole = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" viewBox="0 250 800 330"'
        f' preserveAspectRatio="xMidYMax slice">{drawing}</svg>'
    )
    # The vectors hold no text, so the machine's fonts are neither needed nor able to change the picture.
    png = bytes(resvg_py.svg_to_bytes(svg_string=whole, skip_system_fonts=True))
    return Image.open(BytesIO(png)).convert("RGB")


def fitted(title: str, room: int) -> tuple[int, list[str], int]:
    """Return size, lines and their distance, so that the title has room; what is too long ends in an ellipsis."""
    for size, most, distance in _TITLES:
        lines = _lines(title, _serif(size), room)
        if len(lines) <= most:
            return size, lines, distance
    return size, [*lines[: most - 1], f"{lines[most - 1][:-1]}…"], distance


def _lines(text: str, font: ImageFont.FreeTypeFont, room: int) -> list[str]:
    lines = [""]
    for letter in text:
        if font.getlength(lines[-1] + letter) <= room or letter in _CLOSING:
            lines[-1] += letter
        else:
            lines.append(letter.lstrip())
    return lines


def _seal(pen: ImageDraw.ImageDraw, spec: ShareSpec, at: tuple[int, int], side: int) -> None:
    x, y = at
    pen.rounded_rectangle((x, y, x + side, y + side), radius=round(side / 7), fill=place_colour(spec.slug))
    size = round(side * 0.64)
    pen.text((x + side / 2, y + side / 2 + size * 0.37), spec.seal, CARD, _serif(size), anchor="ms")


def _write(
    pen: ImageDraw.ImageDraw, at: tuple[float, float], text: str, font: ImageFont.FreeTypeFont, colour: str
) -> None:
    """Write a line at its baseline."""
    pen.text(at, text, colour, font, anchor="ls")
