"""Hold the rows of a stock file against the stock as it is now: every bad row is named, nothing is written."""

import datetime as dt
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from django.utils.translation import gettext as _
from oscar.apps.partner.models import StockRecord

from shop.core import clock
from shop.core.cells import read_day
from shop.core.exceptions import ShopError
from shop.ordering.balances import Shelf
from shop.ordering.models import StockBalance
from shop.ordering.sellable import is_past
from shop.ordering.status import StockPool
from shop.ordering.stock_list import StockRow, column_names, pool_named
from shop.ordering.stock_models import GoodsLot, StockLocation

T = TypeVar("T")
_CHANGE = re.compile(r"([+-]?)(\d{1,7})")
_SIGNS = str.maketrans({"−": "-", "–": "-", "—": "-"})
_LONGEST_LOT = 40


@dataclass(frozen=True)
class StockFault:
    """What is wrong with a row: its number, the column, what stands there, and why not."""

    row: int
    column: str
    value: str
    reason: str


@dataclass(frozen=True)
class StockChange:
    """What a good row does: to the balance `balance_id` (None: a new one), which has that many units now."""

    row: int
    stockrecord: StockRecord
    shelf: Shelf
    balance_id: int | None
    version: int
    on_hand: int
    delta: int
    produced_on: dt.date | None
    expires_on: dt.date | None

    @property
    def pool_text(self) -> str:
        """Return the pool in the reader's language."""
        return str(StockPool(self.shelf.pool).label)


@dataclass(frozen=True)
class StockPlan:
    """What a file would do, in the order in which everyone takes balances, and every row that cannot be done."""

    changes: tuple[StockChange, ...]
    faults: tuple[StockFault, ...]


class _Bad(Exception):
    """A fault of the row being read: our name of the column, and why."""

    def __init__(self, key: str, reason: str) -> None:
        super().__init__(reason)
        self.key, self.reason = key, reason


class _Known:
    """What the rows may name. Four queries."""

    def __init__(self, rows: Sequence[StockRow]) -> None:
        skus = {row.sku for row in rows}
        records = StockRecord.objects.filter(partner_sku__in=skus).select_related("product")
        self.records = {record.partner_sku: record for record in records}
        pks = [record.pk for record in self.records.values()]
        self.balances = {
            (one.stockrecord_id, Shelf(one.pool, one.lot, one.location)): one
            for one in StockBalance.objects.filter(stockrecord__in=pks)
        }
        self.lots = {
            (lot.stockrecord_id, lot.code): lot for lot in GoodsLot.objects.filter(stockrecord__in=pks)
        }
        self.locations = set(StockLocation.objects.values_list("code", flat=True))


def plan_stock(rows: Sequence[StockRow]) -> StockPlan:
    """Return what the rows would do now, and every row that cannot be done with its reason."""
    known, names = _Known(rows), column_names()
    changes: list[StockChange] = []
    faults: list[StockFault] = []
    seen: dict[tuple[int, Shelf], int] = {}
    for row in rows:
        try:
            change = _change(row, known)
            first = seen.setdefault((change.stockrecord.pk, change.shelf), row.row)
            if first != row.row:
                raise _Bad("sku", _("the same stock stands in row %(row)d already") % {"row": first})
        except _Bad as bad:
            faults.append(StockFault(row.row, names[bad.key], getattr(row, bad.key), bad.reason))
        else:
            changes.append(change)
    changes.sort(key=lambda one: (one.stockrecord.pk, one.balance_id or 0, one.row))
    return StockPlan(tuple(changes), tuple(faults))


def _change(row: StockRow, known: _Known) -> StockChange:
    record = known.records.get(row.sku)
    if record is None:
        raise _Bad("sku", _("there is no such SKU"))
    pool = pool_named(row.pool)
    if pool is None:
        raise _Bad("pool", _("there is no such pool"))
    if len(row.lot) > _LONGEST_LOT:
        raise _Bad("lot", _("a lot's code has at most 40 characters"))
    if row.location and row.location not in known.locations:
        raise _Bad("location", _("there is no such place"))
    shelf = Shelf(pool.value, row.lot, row.location)
    delta = _delta(row.change)
    balance = known.balances.get((record.pk, shelf))
    _require_current(row, balance)
    produced_on, expires_on = _dates(row, known.lots.get((record.pk, row.lot)))
    on_hand = balance.on_hand if balance else 0
    promised = balance.allocated if balance else 0
    if on_hand + delta < promised:
        reason = _("%(left)d would be left, and %(promised)d are promised to orders")
        raise _Bad("change", reason % {"left": on_hand + delta, "promised": promised})
    if delta > 0 and is_past(expires_on or (balance.expires_on if balance else None), clock.today()):
        raise _Bad("expires", _("goods past their date cannot be taken in"))
    return StockChange(
        row=row.row,
        stockrecord=record,
        shelf=shelf,
        balance_id=balance.pk if balance else None,
        version=balance.version if balance else 0,
        on_hand=on_hand,
        delta=delta,
        produced_on=produced_on,
        expires_on=expires_on,
    )


def _delta(text: str) -> int:
    match = _CHANGE.fullmatch(text.translate(_SIGNS).replace(" ", "").removesuffix(".0"))
    if match is None or not int(match[2]):
        raise _Bad("change", _("is not a whole number like 12 or -3"))
    return -int(match[2]) if match[1] == "-" else int(match[2])


def _require_current(row: StockRow, balance: StockBalance | None) -> None:
    """Refuse a row that was written when the stock was another one."""
    text = row.version.removesuffix(".0")
    if text and not (text.isascii() and text.isdigit() and len(text) < 10):
        raise _Bad("version", _("is not a version; leave this column as the list had it"))
    if balance is None and text:
        raise _Bad("version", _("this stock is not there; leave the version of a new lot or place empty"))
    if balance is not None and not text:
        raise _Bad("version", _("this stock is there already; download the list and use its version"))
    if balance is not None and int(text) != balance.version:
        raise _Bad(
            "version",
            _("stock has changed since the list was written (version %(file)s, now %(now)d)")
            % {"file": text, "now": balance.version},
        )


def _dates(row: StockRow, lot: GoodsLot | None) -> tuple[dt.date | None, dt.date | None]:
    """Return the dates of the row's lot; those that it is known with may be left out."""
    if not row.lot:
        for key, text in (("made", row.made), ("expires", row.expires)):
            if text:
                raise _Bad(key, _("only a lot has dates; give the lot's code"))
        return None, None
    made, expires = _day("made", row.made), _day("expires", row.expires)
    if lot is not None:
        for key, given, stored in (("made", made, lot.produced_on), ("expires", expires, lot.expires_on)):
            if given is not None and given != stored:
                raise _Bad(key, _("the lot is known with another date: %(day)s") % {"day": stored or "—"})
        return lot.produced_on, lot.expires_on
    if made and expires and expires < made:
        raise _Bad("expires", _("a lot cannot expire before it is made"))
    return made, expires


def _day(key: str, text: str) -> dt.date | None:
    return _read(key, text, read_day) if text else None


def _read(key: str, text: str, read: Callable[[str], T]) -> T:
    try:
        return read(text)
    except ShopError as refused:
        raise _Bad(key, str(refused)) from refused
