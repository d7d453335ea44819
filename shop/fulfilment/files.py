"""Tables that a supplier takes away as CSV or XLSX. No cell can be a formula."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from shop.core.fen import to_yuan
from shop.core.spreadsheets import inert
from shop.core.workbooks import new_cell, new_workbook

CONTENT_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
#: The byte order mark lets spreadsheet programs read a CSV as UTF-8.
MARK = "\ufeff"


@dataclass(frozen=True)
class Fen:
    """An amount: yuan with two decimals in a file."""

    fen: int


Value = str | int | Fen


@dataclass(frozen=True)
class Sheet:
    """A table: names of the columns, their widths, rows. Texts may be anybody's."""

    title: str
    columns: Sequence[str]
    widths: Sequence[int]
    rows: Iterable[Sequence[Value]]


def table_bytes(sheet: Sheet, kind: str) -> bytes:
    """Return the table as `csv` or `xlsx`."""
    return _csv(sheet) if kind == "csv" else _xlsx(sheet)


def _csv(sheet: Sheet) -> bytes:
    buffer = io.StringIO()
    buffer.write(MARK)
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(sheet.columns)
    writer.writerows([_text(value) for value in row] for row in sheet.rows)
    return buffer.getvalue().encode()


def _text(value: Value) -> str:
    if isinstance(value, Fen):
        return str(to_yuan(value.fen))
    return inert(value) if isinstance(value, str) else str(value)


def _xlsx(sheet: Sheet) -> bytes:
    book = new_workbook(write_only=True)
    page = book.create_sheet(sheet.title)
    page.freeze_panes = "A2"
    for index, width in enumerate(sheet.widths):
        page.column_dimensions[chr(ord("A") + index)].width = width

    def cell(value: Value) -> Any:
        if isinstance(value, Fen):
            amount = new_cell(page, to_yuan(value.fen))
            amount.number_format = "#,##0.00"
            return amount
        if isinstance(value, int):
            return value
        text = new_cell(page, inert(value))
        # A cell formatted as text keeps all digits of a number that is typed into it.
        text.data_type, text.number_format = "s", "@"
        return text

    for row in ([*sheet.columns], *sheet.rows):
        page.append([cell(value) for value in row])
    result = io.BytesIO()
    book.save(result)
    return result.getvalue()
