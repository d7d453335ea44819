"""Lists of products: by category, region, words and price, with what else could be chosen."""

from collections import Counter
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import islice
from types import MappingProxyType

from shop.listings.search import find, terms_of
from shop.listings.selectors.counting import Cell, Counts, cells_of
from shop.listings.selectors.filters import BrowseFilters, Sort
from shop.listings.selectors.shelf import Entry, Shelf, current_shelf, sold_out

PAGE_SIZE = 24


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
    _counts: Counts = field(repr=False)
    _shelf: Shelf = field(repr=False)
    _gone: Sequence[Entry] | None = field(repr=False)
    _scores: Mapping[int, int] | None = field(repr=False)

    @cached_property
    def regions(self) -> list[Facet]:
        """Return the regions of what is left."""
        counts, chosen = self._counts.regions(), self.filters.regions
        names = self._shelf.regions.items()
        return [Facet(slug, name, counts[slug], slug in chosen) for slug, name in names if slug in counts]

    @cached_property
    def certifications(self) -> list[Facet]:
        """Return the certificates of what is left."""
        counts, chosen = self._counts.certifications(), self.filters.certification
        rows = self._shelf.certifications.items()
        return [
            Facet(code, row.name_zh, counts[code], code == chosen) for code, row in rows if code in counts
        ]

    @cached_property
    def categories(self) -> list[Facet]:
        """Return the categories directly below the chosen one, or beside it when nothing is below."""
        return _category_facets(self._shelf, self._counts.categories(), self.filters)

    @cached_property
    def in_stock(self) -> Facet:
        """Return what is in stock of what is left. One query where the list did not ask for stock."""
        gone = sold_out(self._shelf) if self._gone is None else self._gone
        count = replace(self._counts, sold_out=_cells_of_gone(gone, self.filters, self._scores)).in_stock()
        return Facet("1", "", count, self.filters.in_stock)

    def prices(self, bounds_fen: Sequence[int]) -> list[int]:
        """Return how many of what the other filters leave cost less than the first bound, and so on to the last."""
        return self._counts.prices(bounds_fen)


