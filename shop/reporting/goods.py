"""What was bought and of whom: figures by supplier and by product."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from django.db.models import QuerySet

from shop.core.together import Asked
from shop.ledger.rollups.selectors import Part, grouped
from shop.listings.models import Listing
from shop.reporting.live import Rows, measured
from shop.suppliers.models import Supplier

KEYS = ("confirmed", "gross", "refunded", "net")
#: Rows that a page shows; what is behind them stands as one.
SHOWN = 15
Dimension = Literal["supplier", "product"]
DIMENSIONS: tuple[Dimension, ...] = ("supplier", "product")


@dataclass
class GoodsRow:
    """A supplier's or product's figures in fen; `code` "" is the sum of all that are not shown one by one."""

    code: str
    region: str
    name: str = ""
    confirmed: int = 0
    gross: int = 0
    refunded: int = 0
    net: int = 0
    #: How many the row stands for.
    count: int = 1

    def add(self, sums: dict[str, int]) -> None:
        """Add a sum to every figure."""
        for key in KEYS:
            setattr(self, key, getattr(self, key) + sums[key])


def goods_rows(parts: Rows, dimension: Dimension) -> Asked[list[GoodsRow]]:
    """Return the rows with the most confirmed first, and one for all others, still nameless; Σ rows = overview."""

    def by_code(part: Part) -> Part:
        rows: Any = part.values(dimension, "region")
        return rows.annotate(**measured(*KEYS))

    return Asked((grouped(parts, by_code),), lambda groups: _read(groups, dimension))


def _read(groups: Iterable[Any], dimension: Dimension, shown: int = SHOWN) -> list[GoodsRow]:
    found: dict[tuple[str, str], GoodsRow] = {}
    for group in groups:
        key = (group[dimension], group["region"])
        found.setdefault(key, GoodsRow(*key)).add({name: group[f"{name}_sum"] for name in KEYS})
    rows = [row for row in found.values() if row.gross or row.net]
    rows.sort(key=lambda row: (-row.confirmed, -row.net, row.code, row.region))
    # What has no code would read as the sum of the others.
    first, rest = [row for row in rows if row.code][:shown], rows[:]
    for row in first:
        rest.remove(row)
    return [*first, _others(rest)] if rest else first


def _others(rest: list[GoodsRow]) -> GoodsRow:
    others = GoodsRow("", "", count=len(rest))
    for row in rest:
        others.add({key: getattr(row, key) for key in KEYS})
    return others


def names_of_goods(rows: list[GoodsRow], dimension: Dimension) -> Asked[None]:
    """Give the rows their names, where their codes have one."""
    codes = [row.code for row in rows]
    names: QuerySet[Any] = Listing.objects.filter(sku__in=codes).values_list("sku", "product__title")
    if dimension == "supplier":
        names = Supplier.objects.filter(code__in=codes).values_list("code", "name_zh")

    def give(found: Iterable[Any]) -> None:
        known = dict(found)
        for row in rows:
            row.name = known.get(row.code, row.code)

    return Asked((names,), give)


def total_of_goods(rows: list[GoodsRow]) -> GoodsRow:
    """Return the sum of the rows."""
    return _others(rows)
