"""Change what is on the shelf: counts, differences, and moves between pools, places and lots; all journalled."""

from typing import NamedTuple

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _
from oscar.apps.partner.models import StockRecord

from shop.core.locks import lock
from shop.journal.services import record as journal
from shop.ordering.exceptions import StockRefused
from shop.ordering.models import StockBalance
from shop.ordering.status import StockPool
from shop.ordering.stock import RETAIL, shift_mirror
from shop.ordering.stock_models import GoodsLot, StockLocation


class Shelf(NamedTuple):
    """Where units of a product stand: the pool, the code of the lot, the code of the place ("" for none)."""

    pool: str = RETAIL
    lot: str = ""
    location: str = ""


def set_stock(
    *,
    stockrecord: StockRecord,
    on_hand: int,
    pool: str = RETAIL,
    lot: str = "",
    location: str = "",
    expected: int | None = None,
    actor_id: int | None = None,
    reason: str = "",
) -> StockBalance:
    """Set the units on hand after a count or an import; safe to repeat with the same figure.

    `expected` is the figure the counter saw: when stock has moved since, StockRefused (code stale) is
    raised and nothing written. Raises StockRefused (code promised) below what is promised to orders,
    (code lot, location) for a lot or place that is not known.
    """
    if on_hand < 0:
        raise StockRefused(_("Stock cannot be negative."), code="negative", field="on_hand")
    with transaction.atomic():
        balance = locked_balance(stockrecord, Shelf(pool, lot, location))
        if expected is not None and balance.on_hand != expected:
            raise StockRefused(
                _("Stock of %(sku)s is now %(now)d, not %(expected)d. Please count again.")
                % {"sku": stockrecord.partner_sku, "now": balance.on_hand, "expected": expected},
                code="stale",
                field="on_hand",
            )
        return _journalled(stockrecord, balance, on_hand - balance.on_hand, actor_id, reason)


def adjust_stock(
    *,
    stockrecord: StockRecord,
    delta: int,
    pool: str = RETAIL,
    lot: str = "",
    location: str = "",
    actor_id: int | None = None,
    reason: str = "",
) -> StockBalance:
    """Add units to stock, or take them off; not safe to repeat.

    Raises StockRefused (code promised) when fewer would be left than is promised to orders, (code lot,
    location) for a lot or place that is not known.
    """
    with transaction.atomic():
        balance = locked_balance(stockrecord, Shelf(pool, lot, location))
        return _journalled(stockrecord, balance, delta, actor_id, reason)


def move_units(
    *,
    stockrecord: StockRecord,
    source: Shelf,
    target: Shelf,
    units: int,
    actor_id: int | None,
    reason: str,
) -> tuple[StockBalance, StockBalance]:
    """Move free units between pools or places; the lot stays. Journalled once. Not safe to repeat.

    Returns both balances. Raises StockRefused: same (nothing would move), lot (another lot), units (none, or
    more than are free), location or pool (not known).
    """
    if source == target:
        raise StockRefused(_("Choose another pool or place to move to."), code="same", field="pool")
    if source.lot != target.lot:
        raise StockRefused(_("Units stay in their lot when they are moved."), code="lot", field="lot")
    with transaction.atomic():
        ensure_balance(stockrecord, target)
        both = _locked_pair(stockrecord, source, target)
        left = both[source].on_hand - both[source].allocated if source in both else 0
        if not 1 <= units <= left:
            raise StockRefused(
                _("%(left)d units of %(sku)s are free there, so %(units)d cannot be moved.")
                % {"left": left, "sku": stockrecord.partner_sku, "units": units},
                code="units",
                field="units",
            )
        for shelf, delta in ((source, -units), (target, units)):
            change_on_hand(both[shelf], delta)
        journal(
            actor_id=actor_id,
            action="stock.moved",
            object_type="stock",
            object_key=journal_key(stockrecord),
            before={"from": _named(source), "on_hand": both[source].on_hand + units},
            after={"to": _named(target), "units": units, "on_hand": both[target].on_hand},
            reason=reason,
        )
        return both[source], both[target]


