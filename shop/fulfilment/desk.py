"""Read the supplier's desk: four lists, each row with its own lines only."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from shop.accounts.scope import Scope
from shop.fulfilment.consignments import plan_of
from shop.fulfilment.holds import is_held, is_of_suspended
from shop.fulfilment.models import (
    Parcel,
    ParcelItem,
    ShortageItem,
    ShortageReport,
    ShortageState,
    SupplierOrder,
    SupplierOrderState,
)
from shop.fulfilment.returns.models import ReturnRequest
from shop.fulfilment.selectors import supplier_orders
from shop.ordering.models import LineShare

OPEN_STATES = (SupplierOrderState.NEW, SupplierOrderState.CONFIRMED)
TABS = ("new", "to_ship", "shipped", "after_sales")


@dataclass(frozen=True)
class DeskCounts:
    """Numbers over the supplier's desk."""

    new: int
    to_ship: int
    late: int
    shipped: int
    after_sales: int


def desk_counts(scope: Scope, now: dt.datetime) -> DeskCounts:
    """Return the numbers of the supplier's first page in one query."""
    open_orders = Q(state__in=OPEN_STATES)
    back = _with_after_sales(SupplierOrder.objects.filter(pk=OuterRef("pk"))).order_by()
    counts = (
        supplier_orders(scope)
        .annotate(is_back=Exists(back))
        .aggregate(
            new=Count("pk", filter=Q(state=SupplierOrderState.NEW)),
            to_ship=Count("pk", filter=Q(state=SupplierOrderState.CONFIRMED)),
            late=Count("pk", filter=open_orders & Q(ship_by__lt=now)),
            shipped=Count("pk", filter=Q(state=SupplierOrderState.SHIPPED)),
            after_sales=Count("pk", filter=Q(is_back=True)),
        )
    )
    return DeskCounts(**counts)


def desk(scope: Scope, tab: str) -> QuerySet[SupplierOrder]:
    """Return one tab of the supplier's desk, the most urgent first; those done, the latest first."""
    orders = supplier_orders(scope)
    if tab == "new":
        return orders.filter(state=SupplierOrderState.NEW).order_by("ship_by", "pk")
    if tab == "to_ship":
        return orders.filter(state=SupplierOrderState.CONFIRMED).order_by("ship_by", "pk")
    if tab == "shipped":
        return orders.filter(state=SupplierOrderState.SHIPPED).order_by("-shipped_at", "-pk")
    return _with_after_sales(orders).order_by("-opened_at", "-pk")


def _with_after_sales(orders: QuerySet[SupplierOrder]) -> QuerySet[SupplierOrder]:
    """Return those of which something goes back, went back or cannot be shipped."""
    back = LineShare.objects.filter(
        Q(refunding_fen__gt=0) | Q(refunded_fen__gt=0) | Q(reduced_units__gt=0),
        record=OuterRef("record_id"),
        supplier=OuterRef("supplier_id"),
    )
    missing = ShortageReport.objects.filter(supplier_order=OuterRef("pk"))
    cases = ReturnRequest.objects.filter(supplier_order=OuterRef("pk"))
    return orders.filter(
        Exists(back) | Exists(missing) | Exists(cases) | Q(state=SupplierOrderState.CANCELLED)
    )


@dataclass(frozen=True)
class DeskLine:
    """A share of the supplier's with what became of its units."""

    share: LineShare
    shipped: int

    @property
    def gone(self) -> int:
        """Return the units that were taken off the order."""
        return self.share.reduced_units + self.share.refunded_units

    @property
    def leaving(self) -> int:
        """Return the units whose refund is only asked for."""
        return self.share.refunding_units

    @property
    def left(self) -> int:
        """Return the units left to ship."""
        return max(0, self.share.units - self.shipped - self.gone - self.leaving)


