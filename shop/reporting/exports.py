"""Tables as CSV, JSON and XLSX. No cell can be a formula, whatever a supplier or buyer wrote into a name.

Every writer goes through the rows once and keeps none of them, so that a file may be longer than the memory.
"""

import csv
import hashlib
import io
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import IO, TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from shop.core.exceptions import ShopError
from shop.core.fen import to_yuan
from shop.core.spreadsheets import inert
from shop.core.workbooks import bold_font, give_up, new_cell, new_workbook, set_width
from shop.reporting.tables import Cell, Table

if TYPE_CHECKING:
    from openpyxl.worksheet._write_only import WriteOnlyWorksheet

CONTENT_TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
}
Head = Iterable[tuple[str, str]]
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


@dataclass(frozen=True)
class Written:
    """A file in memory: its bytes, how many rows it has, and its SHA-256."""

    body: bytes
    rows: int
    digest: str


def nothing() -> None:
    """Be told of a row and do nothing."""


def too_long(most: int) -> ShopError:
    """Return the refusal of a file with more rows than `most`."""
    text = _(
        "The list is longer than %(most)s rows, the most that one file holds. Choose a shorter period, or narrow it to"
        " a region, a programme or a supplier."
    )
    return ShopError(text % {"most": f"{most:,}"}, code="export_too_long")


def written(kind: str, head: Head, tables: Iterable[Table], *, most: int) -> Written:
    """Return a file of a kind of CONTENT_TYPES, in memory. Raises ShopError (export_too_long)."""
    rows = 0

    def step() -> None:
        nonlocal rows
        rows += 1

    file = io.BytesIO()
    write_tables(kind, file, head, tables, most=most, step=step)
    body = file.getvalue()
    return Written(body, rows, hashlib.sha256(body).hexdigest())


def write_tables(
    kind: str,
    file: IO[bytes],
    head: Head,
    tables: Iterable[Table],
    *,
    most: int,
    step: Callable[[], None] = nothing,
) -> None:
    """Write a file of a kind of CONTENT_TYPES; `step` is told of every row. Raises ShopError (export_too_long).

    What stands in the file after an error is of no use.
    """
    told = _told(tables, most, step)
    if kind == "xlsx":
        _write_xlsx(file, head, told)
        return
    for part in csv_text(head, told) if kind == "csv" else json_text(head, told):
        file.write(part.encode())


def _told(tables: Iterable[Table], most: int, step: Callable[[], None]) -> list[Table]:
    """Return the tables so that each row of any of them is told of, and one too many refused."""
    count = 0

    def each(rows: Iterable[list[Cell]]) -> Iterator[list[Cell]]:
        nonlocal count
        for row in rows:
            count += 1
            if count > most:
                raise too_long(most)
            step()
            yield row

    return [replace(table, rows=each(table.rows)) for table in tables]


def csv_text(head: Head, tables: Iterable[Table]) -> Iterator[str]:
    """Yield a CSV with a byte order mark, so that Excel reads it as UTF-8; tables under each other."""
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


def json_text(head: Head, tables: Iterable[Table]) -> Iterator[str]:
    """Yield the same as JSON: amounts in whole fen, counts as numbers, days as ISO dates, everything else as text."""
    yield f'{{"about": {_json(dict(head))}, "amounts": "fen", "tables": ['
    for place, table in enumerate(tables):
        named = {
            "key": table.key,
            "caption": table.caption,
            "columns": [name for name, _number in table.columns],
        }
        yield f'{", " if place else ""}{_json(named)[:-1]}, "rows": ['
        for number, row in enumerate(table.rows):
            yield f"{', ' if number else ''}{_json([_json_value(cell) for cell in row])}"
        yield f'], "total": {_json([_json_value(cell) for cell in table.foot])}}}'
    yield "]}"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _json_value(cell: Cell) -> str | int:
    if cell.fen is not None:
        return cell.fen
    if cell.day is not None:
        return f"{cell.day}"
    return cell.number if cell.number is not None else cell.text


def _write_xlsx(file: IO[bytes], head: Head, tables: Iterable[Table]) -> None:
    """Write a workbook with a sheet for each table and one that says how it was counted; amounts are numbers in yuan.

    The first two rows of a table, what it is and its columns, stay in view.
    """
    book = new_workbook(write_only=True)
    lines = list(head)
    label = " · ".join(value for _name, value in lines[-1:])
    try:
        for table in tables:
            sheet = book.create_sheet(table.key)
            sheet.freeze_panes = "A3"
            for number, (_name, is_number) in enumerate(table.columns, start=1):
                set_width(sheet, number, 16 if is_number else 22)
            sheet.append([_text(sheet, f"{table.caption} · {label}")])
            sheet.append([_heading(sheet, name) for name, _number in table.columns])
            for row in _rows(table):
                sheet.append([_xlsx_cell(sheet, cell) for cell in row])
        _method_sheet(book.create_sheet(METHOD), lines)
    except BaseException:
        give_up(book)
        raise
    book.save(file)


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
    yield from table.rows
    if table.foot:
        yield table.foot
