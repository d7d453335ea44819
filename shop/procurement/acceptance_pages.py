"""What the pages of counting and of acceptance reports show."""

import re
from collections.abc import Sequence
from typing import Any

from django.core.paginator import Page
from django.db.models import QuerySet

from shop.files.links import ShownFile, shown
from shop.files.selectors import files_of
from shop.fulfilment.models import Parcel, SupplierOrder
from shop.fulfilment.selectors import parcels_of_record
from shop.ordering.models import OrderRecord
from shop.procurement.acceptance import PHOTO_OWNER
from shop.procurement.models import AcceptanceReport, ReportState
from shop.procurement.standing import Part, open_of_parcels, standing_of, to_report_by_supplier

_PARCELS_SHOWN = 20
_PART = re.compile(r"([sp])([0-9]{1,9})")


def part_named(record: OrderRecord, key: str) -> Part | None:
    """Return the part of the order that an address names (s12: a supplier order, p34: a parcel), or None. One query."""
    found = _PART.fullmatch(key)
    if found is None:
        return None
    kind, pk = found[1], int(found[2])
    if kind == "s":
        order = supplier_orders(record).filter(pk=pk).first()
        return Part(supplier_order=order) if order else None
    parcels = Parcel.objects.select_related("supplier_order__supplier__region")
    parcel = parcels.filter(pk=pk, supplier_order__record=record).first()
    return Part(parcel=parcel) if parcel else None


def only_part(record: OrderRecord, orders: Sequence[SupplierOrder]) -> Part | None:
    """Return the one part there is to count, None where people have to choose. One query at most."""
    if not orders:
        return Part()
    many = len(orders) > 1 or Parcel.objects.filter(supplier_order__record=record)[:2].count() > 1
    return None if many else Part(supplier_order=orders[0])


def parts_context(record: OrderRecord, orders: Sequence[SupplierOrder], page: Page[Parcel]) -> dict[str, Any]:
    """Return the suppliers and a page of the parcels of an order, with the units that may be counted."""
    standing = standing_of(record)
    by_supplier = to_report_by_supplier(standing)
    # What was counted for the supplier as a whole is no longer to be counted in a parcel.
    most = {line.line_id: line.to_report for line in standing}
    left = open_of_parcels(list(page.object_list))
    return {
        "record": record,
        "suppliers": [
            {
                "key": Part(supplier_order=order).key,
                "name": order.supplier.name_zh,
                "region_slug": order.supplier.region.slug,
                "units": by_supplier.get(order.supplier_id, 0),
            }
            for order in orders
        ],
        "parcels": [
            {
                "key": Part(parcel=parcel).key,
                "number": parcel.number,
                "supplier_name": parcel.supplier_order.supplier.name_zh,
                "courier": parcel.courier,
                "tracking_number": parcel.tracking_number,
                "units": sum(min(units, most.get(line, 0)) for line, units in left[parcel.pk].items()),
            }
            for parcel in page.object_list
        ],
        "page_obj": page,
    }


def title_of(part: Part) -> dict[str, Any]:
    """Return how a page names the part: supplier, place, and the parcel with its courier number."""
    order = part.supplier_order or (part.parcel.supplier_order if part.parcel else None)
    return {
        "supplier_name": order.supplier.name_zh if order else "",
        "region_slug": order.supplier.region.slug if order else "",
        "parcel": part.parcel,
    }


def report_context(report: AcceptanceReport, *, user_id: int) -> dict[str, Any]:
    """Return the context of report.html."""
    record = report.record
    standing = {line.line_id: line for line in standing_of(record)}
    lines = list(report.lines.all())
    parcels = _parcels_of(report)
    return {
        "report": report,
        "record": record,
        "unit": record.purchase_request.organisation,
        "part": title_of(Part(report.supplier_order, report.parcel)),
        "rows": [{"line": line, "of": standing[line.line_id]} for line in lines],
        "accepted": sum(line.accepted_units for line in lines),
        "short": sum(line.short_units for line in lines),
        "damaged": sum(line.damaged_units for line in lines),
        "photos": photos_of([report], user_id=user_id)[report.number],
        "parcels": parcels[:_PARCELS_SHOWN],
        "more_parcels": max(len(parcels) - _PARCELS_SHOWN, 0),
        "is_open": report.state == ReportState.REPORTED,
    }


def photos_of(reports: Sequence[AcceptanceReport], *, user_id: int) -> dict[str, list[ShownFile]]:
    """Return the photos of each report, by its number, for this person; who shows them has checked. One query."""
    found = files_of(PHOTO_OWNER, [report.number for report in reports])
    return {report.number: shown(found.get(report.number, []), user_id=user_id) for report in reports}


def _parcels_of(report: AcceptanceReport) -> list[Parcel]:
    """Return the parcels that the report may be about."""
    parcels = [report.parcel] if report.parcel else parcels_of_record(report.record_id)
    if report.supplier_order_id is None:
        return parcels
    return [parcel for parcel in parcels if parcel.supplier_order_id == report.supplier_order_id]


def supplier_orders(record: OrderRecord) -> QuerySet[SupplierOrder]:
    """Return what each supplier has to ship of an order."""
    orders = SupplierOrder.objects.filter(record=record).select_related("supplier__region")
    return orders.order_by("pk")
