"""The addresses that are asked for: at least a thousand of each kind.

Both sites show the same goods, so both get the same categories and words; pages, sorts and filters are
each site's own.
"""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from itertools import product as combinations
from urllib.parse import urlencode

from bench.catalogue import rows

SEED_NUMBER = 20261123
_OUR_SORTS = ("", "price", "-price", "newest")
_STOCK_SORTS = ("", "rating", "newest", "price-desc", "price-asc", "title-asc", "title-desc")
#: Yuan. Bounds this wide leave nearly every product in, so that filtered pages are as long as plain ones.
_LOW = ("", "1", "2", "3", "4", "5")
_HIGH = ("", "5000")
#: Pages of 24 and of 20 goods that are there under every filter.
_OUR_PAGES, _STOCK_PAGES = 40, 48


@dataclass(frozen=True)
class Pool:
    """Every address of one kind on both sites, in the order in which they are asked for."""

    stock: list[str]
    ours: list[str]


@dataclass(frozen=True)
class Goods:
    """A site's own addresses, as it gives them: products by article number, categories by path."""

    products: dict[str, str]
    categories: dict[str, str]


def pools(stock: Goods, ours: Goods, seed: int = SEED_NUMBER) -> dict[str, Pool]:
    """Return the pools of list, category, search and product, shuffled by the seed."""
    found = {
        "list": Pool(_stock_list(), _our_list()),
        "category": Pool(_stock_category(stock.categories.values()), _our_category(ours.categories.values())),
        "search": Pool(
            _with("/search/", ({"q": word, "sort_by": s} for word, s in combinations(words(), _STOCK_SORTS))),
            _with(
                "/search/",
                (
                    {"q": word, "sort": sort, "min_price": low}
                    for word, sort, low in combinations(words(), _OUR_SORTS, _LOW[:2])
                ),
            ),
        ),
        "product": Pool(list(stock.products.values()), list(ours.products.values())),
    }
    for name, pool in found.items():
        random.Random(f"{seed} {name}").shuffle(pool.stock)
        random.Random(f"{seed} {name}").shuffle(pool.ours)
    return found


def our_pools(ours: Goods) -> dict[str, list[str]]:
    """Return this shop's own addresses by kind, shuffled by the seed."""
    return {kind: pool.ours for kind, pool in pools(Goods({}, {}), ours).items()}


def five_lines(rows: Sequence[dict[str, str]]) -> list[str]:
    """Return five articles of three suppliers with plenty in stock: two, two and one."""
    plenty = [row for row in rows if int(row["stock"]) >= 50]
    found: list[str] = []
    by_supplier = groupby(
        sorted(plenty, key=lambda row: row["supplier_key"]), lambda row: row["supplier_key"]
    )
    for _, group in by_supplier:
        articles = [row["sku"] for row in group]
        if len(articles) >= 2 and len(found) < 5:
            found += articles[: min(2, 5 - len(found))]
    return found


def words() -> list[str]:
    """Return what is searched: pieces of the seed's names, whole words for both sites, so that both find something."""
    pieces = {piece for row in rows("products.csv") for piece in row["name_zh"].replace("·", " ").split()}
    return sorted(piece for piece in pieces if len(piece) > 1)


def _with(path: str, queries: Iterable[dict[str, str]]) -> list[str]:
    """Return the path with each query, empty choices left out, each address once."""
    texts = (urlencode({name: value for name, value in query.items() if value}) for query in queries)
    return list(dict.fromkeys(f"{path}?{text}" if text else path for text in texts))


def _our_list() -> list[str]:
    pages = ("", *map(str, range(2, _OUR_PAGES + 1)))
    return _with(
        "/catalogue/",
        (
            {"page": page, "sort": sort, "min_price": low, "max_price": high}
            for page, sort, low, high in combinations(pages, _OUR_SORTS, _LOW[:4], _HIGH)
        ),
    )


def _stock_list() -> list[str]:
    """Stock Oscar cannot filter with Whoosh; its further words change nothing but the address."""
    pages = ("", *map(str, range(2, _STOCK_PAGES + 1)))
    return _with(
        "/catalogue/",
        (
            {"page": page, "sort_by": sort, "from": visit}
            for page, sort, visit in combinations(pages, _STOCK_SORTS, map(str, range(1, 4)))
        ),
    )


def _our_category(paths: Iterable[str]) -> list[str]:
    return [
        address
        for path in paths
        for address in _with(
            path, ({"sort": sort, "min_price": low} for sort, low in combinations(_OUR_SORTS, _LOW))
        )
    ]


def _stock_category(paths: Iterable[str]) -> list[str]:
    visits = ("", "1", "2", "3")
    return [
        address
        for path in paths
        for address in _with(
            path, ({"sort_by": sort, "from": visit} for sort, visit in combinations(_STOCK_SORTS, visits))
        )
    ]
