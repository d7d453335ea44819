"""Packs and measure words in English: 500g/袋 is 500g/bag, 3g×30条/盒 is 3g×30 sticks/box."""

import re
from collections.abc import Mapping
from types import MappingProxyType

#: Measure word → one of it and several.
UNITS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "袋": ("bag", "bags"),
        "盒": ("box", "boxes"),
        "箱": ("carton", "cartons"),
        "罐": ("tin", "tins"),
        "瓶": ("bottle", "bottles"),
        "桶": ("tub", "tubs"),
        "盆": ("pot", "pots"),
        "套": ("set", "sets"),
        "双": ("pair", "pairs"),
        "件": ("piece", "pieces"),
        "只": ("piece", "pieces"),
        "个": ("piece", "pieces"),
        "枚": ("piece", "pieces"),
        "把": ("piece", "pieces"),
        "块": ("piece", "pieces"),
        "穗": ("ear", "ears"),
        "条": ("stick", "sticks"),
        "包": ("sachet", "sachets"),
        "泡": ("sachet", "sachets"),
        "碗": ("bowl", "bowls"),
        "杯": ("cup", "cups"),
        "桌": ("table", "tables"),
        "椅": ("chair", "chairs"),
        "样": ("kind", "kinds"),
    }
)
_NUMERALS = {word: str(number) for number, word in enumerate("一二三四五六七八九十", 1)} | {"两": "2"}
_BEFORE = {"约": "about ", "直径": "diameter "}
_COUNTED = re.compile(rf"(\d+(?:\.\d+)?|[{''.join(_NUMERALS)}])?([{''.join(UNITS)}])")
_HAN = re.compile(r"[\u3400-\u9fff]")


def english_pack(pack: str) -> str:
    """Return the pack in English, "" when a word of it is not known."""
    for word, english in _BEFORE.items():
        pack = pack.replace(word, english)
    # Where two counted things stand side by side a comma parts them: 1碗4杯.
    written = re.sub(r"(?<=[a-z])(?=\d)", ", ", _COUNTED.sub(_counted, pack))
    return "" if _HAN.search(written) else written


def english_unit(word: str, count: int) -> str:
    """Return the measure word for that many in English, "" when it is not known."""
    return UNITS[word][count != 1] if word in UNITS else ""


def _counted(match: re.Match[str]) -> str:
    number, word = match[1], match[2]
    if number is None:
        return UNITS[word][0]
    number = _NUMERALS.get(number, number)
    return f"{number} {UNITS[word][number != '1']}"
