"""What a quote is made of: lines, their supplier with its freight, and what stands against them."""

from dataclasses import dataclass

from shop.ordering.prices import FreightQuote
from shop.ordering.status import Pool

#: Of one product in one order.
MAX_UNITS = 999
MOST_UNITS = {Pool.RETAIL: MAX_UNITS, Pool.BULK: 99_999}


@dataclass(frozen=True)
class Problem:
    """Something the buyer must know. `blocking`: no order can be placed while it stands.

    Codes: empty, withdrawn, supplier_suspended, quantity, too_many, step, limit, out_of_stock, undeliverable and,
    not blocking, price_changed.
    """

    code: str
    message: str
    basket_line_id: int | None = None
    supplier_code: str = ""
    blocking: bool = True


@dataclass(frozen=True)
class QuoteLine:
    """A basket line at the price of its product's whole quantity; amounts in fen, tax included.

    `line_fen` is before, `paid_fen` after what a coupon takes off.
    """

    basket_line_id: int
    product_id: int
    stockrecord_id: int
    sku: str
    title: str
    spec: str
    supplier_code: str
    quantity: int
    unit_fen: int
    line_fen: int
    weight_g: int
    vat_percent: int
    discount_fen: int = 0

    @property
    def paid_fen(self) -> int:
        """Return what is paid for the line."""
        return self.line_fen - self.discount_fen


@dataclass(frozen=True)
class SupplierQuote:
    """The lines of one supplier and its freight; `freight_fen` is None when it does not deliver there."""

    supplier_code: str
    supplier_name: str
    lines: tuple[QuoteLine, ...]
    goods_fen: int
    freight: FreightQuote

    @property
    def freight_fen(self) -> int | None:
        """Return the freight, None when undeliverable."""
        return self.freight.fen
