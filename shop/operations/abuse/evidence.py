"""A finding in words: what happened, and the rows that show it, each with the page that has all of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from shop.core.fen import shown_yuan
from shop.operations.abuse_models import AbuseFinding, AbuseKind

Detail = Mapping[str, Any]
SIGNS: dict[str, Promise] = {
    "phone": gettext_lazy("A member or the invoice data of the unit has a phone number of the supplier."),
    "bank": gettext_lazy("The unit pays from an account that is the supplier’s."),
    "legal_person": gettext_lazy("The unit or one of its members is the supplier’s legal person."),
}


@dataclass(frozen=True)
class EvidenceRow:
    """One thing that shows it: a number or goods, what is said of it, its sum, and where it is to be seen."""

    name: str
    text: str = ""
    fen: int | None = None
    url: str = ""


def says(finding: AbuseFinding) -> str:
    """Return in a sentence what the worker found."""
    return _SAYS[AbuseKind(finding.kind)](finding.detail)


def rows_of(finding: AbuseFinding) -> list[EvidenceRow]:
    """Return what shows it; the order itself where the finding is about one. No query where it is read already."""
    detail, kind = finding.detail, finding.kind
    if kind == AbuseKind.SPLIT:
        return [
            EvidenceRow(row["number"], row["on"], row["fen"], _order(row["order"]))
            for row in detail["requests"]
        ]
    if kind == AbuseKind.CAP:
        return [
            EvidenceRow(row["number"], row["on"], row["fen"], _order(row["number"]))
            for row in detail["orders"]
        ]
    order = finding.record.number if finding.record else ""
    own = [EvidenceRow(order or finding.reference, "", finding.fen, _order(order))]
    if kind == AbuseKind.PRICE:
        return own[: 1 if order else 0] + [_priced(row) for row in detail["lines"]]
    if kind == AbuseKind.PAYEE and detail["refund"]:
        queue = reverse("gateways:refund_queue")
        return [
            *own[: 1 if order else 0],
            EvidenceRow(detail["refund"], detail["reason"], finding.fen, queue),
        ]
    if kind == AbuseKind.QUICK:
        return [*own, EvidenceRow(detail["report"])]
    return own


def more_rows(finding: AbuseFinding) -> int:
    """Return how many rows are not kept with the finding."""
    kept = next(
        (len(finding.detail[name]) for name in ("requests", "orders", "lines") if name in finding.detail), 0
    )
    return max(int(finding.detail.get("count", kept)) - kept, 0)


def _order(number: str) -> str:
    return reverse("operations:order", args=[number]) if number else ""


def _priced(row: Detail) -> EvidenceRow:
    words = {"units": row["units"], "price": shown_yuan(row["unit_fen"]), "reason": row["reason"]}
    if row["reference_fen"] is None:
        text = _("%(units)d at ¥%(price)s; the buyer’s reason: %(reason)s") % words
    else:
        words |= {"reference": shown_yuan(row["reference_fen"]), "gap": row["gap"]}
        text = (
            _("%(units)d at ¥%(price)s, reference ¥%(reference)s (%(gap)s); the buyer’s reason: %(reason)s")
            % words
        )
    return EvidenceRow(row["sku"], text, row["units"] * row["unit_fen"])


def _split(detail: Detail) -> str:
    return ngettext(
        "%(count)d request within a week comes to ¥%(total)s, below the limit of ¥%(limit)s.",
        "%(count)d requests within a week come to ¥%(total)s; each of them lies below the limit of ¥%(limit)s, from"
        " which on more has to be agreed to.",
        detail["count"],
    ) % {
        "count": detail["count"],
        "total": shown_yuan(detail["total_fen"]),
        "limit": shown_yuan(detail["limit_fen"]),
    }


def _shared(detail: Detail) -> str:
    return str(SIGNS[detail["sign"]])


def _cap(detail: Detail) -> str:
    return _(
        "“%(rule)s” allows ¥%(most)s a head. The orders of the unit come to ¥%(amount)s for each of %(people)d people."
    ) % {
        "rule": detail["rule"],
        "most": shown_yuan(detail["most_fen"]),
        "amount": shown_yuan(detail["amount_fen"]),
        "people": detail["people"],
    }


def _quick(detail: Detail) -> str:
    return ngettext(
        "Counted and accepted %(minutes)d minute after the goods were shipped.",
        "Counted and accepted %(minutes)d minutes after the goods were shipped.",
        detail["minutes"],
    ) % {"minutes": detail["minutes"]}


def _payee(detail: Detail) -> str:
    return _("The refund goes to a name and an account that neither paid nor belong to the unit.")


def _price(detail: Detail) -> str:
    return ngettext(
        "%(count)d product cost more above its reference price than the band allows.",
        "%(count)d products cost more above their reference price than the band allows.",
        detail["count"],
    ) % {"count": detail["count"]}


_SAYS: dict[AbuseKind, Callable[[Detail], str]] = {
    AbuseKind.SPLIT: _split,
    AbuseKind.SHARED: _shared,
    AbuseKind.CAP: _cap,
    AbuseKind.QUICK: _quick,
    AbuseKind.PAYEE: _payee,
    AbuseKind.PRICE: _price,
}
