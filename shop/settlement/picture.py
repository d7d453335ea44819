"""Lengths of the bars that show where a supplier's money stands."""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH = 1000
LEAST_WIDTH = 6


@dataclass(frozen=True)
class Bar:
    """A bar with its words; `kind` is how it is drawn."""

    label: str
    fen: int
    kind: str
    width: int


def bars(rows: Sequence[tuple[str, int, str]]) -> list[Bar]:
    """Return bars for (label, fen, kind); less than nothing is drawn as nothing, the table carries the number."""
    largest = max((fen for _label, fen, _kind in rows), default=0)
    return [
        Bar(label, fen, kind, max(LEAST_WIDTH, WIDTH * fen // largest) if fen > 0 else 0)
        for label, fen, kind in rows
    ]
