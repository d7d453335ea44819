"""What a coupon takes off goods; pure. Amounts in fen, spread over the lines to the fen (counting rules, section 2)."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from shop.core import fen
from shop.coupons.status import CampaignKind, CampaignScope

#: A line worth less takes no part: rounding could leave nothing of it to pay.
LEAST_LINE_FEN = 10


@dataclass(frozen=True)
class Goods:
    """A line of a basket as coupons see it; `region` is the slug of its region of origin, or ""."""

    product_id: int
    supplier: str
    region: str
    fen: int


@dataclass(frozen=True)
class Rule:
    """The terms of a campaign. `supplier` and `region` are codes, "" where they do not matter."""

    kind: str
    scope: str
    off_fen: int = 0
    percent: int = 0
    cap_fen: int = 0
    minimum_fen: int = 0
    region: str = ""
    supplier: str = ""
    products: frozenset[int] = field(default_factory=frozenset)

    def is_for(self, goods: Goods) -> bool:
        """Return whether goods are of its scope."""
        if self.scope == CampaignScope.REGION:
            return goods.region == self.region
        if self.scope == CampaignScope.SUPPLIER:
            return goods.supplier == self.supplier
        return self.scope == CampaignScope.SHOP or goods.product_id in self.products

    def missing_fen(self, lines: Sequence[Goods]) -> int | None:
        """Return how much more of its goods are needed; 0 when it applies, None when none of the goods are its."""
        own = sum(self._weights(lines))
        return max(self.minimum_fen - own, 0) if own else None

    def shares(self, lines: Sequence[Goods]) -> tuple[int, ...]:
        """Return what it takes off each line, all zero when it does not apply.

        At most nine tenths of its goods, and never the whole of a line.
        """
        weights = self._weights(lines)
        own = sum(weights)
        if not own or own < self.minimum_fen:
            return (0,) * len(lines)
        off = min(self.off_fen, own * 9 // 10)
        if self.kind == CampaignKind.PERCENT:
            off = min(own * self.percent // 100, self.cap_fen)
        return tuple(fen.split(off, weights))

    def _weights(self, lines: Sequence[Goods]) -> list[int]:
        return [line.fen if line.fen >= LEAST_LINE_FEN and self.is_for(line) else 0 for line in lines]
