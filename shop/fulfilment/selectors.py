"""Read what is to be shipped, and by whom."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from shop.accounts.scope import Scope
from shop.fulfilment.models import Parcel, ParcelItem, ParcelState, SupplierOrder
from shop.fulfilment.tracking_models import TrackingWatch, WatchState
from shop.ordering import shelf
from shop.ordering.models import LineShare, OrderRecord


def supplier_orders(scope: Scope) -> QuerySet[SupplierOrder]:
    """Return the supplier orders that the scope covers, with record, its plan for many recipients, and supplier."""
    orders = SupplierOrder.objects.select_related(
        "record__consignment_plan", "supplier__region", "supplier__township"
    )
    if scope.everything:
        return orders
    return orders.filter(Q(supplier__code__in=scope.suppliers) | Q(supplier__region__slug__in=scope.regions))


def units_to_ship(order: SupplierOrder) -> dict[LineShare, int]:
    """Return the units left to ship of each share of this supplier order. Two queries."""
    shares = LineShare.objects.filter(record=order.record_id, supplier=order.supplier_id).select_related(
        "line"
    )
    return _by_share(shares, shelf.units_to_ship(order.record))


def units_left_to_ship(record: OrderRecord, shares: Iterable[LineShare]) -> dict[LineShare, int]:
    """Return the units left to ship of these shares of an order, in their order. One query."""
    return _by_share(shares, shelf.units_to_ship(record))


def _shipped_units(share_ids: Sequence[int]) -> dict[int, int]:
    rows = ParcelItem.objects.filter(share_id__in=share_ids).values_list("share_id")
    return dict(rows.annotate(total=Sum("units")).order_by("share_id"))


def has_open_units(order: SupplierOrder) -> bool:
    """Say whether units may still have to be shipped: a refund that is only asked for can fail. Two queries."""
    shares = LineShare.objects.filter(record=order.record_id, supplier=order.supplier_id)
    return any(_by_share(shares, shelf.units_on_shelf(order.record)).values())


def _by_share(shares: Iterable[LineShare], by_line: Mapping[int, int]) -> dict[LineShare, int]:
    """Deal the units of each line out to its shares, in their order."""
    left, dealt = dict(by_line), {}
    for share in shares:
        dealt[share] = min(share.units, left.get(share.line_id, 0))
        left[share.line_id] = left.get(share.line_id, 0) - dealt[share]
    return dealt


def _gone(share: LineShare) -> int:
    return share.reduced_units + share.refunded_units


def received_items(order: OrderRecord, parcels: Sequence[Parcel]) -> list[ParcelItem]:
    """Return the items of these parcels of an order with the units whose receipt counts as received; nothing is saved.

    Those are the units not refunded before; the parcels are received one after another in this sequence. Units whose
    refund is only asked for count: the ledger holds them back, and gives them back if it fails. One query, four where
    goods of them are gone: as many for any number of parcels.
    """
    place = {parcel.pk: number for number, parcel in enumerate(parcels)}
    items = ParcelItem.objects.filter(parcel__in=place).select_related("share")
    rows = sorted(items, key=lambda item: (place[item.parcel_id], item.share.number))
    # What nothing was taken of is received as it was shipped.
    open_units = _open_of_shares(order, {item.share_id: item.share for item in rows if _gone(item.share)})
    for item in rows:
        item.received_units = min(item.units, max(0, open_units.get(item.share_id, item.units)))
        if item.share_id in open_units:
            open_units[item.share_id] -= item.received_units
    return rows


def _open_of_shares(order: OrderRecord, shares: Mapping[int, LineShare]) -> dict[int, int]:
    """Return the shipped units of each share that are neither received nor gone. Three queries, none for no share."""
    if not shares:
        return {}
    shipped = _shipped_units(list(shares))
    rows = ParcelItem.objects.filter(share_id__in=shares).values_list("share_id")
    received = dict(rows.annotate(total=Sum("received_units")).order_by("share_id"))
    on_shelf = _by_share(shares.values(), shelf.units_on_shelf(order))
    found = {}
    for pk, share in shares.items():
        total = shipped.get(pk, 0)
        gone_unshipped = share.units - total - on_shelf[share]
        found[pk] = total - received.get(pk, 0) - max(0, _gone(share) - gone_unshipped)
    return found


def parcels_due(now: dt.datetime) -> QuerySet[Parcel]:
    """Return the parcels whose receipt is taken as confirmed by now, the longest due first."""
    due = Parcel.objects.filter(confirm_due_at__lte=now, clock_stopped_at=None)
    return due.exclude(state=ParcelState.RECEIVED).order_by("confirm_due_at", "pk")


def parcels_on_their_way(scope: Scope) -> QuerySet[Parcel]:
    """Return parcels nobody has signed for, the longest on their way first; of suppliers in the scope."""
    return _of_scope(Parcel.objects.filter(state=ParcelState.SHIPPED), scope).order_by("shipped_at", "pk")


def parcels_of_record(record_id: int) -> list[Parcel]:
    """Return the parcels of an order with supplier and items; two queries. `course.news_of` has what came of them."""
    return list(record_parcels(record_id))


def record_parcels(record_id: int) -> QuerySet[Parcel]:
    """Return the same parcels to be paged; the items of a page take one query."""
    items = Prefetch("items", ParcelItem.objects.select_related("line", "share"))
    parcels = Parcel.objects.filter(supplier_order__record=record_id).order_by("pk")
    parcels = parcels.select_related("supplier_order__supplier__region", "consignment")
    return parcels.prefetch_related(items)


def counted_parcels(record_id: int) -> QuerySet[Parcel]:
    """Return the parcels of an order with supplier, each with its `units`."""
    parcels = Parcel.objects.filter(supplier_order__record=record_id).order_by("pk")
    parcels = parcels.select_related("supplier_order__supplier__region")
    counted = ParcelItem.objects.filter(parcel=OuterRef("pk")).order_by().values("parcel")
    return parcels.annotate(units=Coalesce(Subquery(counted.values(total=Sum("units"))), 0))


def parcels_by_record(record_ids: Iterable[int]) -> dict[int, list[Parcel]]:
    """Return the parcels of each of these orders that has any, in the order they were shipped. One query."""
    found: dict[int, list[Parcel]] = {}
    parcels = Parcel.objects.filter(supplier_order__record__in=list(record_ids)).select_related(
        "supplier_order"
    )
    for parcel in parcels.order_by("pk"):
        found.setdefault(parcel.supplier_order.record_id, []).append(parcel)
    return found


def parcels_in_trouble(scope: Scope) -> QuerySet[Parcel]:
    """Return parcels held up, refused or going back that nobody has seen to, the longest first; of the scope."""
    troubled = Parcel.objects.exclude(trouble="").filter(trouble_settled_at=None)
    return _of_scope(troubled.exclude(state=ParcelState.RECEIVED), scope).order_by("trouble_at", "pk")


def parcels_without_news(scope: Scope) -> QuerySet[Parcel]:
    """Return parcels on their way of which a tracking service could tell nothing; of suppliers in the scope."""
    failed = TrackingWatch.objects.filter(parcel=OuterRef("pk"), state=WatchState.FAILED)
    parcels = Parcel.objects.filter(Exists(failed), state=ParcelState.SHIPPED)
    return _of_scope(parcels, scope).order_by("shipped_at", "pk")


def _of_scope(parcels: QuerySet[Parcel], scope: Scope) -> QuerySet[Parcel]:
    parcels = parcels.select_related("supplier_order__record", "supplier_order__supplier")
    return parcels if scope.everything else parcels.filter(supplier_order__in=supplier_orders(scope))
