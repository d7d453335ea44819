"""Work out what a period did to what a supplier is owed, down to the order line."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import Q, QuerySet, Sum

from shop.settlement.models import Account, Kind, SettlementEntry, SupplierAccount
from shop.settlement.terms import Period

_CANONICAL = (
    *("event_id", "source_key", "debit", "credit", "kind", "fen", "units", "rate_bp", "supplier", "demo"),
    *("booked_on", "order_number", "line_number", "product", "product_name"),
)
_OWED = Q(debit=Account.PAYABLE) | Q(credit=Account.PAYABLE)


@dataclass
class Reckoning:
    """Sums of entries that changed what is owed, all in fen and none of them signed by its side."""

    goods: int = 0
    freight: int = 0
    subsidy: int = 0
    back: int = 0
    commission: int = 0
    payout: int = 0
    units: int = 0

    @property
    def change(self) -> int:
        """Return by how much more is owed."""
        return self.confirmed - self.back - self.commission - self.payout

    @property
    def confirmed(self) -> int:
        """Return what came to be owed: goods, freight, and coupons that the shop bears."""
        return self.goods + self.freight + self.subsidy

    @property
    def minus_commission(self) -> int:
        """Return the commission as it changes what is owed."""
        return -self.commission

    def add(self, entry: SettlementEntry) -> None:
        """Count an entry."""
        owed_more = entry.credit == Account.PAYABLE
        if entry.kind == Kind.COMMISSION:
            self.commission += -entry.fen if owed_more else entry.fen
        elif entry.kind == Kind.PAYOUT:
            self.payout += -entry.fen if owed_more else entry.fen
        elif not owed_more:
            self.back += entry.fen
            self.units += entry.units
        elif entry.kind == Kind.GOODS:
            self.goods += entry.fen
            self.units += entry.units
        elif entry.kind == Kind.SUBSIDY:
            self.subsidy += entry.fen
        else:
            self.freight += entry.fen


@dataclass
class StatementLine:
    """An order line, the freight of an order, or a pay-out, with what the period did to it."""

    source_key: str
    kind: str
    order_number: str
    line_number: int
    product: str
    product_name: str
    sums: Reckoning = field(default_factory=Reckoning)
    rate_bp: int = 0


def owed_entries(supplier: str, demo: bool) -> QuerySet[SettlementEntry]:
    """Return the entries that changed what is owed to a supplier."""
    return SettlementEntry.objects.filter(_OWED, supplier=supplier, demo=demo)


def entries_of_period(supplier: str, demo: bool, period: Period) -> QuerySet[SettlementEntry]:
    """Return what was booked in a period, in its order."""
    days = (period.starts_on, period.ends_on)
    return owed_entries(supplier, demo).filter(booked_on__range=days).order_by("booked_on", "pk")


def opening_of(account: SupplierAccount, starts_on: dt.date) -> int:
    """Return what was owed before a day: the balance now without what was booked since."""
    return account.payable_fen - _booked_since(account, starts_on, Account.PAYABLE)


def pending_at(account: SupplierAccount, ends_on: dt.date) -> int:
    """Return what was collected and not confirmed at the end of a day."""
    return account.pending_fen - _booked_since(account, ends_on + dt.timedelta(days=1), Account.PENDING)


def _booked_since(account: SupplierAccount, day: dt.date, name: Account) -> int:
    own = SettlementEntry.objects.filter(supplier=account.supplier, demo=account.demo, booked_on__gte=day)
    sums = own.aggregate(credit=Sum("fen", filter=Q(credit=name)), debit=Sum("fen", filter=Q(debit=name)))
    return (sums["credit"] or 0) - (sums["debit"] or 0)


def reckon(entries: Iterable[SettlementEntry]) -> Reckoning:
    """Return the sums of entries."""
    sums = Reckoning()
    for entry in entries:
        sums.add(entry)
    return sums


def lines_of(entries: Iterable[SettlementEntry]) -> list[StatementLine]:
    """Return the entries by order line, orders in the order of their first entry, pay-outs last."""
    lines: dict[str, StatementLine] = {}
    for entry in entries:
        line = lines.setdefault(
            entry.source_key,
            StatementLine(
                entry.source_key,
                entry.kind,
                entry.order_number,
                entry.line_number,
                entry.product,
                entry.product_name,
            ),
        )
        line.sums.add(entry)
        if entry.kind == Kind.COMMISSION:
            line.rate_bp = entry.rate_bp
        else:
            line.kind = entry.kind
    return sorted(
        lines.values(), key=lambda line: (line.kind == Kind.PAYOUT, line.order_number, line.line_number)
    )


def canonical_line(entry: SettlementEntry) -> bytes:
    """Return an entry's business fields as bytes: no row ids."""
    return "\x1f".join(f"{name}={getattr(entry, name)}" for name in _CANONICAL).encode()
