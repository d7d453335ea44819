"""The colours of the theme that pictures and PDF files share with the pages."""

from collections.abc import Mapping
from types import MappingProxyType

PINE = "#1f5140"
INK, INK_2, INK_3, LINE, SUNK = "#2b2722", "#5a5146", "#6f6455", "#e4dac6", "#f3ecdd"
#: A place's own colour, by its slug.
PLACES: Mapping[str, str] = MappingProxyType(
    {
        "wangcang": "#4a6a2c",
        "longquan": "#23695c",
        "kangding": "#2f5a86",
        "gongzhuling": "#80560b",
        "lvyuan": "#7a4560",
    }
)


def place_colour(slug: str) -> str:
    """Return a place's colour, the shop's own where it has none."""
    return PLACES.get(slug, PINE)


def rgb(colour: str) -> tuple[int, int, int]:
    """Return the three parts of a colour written as #rrggbb."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
