"""How far each line of a unit's order is: shipped, counted, accepted, rejected."""

from collections import defaultdict
from dataclasses import dataclass

from django.db.models import Sum

from shop.fulfilment.models import ParcelItem
from shop.ordering.models import OrderRecord
from shop.procurement.models import AcceptanceLine, ReportState


@dataclass(frozen=True)
class LineStanding:
    """An order line in units. `waiting` are in a report that nobody has approved yet."""

    line_id: int
    product_id: int | None
    title: str
    sku: str
    supplier_name: str
    units: int
    fen: int
    gone: int
    shipped: int
    accepted: int
    rejected: int
    waiting: int

    @property
    def to_report(self) -> int:
        """Return the shipped units that no report holds yet; those refunded before are not asked for."""
        return max(self.shipped - self.accepted - self.rejected - self.waiting - self._gone_otherwise, 0)

    @property
    def _gone_otherwise(self) -> int:
        """Return shipped units that went another way than by a rejection: unshipped ones go first."""
        return max(self.gone - self.rejected - (self.units - self.shipped), 0)


def standing_of(record: OrderRecord) -> list[LineStanding]:
    """Return the lines of an order in their order. Four queries."""
    shares = record.shares.select_related("line", "supplier").order_by("number")
    rows = ParcelItem.objects.filter(parcel__supplier_order__record=record).values_list("line_id")
    shipped = dict(rows.annotate(total=Sum("units")).order_by("line_id"))
    accepted: dict[int, int] = defaultdict(int)
    rejected: dict[int, int] = defaultdict(int)
    waiting: dict[int, int] = defaultdict(int)
    reported = AcceptanceLine.objects.filter(report__record=record).exclude(
        report__state=ReportState.WITHDRAWN
    )
    columns = ("line_id", "report__state", "accepted_units", "rejected_units")
    for line_id, state, good, bad in reported.values_list(*columns):
        if state == ReportState.APPROVED:
            accepted[line_id] += good
            rejected[line_id] += bad
        else:
            waiting[line_id] += good + bad
    return [
        LineStanding(
            line_id=share.line_id,
            product_id=share.line.product_id,
            title=share.line.title,
            sku=share.dims["product"],
            supplier_name=share.supplier.name_zh,
            units=share.units,
            fen=share.fen,
            gone=share.reduced_units + share.refunding_units + share.refunded_units,
            shipped=shipped.get(share.line_id, 0),
            accepted=accepted[share.line_id],
            rejected=rejected[share.line_id],
            waiting=waiting[share.line_id],
        )
        for share in shares
    ]
