"""What a list of products is asked for."""

import enum
from dataclasses import dataclass


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
