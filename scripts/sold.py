"""What a shop has of the orders of a rehearsal's buyers."""

from collections.abc import Iterator
from dataclasses import dataclass

SOLD = (
    "SELECT r.recipient_name, r.number, r.payment_state,"
    " (SELECT count(*) FROM fulfilment_supplierorder s WHERE s.record_id = r.id),"
    " (SELECT count(DISTINCT s.supplier_id) FROM ordering_lineshare s WHERE s.record_id = r.id),"
    " (SELECT count(*) FROM gateways_payment p WHERE p.record_id = r.id),"
    " (SELECT coalesce(sum(p.fen - p.refunded_fen - p.returned_fen), 0) FROM gateways_payment p"
    "  WHERE p.record_id = r.id),"
    " r.fulfilment_state,"
    " (SELECT count(*) FROM fulfilment_parcel p JOIN fulfilment_supplierorder s ON s.id = p.supplier_order_id"
    "  WHERE s.record_id = r.id),"
    " (SELECT count(*) FROM fulfilment_parcel p JOIN fulfilment_supplierorder s ON s.id = p.supplier_order_id"
    "  WHERE s.record_id = r.id AND p.state = 'shipped')"
    " FROM ordering_orderrecord r WHERE r.recipient_name LIKE '买家%'"
)


@dataclass(frozen=True)
class Sold:
    """One order as it stands in the shop's tables; `kept_fen` is its captured money that has not gone back."""

    name: str
    number: str
    state: str
    supplier_orders: int
    suppliers: int
    payments: int
    kept_fen: int
    fulfilment: str
    parcels: int
    unsigned: int

    @classmethod
    def read(cls, line: str) -> "Sold":
        """Return the order of a row of `SOLD`."""
        name, number, state, supplier_orders, suppliers, payments, kept, fulfilment, parcels, unsigned = (
            line.split("|")
        )
        counts = int(supplier_orders), int(suppliers), int(payments), int(kept)
        return cls(name, number, state, *counts, fulfilment, int(parcels), int(unsigned))

    @property
    def shipped(self) -> bool:
        return self.fulfilment in ("shipped", "received")

    def lost(self, *, ships: bool) -> Iterator[str]:
        """Yield what of a paid order never came to its suppliers or its buyer, and money that nobody has given back."""
        if self.state == "paid" and self.supplier_orders < self.suppliers:
            yield f"{self.number} is paid and {self.suppliers} suppliers have {self.supplier_orders} orders"
        if self.state == "paid" and ships and not self.shipped:
            yield f"{self.number} is paid and {self.fulfilment or 'not'} shipped"
        if self.state != "paid" and self.kept_fen:
            yield f"{self.number} is {self.state} and keeps {self.kept_fen} fen"

    def doubled(self) -> Iterator[str]:
        """Yield what there is twice."""
        if self.supplier_orders > self.suppliers or self.payments > 1:
            yield f"{self.number} of {self.name}: {self.supplier_orders} supplier orders, {self.payments} payments"
        if self.parcels > self.supplier_orders:
            yield f"{self.number} of {self.name}: {self.supplier_orders} supplier orders, {self.parcels} parcels"
