"""Lists of products: by category, region, words and price, with what else could be chosen."""

import enum
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from operator import attrgetter
from types import MappingProxyType

from shop.listings.search import find, terms_of
from shop.listings.selectors.shelf import Entry, Shelf, current_shelf, current_shelf_and_stock, in_stock_ids

PAGE_SIZE = 24


class Sort(enum.StrEnum):
    """Orders of a list: as the shop arranges it (or by relevance), by price, newest first."""

    DEFAULT = "default"
    PRICE_UP = "price"
    PRICE_DOWN = "-price"
    NEWEST = "newest"


@dataclass(frozen=True, kw_only=True)
class BrowseFilters:
    """What is asked for; empty means any. `category` is a path of slugs and includes what is below it."""

    category: str = ""
    regions: tuple[str, ...] = ()
    q: str = ""
    certification: str = ""
    min_fen: int | None = None
    max_fen: int | None = None
    in_stock: bool = False
    supplier: str = ""
    sort: Sort = Sort.DEFAULT


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
    `terms` are the words to mark. `min_fen`, `max_fen` span the prices that the other filters leave.
    """

    ids: list[int]
    total: int
    number: int
    pages: int
    filters: BrowseFilters
    how: str
    terms: tuple[str, ...]
    _found: "_Found" = field(repr=False)
    _shelf: Shelf = field(repr=False)
    _stocked: Collection[int] | None = field(repr=False)
    _scores: Mapping[int, int] | None = field(repr=False)

    @property
    def regions(self) -> list[Facet]:
        """Return the regions of what is left."""
        counts, chosen = self._found.regions, self.filters.regions
        names = self._shelf.regions.items()
        return [Facet(slug, name, counts[slug], slug in chosen) for slug, name in names if slug in counts]

    @property
    def certifications(self) -> list[Facet]:
        """Return the certificates of what is left."""
        counts, chosen = self._found.certifications, self.filters.certification
        rows = self._shelf.certifications.items()
        return [
            Facet(code, row.name_zh, counts[code], code == chosen) for code, row in rows if code in counts
        ]

    @property
    def categories(self) -> list[Facet]:
        """Return the categories directly below the chosen one, or beside it when nothing is below."""
        return _category_facets(self._shelf, self._without("category"), self.filters)

    @property
    def in_stock(self) -> Facet:
        """Return what is in stock of what is left. One query where the list did not ask for stock."""
        stocked = in_stock_ids(self._shelf) if self._stocked is None else self._stocked
        count = sum(one.product_id in stocked for one in self._without("in_stock"))
        return Facet("1", "", count, self.filters.in_stock)

    @property
    def min_fen(self) -> int | None:
        """Return the lowest price, None when nothing is left."""
        return min((one.price_fen for one in self._without("price")), default=None)

    @property
    def max_fen(self) -> int | None:
        """Return the highest price, None when nothing is left."""
        return max((one.price_fen for one in self._without("price")), default=None)

    @property
    def prices_fen(self) -> list[int]:
        """Return every price of what the other filters leave."""
        return [one.price_fen for one in self._without("price")]

    def _without(self, name: str) -> Sequence[Entry]:
        return _sift(self._shelf, self.filters, self._stocked or (), self._scores, leave_out=name)


def browse(
    filters: BrowseFilters,
    page: int = 1,
    *,
    page_size: int = PAGE_SIZE,
    shelf: Shelf | None = None,
    stocked: Collection[int] | None = None,
) -> BrowsePage:
    """Return one page of published products and its facets.

    A page beyond the last is the last one. One query, none with the shelf at hand unless stock is asked for,
    and up to five to find words that nobody has asked for since the catalogue changed.
    """
    if filters.in_stock and stocked is None:
        shelf, stocked = (shelf, in_stock_ids(shelf)) if shelf else current_shelf_and_stock()
    shelf = shelf or current_shelf()
    places = list(shelf.regions.values())
    asked = filters.q.strip()
    # As long as the catalogue at most; the same words typed with other signs are the same.
    words = ("words", *terms_of(asked))
    found = shelf.recall(words, lambda: find(asked, places)) if asked else None
    scores = (found.scores if found else {}) if asked else None
    if asked or filters.in_stock:
        # There is no end of words, and stock changes with every sale.
        kept = _find(shelf, filters, stocked or (), scores)
    else:
        kept = shelf.recall(filters, lambda: _find(shelf, filters, (), None))
    pages = max(1, -(-len(kept.matching) // page_size))
    number = min(max(1, page), pages)
    start = (number - 1) * page_size
    return BrowsePage(
        ids=[goods.product_id for goods in kept.matching[start : start + page_size]],
        total=len(kept.matching),
        number=number,
        pages=pages,
        filters=filters,
        how=found.how if found else "",
        terms=found.terms if found else (),
        _found=kept,
        _shelf=shelf,
        _stocked=stocked,
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


@dataclass(frozen=True)
class _Found:
    """What passes every filter, in order, and how much of what each facet's own filter leaves aside."""

    matching: Sequence[Entry]
    regions: Counter[str]
    certifications: Counter[str]


