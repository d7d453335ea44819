"""How far each line of a unit's order is: shipped, counted, accepted, rejected, being sent again."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.db.models import Sum

from shop.core.together import Asked, together
from shop.fulfilment.models import Parcel, ParcelItem, SupplierOrder
from shop.ordering.models import LineShare, OrderRecord
from shop.ordering.shelf import to_ship_asked
from shop.ordering.status import ReshipState
from shop.procurement.models import AcceptanceLine, Remedy, ReportState

#: Whose goods have not come again yet.
_ON_THEIR_WAY = (ReshipState.REQUESTED, ReshipState.SHIPPED)


@dataclass(frozen=True)
class Part:
    """What a report is about: one supplier's goods, one parcel, or - with neither - the whole order."""

    supplier_order: SupplierOrder | None = None
    parcel: Parcel | None = None

    @property
    def key(self) -> str:
        """Return how an address names it: s12, p34, or nothing for the whole order."""
        if self.supplier_order is not None:
            return f"s{self.supplier_order.pk}"
        return f"p{self.parcel.pk}" if self.parcel is not None else ""


WHOLE = Part()


@dataclass(frozen=True)
class LineStanding:
    """An order line in units.

    `gone` are off the order or refunded, asked for or done, `gone_shipped` those of them that had been shipped.
    `waiting` are in a report that nobody has approved yet; `replacing` were short or damaged and are to come
    again; `most` is how many units of the part looked at may be in a report (of a parcel: those in it).
    """

    line_id: int
    product_id: int | None
    title: str
    sku: str
    supplier_id: int
    supplier_name: str
    units: int
    fen: int
    gone: int
    gone_shipped: int
    shipped: int
    accepted: int
    rejected: int
    waiting: int
    replacing: int = 0
    most: int | None = None

    @property
    def to_report(self) -> int:
        """Return the shipped units that no report holds yet and that nothing else took off the order.

        Rejected ones are off it; those whose refund came to nothing are counted anew.
        """
        left = max(self.shipped - self.accepted - self.waiting - self.replacing - self.gone_shipped, 0)
        return left if self.most is None else min(left, self.most)


@dataclass
class _Reported:
    """Units by line that reports which stand hold."""

    accepted: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    rejected: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    waiting: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    replacing: dict[int, int] = field(default_factory=lambda: defaultdict(int))


def standing_of(record: OrderRecord, part: Part = WHOLE) -> list[LineStanding]:
    """Return the lines of an order, or of a part of it, in their order. Four queries; five for a parcel."""
    shares = [share for share in _shares_of(record) if _is_of(share, part)]
    shipped, to_ship = together(_shipped_asked(record), to_ship_asked(record))
    reported = _reported(record)
    most = None if part.parcel is None else open_of_parcels([part.parcel])[part.parcel.pk]
    return [
        LineStanding(
            line_id=share.line_id,
            product_id=share.line.product_id,
            title=share.line.title,
            sku=share.dims["product"],
            supplier_id=share.supplier_id,
            supplier_name=share.supplier.name_zh,
            units=share.units,
            fen=share.fen,
            gone=share.units - share.left_units,
            gone_shipped=_gone_shipped(share, shipped.get(share.line_id, 0), to_ship.get(share.line_id, 0)),
            shipped=shipped.get(share.line_id, 0),
            accepted=reported.accepted[share.line_id],
            rejected=reported.rejected[share.line_id],
            waiting=reported.waiting[share.line_id],
            replacing=reported.replacing[share.line_id],
            most=None if most is None else most.get(share.line_id, 0),
        )
        for share in shares
        if most is None or share.line_id in most
    ]


def _shipped_asked(record: OrderRecord) -> Asked[dict[int, int]]:
    rows = ParcelItem.objects.filter(parcel__supplier_order__record=record).values_list("line_id")
    return Asked((rows.annotate(total=Sum("units")).order_by("line_id"),), dict)


def _gone_shipped(share: LineShare, shipped: int, to_ship: int) -> int:
    """Return how many units went off the order after they had left: what neither left nor will leave went before."""
    never_left = share.units - shipped - to_ship
    return max(share.units - share.left_units - never_left, 0)


def open_of_parcels(parcels: Sequence[Parcel], *, states: Iterable[str] = ()) -> dict[int, dict[int, int]]:
    """Return by parcel and line the units in it that no report about the parcel itself holds. Two queries.

    With `states` only reports in one of them hold units, else all but the withdrawn ones.
    """
    left: dict[int, dict[int, int]] = {parcel.pk: defaultdict(int) for parcel in parcels}
    for parcel_id, line_id, units in ParcelItem.objects.filter(parcel__in=left).values_list(
        "parcel_id", "line_id", "units"
    ):
        left[parcel_id][line_id] += units
    held = AcceptanceLine.objects.filter(report__parcel__in=left)
    wanted = list(states)
    held = (
        held.filter(report__state__in=wanted) if wanted else held.exclude(report__state=ReportState.WITHDRAWN)
    )
    columns = ("report__parcel_id", "line_id", "accepted_units", "short_units", "damaged_units")
    for parcel_id, line_id, *units in held.values_list(*columns):
        left[parcel_id][line_id] = max(left[parcel_id][line_id] - sum(units), 0)
    return {pk: dict(lines) for pk, lines in left.items()}


def to_report_by_supplier(standing: Iterable[LineStanding]) -> Mapping[int, int]:
    """Return by supplier how many units may be counted now."""
    sums: dict[int, int] = defaultdict(int)
    for line in standing:
        sums[line.supplier_id] += line.to_report
    return sums


def _shares_of(record: OrderRecord) -> Iterable[LineShare]:
    """Return the shares in their order; those that a selector has read with line and supplier are not read again."""
    if "shares" in getattr(record, "_prefetched_objects_cache", {}):
        return record.shares.all()
    return record.shares.select_related("line", "supplier").order_by("number")


def _is_of(share: LineShare, part: Part) -> bool:
    return part.supplier_order is None or share.supplier_id == part.supplier_order.supplier_id


def _reported(record: OrderRecord) -> _Reported:
    found = _Reported()
    lines = AcceptanceLine.objects.filter(report__record=record).exclude(report__state=ReportState.WITHDRAWN)
    columns = (
        "line_id",
        "report__state",
        "remedy",
        "reshipment__state",
        "accepted_units",
        "short_units",
        "damaged_units",
    )
    for line_id, state, remedy, reship, good, short, damaged in lines.values_list(*columns):
        if state != ReportState.APPROVED:
            found.waiting[line_id] += good + short + damaged
            continue
        found.accepted[line_id] += good
        if remedy == Remedy.MONEY:
            found.rejected[line_id] += short + damaged
        elif reship in _ON_THEIR_WAY:
            found.replacing[line_id] += short + damaged
        # What has come again, or was called off, is counted like goods that came for the first time.
    return found
