"""Composes the picture of a product: landscape, pack, motif, paper label."""

from io import BytesIO

import resvg_py
from PIL import Image

from . import vectors
from .label import Box, draw_label
from .regions import RegionStyle, style_of
from .spec import IllustrationSpec
from .wording import label_wording

SIDE = 800
GROUND = 700
PACK_MIDDLE = 300
HANGING_LABEL = Box(48, 36, 124, 330)
CUTOUT_MARGIN = 12
SMALL_PACKS = ("试饮装", "小瓶", "小袋", "半只装")
LARGE_PACKS = ("家庭装", "大瓶", "大包装", "家宴装")


def draw_product(spec: IllustrationSpec) -> Image.Image:
    """The picture of a product, RGB, 800 × 800.

    Pure: the same spec gives the same pixels. Raises IllustrationError when the region or the
    category has no drawing.
    """
    chosen = vectors.choose_vectors(spec)
    style = style_of(spec)
    scene = vectors.landscape(chosen.landscape) + _goods(spec, chosen, style)
    image = _rasterise(scene).convert("RGB")
    box = HANGING_LABEL if chosen.pack is None else _label_box(chosen.pack, _pack_scale(spec, chosen.pack))
    draw_label(image, box, label_wording(spec.name_zh, style), style)
    return image


def draw_cutout(spec: IllustrationSpec) -> Image.Image:
    """The goods alone on a transparent ground, RGBA, cropped to what is drawn.

    Pure, like draw_product, and raises the same errors. Goods without a pack carry no label.
    """
    chosen = vectors.choose_vectors(spec)
    style = style_of(spec)
    image = _rasterise(_goods(spec, chosen, style))
    if chosen.pack is not None:
        box = _label_box(chosen.pack, _pack_scale(spec, chosen.pack))
        draw_label(image, box, label_wording(spec.name_zh, style), style)
    left, top, right, bottom = image.getbbox() or (0, 0, SIDE, SIDE)
    return image.crop(
        (
            max(left - CUTOUT_MARGIN, 0),
            max(top - CUTOUT_MARGIN, 0),
            min(right + CUTOUT_MARGIN, SIDE),
            min(bottom + CUTOUT_MARGIN, SIDE),
        )
    )


def _rasterise(scene: str) -> Image.Image:
    size = f'viewBox="0 0 {SIDE} {SIDE}" width="{SIDE}" height="{SIDE}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size}>'
    # The vectors hold no text, so the machine's fonts are neither needed nor able to change the picture.
    png = bytes(resvg_py.svg_to_bytes(svg_string=f"{head}{scene}</svg>", skip_system_fonts=True))
    return Image.open(BytesIO(png)).convert("RGBA")


def _goods(spec: IllustrationSpec, chosen: vectors.Vectors, style: RegionStyle) -> str:
    motif = vectors.motif(chosen.motif, style)
    if chosen.pack is None:
        return _shadow(style, 470, 696, 264, 26) + f'<g transform="translate(200 168) scale(2.7)">{motif}</g>'
    scale = _pack_scale(spec, chosen.pack)
    shift = f"translate({PACK_MIDDLE - 400 * scale:g} {GROUND - GROUND * scale:g}) scale({scale:g})"
    return (
        f'<g transform="{shift}">{vectors.pack(chosen.pack, style, spec.category_slug)}</g>'
        + _shadow(style, 606, 722, 166, 18)
        + f'<g transform="translate(446 414) scale(1.62)">{motif}</g>'
    )


def _shadow(style: RegionStyle, cx: int, cy: int, rx: int, ry: int) -> str:
    return f'<ellipse cx="{cx}" cy="{cy}" rx="{rx}" ry="{ry}" fill="{style.accent}" fill-opacity=".16"/>'


def _pack_scale(spec: IllustrationSpec, pack: str) -> float:
    scale = 1.12
    if spec.name_zh.endswith(SMALL_PACKS):
        scale = 1.0
    elif spec.name_zh.endswith(LARGE_PACKS):
        scale = 1.2
    return min(scale, 1.12) if pack == "carton" else scale


def _label_box(pack: str, scale: float) -> Box:
    box = vectors.PACK_LABELS[pack]
    return Box(
        PACK_MIDDLE + (box.x - 400) * scale,
        GROUND + (box.y - GROUND) * scale,
        box.w * scale,
        box.h * scale,
    )
