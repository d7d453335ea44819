"""Read the XML file of a fully digital e-invoice: number, day and lines, to fill in the supplier's form.

Nothing here is believed: what is written down is what the supplier sends off, checked against the goods.
"""

import datetime as dt
import re
from collections import defaultdict, deque
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from itertools import islice
from xml.etree.ElementTree import Element

from shop.files.invoice_files import local_name, parsed
from shop.invoicing.goods import GoodsLine
from shop.invoicing.models import NUMBER_LENGTH

_NUMBERS = ("InvoiceNumber", "EIid", "InvoiceNo", "Fphm")
_DAYS = ("IssueTime", "RequestTime", "IssueDate", "Kprq")
_LINE = "IssuItemInformation"
#: 【*茶*黄茶】: the class of goods stands before the name.
_CLASS = re.compile(r"^\s*\*[^*]*\*")
_DAY = re.compile(r"(\d{4})[-/年]?(\d{1,2})[-/月]?(\d{1,2})")
#: More than a supplier has goods in an order.
_MOST_LINES = 5_000
_LARGEST = Decimal(10) ** 12


@dataclass(frozen=True)
class ReadLine:
    """A line as the file has it; amounts in fen, 0 where it says nothing. `name` without its *class* and blanks."""

    gross_fen: int
    rate_percent: int | None
    tax_code: str
    name: str = ""
    units: Decimal | None = None


@dataclass(frozen=True)
class ReadInvoice:
    """What a file says: empty where it says nothing that can be read."""

    number: str = ""
    issued_on: dt.date | None = None
    lines: tuple[ReadLine, ...] = ()


def read_invoice(raw: bytes) -> ReadInvoice | None:
    """Return what an XML file says of its invoice, None when it is none: no XML, or one without number and lines."""
    root = parsed(raw)
    if root is None:
        return None
    texts = dict(_texts(root.iter()))
    number = next((texts[name] for name in _NUMBERS if _is_number(texts.get(name, ""))), "")
    day = next((found for name in _DAYS if (found := _day(texts.get(name, "")))), None)
    of_lines = (one for one in root.iter() if local_name(one) == _LINE)
    lines = tuple(_line(one) for one in islice(of_lines, _MOST_LINES))
    return ReadInvoice(number, day, lines) if number or lines else None


def fitted(goods: Sequence[GoodsLine], lines: Sequence[ReadLine]) -> dict[str, ReadLine]:
    """Return which line of the file is about which goods, by key.

    Of the same sum first - of several with it the one of the same name, then quantity, then rate -, then in their
    order.
    """
    taken: set[int] = set()
    found: dict[str, ReadLine] = {}
    for alike in _ALIKE:
        waiting: dict[Hashable, deque[int]] = defaultdict(deque)
        for place, line in enumerate(lines):
            if place not in taken:
                waiting[alike(line)].append(place)
        for one in goods:
            if one.key not in found and (same := waiting[alike(_as_read(one))]):
                place = same.popleft()
                taken.add(place)
                found[one.key] = lines[place]
    return found


def _as_read(goods: GoodsLine) -> ReadLine:
    return ReadLine(
        goods.gross_fen, goods.rate_percent, goods.tax_code, _plain(goods.name), Decimal(goods.units)
    )


#: In what a line of the file and one of the goods are alike, from all to nothing.
_ALIKE: tuple[Callable[[ReadLine], Hashable], ...] = (
    lambda line: (line.gross_fen, line.name, line.units, line.rate_percent),
    lambda line: (line.gross_fen, line.name, line.units),
    lambda line: (line.gross_fen, line.name),
    lambda line: (line.gross_fen, line.units, line.rate_percent),
    lambda line: (line.gross_fen, line.units),
    lambda line: (line.gross_fen, line.rate_percent),
    lambda line: line.gross_fen,
    lambda line: None,
)


def _plain(name: str) -> str:
    """Return a name as it can be compared: without the class that the tax office puts before it, and blanks."""
    return "".join(_CLASS.sub("", name).split())[:200]


def _texts(elements: Iterable[Element]) -> Iterator[tuple[str, str]]:
    """Give names and texts of those elements without children, the last first, so that the first of a name stands."""
    for element in reversed(list(elements)):
        if len(element) == 0 and element.text:
            yield local_name(element), element.text.strip()


def _is_number(text: str) -> bool:
    return len(text) == NUMBER_LENGTH and text.isascii() and text.isdecimal()


def _day(text: str) -> dt.date | None:
    found = _DAY.match(text)
    try:
        return dt.date(*(int(part) for part in found.groups())) if found else None
    except ValueError:
        return None


def _line(element: Element) -> ReadLine:
    # Its own children: of lines within lines each would be gone through once for every one around it.
    texts = dict(_texts(element))
    gross = _fen(texts.get("TotaltaxIncludedAmount", ""))
    if not gross:
        gross = _fen(texts.get("Amount", "")) + _fen(texts.get("ComTaxAm", ""))
    rate = _decimal(texts.get("TaxRate", "").removesuffix("%"))
    if rate is not None and rate < 1:
        rate *= 100
    return ReadLine(
        gross_fen=gross,
        rate_percent=int(rate) if rate is not None and rate == int(rate) else None,
        tax_code=texts.get("TaxClassificationCode", "")[:19],
        name=_plain(texts.get("ItemName", "")),
        units=_decimal(texts.get("Quan", "")),
    )


def _fen(text: str) -> int:
    yuan = _decimal(text)
    return int((yuan * 100).to_integral_value()) if yuan is not None else 0


def _decimal(text: str) -> Decimal | None:
    try:
        value = Decimal(text.strip())
    except InvalidOperation:
        return None
    return value if value.is_finite() and abs(value) < _LARGEST else None
