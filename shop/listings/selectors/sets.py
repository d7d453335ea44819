"""Which goods pass a filter: sets of the ids of products, kept with the shelf.

A set of a hundred thousand goods takes some ten kilobytes, and two are counted together in a microsecond (roaring
bitmaps), so what a choice costs hardly depends on how many goods it has.
"""

from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from django.db import connection
from pyroaring import FrozenBitMap

from shop.listings.matching import Part, products_with
from shop.listings.selectors.cards import NOTHING_LEFT
from shop.listings.selectors.shelf import Entry, Shelf, standing_of

Products = FrozenBitMap
NONE = Products()
#: Places in which nothing is left of a product; the index of migration 0016 answers by itself.
EMPTY = """
SELECT product_id FROM partner_stockrecord WHERE COALESCE(num_in_stock, 0) - COALESCE(num_allocated, 0) <= 0
"""


class _ByPrice(NamedTuple):
    """Goods on sale, the cheapest first."""

    fen: Sequence[int]
    product_ids: Sequence[int]


def on_sale(shelf: Shelf) -> Products:
    """Return everything on sale."""
    return shelf.remember("on sale", lambda: Products([one.product_id for one in shelf.on_sale]))


def chosen(shelf: Shelf, facet: str, value: str) -> Products:
    """Return what is on sale of a category (with what is below it), region, supplier or certification."""
    sets = shelf.remember(("sets", facet), lambda: _by_value(shelf.on_sale, _VALUES[facet]))
    return sets.get(value, NONE)


def cheaper(shelf: Shelf, fen: int) -> Products:
    """Return what is on sale for less. Not kept: visitors name any sum."""
    prices = shelf.remember("prices", lambda: _by_price(shelf.on_sale))
    return Products(prices.product_ids[: bisect_left(prices.fen, fen)])


def in_bands(shelf: Shelf, bounds_fen: tuple[int, ...]) -> tuple[Products, ...]:
    """Return what is on sale for less than each of these bounds, which a page always asks for."""
    return shelf.retain(("bands", bounds_fen), lambda: tuple(cheaper(shelf, bound) for bound in bounds_fen))


def sold_out(shelf: Shelf) -> Products:
    """Return what is on sale and nothing is left of. One query, and one more for goods in stock in several places."""
    with connection.cursor() as cursor:
        cursor.execute(EMPTY)
        empty = Products([product_id for (product_id,) in cursor.fetchall()])
    if elsewhere := shelf.several.intersection(empty):
        left = standing_of(elsewhere)
        empty -= Products(
            [product_id for product_id in elsewhere if left.get(product_id, NOTHING_LEFT).units > 0]
        )
    unrecorded = shelf.remember(
        "unrecorded", lambda: Products([one.product_id for one in shelf.on_sale if not one.has_record])
    )
    return (empty | unrecorded) & on_sale(shelf)


def postings(shelf: Shelf, parts: Collection[Part]) -> Mapping[Part, Products]:
    """Return what is on sale with each part of what was typed. One query for those that are not known yet."""

    def found(missing: Collection[Part]) -> dict[Part, Products]:
        everything = on_sale(shelf)
        return {part: Products(ids) & everything for part, ids in products_with(missing).items()}

    return shelf.retain_each("postings", parts, found)


def _by_value(goods: Iterable[Entry], values: Callable[[Entry], Iterable[str]]) -> dict[str, Products]:
    ids: dict[str, list[int]] = {}
    for one in goods:
        for value in values(one):
            ids.setdefault(value, []).append(one.product_id)
    return {value: Products(found) for value, found in ids.items()}


def _by_price(goods: Iterable[Entry]) -> _ByPrice:
    rows = sorted((one.price_fen, one.product_id) for one in goods)
    return _ByPrice([fen for fen, _ in rows], [product_id for _, product_id in rows])


def _with_those_above(slug: str) -> Iterator[str]:
    while slug:
        yield slug
        slug = slug.rpartition("/")[0]


_VALUES: Mapping[str, Callable[[Entry], Iterable[str]]] = MappingProxyType(
    {
        "category": lambda one: _with_those_above(one.category_slug),
        "region": lambda one: (one.region_slug,),
        "supplier": lambda one: (one.supplier_code,),
        "certification": lambda one: one.certifications,
    }
)
