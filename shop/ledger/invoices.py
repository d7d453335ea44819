"""Invoices as evidence: an order's money is proven once each of its suppliers has made out what is left of it."""

from django.utils.translation import gettext as _

from shop.ledger.evidence import claim_invoice
from shop.ledger.fact_models import EvidenceFact, EvidenceKind
from shop.ledger.grading import write_fact
from shop.ledger.invoiced import holds, is_in_doubt
from shop.outbox.events import Event

#: What may end that an order is invoiced; a number that staff wrote down by hand stands otherwise.
_TAKEN_BACK = ("invoice.credited", "invoice.exchanged")


def follow_invoice(event: Event) -> None:
    """Follow what happened to an order's invoices: claim the number, and say what holds now. Safe to run twice.

    A number that proves something else waits in the register, and proves nothing of this order meanwhile.
    """
    payload = event.payload
    order, reference = payload["order"], payload.get("invoice") or payload["request"]
    if payload.get("invoice"):
        claim_invoice(order, payload["invoice"])
    _follow_wish(order, asked=payload["asked"], reference=payload["request"])
    is_proven = holds(order, EvidenceKind.INVOICE)
    if payload["whole"] and not is_proven and not is_in_doubt(order):
        write_fact(order, EvidenceKind.INVOICE, reference)
    elif event.topic in _TAKEN_BACK and is_proven and not payload["whole"]:
        write_fact(
            order, EvidenceKind.INVOICE, reference, holds=False, reason=_("An invoice of it is taken back.")
        )


def _follow_wish(order: str, *, asked: bool, reference: str) -> None:
    """That no invoice was asked for holds no more once one is; a wish that is taken back leaves it as it was."""
    wanted_none = EvidenceFact.objects.filter(order_number=order, kind=EvidenceKind.NO_INVOICE)
    if asked and holds(order, EvidenceKind.NO_INVOICE):
        write_fact(
            order, EvidenceKind.NO_INVOICE, reference, holds=False, reason=_("One was asked for later.")
        )
    elif not asked and wanted_none.exists() and not holds(order, EvidenceKind.NO_INVOICE):
        write_fact(order, EvidenceKind.NO_INVOICE, reference)
