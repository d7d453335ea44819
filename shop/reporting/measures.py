"""What each figure is a sum of. Page, drill-down and export all use these and nothing else."""

from dataclasses import dataclass

from django.db.models import Q, Sum
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from shop.buyers.models import BuyerKind
from shop.buyers.units import ASSISTED, DIRECT, RESIDENT
from shop.ledger.figures import FIGURES
from shop.ledger.models import EntryKind, LedgerEntry, Stage

#: Normal commerce, pending claims and sums whose evidence is a document only: shown, never in a measure.
NOT_COUNTED = FIGURES["not_counted"].entries
#: Accepted by an organisation and not paid: beside the headline, never in it.
RECEIVABLE = FIGURES["receivable"].entries
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


def _figure(key: str, label: str | Promise) -> Measure:
    """Return the measure of a figure that statements have, too."""
    return Measure(key, label, FIGURES[key].entries, FIGURES[key].sign)


_ALL = (
    _figure("confirmed", _("Confirmed")),
    _figure("gross", _("Paid, gross")),
    _figure("refunded", _("Refunded")),
    _figure("net", _("Paid, net")),
    Measure("open", _("Paid, not confirmed yet"), FIGURES["net"].entries & ~Q(stage=Stage.CONFIRMED)),
    *(_figure(f"stage-{stage}", label) for stage, label in STAGES),
    _figure("not_counted", _("Not counted")),
    _figure("freight", _("Freight")),
    _figure("fee", _("Fees")),
    _figure("donation", _("Donations")),
    _figure("unapplied", _("Money no order has")),
    _figure("receivable", _("Accepted, not paid yet")),
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
