"""The shop's mark, drawn on the pages of PDF files."""

import math
from typing import TYPE_CHECKING

from shop.core.palette import PINE, rgb

if TYPE_CHECKING:
    from fpdf import FPDF

_PAPER, _GOLD = (251, 248, 241), (236, 191, 88)
#: Points of the mark on its square of 64.
_RIDGE = ((8, 43), (24, 19), (33, 32), (41, 23), (56, 43))
_TIDE = tuple((10 + x, 52 - 3.5 * math.sin(x * math.pi / 11)) for x in range(45))


def draw_mark(pdf: "FPDF", x: float, y: float, size: float) -> None:
    """Draw the mark as a square of `size` mm; colours and line width are changed."""
    scale = size / 64
    pdf.set_fill_color(*rgb(PINE))
    pdf.rect(x, y, size, size, style="F", round_corners=True, corner_radius=size * 0.22)
    for points, colour, width in ((_RIDGE, _PAPER, 4.5), (_TIDE, _GOLD, 4)):
        pdf.set_draw_color(*colour)
        pdf.set_line_width(width * scale)
        pdf.polyline([(x + px * scale, y + py * scale) for px, py in points])
