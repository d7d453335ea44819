"""Invariant 5 of the counting rules as staff read it: captured, sent back, in the ledger, in the channel's bill.

Of the payments captured in a period, whatever has become of each until now. Parts that other orders got are payments
of their own in the ledger; here they count with the payment that came in.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import BigIntegerField, Count, F, Min, OuterRef, Prefetch, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from shop.accounts.scope import Scope
from shop.core import clock
from shop.gateways.bank_models import Difference, DifferenceKind, StatementLine
from shop.gateways.bill_coverage import day_span
from shop.gateways.bill_models import BillChannel
from shop.gateways.models import BillLine, Payment, PaymentAttempt
from shop.gateways.providers.base import CURRENCY
from shop.gateways.selectors import unapplied_money
from shop.journal.models import JournalEntry
from shop.ledger.selectors import with_posted_fen
from shop.ledger.verification import unposted
from shop.ordering.status import PayMethod

#: How old money without an order may be before it stands in the next column, in days.
AGES = (3, 7, 30)
LABELS = {str(value): label for value, label in [*PayMethod.choices, *BillChannel.choices]}


@dataclass(frozen=True)
class ProviderRow:
    """A provider's payments of the period, in fen; `demo` money is never added to real money."""

    provider: str
    demo: bool
    payments: int
    captured: int
    back: int
    ledger: int
    unapplied: int
    in_bill: int

    @property
    def label(self) -> str:
        """Return the provider's name as people read it."""
        return str(LABELS.get(self.provider, self.provider))

    @property
    def expected(self) -> int:
        """Return what the ledger must hold: captured less what was sent back."""
        return self.captured - self.back

    @property
    def ledger_gap(self) -> int:
        """Return what the ledger holds too much (or too little, negative)."""
        return self.ledger - self.expected

    @property
    def bill_gap(self) -> int:
        """Return what was captured and no line of a bill or statement shows."""
        return self.captured - self.in_bill

    @property
    def applied(self) -> int:
        """Return what orders have of it."""
        return self.ledger - self.unapplied


@dataclass(frozen=True)
class OnlyInBill:
    """Payments of a channel's bill that the books do not have."""

    provider: str
    count: int
    fen: int

    @property
    def label(self) -> str:
        """Return the provider's name as people read it."""
        return str(LABELS.get(self.provider, self.provider))


@dataclass(frozen=True)
class OwnerRow:
    """Unapplied money by whom it is said to belong to, by age; fen."""

    owner: str
    number: str
    count: int
    by_age: tuple[int, ...]

    @property
    def total(self) -> int:
        """Return the sum over all ages."""
        return sum(self.by_age)


@dataclass(frozen=True)
class FoundPayment:
    """A payment that no notice had told of: found when the provider was asked."""

    at: dt.datetime
    number: str
    provider: str
    fen: int

    @property
    def label(self) -> str:
        """Return the provider's name as people read it."""
        return str(LABELS.get(self.provider, self.provider))


@dataclass(frozen=True)
class DifferenceRow:
    """Open differences of one kind."""

    kind: str
    title: str
    count: int
    fen: int
    oldest_at: dt.datetime


def captured_payments(scope: Scope, first: dt.date, last: dt.date, provider: str = "") -> QuerySet[Payment]:
    """Return the payments captured from `first` to `last` (days in Shanghai), with the parts that other orders got.

    A part has the provider and the time of the payment it comes from, so both are in the period or neither.
    """
    if not scope.everything:
        return Payment.objects.none()
    since, until = day_span(first)[0], day_span(last)[1]
    payments = Payment.objects.filter(captured_at__gte=since, captured_at__lt=until)
    return payments.filter(provider=provider) if provider else payments


def provider_rows(payments: QuerySet[Payment]) -> list[ProviderRow]:
    """Return one row per provider and kind of money. One query, however many payments there are."""
    came_in = Q(moved_from=None)
    rows = (
        _with_bill(with_posted_fen(payments))
        .order_by()
        .values("provider", "demo")
        .annotate(
            payments=Count("pk", filter=came_in),
            captured=Sum("fen", filter=came_in),
            back=Sum(F("refunded_fen") + F("returned_fen")),
            ledger=Sum("posted_fen"),
            unapplied=Sum("posted_unapplied_fen"),
            in_bill=Sum("shown_fen", filter=came_in),
        )
    )
    found = {
        (row["provider"], row["demo"]): ProviderRow(
            provider=row["provider"],
            demo=row["demo"],
            payments=row["payments"],
            captured=row["captured"] or 0,
            back=row["back"] or 0,
            ledger=row["ledger"] or 0,
            unapplied=row["unapplied"] or 0,
            in_bill=row["in_bill"] or 0,
        )
        for row in rows
    }
    return [found[key] for key in sorted(found)]


def only_in_bill(scope: Scope, first: dt.date, last: dt.date, provider: str = "") -> list[OnlyInBill]:
    """Return, by provider, what bills of the period show as paid and the books do not have. One query."""
    if not scope.everything:
        return []
    since, until = day_span(first)[0], day_span(last)[1]
    lines = BillLine.objects.filter(
        kind="payment", payment=None, occurred_at__gte=since, occurred_at__lt=until
    )
    lines = lines.filter(provider=provider) if provider else lines
    rows = lines.order_by().values_list("provider").annotate(count=Count("pk"), total=Sum("source_minor"))
    return [OnlyInBill(name, count, total) for name, count, total in sorted(rows)]


