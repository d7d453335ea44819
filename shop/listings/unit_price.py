"""The price of a standard amount: of 500 g for food by weight, of one piece for counted food."""

import re
from dataclasses import dataclass
from decimal import Decimal

from shop.core.fen import round_half_up
from shop.listings.models import LabelClass

_COUNTED = re.compile(r"^(\d+)([枚只个穗])/")
_WITH_UNIT_PRICE = (LabelClass.PACKAGED_FOOD, LabelClass.PRIMARY_AGRICULTURAL)


@dataclass(frozen=True)
class UnitPrice:
    """Fen of one standard amount, and what stands after it: `/500g`, `/枚`. No fen: none is shown."""

    fen: int | None
    label: str


def counted(spec: str) -> tuple[int, str] | None:
    """Return the pieces in one unit and their measure word: `30枚/盒` → 30, 枚; None for goods by weight."""
    match = _COUNTED.match(spec)
    return (int(match.group(1)), match.group(2)) if match and int(match.group(1)) > 0 else None


def unit_price(
    *, price_fen: int, spec: str, pieces: int | None, net_weight_g: int | None, label_class: str
) -> UnitPrice:
    """Return the price of a piece or of 500 g, rounded half up; none for crafts and boxes."""
    if label_class not in _WITH_UNIT_PRICE:
        return UnitPrice(None, "")
    words = counted(spec)
    if pieces and words:
        return UnitPrice(round_half_up(Decimal(price_fen) / pieces), f"/{words[1]}")
    if not net_weight_g:
        return UnitPrice(None, "")
    return UnitPrice(round_half_up(Decimal(price_fen) * 500 / net_weight_g), "/500g")
