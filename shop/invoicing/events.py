"""What invoicing tells others. Ids, and how the order's invoices stand after it: `whole`, `asked`."""

from typing import Any

from shop.invoicing.goods import is_whole
from shop.invoicing.models import OPEN_STATES, Invoice, InvoiceRequest
from shop.outbox.services import append


def tell_requested(request: InvoiceRequest) -> None:
    """Leave `invoice.requested` behind: a supplier has an invoice to make out."""
    append(topic="invoice.requested", stream=request.record.number, payload=_payload(request))


def tell_withdrawn(request: InvoiceRequest) -> None:
    """Leave `invoice.withdrawn` behind."""
    append(topic="invoice.withdrawn", stream=request.record.number, payload=_payload(request))


def tell_issued(request: InvoiceRequest, invoice: Invoice) -> None:
    """Leave `invoice.issued` behind."""
    append(topic="invoice.issued", stream=request.record.number, payload=_payload(request, invoice))


def tell_credited(request: InvoiceRequest, invoice: Invoice) -> None:
    """Leave `invoice.credited` behind; `invoice` is the credit invoice."""
    append(topic="invoice.credited", stream=request.record.number, payload=_payload(request, invoice))


def tell_exchange_wanted(request: InvoiceRequest) -> None:
    """Leave `invoice.exchange_wanted` behind: the supplier has to take an invoice back and make out another."""
    append(topic="invoice.exchange_wanted", stream=request.record.number, payload=_payload(request))


def tell_exchanged(request: InvoiceRequest, invoice: Invoice, new: InvoiceRequest | None) -> None:
    """Leave `invoice.exchanged` behind; `invoice` is the credit invoice of what was exchanged."""
    follows = {"new_request": new.number, "new_request_id": new.pk} if new else {}
    append(
        topic="invoice.exchanged",
        stream=request.record.number,
        payload=_payload(request, invoice) | follows,
    )


def _payload(request: InvoiceRequest, invoice: Invoice | None = None) -> dict[str, Any]:
    record = request.record
    open_ones = InvoiceRequest.objects.filter(record=record, state__in=OPEN_STATES)
    paper = {"invoice": invoice.number, "gross_fen": invoice.gross_fen} if invoice else {}
    return paper | {
        "order": record.number,
        "record_id": record.pk,
        "request": request.number,
        "request_id": request.pk,
        "supplier": request.supplier.code,
        "state": str(request.state),
        "whole": is_whole(record.pk),
        "asked": open_ones.exists(),
        "demo": record.demo,
    }
