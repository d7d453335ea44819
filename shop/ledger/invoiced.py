"""Whether an order is invoiced, as evidence: what holds now, what is in doubt, and what a decision sets right."""

from shop.invoicing.goods import is_whole
from shop.ledger.fact_models import CollisionState, EvidenceFact, EvidenceKind, KeyCollision, KeyKind
from shop.ledger.grading import write_fact
from shop.ordering.models import OrderRecord


def holds(order: str, kind: EvidenceKind) -> bool:
    """Say whether a kind of evidence holds of a whole order: the last fact says so."""
    last = EvidenceFact.objects.filter(order_number=order, kind=kind, payment_key="").order_by("-pk").first()
    return last is not None and last.holds


def is_in_doubt(order: str) -> bool:
    """Say whether a number of its invoices is claimed twice, and not found to be right."""
    doubted = KeyCollision.objects.filter(order_number=order, key__kind=KeyKind.INVOICE)
    return doubted.exclude(state=CollisionState.SEPARATE).exists()


def prove_invoiced(order: str, reference: str) -> None:
    """Write down that an order is invoiced, if invoices stand for all that is left of it and none is in doubt.

    Safe to call twice.
    """
    record = OrderRecord.objects.filter(number=order).only("pk").first()
    if record is None or holds(order, EvidenceKind.INVOICE) or is_in_doubt(order):
        return
    if is_whole(record.pk):
        write_fact(order, EvidenceKind.INVOICE, reference)
