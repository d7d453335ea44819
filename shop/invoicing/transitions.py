"""Which state may follow which: of a request for an invoice. docs/states.md is written from it."""

from typing import Any

from shop.core.states import BEGINNING, Move, StateTable
from shop.invoicing.models import InvoiceRequest, RequestState

REQUEST = StateTable(
    "Request for an invoice",
    "invoicing.InvoiceRequest.state",
    (
        Move(
            BEGINNING,
            RequestState.REQUESTED,
            "wished for with the order, asked for later, or in exchange for another",
            ("invoicing.request_from_wish", "invoicing.request_invoices", "invoicing.exchange_invoice"),
            "invoice.requested",
        ),
        Move(
            RequestState.REQUESTED,
            RequestState.WITHDRAWN,
            "no longer wanted before it was issued, or nothing is left to be invoiced",
            ("invoicing.withdraw_requests", "invoicing.withdraw_empty_requests"),
            "invoice.withdrawn",
        ),
        Move(
            RequestState.REQUESTED,
            RequestState.ISSUED,
            "the supplier has written it down; its lines equal the goods",
            ("invoicing.record_invoice",),
            "invoice.issued",
        ),
        Move(
            RequestState.ISSUED,
            RequestState.CREDITED,
            "credit invoices of executed refunds leave nothing of it",
            ("invoicing.credit_invoice",),
            "invoice.credited",
        ),
        Move(
            RequestState.ISSUED,
            RequestState.EXCHANGED,
            "taken back as a whole; where goods are left, a new one is asked for",
            ("invoicing.exchange_invoice",),
            "invoice.exchanged",
        ),
    ),
)
TABLES = (REQUEST,)


def move(request: InvoiceRequest, new: RequestState, **columns: Any) -> None:
    """Move a request of a locked order and write the given columns with it. Raises WrongMove."""
    REQUEST.require(request.state, new)
    for name, value in {"state": new, **columns}.items():
        setattr(request, name, value)
    request.save(update_fields=["state", *columns])
