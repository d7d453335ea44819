"""Geometry of the bar chart that stands above every region table: whole numbers in, SVG numbers out."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

PLOT_RIGHT = 760
#: What the longest name takes at the size that a phone draws it in; a Chinese character is about twice a letter.
WIDE_LETTER = 22
NARROW_LETTER = 13
LABEL_GAP = 12
LEAST_LEFT = 100
#: A name that takes more is drawn over the edge of its panel; no place in China has one.
MOST_LEFT = 380
ROW_HEIGHT = 47
TOP = 20
BAR_HEIGHT = 25
FEN_PER_WAN = 1_000_000
STEPS = (1, 2, 5)
MAX_GRID_LINES = 5
LEAST_WIDTH = 2


class BarSource(Protocol):
    """One region's figures, all in fen; `paid_fen` is what is paid and not yet confirmed."""

    @property
    def slug(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def confirmed_fen(self) -> int: ...
    @property
    def paid_fen(self) -> int: ...
    @property
    def target_fen(self) -> int: ...


@dataclass(frozen=True)
class Bar:
    slug: str
    label: str
    y: int
    text_y: int
    confirmed_width: int
    paid_x: int
    paid_width: int
    goal_x: int
    goal_y1: int
    goal_y2: int
    share_x: int
    share: str


@dataclass(frozen=True)
class GridLine:
    x: int
    label: str


@dataclass(frozen=True)
class Chart:
    left: int
    label_x: int
    height: int
    axis_bottom: int
    axis_text_y: int
    bars: tuple[Bar, ...]
    grid: tuple[GridLine, ...]


def axis_step(largest_fen: int) -> int:
    """Distance of the grid lines in fen: 1, 2 or 5 times a power of ten, at most five lines."""
    step = 1
    while True:
        for factor in STEPS:
            if factor * step * MAX_GRID_LINES >= largest_fen:
                return factor * step
        step *= 10


def wan_label(fen: int) -> str:
    """Axis label in 万元: whole numbers plain, smaller steps with the digits they need."""
    whole, rest = divmod(fen, FEN_PER_WAN)
    digits = f"{rest:06d}".rstrip("0")
    return f"{whole:,}.{digits}" if digits else f"{whole:,}"


def region_chart(rows: Sequence[BarSource]) -> Chart:
    """Bars for `rows` in their order; negative figures are drawn as nothing, the table carries the number."""
    largest = max((max(row.confirmed_fen + row.paid_fen, row.target_fen) for row in rows), default=0)
    span = max(largest, 1)
    left = left_of([row.name for row in rows])

    def x_of(fen: int) -> int:
        return left + (PLOT_RIGHT - left) * max(fen, 0) // span

    step = axis_step(span)
    grid = tuple(GridLine(x_of(fen), wan_label(fen)) for fen in range(0, span + 1, step))
    bottom = TOP + ROW_HEIGHT * len(rows)
    bars = tuple(_bar(row, TOP + ROW_HEIGHT * index, x_of) for index, row in enumerate(rows))
    return Chart(left, left - LABEL_GAP, bottom + 28, bottom, bottom + 20, bars, grid)


def left_of(names: Sequence[str]) -> int:
    """Return where the bars begin: behind the longest name."""
    widest = max((sum(map(_letter_width, name)) for name in names), default=0)
    return min(max(LEAST_LEFT, widest + LABEL_GAP), MOST_LEFT)


def _letter_width(letter: str) -> int:
    return WIDE_LETTER if unicodedata.east_asian_width(letter) in "FW" else NARROW_LETTER


def percent(part: int, whole: int) -> str:
    """Return the share in percent, rounded down: whole from ten on, one decimal from one on, two below.

    A small beginning is not nothing, and 100 is only said when it is reached.
    """
    hundredths = max(part, 0) * 10_000 // whole
    if hundredths >= 1000:
        return str(hundredths // 100)
    if hundredths >= 100:
        return f"{hundredths // 100}.{hundredths // 10 % 10}"
    return f"0.{hundredths:02d}" if hundredths else "0"


def _least(fen: int) -> int:
    """What is there is seen, however small beside the target."""
    return LEAST_WIDTH if fen > 0 else 0


class _Scale(Protocol):
    def __call__(self, fen: int, /) -> int: ...


def _bar(row: BarSource, top: int, x_of: _Scale) -> Bar:
    y = top + (ROW_HEIGHT - BAR_HEIGHT) // 2
    left = x_of(0)
    confirmed = max(x_of(row.confirmed_fen), left + _least(row.confirmed_fen))
    paid = max(x_of(max(row.confirmed_fen, 0) + max(row.paid_fen, 0)), confirmed + _least(row.paid_fen))
    goal = x_of(row.target_fen)
    share = f"{percent(row.confirmed_fen, row.target_fen)}%" if row.target_fen > 0 else "–"
    return Bar(
        slug=row.slug,
        label=row.name,
        y=y,
        text_y=y + 17,
        confirmed_width=confirmed - left,
        paid_x=confirmed,
        paid_width=paid - confirmed,
        goal_x=goal,
        goal_y1=y - 6,
        goal_y2=y + BAR_HEIGHT + 6,
        share_x=max(goal, paid) + 8,
        share=share,
    )
