"""Begin and read workbooks. The library for them is loaded with the first one (ADR 11)."""

from importlib import import_module
from io import BytesIO
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.worksheet._write_only import WriteOnlyWorksheet


def new_workbook(*, write_only: bool = False) -> "Workbook":
    """Return an empty workbook; one that is only written keeps no rows in memory."""
    book: Workbook = import_module("openpyxl").Workbook(write_only=write_only)
    return book


def new_cell(sheet: "WriteOnlyWorksheet", value: Any) -> Any:
    """Return a cell for a sheet that is only written."""
    return import_module("openpyxl.cell").WriteOnlyCell(sheet, value)


def bold_font() -> Any:
    """Return the font of a heading."""
    return import_module("openpyxl.styles").Font(bold=True)


def set_width(sheet: Any, column: int, width: int) -> None:
    """Say how many characters wide a column is shown; columns count from 1. Before the first row is written."""
    letter = import_module("openpyxl.utils").get_column_letter(column)
    sheet.column_dimensions[letter].width = width


def open_workbook(raw: bytes) -> "Workbook":
    """Return the workbook of these bytes, to be read row by row: values only, no links followed.

    Raises what the library raises for bytes that are no workbook.
    """
    book: Workbook = import_module("openpyxl").load_workbook(
        BytesIO(raw), read_only=True, data_only=True, keep_links=False
    )
    return book


def give_up(book: "Workbook") -> None:
    """Let go of a workbook that is only written and was not saved: its sheets lie in temporary files."""
    for sheet in book.worksheets:
        write_only: Any = sheet
        if not write_only.closed:
            write_only.close()
        write_only._writer.cleanup()
