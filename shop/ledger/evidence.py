"""What proves an order's money, as people and the shop itself find it out: dated facts (counting rules, section 4)."""

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _

from shop.buyers.units import RESIDENT
from shop.core.exceptions import ShopError
from shop.gateways.models import BillLine, Payment
from shop.journal.services import record
from shop.ledger.fact_models import EvidenceFact, EvidenceKind, KeyKind
from shop.ledger.grading import follow_facts, write_fact
from shop.ledger.models import EntryKind, LedgerEntry
from shop.ledger.register import claim_key
from shop.ordering.models import OrderRecord
from shop.outbox.events import Event

#: So many payments are looked at in one turn.
BATCH = 200


class EvidenceError(ShopError):
    """A fact that cannot be written down. Nothing was written."""


def record_evidence(
    *,
    order_number: str,
    kind: EvidenceKind,
    reference: str,
    holds: bool = True,
    payment_key: str = "",
    reason: str = "",
    actor_id: int,
) -> EvidenceFact:
    """Write a dated fact down; when it changes the grade of a payment, the ledger follows in the open month.

    Of one payment, or of all of an order's. Safe to call twice: the same words are one fact. Raises EvidenceError:
    an order that the ledger does not know, no reference, one that holds no more without a reason, an invoice number
    that proves something else (its claim stands in the queue of the register).
    """
    _require_words(order_number, reference, holds, reason)
    if kind == EvidenceKind.INVOICE and holds:
        _require_own_invoice(order_number, reference)
    with transaction.atomic():
        fact, is_new = write_fact(
            order_number,
            kind,
            reference.strip()[:120],
            holds=holds,
            payment_key=payment_key,
            reason=reason.strip()[:200],
            recorded_by=actor_id,
        )
        if is_new:
            record(
                actor_id=actor_id,
                action="evidence.recorded",
                object_type="order",
                object_key=order_number,
                after={"kind": str(kind), "holds": holds, "reference": fact.reference},
                reason=fact.reason,
            )
    return fact


def _require_words(order_number: str, reference: str, holds: bool, reason: str) -> None:
    if not reference.strip():
        raise EvidenceError(_("Say what this stands on."), code="reference", field="reference")
    if not holds and not reason.strip():
        raise EvidenceError(_("Say why it does not hold any more."), code="reason", field="reason")
    if not LedgerEntry.objects.filter(order_number=order_number).exists():
        raise EvidenceError(
            _("The ledger does not know order %(number)s.") % {"number": order_number},
            code="unknown",
            field="order",
        )


def claim_invoice(order_number: str, number: str) -> bool:
    """Take the number of an invoice for this order; False, and a claim in the queue, when it proves another."""
    owner = f"invoice:{order_number}"
    return claim_key(kind=KeyKind.INVOICE, value=number, owner=owner, order_number=order_number)


def _require_own_invoice(order_number: str, number: str) -> None:
    """Take the number for this order; outside the transaction of the fact, so that a refusal leaves its claim."""
    if not claim_invoice(order_number, number):
        raise EvidenceError(
            _("Invoice %(number)s proves another order already; the second claim waits in the register.")
            % {"number": number},
            code="taken",
            field="reference",
        )


def facts_of(order_number: str) -> QuerySet[EvidenceFact]:
    """Return the facts about an order, the latest first."""
    return EvidenceFact.objects.filter(order_number=order_number).order_by("-pk")


def follow_payment(event: Event) -> None:
    """`order.paid`: money gets the grade that earlier facts give it.

    Of an organisation's order that no invoice was asked for is a fact, too.
    """
    number = event.payload["order"]
    follow_facts(number, str(event.event_id))
    if not event.payload.get("by_acceptance"):
        return
    order = OrderRecord.objects.filter(number=number).only("invoice_wish").first()
    if order is not None and not order.invoice_wish:
        write_fact(number, EvidenceKind.NO_INVOICE, number)


def follow_acceptance(event: Event) -> None:
    """`order.accepted`: the report is evidence of all the order's payments, those still to come included."""
    number, report = event.payload["order"], str(event.payload["report"])
    write_fact(number, EvidenceKind.ACCEPTANCE, report[:120])


def find_lines() -> int:
    """Write down which payments the bill of the channel or the bank shows; return how many. A job, may run twice."""
    known = EvidenceFact.objects.filter(payment_key=OuterRef("key"), kind=EvidenceKind.CHANNEL_LINE)
    posted = LedgerEntry.objects.filter(payment_key=OuterRef("key"), kind=EntryKind.GOODS)
    shown = BillLine.objects.filter(payment=OuterRef("pk"), difference="", kind="payment")
    # Only what an organisation accepts by a report can be of the highest grade.
    payments = Payment.objects.filter(~Exists(known), Exists(posted), record__isnull=False)
    payments = payments.exclude(record__buyer_kind=RESIDENT)
    found = 0
    for payment in payments.filter(Exists(shown)).select_related("record").order_by("pk")[:BATCH]:
        found += _write_line(payment, f"bill:{payment.bill_lines.order_by('pk')[0].line_id}")
    for payment in (
        payments.filter(bank_lines__isnull=False).select_related("record").order_by("pk").distinct()[:BATCH]
    ):
        found += _write_line(payment, f"bank:{payment.bank_lines.order_by('pk')[0].serial}")
    return found


def _write_line(payment: Payment, reference: str) -> int:
    assert payment.record is not None
    with transaction.atomic():
        number, kind = payment.record.number, EvidenceKind.CHANNEL_LINE
        return int(write_fact(number, kind, reference[:120], payment_key=payment.key)[1])
