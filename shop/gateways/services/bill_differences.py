"""Every difference with a channel's bill has an owner and an age, until it is settled or the missing piece has come."""

import datetime as dt

from django.db import transaction
from django.db.models import Count, Q

from shop.accounts.models import Role, ScopeKind, User
from shop.core.fen import shown_yuan
from shop.gateways.bank_models import Difference, DifferenceKind
from shop.gateways.bill_coverage import (
    covered_spans,
    days_without_bill,
    is_covered,
    payments_not_shown,
    refunds_not_shown,
)
from shop.gateways.models import BillLine
from shop.gateways.services.differences import close_difference, open_difference

_BATCH = 500


def duty_owner() -> int | None:
    """Return whom the next difference falls to: of those who handle money, who has the fewest open. One query."""
    open_ones = Difference.objects.filter(resolved_at=None)
    people = User.objects.filter(is_active=True, grants__kind=ScopeKind.ALL)
    for role in (Role.FINANCE, Role.STAFF):
        ids = list(people.filter(grants__role=role).values_list("pk", flat=True).distinct())
        if ids:
            load = dict(open_ones.filter(owner_id__in=ids).values_list("owner_id").annotate(rows=Count("pk")))
            return min(ids, key=lambda pk: (load.get(pk, 0), pk))
    return None


def look_after_bills(*, owner_id: int | None = None) -> int:
    """Open a difference for all that does not agree and close those that do by now; return how many are new.

    They fall to `owner_id`, else to who has the fewest. Without anybody who handles money nothing is opened. Safe to
    run twice.
    """
    _close_agreed()
    owner = owner_id or duty_owner()
    if owner is None:
        return 0
    with transaction.atomic():
        before = Difference.objects.count()
        _open_lines(owner)
        _open_missing(owner)
        _open_days(owner)
        return Difference.objects.count() - before


def _open_lines(owner_id: int) -> None:
    fresh = BillLine.objects.exclude(difference="").filter(differences=None)
    for line in fresh.order_by("occurred_at", "line_id")[:_BATCH]:
        open_difference(
            kind=DifferenceKind.BILL_LINE,
            key=f"bill:{line.pk}",
            fen=abs(line.source_minor if line.source_currency else line.net_minor),
            owner_id=owner_id,
            bill_line=line,
            payment=line.payment,
            execution=line.execution,
            detail=f"{line.provider} {line.line_id} {line.source}",
        )


def _open_missing(owner_id: int) -> None:
    for payment in payments_not_shown().exclude(differences__kind=DifferenceKind.NOT_IN_BILL)[:_BATCH]:
        open_difference(
            kind=DifferenceKind.NOT_IN_BILL,
            key=f"bill-payment:{payment.pk}",
            fen=payment.fen,
            owner_id=owner_id,
            payment=payment,
            detail=f"{payment.provider} {payment.key}",
        )
    unseen = refunds_not_shown().exclude(differences__kind=DifferenceKind.REFUND_NOT_IN_BILL)
    for execution in unseen.select_related("payment")[:_BATCH]:
        open_difference(
            kind=DifferenceKind.REFUND_NOT_IN_BILL,
            key=f"bill-refund:{execution.pk}",
            fen=execution.fen,
            owner_id=owner_id,
            payment=execution.payment,
            execution=execution,
            detail=f"{execution.payment.provider} {execution.provider_reference}",
        )


def _open_days(owner_id: int) -> None:
    for (provider, day), fen in days_without_bill().items():
        open_difference(
            kind=DifferenceKind.NO_BILL,
            key=_day_key(provider, f"{day}"),
            fen=fen,
            owner_id=owner_id,
            detail=f"{provider} {day} {shown_yuan(fen)}",
        )


def _day_key(provider: str, day: str) -> str:
    return f"bill-day:{provider}:{day}"


def _close_agreed() -> None:
    """Close what agrees by now. A line that is a difference still stays, also one that a person has settled."""
    waiting = Difference.objects.filter(resolved_at=None)
    agreed = (
        Q(kind=DifferenceKind.BILL_LINE, bill_line__difference="")
        | Q(kind=DifferenceKind.NOT_IN_BILL, payment__bill_lines__isnull=False)
        | Q(kind=DifferenceKind.REFUND_NOT_IN_BILL, execution__bill_lines__isnull=False)
    )
    keys = list(waiting.filter(agreed).values_list("key", flat=True)[:_BATCH])
    days = list(waiting.filter(kind=DifferenceKind.NO_BILL).values_list("key", flat=True)[:_BATCH])
    spans = covered_spans() if days else {}
    for key in days:
        _, provider, day = key.split(":")
        if is_covered(spans.get(provider, []), dt.date.fromisoformat(day)):
            keys.append(key)
    for key in keys:
        close_difference(key=key, note="")
