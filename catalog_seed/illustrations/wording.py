"""What stands on the paper label: the product's name in one or two upright columns."""

import re
from dataclasses import dataclass

from .regions import RegionStyle

LONGEST_COLUMN = 6
# The place is on the seal; names that would lose their meaning keep it.
KEEPS_PLACE = ("龙泉宝剑",)
# Heads of long names: the cut falls before them, never inside a word.
HEADS = ("周配箱", "集采箱", "共富礼盒", "玉米粒", "绿茶", "灵芝", "仙人掌果", "礼盒", "茶叶", "大米")


@dataclass(frozen=True)
class Wording:
    """`main` is the first column from the right; `equal` says the second continues the name."""

    main: str
    sub: str
    equal: bool = False


def label_wording(name_zh: str, style: RegionStyle) -> Wording:
    """Split a shop name such as `龙泉青瓷品茗杯(梅子青) 对杯` into the columns of its label."""
    name, _, suffix = name_zh.partition(" ")
    name, aside = _without_aside(name)
    name, _, kind = name.partition("·")
    main = _without_place(name, style) or name_zh
    sub = kind or aside or suffix.strip()
    if len(main) > LONGEST_COLUMN:
        return _long_wording(main)
    return Wording(main, sub)


def _without_aside(name: str) -> tuple[str, str]:
    match = re.search(r"[(（](.+?)[)）]", name)
    if match is None:
        return name, ""
    return name[: match.start()] + name[match.end() :], match.group(1)


def _without_place(name: str, style: RegionStyle) -> str:
    for prefix in style.prefixes:
        rest = name.removeprefix(prefix)
        if rest != name and len(rest) > 1 and not name.startswith(KEEPS_PLACE):
            return rest
    return name


def _long_wording(main: str) -> Wording:
    for head in HEADS:
        if main.endswith(head):
            return Wording(main.removesuffix(head), head, equal=True)
    half = (len(main) + 1) // 2
    return Wording(main[:half], main[half:], equal=True)
