"""What each figure is a sum of. Page, drill-down and export all use these and nothing else."""

from dataclasses import dataclass

from django.db.models import Q, Sum
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from shop.buyers.models import BuyerKind
from shop.buyers.units import ASSISTED, DIRECT, RESIDENT
from shop.ledger.models import EntryKind, LedgerEntry, Leg, Stage

HEADLINE_GRADES = ("A", "B", "C")
GOODS = Q(kind=EntryKind.GOODS) & ~Q(stage=Stage.RECEIVABLE)
COUNTED = GOODS & Q(eligibility="eligible", grade__in=HEADLINE_GRADES)
#: What was applied, and what later facts took out of one dimension and put into another.
GROSS_LEGS = (Leg.APPLY, Leg.REVERSE, Leg.RESTATE)
#: Normal commerce, pending claims and sums whose evidence is a document only: shown, never in a measure.
NOT_COUNTED = GOODS & ~Q(eligibility="eligible", grade__in=HEADLINE_GRADES)
#: Accepted by an organisation and not paid: beside the headline, never in it.
RECEIVABLE = Q(kind=EntryKind.GOODS, stage=Stage.RECEIVABLE)
_OWED_ORDERS = (
    LedgerEntry.objects.filter(RECEIVABLE)
    .values("order_number")
    .annotate(owed=Sum("fen"))
    .filter(owed__gt=0)
    .values("order_number")
)

STAGES: tuple[tuple[Stage, str | Promise], ...] = (
    (Stage.UNSHIPPED, _("Not shipped yet")),
    (Stage.IN_TRANSIT, _("On the way")),
    (Stage.RECEIVED, _("Signed for")),
    (Stage.DISPUTED, _("In dispute")),
    (Stage.REFUNDING, _("Being refunded")),
    (Stage.CONFIRMED, _("Confirmed")),
)


@dataclass(frozen=True)
class Measure:
    """Entries and the sign with which their fen count."""

    key: str
    label: str | Promise
    entries: Q
    sign: int = 1


_ALL = (
    Measure("confirmed", _("Confirmed"), COUNTED & Q(stage=Stage.CONFIRMED)),
    Measure("gross", _("Paid, gross"), COUNTED & Q(leg__in=GROSS_LEGS)),
    Measure("refunded", _("Refunded"), COUNTED & Q(leg=Leg.REFUND), sign=-1),
    Measure("net", _("Paid, net"), COUNTED),
    Measure("open", _("Paid, not confirmed yet"), COUNTED & ~Q(stage=Stage.CONFIRMED)),
    *(Measure(f"stage-{stage}", label, COUNTED & Q(stage=stage)) for stage, label in STAGES),
    Measure("not_counted", _("Not counted"), NOT_COUNTED),
    Measure("freight", _("Freight"), Q(kind=EntryKind.FREIGHT)),
    Measure("fee", _("Fees"), Q(kind=EntryKind.FEE)),
    Measure("donation", _("Donations"), Q(kind=EntryKind.DONATION)),
    Measure("unapplied", _("Money no order has"), Q(kind=EntryKind.UNAPPLIED)),
    Measure("receivable", _("Accepted, not paid yet"), RECEIVABLE),
    Measure(
        "receivable_held",
        _("Held for what is accepted"),
        Q(kind=EntryKind.UNAPPLIED, order_number__in=_OWED_ORDERS),
    ),
)
MEASURES = {measure.key: measure for measure in _ALL}

REASONS: dict[str, str | Promise] = {
    "pending": _("Origin claim not verified yet"),
    "grade": _("Evidence is a document only"),
    "supplier_not_admitted": _("The supplier is not admitted"),
    "supplier_suspended": _("The supplier is suspended"),
    "no_origin": _("The product has no origin claim"),
    "claim_expired": _("The origin claim has expired"),
    "claim_rejected": _("The origin claim was rejected"),
    "no_pairing": _("The region had no active pairing"),
    "": _("No reason given"),
}

BUYER_KINDS: dict[str, str | Promise] = {
    RESIDENT: _("Resident"),
    **{kind.value: kind.label for kind in BuyerKind},
}
MODES: dict[str, str | Promise] = {DIRECT: _("Direct purchase"), ASSISTED: _("Assisted sale")}
CHANNELS: dict[str, str | Promise] = {"web": _("Online shop"), "bulk": _("Bulk order")}
