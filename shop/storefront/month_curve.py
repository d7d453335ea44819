"""Geometry of the curve that shows a year's months beside those of the year before."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from shop.storefront.charts import FEN_PER_WAN, axis_step, wan_label

LEFT, RIGHT, TOP, BOTTOM = 92, 800, 24, 236


class MonthSource(Protocol):
    """A month; `confirmed_fen` is None while it is still to come."""

    @property
    def month(self) -> int: ...
    @property
    def confirmed_fen(self) -> int | None: ...
    @property
    def last_year_fen(self) -> int: ...


@dataclass(frozen=True)
class Mark:
    """A place on an axis with what is written there."""

    at: int
    label: str


@dataclass(frozen=True)
class Dot:
    x: int
    y: int


@dataclass(frozen=True)
class Curve:
    """`this_year` and `last_year` are the points of polylines; a year without anything has none."""

    months: tuple[Mark, ...]
    grid: tuple[Mark, ...]
    dots: tuple[Dot, ...]
    this_year: str
    last_year: str


def month_curve(months: Sequence[MonthSource]) -> Curve:
    """Return both years on one scale; less than nothing is drawn as nothing, the table carries the number."""
    this_year = [month.confirmed_fen for month in months if month.confirmed_fen is not None]
    last_year = [month.last_year_fen for month in months]
    span = max([*this_year, *last_year, FEN_PER_WAN // 10])
    step = axis_step(span)
    top = -(-span // step) * step

    def y_of(fen: int) -> int:
        return BOTTOM - (BOTTOM - TOP) * max(fen, 0) // top

    xs = [LEFT + (RIGHT - LEFT) * index // max(1, len(months) - 1) for index in range(len(months))]
    dots = tuple(Dot(x, y_of(fen)) for x, fen in zip(xs, this_year, strict=False))
    return Curve(
        months=tuple(Mark(x, f"{month.month}") for x, month in zip(xs, months, strict=True)),
        grid=tuple(Mark(y_of(fen), wan_label(fen)) for fen in range(0, top + 1, step)),
        dots=dots,
        this_year=_points([(dot.x, dot.y) for dot in dots]) if any(this_year) else "",
        last_year=_points([(x, y_of(fen)) for x, fen in zip(xs, last_year, strict=True)])
        if any(last_year)
        else "",
    )


def _points(places: Sequence[tuple[int, int]]) -> str:
    return " ".join(f"{x},{y}" for x, y in places)
