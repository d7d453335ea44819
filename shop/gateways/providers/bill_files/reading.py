"""What the readers of channels' files share: a row's cells by the channel's own names, every fault collected."""

import datetime as dt
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import TypeVar

from django.utils.translation import gettext as _

from shop.core import clock
from shop.core.cells import folded, read_fen
from shop.core.exceptions import ShopError
from shop.core.tabular import Header, Row, TableError, read_rows
from shop.gateways.providers.base import BillRow, LineKind

ValueT = TypeVar("ValueT")
Day = dt.date
_MOMENT = re.compile(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})[ T](\d{1,2}):(\d{2})(?::(\d{2}))?")


@dataclass(frozen=True)
class BillFault:
    """What cannot be read: the row of the file (None: the whole), the channel's name of the column, and why."""

    row: int | None
    column: str
    reason: str


@dataclass
class ParsedBill:
    """The movements of a day and every fault; nothing of a bill with a fault may count. Sums in fen."""

    rows: list[BillRow] = field(default_factory=list)
    faults: list[BillFault] = field(default_factory=list)

    def fault(self, row: int | None, column: str, reason: str) -> None:
        """Note what is wrong."""
        self.faults.append(BillFault(row, column, reason))

    def refuse_twice(self, numbers: Sequence[int]) -> None:
        """Note every movement that the file has twice; `numbers` are the rows of the file."""
        seen: dict[str, int] = {}
        for row, number in zip(self.rows, numbers, strict=True):
            first = seen.setdefault(row.line_id, number)
            if first != number:
                self.fault(number, row.line_id, _("the same movement stands in row %(row)d") % {"row": first})

    @property
    def paid_fen(self) -> int:
        """Return what buyers paid."""
        return sum(row.source_minor for row in self.rows if row.kind is LineKind.PAYMENT)

    @property
    def refunded_fen(self) -> int:
        """Return what buyers got back, positive."""
        return -sum(row.source_minor for row in self.rows if row.kind is LineKind.REFUND)

    @property
    def fee_fen(self) -> int:
        """Return what the channel took, less what it gave back."""
        return sum(row.fee_minor for row in self.rows)


def rows_of(raw: bytes) -> list[Row]:
    """Return the rows of a file. Raises TableError, also for an archive that must be unpacked first."""
    if raw.startswith(b"PK") and b"xl/" not in raw:
        raise TableError(_("This is an archive: unpack it and upload the csv inside."), code="archive")
    return read_rows(raw)


class Cells:
    """The cells of one row by the channel's names; what cannot be read is noted and read as None."""

    def __init__(self, row: Row, header: Header, bill: ParsedBill) -> None:
        self.row, self.header, self.bill = row, header, bill
        self.sound = True

    def text(self, column: str) -> str:
        """Return the text of a cell, "" for a column the file does not have."""
        index = self.header.columns.get(column)
        return "" if index is None or index >= len(self.row.cells) else folded(self.row.cells[index])

    def fault(self, column: str, reason: str) -> None:
        """Note what is wrong with a cell."""
        self.sound = False
        self.bill.fault(self.row.number, column, reason)

    def read(self, column: str, read: Callable[[str], ValueT]) -> ValueT | None:
        """Read a cell, or note why it cannot be."""
        try:
            return read(self.text(column))
        except ShopError as error:
            self.fault(column, str(error))
            return None

    def fen(self, column: str) -> int:
        """Return an amount of yuan in fen, 0 when it cannot be read, which is noted."""
        return self.read(column, read_fen) or 0

    def fee(self, column: str) -> int:
        """Return a fee in fen, half up: channels write it with up to five decimals."""
        return self.read(column, lambda text: round_fee(read_decimal(text))) or 0

    def moment(self, column: str, day: Day) -> dt.datetime | None:
        """Return a time of the day in Shanghai; a time of another day is noted."""
        found = self.read(column, read_moment)
        if found is not None and clock.local_date(found) != day:
            self.fault(column, _("is not of the day of this bill: %(text)s") % {"text": self.text(column)})
            return None
        return found


def read_moment(text: str) -> dt.datetime:
    """Return a local time as banks write it. Raises ShopError (code moment)."""
    match = _MOMENT.fullmatch(folded(text))
    try:
        if match is None:
            raise ValueError(text)
        numbers = [int(part or 0) for part in match.groups()]
        return dt.datetime(*numbers[:6], tzinfo=clock.SHANGHAI)  # type: ignore[misc,arg-type]
    except ValueError as error:
        raise ShopError(
            _("is not a time like 2026-11-12 09:30:00: %(text)s") % {"text": text[:40] or "—"}, code="moment"
        ) from error


def read_decimal(text: str) -> Decimal:
    """Return a number with any decimals. Raises ShopError (code amount)."""
    try:
        value = Decimal(folded(text) or "0")
        if not value.is_finite() or abs(value) >= 10**10:
            raise InvalidOperation
    except InvalidOperation as error:
        raise ShopError(_("is not an amount: %(text)s") % {"text": text[:40]}, code="amount") from error
    return value


def round_fee(yuan: Decimal) -> int:
    """Return yuan in fen, halves away from zero."""
    return int((yuan * 100).to_integral_value(rounding="ROUND_HALF_UP"))
