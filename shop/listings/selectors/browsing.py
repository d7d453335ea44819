"""Lists of products: by category, region, words and price, with what else could be chosen."""

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Count, Exists, F, Max, Min, OuterRef, Q, QuerySet
from oscar.apps.partner.models import StockRecord

from shop.listings.models import CategoryName, Certification, Listing, ListingState, SearchText
from shop.listings.search import Found, find
from shop.regions.models import PartnerRegion

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


def browse(filters: BrowseFilters, page: int = 1, *, page_size: int = PAGE_SIZE) -> BrowsePage:
    """Return one page of published products and its facets.

    A page beyond the last is the last one. A fixed number of queries, whatever is asked for: nine,
    and up to six more to find words.
    """
    found = find(filters.q) if filters.q.strip() else None
    if filters.q.strip() and found is None:
        return _nothing(filters)
    parts = _conditions(filters, found)
    matching = _matching(parts)
    total = matching.count()
    pages = max(1, -(-total // page_size))
    number = min(max(1, page), pages)
    start = (number - 1) * page_size
    ordered = _ordered(matching, filters, found).values_list("product_id", flat=True)
    prices = _matching(parts, without="price").aggregate(low=Min("price_fen"), high=Max("price_fen"))
    return BrowsePage(
        ids=list(ordered[start : start + page_size]),
        total=total,
        number=number,
        pages=pages,
        filters=filters,
        regions=_region_facets(_matching(parts, without="regions"), filters),
        certifications=_certification_facets(_matching(parts, without="certification"), filters),
        categories=_category_facets(_matching(parts, without="category"), filters),
        in_stock=_stock_facet(_matching(parts, without="in_stock"), filters),
        min_fen=prices["low"],
        max_fen=prices["high"],
        how=found.how if found else "",
        terms=found.terms if found else (),
    )


def search_ids(q: str) -> list[int]:
    """Return the published products that answer the words, best first; none for words without meaning."""
    found = find(q)
    if found is None:
        return []
    filters = BrowseFilters(q=q)
    matching = _matching(_conditions(filters, found))
    return list(_ordered(matching, filters, found).values_list("product_id", flat=True))


def _conditions(filters: BrowseFilters, found: Found | None) -> dict[str, Q]:
    """Return the condition of each filter by its name; an empty one lets everything through."""
    parts: dict[str, Q] = {}
    if filters.category:
        below = Q(category_slug__startswith=f"{filters.category}/")
        parts["category"] = Q(category_slug=filters.category) | below
    if filters.regions:
        parts["regions"] = Q(product__origin__region__slug__in=filters.regions)
    if filters.certification:
        wanted = Certification.products.through.objects.filter(
            product_id=OuterRef("product_id"), certification__code=filters.certification
        )
        parts["certification"] = Q(Exists(wanted))
    price = Q()
    if filters.min_fen is not None:
        price &= Q(price_fen__gte=filters.min_fen)
    if filters.max_fen is not None:
        price &= Q(price_fen__lte=filters.max_fen)
    parts["price"] = price
    if filters.in_stock:
        parts["in_stock"] = _has_stock()
    if filters.supplier:
        parts["supplier"] = Q(supplier__code=filters.supplier)
    if found is not None:
        answers = SearchText.objects.filter(found.condition, product_id=OuterRef("product_id"))
        parts["q"] = Q(Exists(answers))
    return parts


def _has_stock() -> Q:
    free = StockRecord.objects.filter(product_id=OuterRef("product_id"))
    return Q(
        Exists(
            free.filter(Q(num_allocated=None, num_in_stock__gt=0) | Q(num_in_stock__gt=F("num_allocated")))
        )
    )


def _matching(parts: Mapping[str, Q], without: str = "") -> QuerySet[Listing]:
    found = Listing.objects.filter(state=ListingState.PUBLISHED, product__is_public=True)
    for name, condition in parts.items():
        if name != without:
            found = found.filter(condition)
    return found


def _ordered(matching: QuerySet[Listing], filters: BrowseFilters, found: Found | None) -> QuerySet[Listing]:
    if filters.sort is Sort.PRICE_UP:
        return matching.order_by("price_fen", "position", "pk")
    if filters.sort is Sort.PRICE_DOWN:
        return matching.order_by("-price_fen", "position", "pk")
    if filters.sort is Sort.NEWEST:
        return matching.order_by("-product__date_created", "-pk")
    if found is None:
        return matching.order_by("position", "pk")
    rank = SearchText.objects.filter(product_id=OuterRef("product_id")).annotate(score=found.rank)
    return matching.annotate(score=rank.values("score")[:1]).order_by("-score", "position", "pk")


def _region_facets(matching: QuerySet[Listing], filters: BrowseFilters) -> list[Facet]:
    counts = _counts(matching, "product__origin__region__slug")
    return [
        Facet(region.slug, region.short_zh, counts[region.slug], region.slug in filters.regions)
        for region in PartnerRegion.objects.all()
        if region.slug in counts
    ]


def _certification_facets(matching: QuerySet[Listing], filters: BrowseFilters) -> list[Facet]:
    found = Certification.objects.filter(products__in=matching.values("product_id"))
    rows = found.annotate(count=Count("products", distinct=True)).order_by("pk")
    return [Facet(row.code, row.name_zh, row.count, row.code == filters.certification) for row in rows]


def _category_facets(matching: QuerySet[Listing], filters: BrowseFilters) -> list[Facet]:
    """Return the categories directly below the chosen one, or beside it when nothing is below."""
    counts = _counts(matching, "category_slug")
    names = {row.slug: row.category.name for row in _category_rows()}
    above = filters.category
    if above and not any(slug.startswith(f"{above}/") for slug in names):
        above = above.rpartition("/")[0]
    depth = above.count("/") + 1 if above else 0
    sums: dict[str, int] = {}
    for slug, count in counts.items():
        if not above or slug.startswith(f"{above}/"):
            child = "/".join(slug.split("/")[: depth + 1])
            sums[child] = sums.get(child, 0) + count
    return [
        Facet(slug, name, sums[slug], slug == filters.category)
        for slug, name in names.items()
        if slug in sums
    ]


def _category_rows() -> Sequence[CategoryName]:
    return list(CategoryName.objects.select_related("category").order_by("category__path"))


def _stock_facet(matching: QuerySet[Listing], filters: BrowseFilters) -> Facet:
    return Facet("1", "", matching.filter(_has_stock()).count(), filters.in_stock)


def _counts(matching: QuerySet[Listing], name: str) -> dict[str, int]:
    return dict(matching.order_by().values_list(name).annotate(count=Count("pk")))


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
