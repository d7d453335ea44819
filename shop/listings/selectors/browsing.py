"""Lists of products: by category, region, words and price, with what else could be chosen."""

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import islice
from types import MappingProxyType

from shop.listings.search import Found, find, terms_of
from shop.listings.selectors.filters import BrowseFilters, Sort
from shop.listings.selectors.narrowing import Narrowed
from shop.listings.selectors.sets import NONE, Products, postings, sold_out
from shop.listings.selectors.shelf import Entry, Shelf, current_shelf

PAGE_SIZE = 24
#: To sort an entry costs so many times what it costs to go past one.
SORTING = 12


@dataclass(frozen=True)
class Facet:
    """A choice with the number of products that it would show."""

    value: str
    label: str
    count: int
    selected: bool


@dataclass(frozen=True)
class BrowsePage:
    """One page: `ids` in order, and the facets. A facet counts what all other filters leave.

    `number` is within 1..`pages`. `how` tells how words were found (listings.search), "" without words;
    `terms` are the words to mark.
    """

    ids: list[int]
    total: int
    number: int
    pages: int
    filters: BrowseFilters
    how: str
    terms: tuple[str, ...]
    _narrowed: Narrowed = field(repr=False)

    @cached_property
    def regions(self) -> list[Facet]:
        """Return the regions of what is left."""
        counts, chosen = self._narrowed.regions(), self.filters.regions
        names = self._narrowed.shelf.regions
        return [Facet(slug, names[slug], count, slug in chosen) for slug, count in counts.items()]

    @cached_property
    def certifications(self) -> list[Facet]:
        """Return the certificates of what is left."""
        counts, chosen = self._narrowed.certifications(), self.filters.certification
        rows = self._narrowed.shelf.certifications
        return [Facet(code, rows[code].name_zh, count, code == chosen) for code, count in counts.items()]

    @cached_property
    def categories(self) -> list[Facet]:
        """Return the categories directly below the chosen one, or beside it when nothing is below."""
        names, chosen = self._narrowed.shelf.category_names, self.filters.category
        counts = self._narrowed.categories(_next_to(chosen, names))
        return [Facet(slug, names[slug], count, slug == chosen) for slug, count in counts.items()]

    @cached_property
    def in_stock(self) -> Facet:
        """Return what is in stock of what is left. One query where the list did not ask for stock."""
        narrowed = self._narrowed
        if not self.filters.in_stock:
            narrowed = replace(narrowed, gone=sold_out(narrowed.shelf))
        return Facet("1", "", narrowed.in_stock(), self.filters.in_stock)

    def prices(self, bounds_fen: Sequence[int]) -> list[int]:
        """Return how many of what the other filters leave cost less than the first bound, and so on to the last."""
        return self._narrowed.prices(bounds_fen)


def browse(
    filters: BrowseFilters, page: int = 1, *, page_size: int = PAGE_SIZE, shelf: Shelf | None = None
) -> BrowsePage:
    """Return one page of published products and its facets.

    A page beyond the last is the last one. One query, none with the shelf at hand, one more when stock is asked for
    (two where goods are in stock in several places), and up to seven to find words that nobody has asked for since
    the catalogue changed.
    """
    shelf = shelf or current_shelf()
    asked = filters.q.strip()
    found = _found(shelf, asked) if asked else None
    answering = (found.products if found else NONE) if asked else None
    narrowed = Narrowed(shelf, filters, answering, sold_out(shelf) if filters.in_stock else NONE)
    left = narrowed.left()
    pages = max(1, -(-len(left) // page_size))
    number = min(max(1, page), pages)
    start = (number - 1) * page_size
    return BrowsePage(
        ids=_part(shelf, filters, _tiers(left, filters, found), start, start + page_size),
        total=len(left),
        number=number,
        pages=pages,
        filters=filters,
        how=found.how if found else "",
        terms=found.terms if found else (),
        _narrowed=narrowed,
    )


def search_ids(q: str) -> list[int]:
    """Return the products on sale that answer the words, best first; none for words without meaning."""
    return browse(BrowseFilters(q=q), page_size=sys.maxsize).ids if terms_of(q) else []


def _found(shelf: Shelf, asked: str) -> Found | None:
    # The same words typed with other signs are the same.
    key = ("words", *terms_of(asked))
    # What the words' parts find is kept for longer (`sets.postings`); tiers may be many.
    return shelf.recall(
        key, lambda: find(asked, list(shelf.regions.values()), lambda parts: postings(shelf, parts))
    )


def _tiers(left: Products, filters: BrowseFilters, found: Found | None) -> Sequence[Products]:
    """Return what is left in sets of which each comes before the next; within a set it is ordered as the shop does."""
    if found is None or filters.sort is not Sort.DEFAULT:
        return (left,)
    return [tier & left for tier in found.tiers]


def _part(shelf: Shelf, filters: BrowseFilters, tiers: Iterable[Products], start: int, end: int) -> list[int]:
    """Return the products from one place to another of what is left."""
    ids: list[int] = []
    for tier in tiers:
        if start < len(tier) and end > 0:
            ids += _in_order(shelf, filters, tier, max(0, start), end)
        start, end = start - len(tier), end - len(tier)
    return ids


def _in_order(shelf: Shelf, filters: BrowseFilters, found: Products, start: int, end: int) -> list[int]:
    """Return some of what was found, in the order asked for: sorted where it is little, else picked from the order.

    To sort costs more for each of what was found, to pick goes past what was not.
    """
    sort = filters.sort
    orders = shelf.remember(("orders", sort), lambda: _orders(shelf.on_sale, sort))
    order = orders.get(filters.category, ())
    if len(found) ** 2 * SORTING < min(end, len(found)) * len(order):
        some = sorted((shelf.entries[pk] for pk in found), key=_KEYS[sort])
        return [one.product_id for one in some[start:end]]
    picked = (one.product_id for one in order if one.product_id in found)
    return list(islice(picked, start, end))


def _orders(goods: Sequence[Entry], sort: Sort) -> dict[str, list[Entry]]:
    """Return the goods in order by each category that they stand in or below of, all of them by none."""
    orders: dict[str, list[Entry]] = {"": []}
    above: dict[str, list[list[Entry]]] = {}
    for one in sorted(goods, key=_KEYS[sort]):
        slug = one.category_slug
        if slug not in above:
            parts = slug.split("/") if slug else []
            paths = ["", *("/".join(parts[: depth + 1]) for depth in range(len(parts)))]
            above[slug] = [orders.setdefault(path, []) for path in paths]
        for order in above[slug]:
            order.append(one)
    return orders


_KEYS: Mapping[Sort, Callable[[Entry], tuple[float, ...]]] = MappingProxyType(
    {
        Sort.DEFAULT: lambda one: (one.position, one.listing_id),
        Sort.PRICE_UP: lambda one: (one.price_fen, one.position, one.listing_id),
        Sort.PRICE_DOWN: lambda one: (-one.price_fen, one.position, one.listing_id),
        Sort.NEWEST: lambda one: (-one.created_at, -one.listing_id),
    }
)


def _next_to(chosen: str, slugs: Iterable[str]) -> list[str]:
    """Return the categories directly below the chosen one, or beside it when nothing is below."""
    slugs = list(slugs)
    above = chosen
    if above and not any(slug.startswith(f"{above}/") for slug in slugs):
        above = above.rpartition("/")[0]
    below = f"{above}/" if above else ""
    return [slug for slug in slugs if slug.startswith(below) and "/" not in slug.removeprefix(below)]
