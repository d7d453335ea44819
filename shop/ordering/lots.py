"""Lots: goods that came in with a date, and what becomes of them when the date comes near."""

import datetime as dt

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _
from oscar.apps.order.models import Line
from oscar.apps.partner.models import StockRecord

from shop.core import clock
from shop.core.faultpoint import faultpoint
from shop.core.locks import lock
from shop.journal.services import record as journal
from shop.ordering.balances import (
    Shelf,
    change_on_hand,
    journal_key,
    locked_balance,
    move_units,
    shelf_of,
)
from shop.ordering.exceptions import OutOfStock, StockRefused
from shop.ordering.models import Allocation, OrderRecord, StockBalance
from shop.ordering.sellable import is_past, is_sellable
from shop.ordering.status import StockPool
from shop.ordering.stock import RETAIL, allocate, shift_mirror
from shop.ordering.stock_models import GoodsLot

#: The reason that the journal gives for what the shop does by itself.
EXPIRED = "expired"


def receive_lot(
    *,
    stockrecord: StockRecord,
    code: str,
    units: int,
    produced_on: dt.date | None = None,
    expires_on: dt.date | None = None,
    pool: str = RETAIL,
    location: str = "",
    actor_id: int | None = None,
    reason: str = "",
) -> StockBalance:
    """Put units of a lot on the shelf, and write the lot down when it is new; journalled. Not safe to repeat.

    Raises StockRefused: lot (no code), units, lot_dates (the lot is known with other dates, or it would expire
    before it was made), past (its date is over), pool, location.
    """
    code = code.strip()
    if not 1 <= len(code) <= 40:
        raise StockRefused(_("Give the lot a code of at most 40 characters."), code="lot", field="lot")
    if units < 1:
        raise StockRefused(_("Name at least one unit."), code="units", field="units")
    if produced_on and expires_on and expires_on < produced_on:
        raise StockRefused(_("A lot cannot expire before it is made."), code="lot_dates", field="expires_on")
    if is_past(expires_on, clock.today()):
        raise StockRefused(
            _("Lot %(lot)s expired on %(day)s; it cannot be taken in.") % {"lot": code, "day": expires_on},
            code="past",
            field="expires_on",
        )
    with transaction.atomic():
        lot = known_lot(stockrecord, code, produced_on, expires_on)
        balance = locked_balance(stockrecord, Shelf(pool, lot.code, location))
        change_on_hand(balance, units)
        GoodsLot.objects.filter(pk=lot.pk).update(received_units=F("received_units") + units)
        journal(
            actor_id=actor_id,
            action="stock.received",
            object_type="stock",
            object_key=journal_key(stockrecord),
            before={"on_hand": balance.on_hand - units},
            after={"lot": lot.code, "pool": pool, "location": location, "on_hand": balance.on_hand},
            reason=reason,
        )
    return balance


def known_lot(
    stockrecord: StockRecord, code: str, produced_on: dt.date | None, expires_on: dt.date | None
) -> GoodsLot:
    """Return the lot, written down when it is new. Raises StockRefused (lot_dates) when it has other dates."""
    lot, _created = GoodsLot.objects.get_or_create(
        stockrecord=stockrecord,
        code=code,
        defaults={"produced_on": produced_on, "expires_on": expires_on},
    )
    for given, known in ((produced_on, lot.produced_on), (expires_on, lot.expires_on)):
        if given is not None and given != known:
            raise StockRefused(
                _("Lot %(lot)s of %(sku)s is known with other dates (made %(made)s, expires %(expires)s).")
                % {
                    "lot": code,
                    "sku": stockrecord.partner_sku,
                    "made": lot.produced_on or "—",
                    "expires": lot.expires_on or "—",
                },
                code="lot_dates",
                field="expires_on",
            )
    return lot


