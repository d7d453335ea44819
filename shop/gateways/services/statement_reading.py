"""What the rows of a bank statement say, by the names its bank gives to the columns. Nothing here writes."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from django.utils.translation import gettext as _

from shop.core import clock
from shop.core.cells import folded, read_day, read_fen
from shop.core.exceptions import ShopError
from shop.core.tabular import Header, Row, find_header, plain, read_rows
from shop.gateways.bank_models import ColumnMapping, Direction, StatementLine
from shop.gateways.services.transfers import plain_serial

ValueT = TypeVar("ValueT")
COLUMNS = (
    *("booked_on", "serial", "amount", "direction", "amount_in", "amount_out"),
    *("payer", "payer_account", "purpose"),
)
#: A bank may leave these columns out of one file and not of another.
_OPTIONAL = ("payer_account",)
#: How rows begin in which a bank adds up; they carry no serial number.
_TOTALS = ("合计", "总计", "小计", "本页", "本期", "累计", "total")
#: What banks write beside an amount without sign. A credit of the account is money received.
_CAME = ("贷", "贷方", "贷记", "收", "收入", "入", "入账", "进", "转入", "来账", "c", "cr", "credit", "+")
_LEFT = ("借", "借方", "借记", "支", "支出", "付", "出", "出账", "转出", "往账", "d", "dr", "debit", "-", "−")


@dataclass(frozen=True)
class Fault:
    """What cannot be read: the row and column of the file, and why."""

    row: int
    column: str
    reason: str


@dataclass(frozen=True)
class Draft:
    """A line as the file has it; amounts in fen, `row` counts as the spreadsheet does."""

    row: int
    booked_on: dt.date
    serial: str
    direction: str
    fen: int
    payer: str
    payer_account: str
    purpose: str

    @property
    def key(self) -> tuple[dt.date, str]:
        """Return what names the line within its account."""
        return self.booked_on, self.serial

    def differs_from(self, line: StatementLine) -> bool:
        """Return whether the line of the same key says something else."""
        mine = (self.direction, self.fen, self.payer, self.payer_account, self.purpose)
        return mine != (line.direction, line.fen, line.payer, line.payer_account, line.purpose)


@dataclass(frozen=True)
class Reading:
    """Every line that can be read, every fault of the others, and how many rows of totals were left out."""

    drafts: list[Draft]
    faults: list[Fault]
    skipped: int


def columns_of(mapping: ColumnMapping) -> dict[str, str]:
    """Return the bank's column names by ours; those it does not have are left out."""
    return {name: value for name in COLUMNS if (value := getattr(mapping, name))}


def read_statement(raw: bytes, columns: Mapping[str, str]) -> Reading:
    """Read all rows and collect every fault, not only the first.

    Raises TableError when the file is no table, or lacks a column.
    """
    optional = [columns[name] for name in _OPTIONAL if name in columns]
    header = find_header(
        read_rows(raw), [name for name in columns.values() if name not in optional], optional
    )
    drafts: list[Draft] = []
    faults: list[Fault] = []
    skipped = 0
    seen: dict[tuple[dt.date, str], int] = {}
    for row in header.rows:
        if _is_total(row, header, columns):
            skipped += 1
            continue
        cells = _Cells(row, header, columns)
        draft = cells.draft()
        if draft is not None and seen.setdefault(draft.key, row.number) != row.number:
            cells.fault(
                "serial", _("the same serial and day stand in row %(row)d") % {"row": seen[draft.key]}
            )
            draft = None
        faults += cells.faults
        drafts += [draft] if draft else []
    return Reading(drafts, faults, skipped)


def _is_total(row: Row, header: Header, columns: Mapping[str, str]) -> bool:
    index = header.columns[columns["serial"]]
    serial = row.cells[index] if index < len(row.cells) else ""
    return any(plain(cell).startswith(_TOTALS) for cell in row.cells) and not (
        serial and not plain(serial).startswith(_TOTALS)
    )


class _Cells:
    """The cells of one row by our names; what cannot be read is noted and read as None."""

    def __init__(self, row: Row, header: Header, columns: Mapping[str, str]) -> None:
        self.row, self.header, self.columns = row, header, columns
        self.faults: list[Fault] = []

    def fault(self, name: str, reason: str) -> None:
        """Note what is wrong with a cell, under the bank's name of its column."""
        self.faults.append(Fault(self.row.number, self.columns.get(name, name), reason))

    def draft(self) -> Draft | None:
        """Return the line, or None when anything in it cannot be read."""
        booked_on = self._read("booked_on", _past_day)
        serial = self._read("serial", _serial)
        amount = self._amount()
        payer = self._read("payer", lambda text: folded(text)[:80])
        account = self._read("payer_account", lambda text: "".join(folded(text).split())[:40])
        purpose = self._read("purpose", lambda text: folded(text)[:300])
        if self.faults or booked_on is None or serial is None or amount is None:
            return None
        return Draft(
            row=self.row.number,
            booked_on=booked_on,
            serial=serial,
            direction=Direction.IN if amount > 0 else Direction.OUT,
            fen=abs(amount),
            payer=payer or "",
            payer_account=account or "",
            purpose=purpose or "",
        )

    def _amount(self) -> int | None:
        """Return the fen, negative when they left the account."""
        if "amount" in self.columns:
            amount = self._read("amount", read_fen)
            if amount == 0:
                self.fault("amount", _("is 0"))
            return self._directed(amount) if "direction" in self.columns else amount
        came, left = (self._read(name, _fen_or_zero) for name in ("amount_in", "amount_out"))
        if came is None or left is None:
            return None
        if bool(came) == bool(left):
            self.fault("amount_in", _("exactly one of the two amounts must be filled in"))
            return None
        if min(came, left) < 0:
            self.fault("amount_in" if came < 0 else "amount_out", _("must not be negative"))
            return None
        return came - left

    def _directed(self, amount: int | None) -> int | None:
        """Return an amount without sign with the sign that the column beside it says."""
        sign = self._read("direction", _sign)
        if amount is None or sign is None:
            return None
        if amount < 0:
            # A red-ink reversal, or a bank that signs its amounts too: nobody can tell which.
            self.fault("amount", _("must not be negative where a column says whether money came or left"))
            return None
        return sign * amount

    def _read(self, name: str, read: Callable[[str], ValueT]) -> ValueT | None:
        column = self.columns.get(name)
        index = self.header.columns.get(column) if column else None
        if index is None:
            return None
        try:
            return read(self.row.cell(index))
        except ShopError as error:
            self.fault(name, str(error))
            return None


def _past_day(text: str) -> dt.date:
    day = read_day(text)
    if day > clock.today():
        raise ShopError(_("lies in the future"), code="future")
    return day


def _serial(text: str) -> str:
    if not text:
        raise ShopError(_("is missing"), code="missing")
    return plain_serial(text)


def _sign(text: str) -> int:
    """Return 1 for money received, -1 for money sent."""
    mark = plain(text)
    if mark in _CAME:
        return 1
    if mark in _LEFT:
        return -1
    raise ShopError(
        _("says neither received nor sent (借/贷, 收/支, D/C): %(text)s") % {"text": text[:20] or "—"},
        code="direction",
    )


def _fen_or_zero(text: str) -> int:
    return read_fen(text) if folded(text) not in ("", "-", "--", "—") else 0
