"""The ratios as bars on a logarithmic scale, drawn by hand: a picture of fifty lines needs no library."""

import math
from collections.abc import Mapping
from html import escape

_WIDTH, _ROW, _LEFT, _TOP = 760, 34, 250, 44
_MOST = 100.0


def chart(ratios: Mapping[str, float]) -> str:
    """Return an SVG with one bar for each ratio; the line at 1 is stock Oscar."""
    height = _TOP + _ROW * len(ratios) + 16
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" font-family="sans-serif"'
        ' font-size="14" role="img"><title>Answers per second as a multiple of stock Oscar, cold</title>',
        f'<rect width="{_WIDTH}" height="{height}" fill="#fbf8f1"/>',
    ]
    for mark in (1, 2, 5, 10, 20, 50, 100):
        x = _x(mark)
        parts.append(f'<path d="M{x:.0f} {_TOP - 8}V{height - 10}" stroke="#d9d2c3"/>')
        parts.append(f'<text x="{x:.0f}" y="{_TOP - 16}" text-anchor="middle" fill="#6b6357">{mark} ×</text>')
    for row, (title, found) in enumerate(ratios.items()):
        y = _TOP + row * _ROW
        width = max(0.0, _x(found) - _LEFT)
        parts.append(
            f'<text x="{_LEFT - 10}" y="{y + 19}" text-anchor="end" fill="#2b2620">{escape(title)}</text>'
        )
        parts.append(f'<rect x="{_LEFT}" y="{y + 4}" width="{width:.1f}" height="22" rx="3" fill="#2f6b4f"/>')
        parts.append(f'<text x="{_LEFT + width + 8:.0f}" y="{y + 20}" fill="#2b2620">{found:.1f}</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"


def _x(value: float) -> float:
    share = math.log(max(1.0, min(value, _MOST))) / math.log(_MOST)
    return _LEFT + share * (_WIDTH - _LEFT - 60)
