"""Write entries and keep the balances of their suppliers in step, under the lock of the suppliers' accounts."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from shop.core import clock
from shop.core.locks import lock
from shop.settlement.models import Account, SettlementEntry, SupplierAccount

#: The shop's own accounts that money for suppliers comes from; they count what they are debited.
SOURCES = (Account.CLEARING, Account.SUBSIDY)
COLUMNS = {
    Account.CLEARING: "collected_fen",
    Account.SUBSIDY: "subsidy_fen",
    Account.PENDING: "pending_fen",
    Account.PAYABLE: "payable_fen",
    Account.LISTED: "listed_fen",
    Account.PAID: "paid_fen",
    Account.COMMISSION: "commission_fen",
}
_SAVED = (*COLUMNS.values(), "first_booked_on")


@dataclass(frozen=True)
class Origin:
    """What entries follow from, when that happened, and before which day they are not booked."""

    event_id: uuid.UUID
    occurred_at: dt.datetime
    not_before: dt.date | None = None


def write_entries(entries: Sequence[SettlementEntry], origin: Origin) -> list[SettlementEntry]:
    """Write the entries of one event or act in the caller's transaction; return them.

    Booked on the Shanghai day of the event, or on the first day after the last statement drawn for the supplier.
    """
    if not entries:
        return []
    accounts = lock_accounts({(entry.supplier, entry.demo) for entry in entries})
    day = clock.local_date(origin.occurred_at)
    day = max(day, origin.not_before or day)
    for entry in entries:
        account = accounts[entry.supplier, entry.demo]
        entry.event_id, entry.occurred_at = origin.event_id, origin.occurred_at
        entry.booked_on = booking_date(account, day)
        account.first_booked_on = min(entry.booked_on, account.first_booked_on or entry.booked_on)
        _count(account, entry)
    SettlementEntry.objects.bulk_create(entries)
    SupplierAccount.objects.bulk_update(accounts.values(), _SAVED)
    return list(entries)


def lock_accounts(keys: set[tuple[str, bool]]) -> dict[tuple[str, bool], SupplierAccount]:
    """Return the accounts of suppliers, locked in one order; made where they are missing."""
    suppliers = {supplier for supplier, _demo in keys}
    known = set(SupplierAccount.objects.filter(supplier__in=suppliers).values_list("supplier", "demo"))
    SupplierAccount.objects.bulk_create(
        [SupplierAccount(supplier=supplier, demo=demo) for supplier, demo in sorted(keys - known)],
        ignore_conflicts=True,
    )
    rows = lock(SupplierAccount.objects.filter(supplier__in=suppliers))
    return {(row.supplier, row.demo): row for row in rows if (row.supplier, row.demo) in keys}


def booking_date(account: SupplierAccount, day: dt.date) -> dt.date:
    """Return the day on which something of that day is booked: never within a statement that is drawn."""
    if account.drawn_through is None or day > account.drawn_through:
        return day
    return account.drawn_through + dt.timedelta(days=1)


def _count(account: SupplierAccount, entry: SettlementEntry) -> None:
    for name, sign in ((entry.debit, -1), (entry.credit, 1)):
        side = -sign if name in SOURCES else sign
        column = COLUMNS[Account(name)]
        setattr(account, column, getattr(account, column) + side * entry.fen)
