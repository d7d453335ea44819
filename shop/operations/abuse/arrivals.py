"""Signs in when units accept: goods that nobody can have counted yet."""

import datetime as dt
from collections.abc import Iterator, Sequence

from django.db.models import Max, QuerySet, Sum

from shop.fulfilment.models import ParcelItem
from shop.operations.abuse.found import Found, units_of
from shop.procurement.models import AcceptanceLine, AcceptanceReport, ReportState

#: No parcel arrives, is opened and counted so soon after it was handed to its courier.
QUICK_WITHIN = dt.timedelta(hours=1)


def approved_reports() -> QuerySet[AcceptanceReport]:
    """Return the acceptance reports that count, with their lines."""
    found = AcceptanceReport.objects.filter(state=ReportState.APPROVED)
    related = ("record", "supplier_order", "parcel__supplier_order")
    return found.select_related(*related).prefetch_related("lines")


def accepted_at_once(reports: Sequence[AcceptanceReport]) -> Iterator[Found]:
    """Give the reports that accept goods shipped less than QUICK_WITHIN before they were counted.

    What had been shipped earlier is taken to have been accepted first. Three queries for each report.
    """
    units = units_of(report.record for report in reports)
    for report in reports:
        fresh = _fresh_lines(report)
        if not fresh:
            continue
        of_lines = ParcelItem.objects.filter(
            line__in=fresh,
            parcel__supplier_order__record=report.record_id,
            parcel__shipped_at__lte=report.reported_at,
        )
        shipped_at = of_lines.aggregate(last=Max("parcel__shipped_at"))["last"]
        part = report.supplier_order or (report.parcel.supplier_order if report.parcel else None)
        unit = units.get(report.record.credited_organisation)
        yield Found(
            key=report.number,
            reference=report.record.number,
            fen=report.record.due_fen,
            happened_at=report.reported_at,
            detail={
                "report": report.number,
                "shipped_at": shipped_at.isoformat() if shipped_at else "",
                "reported_at": report.reported_at.isoformat(),
                "minutes": int((report.reported_at - shipped_at).total_seconds() // 60) if shipped_at else 0,
            },
            organisation_id=unit.pk if unit else None,
            supplier_id=part.supplier_id if part else None,
            record_id=report.record_id,
        )


def _fresh_lines(report: AcceptanceReport) -> set[int]:
    """Return the order lines of which more was accepted, this report included, than had been shipped by then."""
    lines = [line.line_id for line in report.lines.all() if line.accepted_units]
    early = ParcelItem.objects.filter(
        line__in=lines,
        parcel__supplier_order__record=report.record_id,
        parcel__shipped_at__lte=report.reported_at - QUICK_WITHIN,
    ).order_by()
    shipped = dict(early.values_list("line_id").annotate(shipped_sum=Sum("units")))
    counted = AcceptanceLine.objects.filter(
        line__in=lines, report__record=report.record_id, report__reported_at__lte=report.reported_at
    ).exclude(report__state=ReportState.WITHDRAWN)
    rows = counted.order_by().values_list("line_id").annotate(accepted_sum=Sum("accepted_units"))
    return {line_id for line_id, accepted in rows if accepted > shipped.get(line_id, 0)}
