"""Read one cell of a seed file: text in, value out, or a reason why not."""

import datetime as dt
import re
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import TypeVar

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

ValueT = TypeVar("ValueT")
Reader = Callable[[str], ValueT]


class CellError(ValueError):
    """A cell that cannot be read; the message is the reason, for the person who keeps the file."""


def text(longest: int) -> Reader[str]:
    """Read text that must not be empty."""

    def read(cell: str) -> str:
        if not cell:
            raise CellError(_("must not be empty"))
        return optional_text(longest)(cell)

    return read


def optional_text(longest: int) -> Reader[str]:
    """Read text that may be empty; no control characters, at most `longest` characters."""

    def read(cell: str) -> str:
        if any(ord(character) < 32 or ord(character) == 127 for character in cell):
            raise CellError(_("contains a control character"))
        if len(cell) > longest:
            raise CellError(
                _("is longer than %(longest)d characters (%(length)d)")
                % {"longest": longest, "length": len(cell)}
            )
        return cell

    return read


def matching(pattern: str, example: str, longest: int = 80) -> Reader[str]:
    """Read text of one form; the reason shows the example."""
    compiled = re.compile(pattern)

    def read(cell: str) -> str:
        if not compiled.fullmatch(text(longest)(cell)):
            raise CellError(
                _("“%(cell)s” is not of the form %(example)s") % {"cell": cell, "example": example}
            )
        return cell

    return read


def integer(low: int, high: int) -> Reader[int]:
    """Read a whole number within the bounds, both inclusive."""

    def read(cell: str) -> int:
        if not re.fullmatch(r"-?[0-9]{1,15}", cell):
            raise CellError(_("“%(cell)s” is not a whole number") % {"cell": cell})
        value = int(cell)
        if not low <= value <= high:
            raise CellError(
                _("%(value)d is not between %(low)d and %(high)d")
                % {"value": value, "low": low, "high": high}
            )
        return value

    return read


def optional(read_value: Reader[ValueT]) -> Reader[ValueT | None]:
    """Read an empty cell as None."""
    return lambda cell: read_value(cell) if cell else None


def or_empty(read_value: Reader[str]) -> Reader[str]:
    """Read an empty cell as empty text."""
    return lambda cell: read_value(cell) if cell else ""


def choice(*values: str) -> Reader[str]:
    """Read one of the values."""

    def read(cell: str) -> str:
        if cell not in values:
            raise CellError(
                _("“%(cell)s” is none of %(values)s") % {"cell": cell, "values": ", ".join(values)}
            )
        return cell

    return read


def day(cell: str) -> dt.date:
    """Read a date written 2026-01-31."""
    try:
        if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", cell):
            raise ValueError
        return dt.date.fromisoformat(cell)
    except ValueError:
        raise CellError(_("“%(cell)s” is not a date like 2026-01-31") % {"cell": cell}) from None


def email(cell: str) -> str:
    """Read an e-mail address, or nothing."""
    if cell:
        try:
            validate_email(cell)
        except ValidationError:
            raise CellError(_("“%(cell)s” is not an e-mail address") % {"cell": cell}) from None
    return cell


def tiers(cell: str) -> tuple[tuple[int, Decimal], ...]:
    """Read price tiers written `10:0.96;50:0.92`: quantity and factor of the list price."""
    found: list[tuple[int, Decimal]] = []
    for part in filter(None, cell.split(";")):
        quantity, _colon, factor = part.partition(":")
        try:
            value = Decimal(factor)
        except InvalidOperation:
            value = Decimal(0)
        if not re.fullmatch(r"[0-9]{1,9}", quantity) or not 0 < value < 1:
            raise CellError(_("“%(part)s” is not a price tier like 10:0.96") % {"part": part})
        if int(quantity) < 2 or (found and (int(quantity) <= found[-1][0] or value >= found[-1][1])):
            raise CellError(
                _("in “%(cell)s” quantities must grow from 2 on and prices fall") % {"cell": cell}
            )
        found.append((int(quantity), value))
    return tuple(found)
