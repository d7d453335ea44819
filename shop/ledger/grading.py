"""What the facts about an order's money come to: a grade for each payment (counting rules, section 4).

B is a verified payment; A adds the line of the channel or the bank, the acceptance report and the invoice, or that
none was asked for; D is a document only, or a number that proves something else. A fact that changes the grade posts
pairs, as an event of the order.
"""

from collections.abc import Iterable, Mapping

from shop.core import clock
from shop.ledger.fact_models import EvidenceFact, EvidenceKind
from shop.ledger.models import EntryKind, LedgerEntry, Leg
from shop.ledger.posting import DOCUMENT_ONLY, VERIFIED
from shop.outbox.services import append

WHOLE = "A"
_INVOICES = (EvidenceKind.INVOICE, EvidenceKind.NO_INVOICE)
Facts = Iterable[EvidenceFact]


def write_fact(
    order_number: str,
    kind: EvidenceKind,
    reference: str,
    *,
    holds: bool = True,
    payment_key: str = "",
    reason: str = "",
    recorded_by: int | None = None,
) -> tuple[EvidenceFact, bool]:
    """Append a fact and tell of the grades it changes; return it, and whether it is new. Safe to call twice."""
    facts = list(EvidenceFact.objects.filter(order_number=order_number).order_by("pk"))
    fact, is_new = EvidenceFact.objects.get_or_create(
        order_number=order_number,
        payment_key=payment_key,
        kind=kind,
        holds=holds,
        reference=reference,
        defaults={"reason": reason, "recorded_by": recorded_by, "recorded_at": clock.now()},
    )
    if is_new:
        tell(order_number, _changed(order_number, facts, [*facts, fact]), str(fact.pk))
    return fact, is_new


def grades_of(order_number: str, facts: Facts | None = None) -> dict[str, str]:
    """Return the grade of each payment that an order has, as its facts say now. Two queries.

    One where the caller has the `facts` already: all of them, the oldest first.
    """
    if facts is None:
        facts = EvidenceFact.objects.filter(order_number=order_number).order_by("pk")
    latest = _latest(facts)
    return {key: _grade(key, own, latest) for key, own in _captured_as(order_number).items()}


def follow_facts(number: str, cause: str) -> None:
    """Give money that was posted just now the grade that earlier facts give it. One query where there are none."""
    facts = list(EvidenceFact.objects.filter(order_number=number).order_by("pk"))
    if facts:
        tell(number, _changed(number, [], facts), cause)


def _changed(number: str, before: Facts, after: Facts) -> dict[str, str]:
    """Return the payments of an order whose grade the facts change, with the new grade."""
    old, new = _latest(before), _latest(after)
    return {
        key: grade
        for key, own in _captured_as(number).items()
        if (grade := _grade(key, own, new)) != _grade(key, own, old)
    }


def _captured_as(number: str) -> dict[str, str]:
    """Return the grade with which each payment of an order came in."""
    applied = LedgerEntry.objects.filter(order_number=number, leg=Leg.APPLY).order_by("pk")
    first: dict[str, str] = {}
    for key, grade in applied.exclude(kind=EntryKind.UNAPPLIED).values_list("payment_key", "grade"):
        first.setdefault(key, grade)
    return dict(sorted(first.items()))


def _latest(facts: Facts) -> dict[tuple[str, str], bool]:
    """Return whether each kind of evidence holds, by payment: the last fact of its kind says so."""
    return {(fact.payment_key, fact.kind): fact.holds for fact in facts}


def _grade(key: str, own: str, latest: Mapping[tuple[str, str], bool]) -> str:
    def holds(kind: EvidenceKind, otherwise: bool = False) -> bool:
        return latest.get((key, kind), latest.get(("", kind), otherwise))

    proven = holds(EvidenceKind.PAYMENT, own == VERIFIED) and holds(EvidenceKind.PARCEL, True)
    if holds(EvidenceKind.DOCUMENT) or not proven:
        return DOCUMENT_ONLY
    is_whole = (
        holds(EvidenceKind.CHANNEL_LINE)
        and holds(EvidenceKind.ACCEPTANCE)
        and any(holds(kind) for kind in _INVOICES)
    )
    return WHOLE if is_whole else VERIFIED


def tell(number: str, grades: Mapping[str, str], cause: str) -> None:
    """Let the ledger follow new grades of payments; nothing without any."""
    if grades:
        append(
            topic="evidence.graded",
            stream=number,
            payload={"order": number, "grades": dict(grades), "cause": cause},
        )
