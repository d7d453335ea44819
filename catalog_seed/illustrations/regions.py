"""Colours and seal of each partner region."""

from dataclasses import dataclass

from .spec import IllustrationError, IllustrationSpec


@dataclass(frozen=True)
class RegionStyle:
    """`accent` is the region's own colour, `mid` its landscape tone, `prefixes` what its names begin with."""

    accent: str
    mid: str
    seal: str
    prefixes: tuple[str, ...]


REGIONS = {
    "wangcang": RegionStyle("#4a6a2c", "#9db07a", "旺", ("旺苍",)),
    "longquan": RegionStyle("#23695c", "#8fb8a8", "龙", ("龙泉",)),
    "kangding": RegionStyle("#2f5a86", "#9db6cd", "康", ("康定",)),
    "gongzhuling": RegionStyle("#80560b", "#dcbf83", "公", ("公主岭",)),
    "lvyuan": RegionStyle("#7a4560", "#c6a3b3", "绿", ("长春",)),
}


def style_of(spec: IllustrationSpec) -> RegionStyle:
    """The style of the spec's region; raises IllustrationError for a region without one."""
    style = REGIONS.get(spec.region_slug)
    if style is None:
        raise IllustrationError(f"{spec.sku}: no landscape and seal for region {spec.region_slug!r}")
    return style
