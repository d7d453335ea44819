"""One look at everything that pages of goods are made of: whether it is still as it was, not what it is."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db import connection

#: The products that are sold out.
SOLD_OUT = """
SELECT product_id FROM partner_stockrecord WHERE product_id IN (
    SELECT product_id FROM partner_stockrecord WHERE COALESCE(num_in_stock, 0) - COALESCE(num_allocated, 0) <= 0
) GROUP BY product_id HAVING SUM(COALESCE(num_in_stock, 0) - COALESCE(num_allocated, 0)) <= 0
"""
#: The states of the catalogue and of the ratings, what is sold out, and what is left of some products, told apart by
#: the first column.
_LOOK = f"""
SELECT 0, COUNT(*), COALESCE(SUM(mark), 0) FROM listings_cataloguechange
UNION ALL
SELECT 1, product_id, 0 FROM ({SOLD_OUT}) AS gone
UNION ALL
SELECT 3, COALESCE(SUM(version), 0), 0 FROM listings_rating
"""  # noqa: S608 - words of ours
_LEFT = """
UNION ALL
SELECT 2, product_id, SUM(COALESCE(num_in_stock, 0) - COALESCE(num_allocated, 0)) FROM partner_stockrecord
WHERE product_id IN ({marks}) GROUP BY product_id
"""
_STATE, _GONE, _UNITS, _RATINGS = range(4)


@dataclass(frozen=True)
class CatalogueLook:
    """`state` names the rows of the catalogue (`shelf`), `ratings` what is said of reviews (`Rating.version`).

    `units` are what is left of the products asked for.
    """

    state: tuple[int, int]
    ratings: int
    sold_out: frozenset[int]
    units: dict[int, int]


def catalogue_look(product_ids: Collection[int]) -> CatalogueLook:
    """Return how catalogue, ratings and stock stand now. One query."""
    ids = list(product_ids)
    left = _LEFT.format(marks=", ".join(["%s"] * len(ids))) if ids else ""
    with connection.cursor() as cursor:
        cursor.execute(_LOOK + left, ids)
        rows = [(int(kind), int(first), int(second)) for kind, first, second in cursor.fetchall()]
    state = next((first, second) for kind, first, second in rows if kind == _STATE)
    units = dict.fromkeys(ids, 0)
    units |= {first: second for kind, first, second in rows if kind == _UNITS}
    ratings = next(first for kind, first, _nothing in rows if kind == _RATINGS)
    return CatalogueLook(state, ratings, frozenset(first for kind, first, _ in rows if kind == _GONE), units)
