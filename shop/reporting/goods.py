"""What was bought and of whom: figures by supplier and by product."""

from dataclasses import dataclass
from typing import Any, Literal

from shop.ledger.rollups.selectors import Part, grouped
from shop.listings.models import Listing
from shop.reporting.live import Rows, measured
from shop.suppliers.models import Supplier

KEYS = ("confirmed", "gross", "refunded", "net")
#: Rows that a page shows; what is behind them stands as one.
SHOWN = 15
Dimension = Literal["supplier", "product"]


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


def goods_rows(parts: Rows, dimension: Dimension, shown: int = SHOWN) -> list[GoodsRow]:
    """Return the rows with the most confirmed first, and one for all others; Σ rows = overview. Two queries."""

    def by_code(part: Part) -> Part:
        rows: Any = part.values(dimension, "region")
        return rows.annotate(**measured(*KEYS))

    found: dict[tuple[str, str], GoodsRow] = {}
    groups: Any = grouped(parts, by_code)
    for group in groups:
        key = (group[dimension], group["region"])
        found.setdefault(key, GoodsRow(*key)).add({name: group[f"{name}_sum"] for name in KEYS})
    rows = [row for row in found.values() if row.gross or row.net]
    rows.sort(key=lambda row: (-row.confirmed, -row.net, row.code, row.region))
    # What has no code would read as the sum of the others.
    first, rest = [row for row in rows if row.code][:shown], rows[:]
    names = _names(dimension, [row.code for row in first])
    for row in first:
        row.name = names.get(row.code, row.code)
        rest.remove(row)
    return [*first, _others(rest)] if rest else first


def _others(rest: list[GoodsRow]) -> GoodsRow:
    others = GoodsRow("", "", count=len(rest))
    for row in rest:
        others.add({key: getattr(row, key) for key in KEYS})
    return others


def _names(dimension: Dimension, codes: list[str]) -> dict[str, str]:
    if dimension == "supplier":
        return dict(Supplier.objects.filter(code__in=codes).values_list("code", "name_zh"))
    return dict(Listing.objects.filter(sku__in=codes).values_list("sku", "product__title"))


def total_of_goods(rows: list[GoodsRow]) -> GoodsRow:
    """Return the sum of the rows."""
    return _others(rows)
