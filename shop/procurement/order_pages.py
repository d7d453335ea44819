"""What the pages of a unit's orders and acceptance reports show."""

from collections.abc import Sequence
from typing import Any

from django.core.paginator import Paginator
from django.utils.translation import gettext as _

from shop.fulfilment.course import News, course_of, news_of
from shop.fulfilment.models import Parcel, SupplierOrder
from shop.fulfilment.selectors import record_parcels
from shop.gateways.providers.bank_transfer import instructions
from shop.gateways.selectors import transfer_attempt
from shop.gateways.services import methods, to_pay_fen
from shop.ordering.models import OrderRecord, RefundRequest
from shop.ordering.status import FulfilmentState, PaymentState, PayMethod, RefundState, ReleaseState
from shop.ordering.timeline import timeline
from shop.procurement.models import AcceptanceReport, ReportState
from shop.procurement.pages import cards_by_product, paged
from shop.procurement.selectors import OrderSums, order_sums
from shop.procurement.standing import LineStanding, standing_of
from shop.procurement.terms import due_days

PARCELS_A_PAGE = 100


def order_rows(records: Sequence[OrderRecord]) -> list[dict[str, Any]]:
    """Return the rows of a list of orders. Two queries."""
    sums = order_sums([record.pk for record in records])
    return [
        {
            "record": record,
            "state": state_text(record, sums[record.pk]),
            "suppliers": "、".join(sums[record.pk].suppliers),
            "units": sums[record.pk].units,
            "kinds": sums[record.pk].kinds,
        }
        for record in records
    ]


def state_text(record: OrderRecord, sums: OrderSums) -> str:
    """Return where an order stands in two or three words; no query."""
    if record.payment_state in (PaymentState.CLOSED, PaymentState.CLOSING):
        return _("Closed")
    if record.release_state != ReleaseState.RELEASED:
        return _("Waiting for payment")
    if sums.is_accepted:
        return _("Goods accepted")
    texts = {
        FulfilmentState.NONE: _("To be shipped"),
        FulfilmentState.PART: _("Partly shipped"),
        FulfilmentState.SHIPPED: _("On the way"),
        FulfilmentState.RECEIVED: _("Received"),
    }
    return texts[FulfilmentState(record.fulfilment_state)]


def order_context(
    record: OrderRecord, reports: Sequence[AcceptanceReport], *, page: str = "", parcels_page: str = ""
) -> dict[str, Any]:
    """Return the context of order.html: a page of its goods and one of its parcels. A fixed number of queries."""
    standing = standing_of(record)
    shown = paged(standing, page)
    cards = cards_by_product(line.product_id for line in shown.object_list if line.product_id)
    of_parcels = Paginator(record_parcels(record.pk), PARCELS_A_PAGE).get_page(parcels_page)
    parcels = list(of_parcels.object_list)
    news = news_of(parcels)
    is_unpaid = record.payment_state == PaymentState.UNPAID
    attempt = transfer_attempt(record) if is_unpaid else None
    ways = {option.code for option in methods(record)} if is_unpaid else set()
    refunds = RefundRequest.objects.filter(record=record).exclude(state=RefundState.WITHDRAWN)
    return {
        "record": record,
        "request_row": record.purchase_request,
        "state": state_text(record, order_sums([record.pk])[record.pk]),
        "headline": _headline(record, standing, reports),
        "lines": [_line(line, cards.get(line.product_id or 0)) for line in shown.object_list],
        "page_obj": shown,
        "parcels_page": of_parcels,
        "parcels": [_parcel(parcel, news[parcel.pk]) for parcel in parcels],
        "suppliers": SupplierOrder.objects.filter(record=record).select_related("supplier"),
        "steps": [{"title": step.label, "at": step.at} for step in reversed(timeline(record))],
        "reports": [_report_row(report) for report in reports],
        "contracts": list(record.contracts.select_related("supplier").order_by("pk")),
        "refunds": list(refunds.order_by("requested_at", "pk")),
        "on_terms": record.method == PayMethod.TERMS,
        "due_on": due_days([record]).get(record.pk) if is_unpaid else None,
        "takes_transfer": PayMethod.BANK_TRANSFER in ways,
        "takes_online": bool(ways - {PayMethod.BANK_TRANSFER.value}),
        "is_unpaid": is_unpaid,
        "to_pay_fen": to_pay_fen(record) if is_unpaid else 0,
        "instructions": instructions(attempt.reference) if attempt else None,
        "to_report": sum(line.to_report for line in standing),
        "accepted_units": sum(line.accepted for line in standing),
        "units": sum(line.units for line in standing),
    }


def _headline(
    record: OrderRecord, standing: Sequence[LineStanding], reports: Sequence[AcceptanceReport]
) -> str:
    if record.payment_state in (PaymentState.CLOSED, PaymentState.CLOSING):
        return _("This order is closed.")
    if record.release_state != ReleaseState.RELEASED:
        if record.method == PayMethod.BANK_TRANSFER:
            return _("The goods are kept; they are shipped when the transfer has arrived.")
        return _("The goods are kept; they are shipped when they are paid.")
    if any(report.state == ReportState.REPORTED for report in reports):
        return _("An acceptance report waits for another member's approval.")
    if any(line.to_report for line in standing):
        return _("Goods have been shipped: count them when they arrive, and report the acceptance.")
    if any(line.replacing for line in standing):
        return _("Goods are on their way once more: count them when they arrive.")
    if all(line.accepted + max(line.gone, line.rejected) >= line.units for line in standing):
        if record.payment_state == PaymentState.PAID:
            return _("Everything is accepted and paid.")
        return _("Everything is accepted. The payment is due on your terms.")
    return _("The suppliers are packing the goods.")


def _line(line: LineStanding, card: Any) -> dict[str, Any]:
    return {
        "standing": line,
        "title": card.title if card else line.title,
        "url": card.url if card else "",
        "image": (card.image_thumb_url or card.image_url_small or "") if card else "",
        "is_illustration": bool(card and card.is_illustration),
        "spec": card.spec if card else "",
        "region_slug": card.region_slug if card else "",
        "region_name": card.region_name if card else "",
    }


def _parcel(parcel: Parcel, news: Sequence[News]) -> dict[str, Any]:
    return {
        "supplier_name": parcel.supplier_order.supplier.name_zh,
        "region_slug": parcel.supplier_order.supplier.region.slug,
        "number": parcel.number,
        "consignment": parcel.consignment,
        "courier": parcel.courier,
        "tracking_number": parcel.tracking_number,
        "state": parcel.get_state_display(),
        "items": [{"title": item.line.title, "units": item.units} for item in parcel.items.all()],
        "events": course_of(news),
    }


def _report_row(report: AcceptanceReport) -> dict[str, Any]:
    return {
        "report": report,
        "accepted": sum(line.accepted_units for line in report.lines.all()),
        "rejected": sum(line.rejected_units for line in report.lines.all()),
    }
