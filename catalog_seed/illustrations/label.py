"""Draws a paper label: upright name, thin rule, seal of the place."""

from dataclasses import dataclass
from functools import cache

from PIL import Image, ImageDraw, ImageFont

from shop.core.typefaces import SERIF_BOLD

from .regions import RegionStyle
from .wording import Wording

PAPER = "#fdf9ef"
INK = "#2b2722"
LARGEST_CHARACTER = 70
LINE = 1.06
# Share of the em square that stands above the baseline in Chinese type.
ASCENT = 0.88


@dataclass(frozen=True)
class Box:
    """A rectangle in pixels of the 800 px picture."""

    x: float
    y: float
    w: float
    h: float


@cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    # The basic layout engine is in every Pillow build, so the same characters give the same pixels.
    return ImageFont.truetype(str(SERIF_BOLD), size, layout_engine=ImageFont.Layout.BASIC)


def draw_label(image: Image.Image, box: Box, wording: Wording, style: RegionStyle) -> None:
    """Paint the label into `image`, in place."""
    pen = ImageDraw.Draw(image)
    right, bottom = box.x + box.w, box.y + box.h
    pen.rounded_rectangle((box.x, box.y, right, bottom), radius=8, fill=PAPER)
    pen.rectangle((box.x + 8, box.y + 8, right - 8, bottom - 8), outline=style.accent, width=2)
    seal = min(42.0, box.w * 0.27)
    seal_top = bottom - seal - 20
    _draw_seal(pen, box.x + (box.w - seal) / 2, seal_top, seal, style)
    _draw_columns(pen, Box(box.x + 14, box.y + 20, box.w - 28, seal_top - box.y - 30), wording)


def _draw_seal(pen: ImageDraw.ImageDraw, x: float, y: float, side: float, style: RegionStyle) -> None:
    pen.rounded_rectangle((x, y, x + side, y + side), radius=6, fill=style.accent)
    size = round(side * 0.68)
    baseline = y + side / 2 + size * (ASCENT - 0.5)
    pen.text((x + side / 2, baseline), style.seal, PAPER, _font(size), anchor="ms")


def _draw_columns(pen: ImageDraw.ImageDraw, room: Box, wording: Wording) -> None:
    longest = max(len(wording.main), len(wording.sub) if wording.equal else 0)
    by_height = room.h / (longest * LINE)
    if not wording.sub:
        size = int(min(LARGEST_CHARACTER, by_height, room.w * 0.62))
        top = room.y + (room.h - longest * LINE * size) / 2
        _draw_column(pen, room.x + room.w / 2, top, size, wording.main)
        return
    size = int(min(LARGEST_CHARACTER, by_height, room.w * 0.43))
    small = size if wording.equal else int(min(size * 0.78, room.h * 0.96 / (len(wording.sub) * LINE)))
    top = room.y + (room.h - longest * LINE * size) / 2
    gap = room.w * 0.04
    left = room.x + (room.w - size - small - gap) / 2
    _draw_column(pen, left + small + gap + size / 2, top, size, wording.main)
    lowest = room.y + room.h - len(wording.sub) * LINE * small
    hang = 0 if wording.equal else size * 0.3
    _draw_column(pen, left + small / 2, min(top + hang, lowest), small, wording.sub)


def _draw_column(pen: ImageDraw.ImageDraw, middle: float, top: float, size: int, text: str) -> None:
    for place, character in enumerate(text):
        baseline = top + place * LINE * size + ASCENT * size
        pen.text((middle, baseline), character, INK, _font(size), anchor="ms")
