"""Tables as CSV and XLSX. No cell can be a formula, whatever a supplier or buyer wrote into a name."""

import csv
import io
import json
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from shop.core.exceptions import ShopError
from shop.core.fen import to_yuan
from shop.core.spreadsheets import inert
from shop.core.workbooks import bold_font, new_cell, new_workbook, set_width
from shop.reporting.tables import Cell, Table

if TYPE_CHECKING:
    from openpyxl.worksheet._write_only import WriteOnlyWorksheet

MAX_ROWS = 50_000
METHOD = "method"
#: How it is counted, in plain words: docs/counting-rules.md has the rest.
METHODS = (
    (
        gettext_lazy("Confirmed"),
        gettext_lazy(
            "Paid and accepted, the later of the two; goods only, tax included, without freight and fees."
        ),
    ),
    (
        gettext_lazy("Counted"),
        gettext_lazy(
            "Goods whose origin is verified, of a region with an active pairing, with evidence of grade A to C."
        ),
    ),
    (
        gettext_lazy("Bridge"),
        gettext_lazy(
            "Paid gross less refunded is paid net; paid net is the sum of all stages, of which one is confirmed."
        ),
    ),
    (
        gettext_lazy("Series"),
        gettext_lazy(
            "As reported: by the day booked, never changed. Restated: by the month that the money belongs to."
        ),
    ),
    (
        gettext_lazy("Forecast"),
        gettext_lazy("Last year's course applied to this year; the calendar alone where last year has none."),
    ),
    (gettext_lazy("Amounts"), gettext_lazy("Yuan, exact to the fen; no sum is made of rounded figures.")),
)


def csv_text(head: Iterable[tuple[str, str]], tables: Iterable[Table]) -> Iterator[str]:
    """Yield a CSV with a byte order mark, so that Excel reads it as UTF-8; tables under each other.

    Raises ShopError when there are more than MAX_ROWS rows.
    """
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    buffer.write("\ufeff")
    writer.writerows([inert(name), inert(value)] for name, value in head)
    for table in tables:
        writer.writerow([])
        writer.writerow([inert(table.caption)])
        writer.writerow([inert(name) for name, _number in table.columns])
        for row in _rows(table):
            writer.writerow([_csv_value(cell) for cell in row])
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()


def _csv_value(cell: Cell) -> str:
    if cell.fen is not None:
        return f"{to_yuan(cell.fen)}"
    if cell.day is not None:
        return f"{cell.day}"
    return str(cell.number) if cell.number is not None else _safe(cell)


def _safe(cell: Cell) -> str:
    """A percentage is a text of ours; every other text may be anyone's."""
    return cell.text if cell.is_number else inert(cell.text)


def json_text(head: Iterable[tuple[str, str]], tables: Iterable[Table]) -> str:
    """Return the same as JSON: amounts in whole fen, counts as numbers, days as ISO dates, everything else as text.

    Raises ShopError when there are more than MAX_ROWS rows.
    """
    whole = {
        "about": dict(head),
        "amounts": "fen",
        "tables": [
            {
                "key": table.key,
                "caption": table.caption,
                "columns": [name for name, _number in table.columns],
                "rows": [[_json_value(cell) for cell in row] for row in _body(table)],
                "total": [_json_value(cell) for cell in table.foot],
            }
            for table in tables
        ],
    }
    return json.dumps(whole, ensure_ascii=False)


def _json_value(cell: Cell) -> str | int:
    if cell.fen is not None:
        return cell.fen
    if cell.day is not None:
        return f"{cell.day}"
    return cell.number if cell.number is not None else cell.text


def xlsx_bytes(head: Iterable[tuple[str, str]], tables: Iterable[Table]) -> bytes:
    """Return a workbook with a sheet for each table and one that says how it was counted; amounts are numbers in yuan.

    The first two rows of a table, what it is and its columns, stay in view. Raises ShopError when there are more than
    MAX_ROWS rows.
    """
    book = new_workbook(write_only=True)
    lines = list(head)
    label = " · ".join(value for _name, value in lines[-1:])
    # Read before a sheet is opened: an open sheet cannot be given up.
    for table, rows in [(table, list(_rows(table))) for table in tables]:
        sheet = book.create_sheet(table.key)
        sheet.freeze_panes = "A3"
        for number, (_name, is_number) in enumerate(table.columns, start=1):
            set_width(sheet, number, 16 if is_number else 22)
        sheet.append([_text(sheet, f"{table.caption} · {label}")])
        sheet.append([_heading(sheet, name) for name, _number in table.columns])
        for row in rows:
            sheet.append([_xlsx_cell(sheet, cell) for cell in row])
    _method_sheet(book.create_sheet(METHOD), lines)
    result = io.BytesIO()
    book.save(result)
    return result.getvalue()


def _method_sheet(sheet: "WriteOnlyWorksheet", lines: list[tuple[str, str]]) -> None:
    """Say whose rules these are, which version, up to when, how complete and how real."""
    set_width(sheet, 1, 22)
    set_width(sheet, 2, 90)
    for name, value in [*lines, *METHODS]:
        sheet.append([_heading(sheet, inert(str(name))), _text(sheet, inert(str(value)))])


def _heading(sheet: "WriteOnlyWorksheet", text: str) -> Any:
    cell = _text(sheet, text)
    cell.font = bold_font()
    return cell


def _text(sheet: "WriteOnlyWorksheet", text: str) -> Any:
    cell = new_cell(sheet, text)
    cell.data_type = "s"
    cell.number_format = "@"
    return cell


def _xlsx_cell(sheet: "WriteOnlyWorksheet", cell: Cell) -> Any:
    if cell.fen is not None:
        amount = new_cell(sheet, to_yuan(cell.fen))
        amount.number_format = "#,##0.00"
        return amount
    if cell.day is not None:
        day = new_cell(sheet, cell.day)
        day.number_format = "yyyy-mm-dd"
        return day
    return cell.number if cell.number is not None else _text(sheet, _safe(cell))


def _rows(table: Table) -> Iterator[list[Cell]]:
    yield from _body(table)
    if table.foot:
        yield table.foot


def _body(table: Table) -> Iterator[list[Cell]]:
    for count, row in enumerate(table.rows):
        if count >= MAX_ROWS:
            raise ShopError(
                _("The list is longer than 50,000 rows. Choose a shorter period."), code="export_too_long"
            )
        yield row
