"""Lists of products: by category, region, words and price, with what else could be chosen."""

import enum
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from shop.listings.search import find
from shop.listings.selectors.shelf import Goods, Shelf, current_shelf, current_shelf_and_stock, in_stock_ids

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
    regions: list[Facet]
    certifications: list[Facet]
    categories: list[Facet]
    in_stock: Facet
    min_fen: int | None
    max_fen: int | None
    how: str
    terms: tuple[str, ...]


def browse(
    filters: BrowseFilters,
    page: int = 1,
    *,
    page_size: int = PAGE_SIZE,
    shelf: Shelf | None = None,
    stocked: Collection[int] | None = None,
) -> BrowsePage:
    """Return one page of published products and its facets.

    A page beyond the last is the last one. One query, none with shelf and stock at hand, and up to five to
    find words that nobody has asked for since the catalogue changed.
    """
    if shelf is None:
        shelf, stocked = current_shelf_and_stock()
    elif stocked is None:
        stocked = in_stock_ids(shelf)
    places = list(shelf.regions.values())
    asked = filters.q.strip()
    found = shelf.remember(("words", asked), lambda: find(asked, places)) if asked else None
    if asked and found is None:
        return _nothing(filters)
    scores = found.scores if found else None
    sifted = _sift(_ordered(shelf, filters.sort, scores), _tests(filters, stocked))
    matching = sifted.matching
    pages = max(1, -(-len(matching) // page_size))
    number = min(max(1, page), pages)
    start = (number - 1) * page_size
    prices = [goods.card.price_fen for goods in sifted.without("price")]
    return BrowsePage(
        ids=[goods.card.product_id for goods in matching[start : start + page_size]],
        total=len(matching),
        number=number,
        pages=pages,
        filters=filters,
        regions=_region_facets(shelf, sifted.without("regions"), filters),
        certifications=_certification_facets(shelf, sifted.without("certification"), filters),
        categories=_category_facets(shelf, sifted.without("category"), filters),
        in_stock=_stock_facet(sifted.without("in_stock"), stocked, filters),
        min_fen=min(prices, default=None),
        max_fen=max(prices, default=None),
        how=found.how if found else "",
        terms=found.terms if found else (),
    )


def search_ids(q: str) -> list[int]:
    """Return the published products that answer the words, best first; none for words without meaning."""
    found = find(q)
    if found is None:
        return []
    return [goods.card.product_id for goods in _ordered(current_shelf(), Sort.DEFAULT, found.scores)]


Test = Callable[[Goods], bool]


@dataclass(frozen=True)
class _Sifted:
    """What passes every filter, and by filter what only that one holds back, both in order."""

    matching: list[Goods]
    held_back: Mapping[str, list[Goods]]

    def without(self, name: str) -> list[Goods]:
        """Return what would pass if that filter were not there; in no order."""
        return self.matching + self.held_back.get(name, [])


def _sift(goods: Sequence[Goods], tests: Mapping[str, Test]) -> _Sifted:
    """Look at every product once, with every filter."""
    if not tests:
        return _Sifted(list(goods), {})
    matching: list[Goods] = []
    held_back: dict[str, list[Goods]] = {name: [] for name in tests}
    for one in goods:
        failed = [name for name, passes in tests.items() if not passes(one)]
        if not failed:
            matching.append(one)
        elif len(failed) == 1:
            held_back[failed[0]].append(one)
    return _Sifted(matching, held_back)


def _tests(filters: BrowseFilters, stocked: Collection[int]) -> dict[str, Test]:
    """Return the test of each filter that is set, by its name."""
    tests: dict[str, Test] = {}
    if filters.category:
        below = f"{filters.category}/"
        tests["category"] = lambda one: f"{one.card.category_slug}/".startswith(below)
    if filters.regions:
        tests["regions"] = lambda one: one.card.region_slug in filters.regions
    if filters.certification:
        tests["certification"] = lambda one: filters.certification in one.certifications
    low, high = filters.min_fen, filters.max_fen
    if low is not None or high is not None:
        tests["price"] = lambda one: (
            (low is None or one.card.price_fen >= low) and (high is None or one.card.price_fen <= high)
        )
    if filters.in_stock:
        tests["in_stock"] = lambda one: one.card.product_id in stocked
    if filters.supplier:
        tests["supplier"] = lambda one: one.card.supplier_code == filters.supplier
    return tests


def _ordered(shelf: Shelf, sort: Sort, scores: Mapping[int, int] | None) -> Sequence[Goods]:
    """Return what is on sale, or what of it answers, in the order asked for."""
    ordered = shelf.remember(("order", sort), lambda: tuple(sorted(shelf.on_sale, key=_KEYS[sort])))
    if scores is None:
        return ordered
    answering = [goods for goods in ordered if goods.card.product_id in scores]
    if sort is Sort.DEFAULT:
        # Sorting keeps the shop's order between equal scores.
        answering.sort(key=lambda goods: -scores[goods.card.product_id])
    return answering


_KEYS: Mapping[Sort, Callable[[Goods], tuple[float, ...]]] = MappingProxyType(
    {
        Sort.DEFAULT: lambda one: (one.position, one.listing_id),
        Sort.PRICE_UP: lambda one: (one.card.price_fen, one.position, one.listing_id),
        Sort.PRICE_DOWN: lambda one: (-one.card.price_fen, one.position, one.listing_id),
        Sort.NEWEST: lambda one: (-one.created_at.timestamp(), -one.listing_id),
    }
)


def _region_facets(shelf: Shelf, goods: Sequence[Goods], filters: BrowseFilters) -> list[Facet]:
    counts = Counter(one.card.region_slug for one in goods)
    return [
        Facet(slug, name, counts[slug], slug in filters.regions)
        for slug, name in shelf.regions.items()
        if slug in counts
    ]


def _certification_facets(shelf: Shelf, goods: Sequence[Goods], filters: BrowseFilters) -> list[Facet]:
    counts = Counter(code for one in goods for code in one.certifications)
    return [
        Facet(code, row.name_zh, counts[code], code == filters.certification)
        for code, row in shelf.certifications.items()
        if code in counts
    ]


def _category_facets(shelf: Shelf, goods: Sequence[Goods], filters: BrowseFilters) -> list[Facet]:
    """Return the categories directly below the chosen one, or beside it when nothing is below."""
    counts = Counter(one.card.category_slug for one in goods)
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


def _stock_facet(goods: Sequence[Goods], stocked: Collection[int], filters: BrowseFilters) -> Facet:
    count = sum(one.card.product_id in stocked for one in goods)
    return Facet("1", "", count, filters.in_stock)


def _nothing(filters: BrowseFilters) -> BrowsePage:
    return BrowsePage(
        ids=[],
        total=0,
        number=1,
        pages=1,
        filters=filters,
        regions=[],
        certifications=[],
        categories=[],
        in_stock=Facet("1", "", 0, filters.in_stock),
        min_fen=None,
        max_fen=None,
        how="",
        terms=(),
    )
