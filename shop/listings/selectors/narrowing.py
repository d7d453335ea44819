"""What the filters of a list leave, and how many goods each choice would leave."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from shop.listings.selectors.filters import BrowseFilters
from shop.listings.selectors.sets import NONE, Products, cheaper, chosen, in_bands, on_sale
from shop.listings.selectors.shelf import Shelf


@dataclass(frozen=True)
class Narrowed:
    """What a list has, and what each facet would show: a facet counts what all other filters leave.

    `answering` is what the words of the list find, None without words; `gone` is what is sold out.
    """

    shelf: Shelf
    filters: BrowseFilters
    answering: Products | None = None
    gone: Products = NONE

    def left(self, *, without: str = "") -> Products:
        """Return what passes every filter, or every one but that."""
        sets = [found for name, found in self._passing.items() if name != without]
        left = on_sale(self.shelf).intersection(*sets)
        return left - self.gone if self.filters.in_stock and without != "in_stock" else left

    def regions(self) -> dict[str, int]:
        """Return how many there are of each region that has any."""
        return self._counts("region", self.shelf.regions)

    def categories(self, slugs: Collection[str]) -> dict[str, int]:
        """Return how many there are in each of these categories and below it, where there are any."""
        return self._counts("category", slugs)

    def certifications(self) -> dict[str, int]:
        """Return how many have each certificate that any have."""
        return self._counts("certification", self.shelf.certifications)

    def in_stock(self) -> int:
        """Return how many there are of which something is left."""
        return self.left(without="in_stock").difference_cardinality(self.gone)

    def prices(self, bounds_fen: Sequence[int]) -> list[int]:
        """Return how many cost less than the first bound, from it to below the next, and so on to the last."""
        left = self.left(without="price")
        bands = in_bands(self.shelf, tuple(bounds_fen))
        below = [left.intersection_cardinality(cheaper_ones) for cheaper_ones in bands]
        return [high - low for low, high in pairwise([0, *below, len(left)])]

    def _counts(self, facet: str, values: Collection[str]) -> dict[str, int]:
        left = self.left(without=facet)
        counts = {value: left.intersection_cardinality(chosen(self.shelf, facet, value)) for value in values}
        return {value: count for value, count in counts.items() if count}

    @cached_property
    def _passing(self) -> dict[str, Products]:
        """Return what passes each filter that is set."""
        shelf, asked, found = self.shelf, self.filters, {}
        if self.answering is not None:
            found["words"] = self.answering
        for facet in ("category", "supplier", "certification"):
            if value := getattr(asked, facet):
                found[facet] = chosen(shelf, facet, value)
        if asked.regions:
            found["region"] = NONE.union(*(chosen(shelf, "region", slug) for slug in asked.regions))
        if asked.min_fen is not None or asked.max_fen is not None:
            found["price"] = self._priced(asked.min_fen, asked.max_fen)
        return found

    def _priced(self, least: int | None, most: int | None) -> Products:
        found = on_sale(self.shelf) if most is None else cheaper(self.shelf, most + 1)
        return found if least is None else found - cheaper(self.shelf, least)
