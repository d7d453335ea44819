"""Chooses and reads the vectors of a picture: landscape, pack and motif."""

import csv
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from .label import Box
from .regions import REGIONS, RegionStyle
from .spec import IllustrationError, IllustrationSpec

FOLDER = Path(__file__).resolve().parent
PACK_BY_UNIT = {
    "罐": "tin",
    "袋": "pouch",
    "盒": "box",
    "箱": "carton",
    "瓶": "jar",
    "桶": "tin",
    "块": "box",
}
# Label boxes of the packs, in their own 800 px drawing.
PACK_LABELS = {
    "tin": Box(324, 360, 152, 280),
    "pouch": Box(320, 318, 160, 300),
    "box": Box(322, 330, 156, 320),
    "jar": Box(320, 386, 160, 270),
    "bottle": Box(330, 408, 140, 256),
    "carton": Box(324, 424, 152, 240),
}
ALONE_CATEGORIES = ("celadon-crafts", "gift-boxes", "liquor-vinegar/vinegar", "grain-oil/oil")
# Sold loose, but a canteen's share comes in a carton.
LOOSE_CATEGORIES = ("nuts-fruit/fresh-fruit", "vegetables-spices/fresh", "corn/cobs")
BOTTLED_CATEGORIES = ("liquor-vinegar/fermented-rice",)
# The jar is drawn full of honey; other goods in a jar are darker.
HONEY = "honey"
SAUCE_COLOURS = {"#cf942a": "#8a4a2c", "#b27a1d": "#6d3820"}
LARGE_PACK = re.compile(r"^(?:[5-9]|\d{2,})kg|[×x]?(?:[2-9]\d|\d{3,})穗")


@dataclass(frozen=True)
class Vectors:
    """The chosen drawings by name; `pack` is None when the goods stand alone."""

    landscape: str
    pack: str | None
    motif: str


def choose_vectors(spec: IllustrationSpec) -> Vectors:
    """The drawings of a product; raises IllustrationError when none is mapped to its region or category."""
    if spec.region_slug not in REGIONS:
        raise IllustrationError(f"{spec.sku}: no landscape for region {spec.region_slug!r}")
    return Vectors(spec.region_slug, _pack(spec), _motif(spec))


def _pack(spec: IllustrationSpec) -> str | None:
    if spec.category_slug.startswith(ALONE_CATEGORIES):
        return None
    if spec.category_slug in LOOSE_CATEGORIES:
        return "carton" if spec.unit == "箱" and LARGE_PACK.search(spec.spec_zh) else None
    if spec.unit == "瓶" and spec.category_slug in BOTTLED_CATEGORIES:
        return "bottle"
    return PACK_BY_UNIT.get(spec.unit)


def _motif(spec: IllustrationSpec) -> str:
    for row in _rows("motif_overrides.csv"):
        if row["name_part"] in spec.name_zh and spec.category_slug.startswith(row["category_slug"]):
            return row["motif"]
    by_category = {row["category_slug"]: row["motif"] for row in _rows("motifs.csv")}
    parent = spec.category_slug.partition("/")[0]
    motif = by_category.get(spec.category_slug) or by_category.get(parent)
    if motif is None:
        raise IllustrationError(f"{spec.sku}: no motif for category {spec.category_slug!r} in motifs.csv")
    return motif


@cache
def _rows(name: str) -> tuple[dict[str, str], ...]:
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


@cache
def _content(name: str) -> str:
    """The drawing inside the svg element."""
    text = (FOLDER / "svg" / f"{name}.svg").read_text(encoding="utf-8")
    return text[text.index(">", text.index("<svg")) + 1 : text.rindex("</svg>")]


def landscape(name: str) -> str:
    """The landscape of a region, 800 px square."""
    return _content(f"landscape-{name}")


def pack(name: str, style: RegionStyle, category_slug: str) -> str:
    """A pack in the region's colours, 800 px square, standing on y = 700."""
    drawing = _content(f"pack-{name}").replace("{A}", style.accent).replace("{M}", style.mid)
    if name == "jar" and not category_slug.startswith(HONEY):
        for amber, brown in SAUCE_COLOURS.items():
            drawing = drawing.replace(amber, brown)
    return drawing


def motif(name: str, style: RegionStyle) -> str:
    """A motif, 200 px square; marks drawn in the first region's green take the region's own colour."""
    return _content(f"motif-{name}").replace("#4a6a2c", style.accent)
