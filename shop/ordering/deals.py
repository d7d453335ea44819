"""What a buyer has agreed with the shop beside the prices for everyone."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from shop.core import clock


@dataclass(frozen=True)
class Deal:
    """Whose price lists count, and prices that were agreed for one order.

    `buyer` is the code of the organisation that orders, "" for residents. `agreed` are unit prices in fen by
    product, for any quantity; from `valid_until` on they hold no more (None: they have no end).
    """

    buyer: str = ""
    agreed: Mapping[int, int] = field(default_factory=dict)
    valid_until: dt.datetime | None = None

    @property
    def is_valid(self) -> bool:
        """Say whether the agreed prices hold now."""
        return self.valid_until is None or clock.now() < self.valid_until


#: The prices for everyone.
NO_DEAL = Deal()
