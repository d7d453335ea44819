"""The landscape behind the card: vectors of a place, rasterised."""

import re
from functools import cache
from io import BytesIO
from pathlib import Path

import resvg_py
from PIL import Image

from shop.core.palette import PLACES, place_colour

WIDTH, HEIGHT = 1080, 1440
VECTORS = Path(__file__).resolve().parents[2] / "static" / "shop" / "img"
#: For a place that has no drawing of its own yet.
_HILLS = (
    '<rect y="250" width="800" height="330" fill="#e9edd9"/>'
    '<path d="M0 470C120 380 220 400 330 450C450 360 600 330 800 440V640H0Z" fill="#a9bba0"/>'
    '<path d="M0 540C160 470 260 520 380 540C540 460 680 480 800 520V640H0Z" fill="#7f9a80"/>'
)
#: How far sky and ground of a landscape reach in its own drawing, and in a picture that is taller than wide.
_TALLER = (("V640", "V1400"), ('height="330"', 'height="1150"'))
_MARK_SIDE, _MOTIF_SIDE = 76, 156


def draw_scene(slug: str, mark_at: tuple[int, int], motif_at: tuple[int, int], card: str) -> Image.Image:
    """Return the picture without its words. `card` is the SVG of the card that lies on the landscape."""
    landscape = _content(f"hero-{slug}") if slug in PLACES else _HILLS
    for short, tall in _TALLER:
        landscape = landscape.replace(short, tall)
    drawing = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}">'
        f'<svg width="{WIDTH}" height="{HEIGHT}" viewBox="0 250 800 1066.667">'
        f"{landscape}</svg>"
        f"{card}"
        f"{_placed('favicon', '0 0 64 64', mark_at, _MARK_SIDE)}"
        f"{_motif(slug, motif_at)}</svg>"
    )
    # The vectors hold no text, so the machine's fonts are neither needed nor able to change the picture.
    png = bytes(resvg_py.svg_to_bytes(svg_string=drawing, skip_system_fonts=True))
    return Image.open(BytesIO(png)).convert("RGB")


def _motif(slug: str, at: tuple[int, int]) -> str:
    if slug not in PLACES:
        return ""
    pen = f'fill="none" stroke="{place_colour(slug)}" stroke-width="3.2" stroke-linecap="round"'
    inside = f'<g {pen} stroke-linejoin="round">{_content(f"region-{slug}")}</g>'
    return _box(inside, "0 0 120 120", at, _MOTIF_SIDE)


def _placed(name: str, view: str, at: tuple[int, int], side: int) -> str:
    return _box(_content(name), view, at, side)


def _box(inside: str, view: str, at: tuple[int, int], side: int) -> str:
    return f'<svg x="{at[0]}" y="{at[1]}" width="{side}" height="{side}" viewBox="{view}">{inside}</svg>'


@cache
def _content(name: str) -> str:
    """Return the drawing inside the svg element of a file."""
    text = (VECTORS / f"{name}.svg").read_text(encoding="utf-8")
    return re.sub(r"^.*?<svg[^>]*>|</svg>\s*$", "", text, flags=re.DOTALL)