def _find(
    shelf: Shelf, filters: BrowseFilters, stocked: Collection[int], scores: Mapping[int, int] | None
) -> _Found:
    matching = _sift(shelf, filters, stocked, scores)
    by_region = by_code = matching
    if filters.regions:
        by_region = _sift(shelf, filters, stocked, scores, leave_out="regions")
    if filters.certification:
        by_code = _sift(shelf, filters, stocked, scores, leave_out="certification")
    return _Found(
        matching,
        Counter(map(attrgetter("region_slug"), by_region)),
        _each(Counter(map(attrgetter("certifications"), by_code))),
    )


def _each(counts: Mapping[frozenset[str], int]) -> Counter[str]:
    """Return how many have each code, from how many have each set of codes."""
    found: Counter[str] = Counter()
    for codes, count in counts.items():
        for code in codes:
            found[code] += count
    return found


def _sift(
    shelf: Shelf,
    filters: BrowseFilters,
    stocked: Collection[int],
    scores: Mapping[int, int] | None,
    *,
    leave_out: str = "",
) -> Sequence[Entry]:
    """Return in order what passes every filter but the one left out."""
    if leave_out == "category":
        filters = replace(filters, category="")
    tests = _tests(filters, stocked)
    tests.pop(leave_out, None)
    goods = _ordered(shelf, filters, scores)
    for passes in tests.values():
        goods = [one for one in goods if passes(one)]
    return goods


def _tests(filters: BrowseFilters, stocked: Collection[int]) -> dict[str, Test]:
    """Return the test of each filter that is set, by its name; the category's is in the order already."""
    tests: dict[str, Test] = {}
    if filters.regions:
        tests["regions"] = lambda one: one.region_slug in filters.regions
    if filters.certification:
        tests["certification"] = lambda one: filters.certification in one.certifications
    low, high = filters.min_fen, filters.max_fen
    if low is not None or high is not None:
        tests["price"] = lambda one: (
            (low is None or one.price_fen >= low) and (high is None or one.price_fen <= high)
        )
    if filters.in_stock:
        tests["in_stock"] = lambda one: one.product_id in stocked
    if filters.supplier:
        tests["supplier"] = lambda one: one.supplier_code == filters.supplier
    return tests


def _ordered(shelf: Shelf, filters: BrowseFilters, scores: Mapping[int, int] | None) -> Sequence[Entry]:
    """Return what of the category is on sale, or what of it answers, in the order asked for."""
    sort, category = filters.sort, filters.category
    if scores is None:
        ordered = shelf.remember(("order", sort), lambda: tuple(sorted(shelf.on_sale, key=_KEYS[sort])))
        if category:
            return shelf.remember(("order", sort, category), lambda: _in_category(ordered, category))
        return ordered
    # Few answer, so they are sorted anew, and the whole order is not gone through.
    entries = shelf.entries
    found = [entries[pk] for pk in scores if pk in entries and entries[pk].on_sale]
    answering = sorted(_in_category(found, category) if category else found, key=_KEYS[sort])
    if sort is Sort.DEFAULT:
        # Sorting keeps the shop's order between equal scores.
        answering.sort(key=lambda goods: -scores[goods.product_id])
    return answering


def _in_category(ordered: Sequence[Entry], category: str) -> tuple[Entry, ...]:
    below = f"{category}/"
    return tuple(one for one in ordered if f"{one.category_slug}/".startswith(below))


_KEYS: Mapping[Sort, Callable[[Entry], tuple[float, ...]]] = MappingProxyType(
    {
        Sort.DEFAULT: lambda one: (one.position, one.listing_id),
        Sort.PRICE_UP: lambda one: (one.price_fen, one.position, one.listing_id),
        Sort.PRICE_DOWN: lambda one: (-one.price_fen, one.position, one.listing_id),
        Sort.NEWEST: lambda one: (-one.created_at, -one.listing_id),
    }
)


def _category_facets(shelf: Shelf, goods: Sequence[Entry], filters: BrowseFilters) -> list[Facet]:
    """Return the categories directly below the chosen one, or beside it when nothing is below."""
    counts = Counter(map(attrgetter("category_slug"), goods))
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
