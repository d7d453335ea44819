"""The landscape behind the card: vectors of a place, rasterised."""

from io import BytesIO

import resvg_py
from PIL import Image

from shop.core.palette import PLACES, place_colour
from shop.core.vectors import HILLS, inside

WIDTH, HEIGHT = 1080, 1440
#: How far sky and ground of a landscape reach in its own drawing, and in a picture that is taller than wide.
_TALLER = (("V640", "V1400"), ('height="330"', 'height="1150"'))
_MARK_SIDE, _MOTIF_SIDE = 76, 156


def draw_scene(slug: str, mark_at: tuple[int, int], motif_at: tuple[int, int], card: str) -> Image.Image:
    """Return the picture without its words. `card` is the SVG of the card that lies on the landscape."""
    landscape = inside(f"hero-{slug}") if slug in PLACES else HILLS
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
    drawing = f'<g {pen} stroke-linejoin="round">{inside(f"region-{slug}")}</g>'
    return _box(drawing, "0 0 120 120", at, _MOTIF_SIDE)


def _placed(name: str, view: str, at: tuple[int, int], side: int) -> str:
    return _box(inside(name), view, at, side)


def _box(drawing: str, view: str, at: tuple[int, int], side: int) -> str:
    return f'<svg x="{at[0]}" y="{at[1]}" width="{side}" height="{side}" viewBox="{view}">{drawing}</svg>'
