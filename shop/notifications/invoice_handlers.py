"""Who is told of invoices: the supplier of what is wanted, the buyer of what was made out."""

from django.urls import reverse

from shop.invoicing.models import InvoiceRequest, RequestState
from shop.notifications.services import write_buyer_notice, write_supplier_notice
from shop.outbox.events import Event


def notify_supplier_of_request(event: Event) -> None:
    """On `invoice.requested`: the supplier, unless it is issued or withdrawn meanwhile."""
    _tell_supplier(event, "supplier_invoice_wanted", RequestState.REQUESTED)


def notify_supplier_of_exchange(event: Event) -> None:
    """On `invoice.exchange_wanted`: the supplier, unless it is done meanwhile."""
    _tell_supplier(event, "supplier_invoice_exchange", RequestState.ISSUED)


def notify_buyer_of_invoice(event: Event) -> None:
    """On `invoice.issued`: who bought; of a unit's order who placed it for the unit."""
    _tell_buyer(event, "buyer_invoice_issued")


def notify_buyer_of_credit(event: Event) -> None:
    """On `invoice.credited`: who bought."""
    _tell_buyer(event, "buyer_invoice_credited")


def _tell_supplier(event: Event, kind: str, state: RequestState) -> None:
    request = _request(event)
    if request.state != state:
        return
    write_supplier_notice(
        key=f"{event.event_id}:{kind}",
        kind=kind,
        record=request.record,
        supplier=request.supplier,
        # A request's own page is too long an address for a text message.
        facts={"path": f"{reverse('invoicing:own')}?tab={state}"},
    )


def _tell_buyer(event: Event, kind: str) -> None:
    request = _request(event)
    write_buyer_notice(
        key=f"{event.event_id}:{kind}",
        kind=kind,
        record=request.record,
        fen=abs(event.payload["gross_fen"]),
        invoice=event.payload["invoice"],
        issuer=request.supplier.name_zh,
    )


def _request(event: Event) -> InvoiceRequest:
    found = InvoiceRequest.objects.select_related("record__buyer", "supplier")
    return found.get(pk=event.payload["request_id"])
