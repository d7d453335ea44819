"""Illustrations of the seed catalogue, drawn from the project's own vectors. Knows no Django."""

from .draw import draw_cutout, draw_product
from .encode import DERIVATIVES, derivatives, encode_cutout
from .spec import IllustrationError, IllustrationSpec

__all__ = [
    "DERIVATIVES",
    "IllustrationError",
    "IllustrationSpec",
    "derivatives",
    "draw_cutout",
    "draw_product",
    "encode_cutout",
]
