"""Read a list of SKUs and quantities: a spreadsheet, a text file or pasted lines. Knows no goods.

A file from outside is bounded and defused by `core.tabular` before anything of it is loaded.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from shop.core.tabular import Row, plain, read_rows
from shop.procurement.exceptions import ProcurementError

MAX_BYTES = 2 * 1024 * 1024
MAX_ROWS = 5_000
LONGEST_CELL = 60
#: Rows of a title, a date or a department may stand above the columns' names.
_HEADER_WITHIN = 20
_SKU_NAMES = frozenset(
    (
        *("货号", "货号sku", "商品货号", "商品编号", "商品编码", "商品代码", "编号", "编码"),
        *("sku", "skucode", "itemno", "itemnumber", "itemcode", "productcode"),
    )
)
_QUANTITY_NAMES = frozenset(
    (
        *("数量", "采购数量", "订购数量", "购买数量", "申请数量", "订货数量", "件数", "份数"),
        *("qty", "quantity", "units"),
    )
)
_REMARK = re.compile(r"\(.*\)$|\W")
#: A long number as a spreadsheet writes it into a text file: 6.90123E+12.
_EXPONENT = re.compile(r"\d(?:\.\d+)?[eE]\+\d+")
#: Only the first gap parts the two: a quantity may be written 1,200.
_PASTED = re.compile(r"([^\s,;]+)[\s,;]*(.*)")


@dataclass(frozen=True)
class ListedRow:
    """A row as it was written: its number in the file and two texts, which mean nothing yet.

    `rounded` names the fields (sku, quantity) whose number the spreadsheet no longer holds as it was typed.
    """

    row: int
    sku: str
    quantity: str
    rounded: tuple[str, ...] = ()


@dataclass(frozen=True)
class ReadList:
    """The rows of a file that are not blank, and what the file calls the two columns (letter and name)."""

    rows: tuple[ListedRow, ...]
    sku_column: str
    quantity_column: str


def read_list(raw: bytes) -> ReadList:
    """Return the rows of an xlsx or csv file (UTF-8, UTF-8 with mark, UTF-16, GBK/GB18030).

    Without names of columns the first two columns are taken, if the second of the first row is a number.
    Raises TableError (a file that is broken, hostile or too large) and ProcurementError: too_large,
    too_many_rows, no_columns, column_twice, no_rows.
    """
    if len(raw) > MAX_BYTES:
        raise ProcurementError(_("The file is larger than 2 MB."), code="too_large", field="file")
    return _listed(read_rows(raw))


def read_pasted(text: str) -> ReadList:
    """Return the rows of pasted lines: SKU, then quantity, parted by a comma, blanks or a tab.

    Raises ProcurementError as `read_list`.
    """
    rows = []
    for number, line in enumerate(text.splitlines(), start=1):
        match = _PASTED.fullmatch(unicodedata.normalize("NFKC", line).strip())
        if match:
            rows.append(Row(number, match.groups()))
    return _listed(rows)


def _listed(rows: Sequence[Row]) -> ReadList:
    start, sku, quantity, header = _columns(rows)
    below = [row for row in rows[start:] if _text(row, sku) or _text(row, quantity)]
    if not below:
        raise ProcurementError(_("The list has no rows."), code="no_rows", field="file")
    if len(below) > MAX_ROWS:
        raise ProcurementError(
            _("The list has more than %(most)d rows. Please split it.") % {"most": MAX_ROWS},
            code="too_many_rows",
            field="file",
        )
    return ReadList(
        rows=tuple(_listed_row(row, {"sku": sku, "quantity": quantity}) for row in below),
        sku_column=shown_column(header, sku, _("SKU")),
        quantity_column=shown_column(header, quantity, _("Quantity")),
    )


def _listed_row(row: Row, places: Mapping[str, int]) -> ListedRow:
    texts = {field: _text(row, place) for field, place in places.items()}
    rounded = (
        field for field, place in places.items() if place in row.faults or _EXPONENT.fullmatch(texts[field])
    )
    return ListedRow(row.number, texts["sku"], texts["quantity"], tuple(rounded))


def _columns(rows: Sequence[Row]) -> tuple[int, int, int, Row | None]:
    """Return the index of the first row of goods, the two columns, and the row of their names."""
    for index, row in enumerate(rows[:_HEADER_WITHIN]):
        names = [column_name(cell) for cell in row.cells]
        skus = [place for place, name in enumerate(names) if name in _SKU_NAMES]
        quantities = [place for place, name in enumerate(names) if name in _QUANTITY_NAMES]
        if skus and quantities:
            if len(skus) > 1 or len(quantities) > 1:
                raise ProcurementError(
                    _("Row %(row)d names the SKU or the quantity twice.") % {"row": row.number},
                    code="column_twice",
                    field="file",
                )
            return index + 1, skus[0], quantities[0], row
    if rows and len(rows[0].cells) > 1 and looks_whole(rows[0].cells[1]):
        return 0, 0, 1, None
    raise ProcurementError(
        _("No row names the columns. The file needs one column “货号” (SKU) and one “数量” (quantity)."),
        code="no_columns",
        field="file",
    )


def column_name(cell: str) -> str:
    """Return the name of a column as it is compared: without what stands in brackets behind it."""
    return _REMARK.sub("", plain(cell))


def _text(row: Row, place: int) -> str:
    text = row.cells[place] if place < len(row.cells) else ""
    return unicodedata.normalize("NFKC", text).strip()[:LONGEST_CELL]


def shown_column(header: Row | None, place: int, otherwise: str) -> str:
    """Return what a file calls a column: its letter and its name."""
    letter = chr(ord("A") + place) if place < 26 else ""
    name = header.cells[place] if header else otherwise
    return f"{letter} {name}".strip()[:LONGEST_CELL]


_WHOLE = re.compile(r"([+-]?)(\d{1,3}(?:,\d{3})+|\d+)(?:\.0+)?")


def whole(text: str) -> int | None:
    """Return the whole number that a text means (１２, 1,200, 3.0, -4), else None."""
    match = _WHOLE.fullmatch(unicodedata.normalize("NFKC", text).strip())
    if match is None or len(match[2]) > 12:
        return None
    number = int(match[2].replace(",", ""))
    return -number if match[1] == "-" else number


def looks_whole(text: str) -> bool:
    """Say whether a text is a whole number."""
    return whole(text) is not None
