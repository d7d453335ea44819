"""Provinces, cities and counties for addresses and freight, read once from the area data."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

_FILE = Path(__file__).resolve().parent / "data" / "areas.json"


@dataclass(frozen=True)
class Area:
    """A place with its six-digit code and the places in it."""

    code: str
    name: str
    areas: tuple["Area", ...] = ()


@cache
def areas() -> tuple[Area, ...]:
    """Return the provinces with their cities and counties."""
    return tuple(_area(row) for row in json.loads(_FILE.read_text(encoding="utf-8"))["provinces"])


@cache
def provinces() -> tuple[str, ...]:
    """Return the names of the provinces in the order of their codes."""
    return tuple(area.name for area in areas())


@cache
def province_words() -> tuple[str, ...]:
    """Return the provinces as people call them: 四川, 内蒙古."""
    longer = ("内蒙古", "黑龙江")
    return tuple(next((word for word in longer if name.startswith(word)), name[:2]) for name in provinces())


def is_area(province: str, city: str, county: str) -> bool:
    """Say whether the three names belong together."""
    return (province, city, county) in _triples()


@cache
def _triples() -> frozenset[tuple[str, str, str]]:
    return frozenset(
        (province.name, city.name, county.name)
        for province in areas()
        for city in province.areas
        for county in city.areas
    )


def _area(row: list[Any]) -> Area:
    return Area(row[0], row[1], tuple(_area(inner) for inner in row[2]) if len(row) > 2 else ())