def _with_bill(payments: QuerySet[Payment]) -> QuerySet[Payment]:
    """Annotate what the channel's bill, or the bank's statement, shows of a payment (`shown_fen`)."""
    bill = BillLine.objects.filter(payment=OuterRef("pk"), kind="payment", source_currency=CURRENCY)
    bank = StatementLine.objects.filter(payment=OuterRef("pk"))
    bill_fen = bill.order_by().values("payment").annotate(total=Sum("source_minor")).values("total")
    bank_fen = bank.order_by().values("payment").annotate(total=Sum("fen")).values("total")
    return payments.annotate(
        shown_fen=Coalesce(Subquery(bill_fen), Subquery(bank_fen), 0, output_field=BigIntegerField())
    )


def odd_payments(payments: QuerySet[Payment]) -> QuerySet[Payment]:
    """Return the payments that are not what the ledger or the bill says of them, oldest first, with their orders.

    Each has `posted_fen`, `expected_fen`, `shown_fen` and its `open_differences`.
    """
    with_all = _with_bill(with_posted_fen(payments)).annotate(
        expected_fen=F("fen") - F("refunded_fen") - F("returned_fen") - F("moved_fen")
    )
    # A part of another payment is in no bill: the payment that came in is.
    odd = ~Q(posted_fen=F("expected_fen")) | (Q(moved_from=None) & ~Q(shown_fen=F("fen")))
    why = Difference.objects.filter(resolved_at=None).order_by("opened_at").select_related("bill_line")
    return (
        with_all.filter(odd)
        .select_related("record")
        .prefetch_related(Prefetch("differences", queryset=why, to_attr="open_differences"))
        .order_by("captured_at", "pk")
    )


def unapplied_by_owner(scope: Scope, *, limit: int = 50) -> list[OwnerRow]:
    """Return money that no order has by owner and age, the largest first. One query."""
    now, sums = clock.now(), dict[tuple[str, str], list[int]]()
    counts: dict[tuple[str, str], int] = {}
    for payment in unapplied_money(scope).iterator():
        number = payment.record.number if payment.record else ""
        key = (number or payment.payer, number)
        days = (now - payment.captured_at).days
        place = next((index for index, age in enumerate(AGES) if days <= age), len(AGES))
        leaving: int = getattr(payment, "leaving", 0)
        spent = payment.applied_fen + payment.returned_fen + payment.moved_fen + leaving
        sums.setdefault(key, [0] * (len(AGES) + 1))[place] += payment.fen - spent
        counts[key] = counts.get(key, 0) + 1
    rows = [
        OwnerRow(owner, number, counts[owner, number], tuple(ages)) for (owner, number), ages in sums.items()
    ]
    return sorted(rows, key=lambda row: (-row.total, row.owner))[:limit]


def difference_rows(scope: Scope) -> list[DifferenceRow]:
    """Return the open differences by kind, those with the most fen first. One query."""
    if not scope.everything:
        return []
    titles = dict(DifferenceKind.choices)
    found = Difference.objects.filter(resolved_at=None).order_by().values_list("kind")
    rows = found.annotate(count=Count("pk"), total=Sum("fen"), oldest=Min("opened_at"))
    return [
        DifferenceRow(kind, str(titles[kind]), count, total, oldest)
        for kind, count, total, oldest in sorted(rows, key=lambda row: (-row[2], row[0]))
    ]


@dataclass(frozen=True)
class Segment:
    """A part of a bar: what it shows, and where it stands in the picture."""

    name: str
    x: int
    width: int


@dataclass(frozen=True)
class Bar:
    """One provider's captured money in the picture."""

    label: str
    y: int
    segments: tuple[Segment, ...]


#: Width of the picture and of what stands left of its bars.
PICTURE, LEFT, ROW = 820, 190, 44


def bars(rows: list[ProviderRow]) -> list[Bar]:
    """Return the picture: what orders have, what no order has, what was sent back; together the captured money."""
    largest = max([row.captured for row in rows] or [1]) or 1
    found = []
    for index, row in enumerate(rows):
        x, segments = LEFT, []
        for name, fen in (("applied", row.applied), ("unapplied", row.unapplied), ("back", row.back)):
            width = (PICTURE - LEFT) * max(fen, 0) // largest
            # What is there is seen, however small beside the largest.
            width = max(width, 3) if fen > 0 else 0
            segments.append(Segment(name, x, width))
            x += width
        found.append(Bar(row.label, ROW * index + 8, tuple(segments)))
    return found


def found_by_asking(scope: Scope, first: dt.date, last: dt.date, *, limit: int = 50) -> list[FoundPayment]:
    """Return the payments of the period that no notice had told of and the provider was asked about. Two queries."""
    if not scope.everything:
        return []
    since, until = day_span(first)[0], day_span(last)[1]
    entries = JournalEntry.objects.filter(action="payment.reconciled", at__gte=since, at__lt=until)
    rows = list(entries.order_by("-at", "-pk")[:limit])
    attempts = PaymentAttempt.objects.select_related("record").in_bulk([int(row.object_key) for row in rows])
    found = []
    for row in rows:
        attempt = attempts.get(int(row.object_key))
        number = attempt.record.number if attempt else ""
        found.append(
            FoundPayment(row.at, number, attempt.provider if attempt else "", row.after.get("fen", 0))
        )
    return found


def messages_on_their_way() -> "QuerySet[Any]":
    """Return the money messages that the ledger has not taken in yet: until then it may lag behind."""
    return unposted()
