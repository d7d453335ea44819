"""What a buyer has agreed with the shop beside the prices for everyone."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from shop.core import clock


@dataclass(frozen=True)
class Destination:
    """So many parcels of an order, each with so many of its sets, to a province; empty: that of the order."""

    province: str
    sets: int
    parcels: int


@dataclass(frozen=True)
class Deal:
    """Whose price lists count, prices that were agreed for one order, and where its goods go.

    `buyer` is the code of the organisation that orders, "" for residents. `agreed` are unit prices in fen by
    product, for any quantity; from `valid_until` on they hold no more (None: they have no end). With
    `destinations` every supplier ships its goods in so many parcels, and freight is paid for each.
    """

    buyer: str = ""
    agreed: Mapping[int, int] = field(default_factory=dict)
    valid_until: dt.datetime | None = None
    destinations: tuple[Destination, ...] = ()

    @property
    def is_valid(self) -> bool:
        """Say whether the agreed prices hold now."""
        return self.valid_until is None or clock.now() < self.valid_until


#: The prices for everyone.
NO_DEAL = Deal()
