"""Read what suppliers are owed. Every list takes the caller's scope."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet, Sum

from shop.accounts.scope import Scope
from shop.core import clock
from shop.settlement.models import (
    CommissionRate,
    PayeeAccount,
    PayoutItem,
    PayoutList,
    SupplierAccount,
    SupplierStatement,
)
from shop.settlement.paying_models import ItemState, ListState, PayeeState
from shop.suppliers.models import Supplier

#: So long an approved pay-out may be missing on the bank's statements.
PATIENCE = dt.timedelta(days=5)
#: What a person on the desk may ask the list of suppliers for.
TABS = ("owed", "unverified", "negative")


@dataclass(frozen=True)
class Balances:
    """What stands where, in fen."""

    pending: int = 0
    payable: int = 0
    listed: int = 0
    paid: int = 0
    commission: int = 0

    @property
    def whole(self) -> int:
        """Return goods and freight that were paid and not refunded, and what the shop adds for its coupons."""
        return self.pending + self.payable + self.listed + self.paid + self.commission


@dataclass(frozen=True)
class SupplierRow:
    """A supplier with its balances and whether it can be paid."""

    supplier: Supplier | None
    account: SupplierAccount
    payee: PayeeAccount | None


def accounts(scope: Scope, *, demo: bool) -> QuerySet[SupplierAccount]:
    """Return the accounts of the scope's suppliers, by code."""
    found = SupplierAccount.objects.filter(demo=demo).order_by("supplier")
    return found if scope.everything else found.filter(supplier__in=scope.suppliers)


def filtered_accounts(scope: Scope, *, demo: bool, tab: str, query: str) -> QuerySet[SupplierAccount]:
    """Return the accounts that a page asks for: by what is to be done about them, by name or code."""
    found = accounts(scope, demo=demo)
    if query:
        named = Supplier.objects.filter(Q(name_zh__icontains=query) | Q(code__icontains=query))
        found = found.filter(supplier__in=named.values("code"))
    if tab == "owed":
        return found.filter(payable_fen__gt=0)
    if tab == "negative":
        return found.filter(payable_fen__lt=0)
    if tab == "unverified":
        verified = PayeeAccount.objects.filter(supplier__code=OuterRef("supplier"), state=PayeeState.VERIFIED)
        return found.filter(~Exists(verified))
    return found


def balances(rows: QuerySet[SupplierAccount]) -> Balances:
    """Return the sums over accounts in one query."""
    sums = rows.order_by().aggregate(
        pending=Sum("pending_fen"),
        payable=Sum("payable_fen"),
        listed=Sum("listed_fen"),
        paid=Sum("paid_fen"),
        commission=Sum("commission_fen"),
    )
    return Balances(**{name: value or 0 for name, value in sums.items()})


def supplier_rows(rows: Iterable[SupplierAccount]) -> list[SupplierRow]:
    """Attach suppliers and their bank accounts: one query each for any number of rows."""
    found = list(rows)
    live = PayeeAccount.objects.filter(state__in=(PayeeState.VERIFIED, PayeeState.PROPOSED)).order_by("state")
    suppliers = Supplier.objects.filter(code__in=[row.supplier for row in found]).select_related("region")
    by_code = {
        supplier.code: supplier
        for supplier in suppliers.prefetch_related(Prefetch("payee_accounts", queryset=live, to_attr="live"))
    }
    return [_row(row, by_code.get(row.supplier)) for row in found]


def _row(account: SupplierAccount, supplier: Supplier | None) -> SupplierRow:
    live: Sequence[PayeeAccount] = getattr(supplier, "live", ())
    verified = [one for one in live if one.state == PayeeState.VERIFIED]
    return SupplierRow(supplier, account, next(iter([*verified, *live]), None))


def statements(scope: Scope, *, demo: bool | None = None) -> QuerySet[SupplierStatement]:
    """Return the statements of the scope's suppliers, the latest first."""
    found = SupplierStatement.objects.select_related("supplier__region").order_by(
        "-ends_on", "supplier__code"
    )
    if demo is not None:
        found = found.filter(demo=demo)
    return found if scope.everything else found.filter(supplier__code__in=scope.suppliers)


def payout_lists(scope: Scope, *, demo: bool | None = None) -> QuerySet[PayoutList]:
    """Return pay-out lists with their sums, the latest first; only for those who see the whole shop."""
    held = Q(items__state=ItemState.HELD)
    found = PayoutList.objects.annotate(
        total_fen=Sum("items__fen", filter=~held), held_fen=Sum("items__fen", filter=held)
    ).order_by("-made_at", "-pk")
    if demo is not None:
        found = found.filter(demo=demo)
    return found if scope.everything else found.none()


def list_items(payout_list: PayoutList) -> QuerySet[PayoutItem]:
    """Return the items of a list: what is paid first, then what is held back."""
    items = payout_list.items.select_related("supplier", "account", "statement", "line")
    return items.order_by("held_reason", "pk")


def payouts(scope: Scope) -> QuerySet[PayoutItem]:
    """Return what the scope's suppliers got, or why not, the latest first; not what waits for an approval."""
    found = PayoutItem.objects.select_related("list", "statement", "account").order_by("-pk")
    shown = found.filter(list__state__in=(ListState.APPROVED, ListState.PAID))
    return shown if scope.everything else shown.filter(supplier__code__in=scope.suppliers)


def payee_accounts(scope: Scope) -> QuerySet[PayeeAccount]:
    """Return the bank accounts of the scope's suppliers, the newest first."""
    found = PayeeAccount.objects.select_related("supplier").order_by("-proposed_at", "-pk")
    return found if scope.everything else found.filter(supplier__code__in=scope.suppliers)


def accounts_to_verify(scope: Scope) -> QuerySet[PayeeAccount]:
    """Return the bank accounts that wait for a second person, the longest waiting first."""
    return payee_accounts(scope).filter(state=PayeeState.PROPOSED).order_by("proposed_at", "pk")


def commission_rates(scope: Scope) -> QuerySet[CommissionRate]:
    """Return the commissions proposed and agreed, the latest beginning first; only for the whole shop."""
    found = CommissionRate.objects.order_by("-starts_on", "-pk")
    return found if scope.everything else found.none()


def lists_to_approve(scope: Scope) -> QuerySet[PayoutList]:
    """Return the lists that wait for another person, the longest waiting first."""
    waiting = PayoutList.objects.filter(state__in=(ListState.PROPOSED, ListState.CHECKED)).order_by(
        "made_at", "pk"
    )
    return waiting if scope.everything else waiting.none()


def payouts_overdue(scope: Scope) -> QuerySet[PayoutItem]:
    """Return what was approved days ago and no line of the bank shows, the oldest first."""
    at_bank = PayoutItem.objects.filter(state=ItemState.LISTED, list__approved_at__lt=clock.now() - PATIENCE)
    return at_bank.order_by("list__approved_at", "pk") if scope.everything else at_bank.none()
