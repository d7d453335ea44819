"""The project's own drawings as text, for pictures that are put together from them. Knows no Django."""

import re
from functools import cache
from pathlib import Path

VECTORS = Path(__file__).resolve().parents[1] / "static" / "shop" / "img"
#: For a place that has no landscape of its own yet, and for the shop; drawn in the landscapes' coordinates.
HILLS = (
    '<rect y="250" width="800" height="330" fill="#e9edd9"/>'
    '<path d="M0 470C120 380 220 400 330 450C450 360 600 330 800 440V640H0Z" fill="#a9bba0"/>'
    '<path d="M0 540C160 470 260 520 380 540C540 460 680 480 800 520V640H0Z" fill="#7f9a80"/>'
)


@cache
def inside(name: str) -> str:
    """Return the drawing inside the svg element of a file."""
    text = (VECTORS / f"{name}.svg").read_text(encoding="utf-8")
    return re.sub(r"^.*?<svg[^>]*>|</svg>\s*$", "", text, flags=re.DOTALL)