@dataclass(frozen=True)
class DeskRow:
    """A supplier order with its own lines, parcels and reports only."""

    order: SupplierOrder
    now: dt.datetime
    lines: tuple[DeskLine, ...] = ()
    parcels: tuple[Parcel, ...] = ()
    shortages: tuple[ShortageReport, ...] = field(default=())

    @property
    def is_open(self) -> bool:
        """Say whether the supplier still has to do something about it."""
        return self.order.state in OPEN_STATES

    @property
    def is_held(self) -> bool:
        """Say whether the goods stay until a person of the shop has looked."""
        return self.is_open and (is_held(self.order.record) or is_of_suspended(self.order))

    @property
    def is_consigned(self) -> bool:
        """Say whether the goods go to many recipients, by the list alone."""
        return plan_of(self.order.record) is not None

    @property
    def is_prepared(self) -> bool:
        """Say whether it is known who gets what: of an order to many once the worker has written it down."""
        plan = plan_of(self.order.record)
        return plan is None or plan.is_ready

    @property
    def can_ship(self) -> bool:
        """Say whether units can be shipped now."""
        may = self.is_open and not self.is_held and self.is_prepared
        return may and any(line.left for line in self.lines)

    @property
    def is_late(self) -> bool:
        """Say whether the promised time is over."""
        return self.is_open and self.order.ship_by < self.now

    @property
    def hours_late(self) -> int:
        """Return the whole hours since the promised time, at least 1; 0 when it is not late."""
        return max(1, int((self.now - self.order.ship_by).total_seconds() // 3600)) if self.is_late else 0

    @property
    def open_shortage(self) -> ShortageReport | None:
        """Return the report that the shop has not decided yet."""
        return next((report for report in self.shortages if report.state == ShortageState.OPEN), None)


def desk_rows(orders: Sequence[SupplierOrder], now: dt.datetime) -> list[DeskRow]:
    """Attach lines, units, parcels and reports to supplier orders: four queries for any number of rows."""
    shares: dict[tuple[int, int], list[LineShare]] = {}
    found = LineShare.objects.filter(
        record__in=[order.record_id for order in orders],
        supplier__in={order.supplier_id for order in orders},
    ).select_related("line__product__listing")
    sent = ParcelItem.objects.filter(
        share=OuterRef("pk"), parcel__supplier_order__supplier=OuterRef("supplier")
    )
    sums = sent.order_by().values("share").values(total=Sum("units"))
    for share in found.annotate(shipped=Coalesce(Subquery(sums), 0)):
        shares.setdefault((share.record_id, share.supplier_id), []).append(share)
    parcels: dict[int, list[Parcel]] = {}
    by_pk = {order.pk: order for order in orders}
    for parcel in Parcel.objects.filter(supplier_order__in=orders).order_by("number"):
        parcel.supplier_order = by_pk[parcel.supplier_order_id]
        parcels.setdefault(parcel.supplier_order_id, []).append(parcel)
    reports: dict[int, list[ShortageReport]] = {}
    items = Prefetch("items", ShortageItem.objects.select_related("share__line"))
    for report in ShortageReport.objects.filter(supplier_order__in=orders).prefetch_related(items):
        reports.setdefault(report.supplier_order_id, []).append(report)
    return [
        DeskRow(
            order=order,
            now=now,
            lines=tuple(
                DeskLine(share, getattr(share, "shipped", 0))
                for share in shares.get((order.record_id, order.supplier_id), ())
            ),
            parcels=tuple(parcels.get(order.pk, ())),
            shortages=tuple(reports.get(order.pk, ())),
        )
        for order in orders
    ]


def latest_parcels(scope: Scope, count: int) -> list[Parcel]:
    """Return the parcels of the scope that were shipped last, with order and supplier. One query."""
    parcels = Parcel.objects.select_related("supplier_order__record").order_by("-shipped_at", "-pk")
    if not scope.everything:
        parcels = parcels.filter(supplier_order__in=supplier_orders(scope))
    return list(parcels[:count])