def correct_lot(
    *,
    lot_id: int,
    produced_on: dt.date | None,
    expires_on: dt.date | None,
    actor_id: int,
    reason: str,
) -> GoodsLot:
    """Correct the dates of a lot and of all its balances; journalled. Safe to repeat.

    Raises StockRefused (lot_dates) when it would expire before it was made.
    """
    if produced_on and expires_on and expires_on < produced_on:
        raise StockRefused(_("A lot cannot expire before it is made."), code="lot_dates", field="expires_on")
    with transaction.atomic():
        lot = lock(GoodsLot.objects.filter(pk=lot_id)).get()
        before = {"produced_on": str(lot.produced_on or ""), "expires_on": str(lot.expires_on or "")}
        after = {"produced_on": str(produced_on or ""), "expires_on": str(expires_on or "")}
        if before == after:
            return lot
        lot.produced_on, lot.expires_on = produced_on, expires_on
        lot.save(update_fields=["produced_on", "expires_on"])
        balances = StockBalance.objects.filter(stockrecord_id=lot.stockrecord_id, lot=lot.code)
        list(lock(balances))
        balances.update(expires_on=expires_on)
        journal(
            actor_id=actor_id,
            action="stock.lot_corrected",
            object_type="stock",
            object_key=f"stock:{lot.stockrecord_id}",
            before={"lot": lot.code, **before},
            after={"lot": lot.code, **after},
            reason=reason,
        )
    return lot


def withhold_expired() -> int:
    """Take lots that may no longer be sold out of the pools, and give orders fresher units instead. A job.

    Free units go to the withheld pool. Units promised to orders whose last good day is over are changed for
    others while the pool has some; those that cannot be stay, and the alerts name them. Each balance is a
    transaction of its own. Returns how many balances changed. Safe to run twice, and by two workers at once.
    """
    today = clock.today()
    dated = StockBalance.objects.filter(expires_on__isnull=False, on_hand__gt=0).exclude(
        pool=StockPool.WITHHELD
    )
    rows = dated.order_by("stockrecord_id", "pk").values_list(
        "pk", "expires_on", "stockrecord__stock_rule__unsold_days"
    )
    return sum(
        _withhold(pk, past=is_past(expires_on, today))
        for pk, expires_on, unsold_days in rows
        if not is_sellable(expires_on, unsold_days, today)
    )


def _withhold(balance_id: int, *, past: bool) -> bool:
    changed = False
    if past:
        for pk in (
            Allocation.objects.filter(balance=balance_id, units__gt=F("consumed") + F("released"))
            .order_by("pk")
            .values_list("pk", flat=True)
        ):
            changed |= change_units(allocation_id=pk)
    balance = StockBalance.objects.select_related("stockrecord").get(pk=balance_id)
    shelf, free = shelf_of(balance), balance.on_hand - balance.allocated
    if not free:
        return changed
    try:
        with transaction.atomic():
            move_units(
                stockrecord=balance.stockrecord,
                source=shelf,
                target=shelf._replace(pool=StockPool.WITHHELD.value),
                units=free,
                actor_id=None,
                reason=EXPIRED,
            )
            faultpoint("ordering.withhold.before_commit")
    except StockRefused:
        # Somebody else took units at this moment; the next run takes what is left.
        return changed
    return True


def change_units(*, allocation_id: int, actor_id: int | None = None) -> bool:
    """Give an order other units for those that an allocation still holds: all of them, or none.

    Returns whether there were others. Safe to run again. Journalled with the stock.
    """
    line_id = Allocation.objects.values_list("line_id", flat=True).get(pk=allocation_id)
    try:
        with transaction.atomic():
            line = Line.objects.select_related("order").get(pk=line_id)
            record = lock(OrderRecord.objects.filter(order_id=line.order_id)).get()
            old = Allocation.objects.select_related("balance").get(pk=allocation_id)
            if not old.held:
                return False
            # Every balance of the stock first, in the order in which everyone takes them.
            list(lock(StockBalance.objects.filter(stockrecord_id=old.balance.stockrecord_id)))
            allocate(lines=[line], units={line.pk: old.held}, pool=old.balance.pool, again=True)
            Allocation.objects.filter(pk=old.pk).update(released=F("released") + old.held)
            StockBalance.objects.filter(pk=old.balance_id).update(allocated=F("allocated") - old.held)
            if old.balance.pool == RETAIL:
                shift_mirror({old.balance.stockrecord_id: (0, -old.held)})
            journal(
                actor_id=actor_id,
                action="stock.units_changed",
                object_type="stock",
                object_key=f"stock:{old.balance.stockrecord_id}",
                before={"lot": old.balance.lot, "order": record.number},
                after={"units": old.held},
                reason=EXPIRED,
            )
    except OutOfStock:
        return False
    return True