def ensure_balance(stockrecord: StockRecord, shelf: Shelf) -> None:
    """Make sure that there is a balance there. Raises StockRefused (pool, lot, location) for what is not known."""
    known = StockBalance.objects.filter(stockrecord=stockrecord, **shelf._asdict())
    if known.exists():
        return
    if shelf.pool not in StockPool.values:
        raise StockRefused(_("There is no such pool."), code="pool", field="pool")
    expires_on = None
    if shelf.lot:
        lot = GoodsLot.objects.filter(stockrecord=stockrecord, code=shelf.lot).first()
        if lot is None:
            raise StockRefused(
                _("There is no lot %(lot)s of %(sku)s.") % {"lot": shelf.lot, "sku": stockrecord.partner_sku},
                code="lot",
                field="lot",
            )
        expires_on = lot.expires_on
    if shelf.location and not StockLocation.objects.filter(code=shelf.location).exists():
        raise StockRefused(
            _("There is no place %(place)s.") % {"place": shelf.location}, code="location", field="location"
        )
    StockBalance.objects.get_or_create(
        stockrecord=stockrecord, **shelf._asdict(), defaults={"expires_on": expires_on}
    )


def locked_balance(stockrecord: StockRecord, shelf: Shelf) -> StockBalance:
    """Return the balance there under its row lock; it is made when there is none."""
    ensure_balance(stockrecord, shelf)
    return lock(StockBalance.objects.filter(stockrecord=stockrecord, **shelf._asdict())).get()


def change_on_hand(balance: StockBalance, delta: int) -> None:
    """Change a locked balance, and the mirror of a retail one. Raises StockRefused (promised) below what is held."""
    if balance.on_hand + delta < balance.allocated:
        sku = StockRecord.objects.values_list("partner_sku", flat=True).get(pk=balance.stockrecord_id)
        raise StockRefused(
            _("%(promised)d units of %(sku)s are promised to orders; stock cannot be less.")
            % {"promised": balance.allocated, "sku": sku},
            code="promised",
            field="on_hand",
        )
    StockBalance.objects.filter(pk=balance.pk).update(on_hand=F("on_hand") + delta, version=F("version") + 1)
    if balance.pool == RETAIL:
        shift_mirror({balance.stockrecord_id: (delta, 0)})
    balance.refresh_from_db()


def journal_key(stockrecord: StockRecord) -> str:
    """Return the key under which the journal knows a product's stock."""
    return f"stock:{stockrecord.pk}"


def shelf_of(balance: StockBalance) -> Shelf:
    """Return where a balance stands."""
    return Shelf(balance.pool, balance.lot, balance.location)


def _locked_pair(stockrecord: StockRecord, *shelves: Shelf) -> dict[Shelf, StockBalance]:
    """Lock the balances that are there of these, in the order in which everyone takes them."""
    pks = []
    for shelf in shelves:
        found = StockBalance.objects.filter(stockrecord=stockrecord, **shelf._asdict())
        pks += list(found.values_list("pk", flat=True))
    return {shelf_of(balance): balance for balance in lock(StockBalance.objects.filter(pk__in=pks))}


def _journalled(
    stockrecord: StockRecord, balance: StockBalance, delta: int, actor_id: int | None, reason: str
) -> StockBalance:
    if delta == 0:
        return balance
    before = balance.on_hand
    change_on_hand(balance, delta)
    place = _named(shelf_of(balance))
    journal(
        actor_id=actor_id,
        action="stock.changed",
        object_type="stock",
        object_key=journal_key(stockrecord),
        before={**place, "on_hand": before},
        after={**place, "on_hand": balance.on_hand},
        reason=reason,
    )
    return balance


def _named(shelf: Shelf) -> dict[str, str]:
    """Return what names a balance in the journal: nothing that is empty."""
    return {name: value for name, value in shelf._asdict().items() if value}
