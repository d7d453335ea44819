"""What must hold of settlement at any moment; each broken one is named."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Q, Sum

from shop.core.append_only import missing_triggers
from shop.gateways.bank_models import LineState
from shop.settlement.book import Level, OrderBook, share_of_subsidy
from shop.settlement.models import (
    Account,
    Kind,
    PayoutItem,
    SettlementEntry,
    Standing,
    SupplierAccount,
    SupplierStatement,
)
from shop.settlement.paying_models import ItemState, ListState
from shop.settlement.reckoning import entries_of_period, reckon
from shop.settlement.services.entries import COLUMNS, SOURCES
from shop.settlement.services.statements import digest_of
from shop.settlement.terms import Period

_TABLES = (SettlementEntry._meta.db_table, SupplierStatement._meta.db_table)


def violations() -> list[str]:
    """Return a sentence for every broken invariant of settlement; empty when all is well. Reads everything."""
    return [*_triggers(), *_balances(), *_sources(), *_statements(), *_payouts()]


def _triggers() -> Iterator[str]:
    for table in _TABLES:
        for name in missing_triggers(table):
            yield f"trigger {name} is missing: rows of {table} can be changed"


def sums_by(*names: str, kinds: tuple[str, ...] = ()) -> dict[tuple[Any, ...], dict[str, int]]:
    """Return, by values of columns, the balance of every account: credit − debit."""
    found: dict[tuple[Any, ...], dict[str, int]] = {}
    entries = SettlementEntry.objects.filter(kind__in=kinds) if kinds else SettlementEntry.objects.all()
    for side, sign in (("debit", -1), ("credit", 1)):
        rows = entries.order_by().values_list(*names, side).annotate(total=Sum("fen"))
        for *key, account, total in rows.iterator():
            balances = found.setdefault(tuple(key), {})
            balances[account] = balances.get(account, 0) + sign * total
    return found


def disputed_orders() -> set[tuple[str, str]]:
    """Return (order, supplier) of every share of which goods are set apart until a replacement is there."""
    held = Standing.objects.exclude(holds=[]).values_list("order_number", "supplier", "holds")
    return {(number, supplier) for number, supplier, holds in held if any(hold[4] for hold in holds)}


def _balances() -> Iterator[str]:
    """Every supplier's balances are the sums of its entries; debit and credit are equal by the shape of a row."""
    sums = sums_by("supplier", "demo")
    for account in SupplierAccount.objects.order_by("supplier").iterator():
        found = sums.pop((account.supplier, account.demo), {})
        for name, column in COLUMNS.items():
            posted = found.get(name, 0) * (-1 if name in SOURCES else 1)
            if posted != getattr(account, column):
                yield f"supplier {account.supplier}: {column} {getattr(account, column)}, entries {posted}"
    for supplier, _demo in sorted(sums):
        yield f"supplier {supplier}: entries without an account"


def _sources() -> Iterator[str]:
    """What is collected, owed and charged of every source is what its units and fen say."""
    sums = sums_by("source_key", kinds=(Kind.GOODS, Kind.FREIGHT, Kind.SUBSIDY, Kind.COMMISSION))
    for row in Standing.objects.order_by("source_key").iterator():
        found = sums.pop((row.source_key,), {})
        book = OrderBook(row.order_number)
        if row.kind == Kind.SUBSIDY:
            book.know(Standing.objects.get(source_key=share_of_subsidy(row.source_key)))
        book.know(row)
        level = book.levels()[row.source_key]
        posted = Level(
            collected=-found.get(Account.CLEARING, 0) - found.get(Account.SUBSIDY, 0),
            confirmed=found.get(Account.PAYABLE, 0) + found.get(Account.COMMISSION, 0),
            units=level.units,
            commission=found.get(Account.COMMISSION, 0),
        )
        if posted != level:
            yield f"{row.source_key} of {row.order_number}: entries {posted}, it stands at {level}"
    for (key,) in sorted(sums):
        yield f"entries of {key}, which was never placed"


def _statements() -> Iterator[str]:
    """A statement is the sum of its entries, byte for byte, and begins with what the one before closed with."""
    before: dict[tuple[int, bool], int] = {}
    rows = SupplierStatement.objects.select_related("supplier").order_by("supplier_id", "demo", "starts_on")
    for row in rows.iterator():
        key = (row.supplier_id, row.demo)
        if row.opening_fen != before.get(key, 0):
            yield f"statement {row.number}: opens with {row.opening_fen}, {before.get(key, 0)} were carried over"
        before[key] = row.closing_fen
        period = Period(row.starts_on, row.ends_on)
        entries = list(entries_of_period(row.supplier.code, row.demo, period))
        if digest_of(entries) != row.digest or len(entries) != row.entries:
            yield f"statement {row.number}: its entries are not those it was drawn from"
        elif row.opening_fen + reckon(entries).change != row.closing_fen:
            yield f"statement {row.number}: closes with {row.closing_fen}, its entries say otherwise"


def _payouts() -> Iterator[str]:
    """An item's fen are where its state says, once; a list is paid when nothing of it waits for the bank."""
    sums = sums_by("source_key", kinds=(Kind.PAYOUT,))
    expected = {ItemState.LISTED: Account.LISTED, ItemState.PAID: Account.PAID}
    for item in PayoutItem.objects.select_related("line").order_by("pk").iterator():
        found = {name: fen for name, fen in sums.pop((f"payout:{item.pk}",), {}).items() if fen}
        place = expected.get(ItemState(item.state))
        wanted = {str(Account.PAYABLE): -item.fen, str(place): item.fen} if place else {}
        if found != wanted:
            yield f"pay-out {item.reference} is {item.state}: entries {found}, {wanted} expected"
        if item.line is not None and item.line.fen != item.fen:
            yield f"pay-out {item.reference}: {item.fen} fen, its bank line has {item.line.fen}"
    for (key,) in sorted(sums):
        yield f"entries of {key}, which is in no list"
    at_bank = Q(list__state=ListState.PAID, state=ItemState.LISTED)
    waiting = ~Q(list__state=ListState.APPROVED) & Q(state=ItemState.LISTED)
    for item in PayoutItem.objects.filter(at_bank | waiting).select_related("list"):
        yield f"pay-out {item.reference} waits for the bank, its list is {item.list.state}"
    lost = PayoutItem.objects.filter(line__isnull=False).exclude(line__state=LineState.PAYOUT)
    for item in lost.select_related("line"):
        yield f"pay-out {item.reference}: its bank line {item.line} has another meaning"