def browse(
    filters: BrowseFilters, page: int = 1, *, page_size: int = PAGE_SIZE, shelf: Shelf | None = None
) -> BrowsePage:
    """Return one page of published products and its facets.

    A page beyond the last is the last one. One query, none with the shelf at hand, one more when stock is asked for,
    and up to five to find words that nobody has asked for since the catalogue changed.
    """
    shelf = shelf or current_shelf()
    gone = sold_out(shelf) if filters.in_stock else None
    asked = filters.q.strip()
    # As long as the catalogue at most; the same words typed with other signs are the same.
    words = ("words", *terms_of(asked))
    found = shelf.recall(words, lambda: find(asked, list(shelf.regions.values()))) if asked else None
    scores = (found.scores if found else {}) if asked else None
    counts = _counts(shelf, filters, gone or (), scores)
    total = counts.total()
    pages = max(1, -(-total // page_size))
    number = min(max(1, page), pages)
    start = (number - 1) * page_size
    matching = _sift(shelf, filters, {one.product_id for one in gone or ()}, scores)
    return BrowsePage(
        ids=[goods.product_id for goods in islice(matching, start, start + page_size)],
        total=total,
        number=number,
        pages=pages,
        filters=filters,
        how=found.how if found else "",
        terms=found.terms if found else (),
        _counts=counts,
        _shelf=shelf,
        _gone=gone,
        _scores=scores,
    )


def search_ids(q: str) -> list[int]:
    """Return the published products that answer the words, best first; none for words without meaning."""
    found = find(q)
    if found is None:
        return []
    answering = _ordered(current_shelf(), BrowseFilters(), found.scores)
    return [goods.product_id for goods in answering]


Test = Callable[[Entry], bool]


def _counts(
    shelf: Shelf, filters: BrowseFilters, gone: Sequence[Entry], scores: Mapping[int, int] | None
) -> Counts:
    if scores is None:
        key = ("cells", filters.supplier)
        cells = shelf.remember(key, lambda: cells_of(_of_supplier(shelf.on_sale, filters)))
    else:
        cells = cells_of(_of_supplier(_answering(shelf, scores), filters))
    return Counts(filters, cells, _cells_of_gone(gone, filters, scores))


def _cells_of_gone(
    gone: Sequence[Entry], filters: BrowseFilters, scores: Mapping[int, int] | None
) -> tuple[Cell, ...]:
    """Return the cells of what is sold out of the goods that could be in the list."""
    answering = [one for one in gone if scores is None or one.product_id in scores]
    return cells_of(_of_supplier(answering, filters))


def _of_supplier(goods: Sequence[Entry], filters: BrowseFilters) -> Sequence[Entry]:
    return [one for one in goods if one.supplier_code == filters.supplier] if filters.supplier else goods


def _sift(
    shelf: Shelf, filters: BrowseFilters, gone: Container[int], scores: Mapping[int, int] | None
) -> Iterator[Entry]:
    """Yield in order what passes every filter; whoever takes one page of it goes through no more than that."""
    tests = _tests(filters, gone)
    for one in _ordered(shelf, filters, scores):
        if all(passes(one) for passes in tests):
            yield one


def _tests(filters: BrowseFilters, gone: Container[int]) -> list[Test]:
    """Return the test of each filter that is set; the category's is in the order already."""
    tests: list[Test] = []
    if filters.regions:
        tests.append(lambda one: one.region_slug in filters.regions)
    if filters.certification:
        tests.append(lambda one: filters.certification in one.certifications)
    low, high = filters.min_fen, filters.max_fen
    if low is not None or high is not None:
        tests.append(
            lambda one: (low is None or one.price_fen >= low) and (high is None or one.price_fen <= high)
        )
    if filters.in_stock:
        tests.append(lambda one: one.product_id not in gone)
    if filters.supplier:
        tests.append(lambda one: one.supplier_code == filters.supplier)
    return tests


def _ordered(shelf: Shelf, filters: BrowseFilters, scores: Mapping[int, int] | None) -> Sequence[Entry]:
    """Return what of the category is on sale, or what of it answers, in the order asked for."""
    sort, category = filters.sort, filters.category
    if scores is None:
        orders = shelf.remember(("orders", sort), lambda: _orders(shelf.on_sale, sort))
        return orders.get(category, ())
    # Few answer, so they are sorted anew, and the whole order is not gone through.
    below = f"{category}/"
    found = _answering(shelf, scores)
    if category:
        found = [one for one in found if f"{one.category_slug}/".startswith(below)]
    answering = sorted(found, key=_KEYS[sort])
    if sort is Sort.DEFAULT:
        # Sorting keeps the shop's order between equal scores.
        answering.sort(key=lambda goods: -scores[goods.product_id])
    return answering


def _answering(shelf: Shelf, scores: Mapping[int, int]) -> list[Entry]:
    entries = shelf.entries
    return [entries[pk] for pk in scores if pk in entries and entries[pk].on_sale]


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


def _category_facets(shelf: Shelf, counts: Counter[str], filters: BrowseFilters) -> list[Facet]:
    """Return the categories directly below the chosen one, or beside it when nothing is below."""
    names = shelf.category_names
    above = filters.category
    if above and not any(slug.startswith(f"{above}/") for slug in names):
        above = above.rpartition("/")[0]
    depth = above.count("/") + 1 if above else 0
    sums: Counter[str] = Counter()
    for slug, count in counts.items():
        if not above or slug.startswith(f"{above}/"):
            sums["/".join(slug.split("/")[: depth + 1])] += count
    return [
        Facet(slug, name, sums[slug], slug == filters.category)
        for slug, name in names.items()
        if slug in sums
    ]
