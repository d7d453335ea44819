"""Tables as CSV and XLSX. No cell can be a formula, whatever a supplier or buyer wrote into a name."""

import csv
import io
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from shop.core.exceptions import ShopError
from shop.core.fen import to_yuan
from shop.core.spreadsheets import inert
from shop.core.workbooks import new_cell, new_workbook
from shop.reporting.tables import Cell, Table

if TYPE_CHECKING:
    from openpyxl.worksheet._write_only import WriteOnlyWorksheet

MAX_ROWS = 50_000


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
    return str(cell.number) if cell.number is not None else _safe(cell)


def _safe(cell: Cell) -> str:
    """A percentage is a text of ours; every other text may be anyone's."""
    return cell.text if cell.is_number else inert(cell.text)


def xlsx_bytes(head: Iterable[tuple[str, str]], tables: Iterable[Table]) -> bytes:
    """Return a workbook with the header lines first and a sheet for each table; amounts are numbers in yuan.

    Raises ShopError when there are more than MAX_ROWS rows.
    """
    book = new_workbook(write_only=True)
    lines = list(head)
    # Read before a sheet is opened: an open sheet cannot be given up.
    for table, rows in [(table, list(_rows(table))) for table in tables]:
        sheet = book.create_sheet(table.key)
        for name, value in lines:
            sheet.append([_text(sheet, inert(name)), _text(sheet, inert(value))])
        sheet.append([])
        sheet.append([_text(sheet, table.caption)])
        sheet.append([_text(sheet, name) for name, _number in table.columns])
        for row in rows:
            sheet.append([_xlsx_cell(sheet, cell) for cell in row])
    result = io.BytesIO()
    book.save(result)
    return result.getvalue()


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
    return cell.number if cell.number is not None else _text(sheet, _safe(cell))


def _rows(table: Table) -> Iterator[list[Cell]]:
    for count, row in enumerate(table.rows):
        if count >= MAX_ROWS:
            raise ShopError(
                _("The list is longer than 50,000 rows. Choose a shorter period."), code="export_too_long"
            )
        yield row
    if table.foot:
        yield table.foot
