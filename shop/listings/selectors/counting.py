"""How many goods each choice of a list leaves: counted by cells, not goods by goods.

A cell is what differs in nothing that a list is narrowed by but the price. There are as many as a catalogue has
kinds of goods, however many goods and suppliers that are: whoever asks for one supplier gives the cells of its goods.
"""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

from shop.listings.selectors.filters import BrowseFilters
from shop.listings.selectors.shelf import Entry


class Cell(NamedTuple):
    """Goods of one category and region with the same certificates, and their prices, lowest first."""

    category: str
    region: str
    certifications: frozenset[str]
    prices_fen: Sequence[int]


def cells_of(goods: Iterable[Entry]) -> tuple[Cell, ...]:
    """Return the cells of these goods."""
    prices: dict[tuple[str, str, frozenset[str]], list[int]] = {}
    for one in goods:
        key = one.category_slug, one.region_slug, one.certifications
        prices.setdefault(key, []).append(one.price_fen)
    return tuple(Cell(*key, sorted(found)) for key, found in prices.items())


@dataclass(frozen=True)
class Counts:
    """What a list has and what each facet would show: a facet counts what all other filters leave.

    `cells` are of everything that could be in the list, of the supplier asked for and with the words, and `sold_out`
    of what of it nothing is left of.
    """

    filters: BrowseFilters
    cells: Sequence[Cell]
    sold_out: Sequence[Cell] = ()

    def total(self, *, without: str = "") -> int:
        """Return how many pass every filter, or every one but that."""
        found = sum(self._count(cell, without) for cell in self._left_by(self.cells, without))
        return found - sum(self._count(cell, without) for cell in self._gone(without))

    def regions(self) -> Counter[str]:
        """Return how many there are of each region."""
        return self._by("region", without="regions")

    def categories(self) -> Counter[str]:
        """Return how many there are of each category that goods stand in."""
        return self._by("category", without="category")

    def certifications(self) -> Counter[str]:
        """Return how many have each certificate."""
        found: Counter[str] = Counter()
        sets: Counter[frozenset[str]] = self._by("certifications", without="certification")
        for codes, count in sets.items():
            for code in codes:
                found[code] += count
        return found

    def in_stock(self) -> int:
        """Return how many there are of which something is left."""
        gone = sum(self._count(cell) for cell in self._left_by(self.sold_out))
        return self.total(without="in_stock") - gone

    def prices(self, bounds_fen: Sequence[int]) -> list[int]:
        """Return how many cost less than the first bound, from it to below the next, and so on to the last."""
        found = [0] * (len(bounds_fen) + 1)
        kept = ((cell, 1) for cell in self._left_by(self.cells, "price"))
        gone = ((cell, -1) for cell in self._gone("price"))
        for cell, sign in (*kept, *gone):
            marks = [0, *(bisect_left(cell.prices_fen, bound) for bound in bounds_fen), len(cell.prices_fen)]
            for band, (low, high) in enumerate(pairwise(marks)):
                found[band] += sign * (high - low)
        return found

    def _by(self, name: str, *, without: str) -> Counter[Any]:
        found: Counter[Any] = Counter()
        for cell in self._left_by(self.cells, without):
            found[getattr(cell, name)] += self._count(cell, without)
        for cell in self._gone(without):
            found[getattr(cell, name)] -= self._count(cell, without)
        return +found

    def _gone(self, without: str) -> Iterator[Cell]:
        """Yield what the list leaves out because nothing is left of it."""
        if self.filters.in_stock and without != "in_stock":
            yield from self._left_by(self.sold_out, without)

    def _left_by(self, cells: Iterable[Cell], without: str = "") -> Iterator[Cell]:
        """Yield the cells that pass every filter but the price's, and but the one named."""
        asked = self.filters
        category = "" if without == "category" else asked.category
        below = f"{category}/"
        regions = () if without == "regions" else asked.regions
        code = "" if without == "certification" else asked.certification
        for cell in cells:
            if (
                (not category or f"{cell.category}/".startswith(below))
                and (not regions or cell.region in regions)
                and (not code or code in cell.certifications)
            ):
                yield cell

    def _count(self, cell: Cell, without: str = "") -> int:
        low, high = self.filters.min_fen, self.filters.max_fen
        if without == "price" or (low is None and high is None):
            return len(cell.prices_fen)
        first = 0 if low is None else bisect_left(cell.prices_fen, low)
        last = len(cell.prices_fen) if high is None else bisect_right(cell.prices_fen, high)
        return max(0, last - first)
