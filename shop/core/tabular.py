"""Read the rows of a CSV or XLSX file that somebody uploaded. Knows nothing of what the rows mean.

A file from outside may be a bomb: its bytes, what it unpacks to, its rows and its columns are bounded, entities
in its XML are refused, and nothing in it is ever run.
"""

import csv
import datetime as dt
import io
import re
import unicodedata
import warnings
import zipfile
import zlib
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from shop.core.exceptions import ShopError
from shop.core.workbooks import open_workbook

MAX_BYTES = 10 * 1024 * 1024
#: What the parts of a workbook may unpack to: 50,000 rows of 10 cells are about 20 MB.
MAX_UNPACKED = 48 * 1024 * 1024
MAX_PARTS = 500
MAX_ROWS = 50_000
MAX_COLUMNS = 100
MAX_CELL = 2_000
#: Spreadsheets keep 15 digits of a number; a longer serial number typed as a number is no longer what it was.
_EXACT = 10**15
_QUOTED_FORMULA = re.compile(r'^="(.*)"$', re.DOTALL)
_UNREADABLE = gettext_lazy("The workbook cannot be read. Open it, save it as .xlsx and try again.")
_OLD_WORKBOOK = b"\xd0\xcf\x11\xe0"


class TableError(ShopError):
    """A file or a row that cannot be read; `row` counts from 1 as a spreadsheet does, None for the whole file."""

    def __init__(self, message: str | Promise, *, code: str, row: int | None = None) -> None:
        super().__init__(message, code=code, field="file")
        self.row = row


@dataclass(frozen=True)
class Row:
    """A row that is not blank: its number in the file, its cells as text, and why a cell cannot be trusted.

    In a CSV file `number` is the line at which the row begins.
    """

    number: int
    cells: tuple[str, ...]
    faults: dict[int, str] = field(default_factory=dict)

    def cell(self, index: int) -> str:
        """Return a cell, empty when the row is shorter; raises TableError for one that cannot be trusted."""
        if index in self.faults:
            raise TableError(self.faults[index], code="cell", row=self.number)
        return self.cells[index] if index < len(self.cells) else ""


@dataclass(frozen=True)
class Header:
    """Where the columns stand: index by the name that was asked for, and the rows below."""

    row: Row
    columns: dict[str, int]
    rows: tuple[Row, ...]


def read_rows(raw: bytes) -> list[Row]:
    """Return the rows that are not blank, of the first visible sheet or of the CSV text.

    The kind of file is known by its first bytes, not by its name. CSV: UTF-8 with or without a mark, UTF-16
    with one, GBK and its successor; commas, semicolons or tabs. Cells are stripped text: days as 2026-11-12,
    numbers without exponent and thousands separators as they are stored. Raises TableError: empty, too_large,
    too_many_rows, too_many_columns, cell_too_long, old_workbook, not_a_table, unreadable, encoding.
    """
    if not raw.strip():
        raise TableError(_("The file is empty."), code="empty")
    if len(raw) > MAX_BYTES:
        raise TableError(_("The file is larger than 10 MB."), code="too_large")
    if raw.startswith(_OLD_WORKBOOK):
        raise TableError(
            _("This is an old .xls workbook, or one with a password. Save it as .xlsx or .csv."),
            code="old_workbook",
        )
    rows = _checked(_workbook_rows(raw) if raw.startswith(b"PK") else _text_rows(_decoded(raw)))
    if not rows:
        raise TableError(_("The file is empty."), code="empty")
    return rows


def find_header(rows: Iterable[Row], wanted: Collection[str], optional: Collection[str] = ()) -> Header:
    """Return the first row that holds all wanted names, with what stands below it.

    Banks write the account and the period above their columns. Names are compared by `plain`. Raises TableError:
    header_missing, naming what the row with the most of them lacks; column_twice.
    """
    found = list(rows)
    names = [[plain(cell) for cell in row.cells] for row in found[:50]]
    needed = {plain(name): name for name in wanted}
    fit = [sum(name in cells for name in needed) for cells in names]
    best = max(range(len(fit)), key=lambda index: (fit[index], -index), default=None)
    if best is None or fit[best] < len(needed):
        lacking = [name for key, name in needed.items() if best is None or key not in names[best]]
        raise TableError(
            _("No row of the file holds these column names: %(names)s.") % {"names": "、".join(lacking)},
            code="header_missing",
        )
    for name in [*wanted, *optional]:
        if names[best].count(plain(name)) > 1:
            raise TableError(
                _("The column %(name)s stands twice.") % {"name": name},
                code="column_twice",
                row=found[best].number,
            )
    present = [name for name in [*wanted, *optional] if plain(name) in names[best]]
    columns = {name: names[best].index(plain(name)) for name in present}
    return Header(row=found[best], columns=columns, rows=tuple(found[best + 1 :]))


def plain(text: str) -> str:
    """Return a text as it is compared: full-width forms folded, no blanks, no case."""
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def _checked(rows: Iterator[tuple[int, list[tuple[str, str]]]]) -> list[Row]:
    """Take rows as (number, [(text, fault)]) within the caps; blank ones are left out."""
    taken: list[Row] = []
    for number, cells in rows:
        while cells and cells[-1] == ("", ""):
            cells.pop()
        if not cells:
            continue
        if len(taken) == MAX_ROWS:
            raise TableError(_("The file has more than 50,000 rows."), code="too_many_rows", row=number)
        if len(cells) > MAX_COLUMNS:
            raise TableError(
                _("Row %(row)d has more than 100 columns.") % {"row": number},
                code="too_many_columns",
                row=number,
            )
        if any(len(text) > MAX_CELL for text, _fault in cells):
            raise TableError(
                _("Row %(row)d has a cell of more than 2,000 characters.") % {"row": number},
                code="cell_too_long",
                row=number,
            )
        faults = {index: fault for index, (_text, fault) in enumerate(cells) if fault}
        taken.append(Row(number, tuple(text for text, _fault in cells), faults))
    return taken


def _decoded(raw: bytes) -> str:
    if raw.lstrip()[:1] == b"<":
        raise TableError(
            _("This is a web page and not a table. Save it as .xlsx or .csv."), code="not_a_table"
        )
    utf16 = raw.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ("utf-16",) if utf16 else ("utf-8-sig", "gb18030"):
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError as error:
            line = raw[: error.start].count(b"\n") + 1
            continue
        if "\0" in text:
            raise TableError(_("This is not a table. Save it as .xlsx or .csv."), code="not_a_table")
        return text
    raise TableError(
        _("Line %(row)d is written in an unknown way. Save the file as UTF-8.") % {"row": line},
        code="encoding",
        row=line,
    )


def _text_rows(text: str) -> Iterator[tuple[int, list[tuple[str, str]]]]:
    start = "\n".join(text.splitlines()[:50])
    delimiter = max(",\t;", key=start.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    begins = 1
    try:
        for record in reader:
            yield begins, [(_cleaned(cell), "") for cell in record]
            begins = reader.line_num + 1
    except csv.Error as error:
        raise TableError(
            _("The quotation marks of line %(row)d do not match, or a cell is too long.") % {"row": begins},
            code="unreadable",
            row=begins,
        ) from error


def _cleaned(text: str) -> str:
    """Strip a cell, also of the ="…" with which exports keep numbers text."""
    stripped = text.strip()
    quoted = _QUOTED_FORMULA.match(stripped)
    return quoted.group(1).strip() if quoted else stripped


def _workbook_rows(raw: bytes) -> Iterator[tuple[int, list[tuple[str, str]]]]:
    _refuse_bomb(raw)
    try:
        # openpyxl warns of styles it does not know; nothing here looks at styles.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            book = open_workbook(raw)
            try:
                sheet = next(sheet for sheet in book.worksheets if sheet.sheet_state == "visible")
                # A workbook may lie about its size: all of its rows are looked at, up to the caps.
                sheet.reset_dimensions()
                found = sheet.iter_rows(max_col=MAX_COLUMNS + 1, values_only=True)
                for number, values in enumerate(found, start=1):
                    # A sheet may hold a million blank rows, padded to the last column.
                    if values.count(None) < len(values):
                        yield number, _cells(values)
            finally:
                book.close()
    except TableError:
        raise
    except Exception as error:  # A broken or hostile workbook breaks its reader anywhere.
        raise TableError(_UNREADABLE, code="unreadable") from error


def _refuse_bomb(raw: bytes) -> None:
    """Look at the directory of a workbook, which bounds what is unpacked, and count rows before they are parsed."""
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as book:
            parts = book.infolist()
            too_large = len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED
            rows = 0 if too_large else max(_row_tags(book, part) for part in parts)
    except (zipfile.BadZipFile, ValueError, OSError, RuntimeError, NotImplementedError, zlib.error) as error:
        raise TableError(_UNREADABLE, code="unreadable") from error
    if too_large:
        raise TableError(_("The workbook is too large when it is unpacked."), code="too_large")
    # Half of them may be blank.
    if rows > 2 * MAX_ROWS:
        raise TableError(_("The file has more than 50,000 rows."), code="too_many_rows")


def _row_tags(book: zipfile.ZipFile, part: zipfile.ZipInfo) -> int:
    if not part.filename.startswith("xl/worksheets/"):
        return 0
    with book.open(part) as sheet:
        return sum(chunk.count(b"<row") for chunk in iter(lambda: sheet.read(1 << 16), b""))


def _cells(values: Sequence[Any]) -> list[tuple[str, str]]:
    width = max(index for index, value in enumerate(values) if value is not None) + 1
    return [_cell(value) for value in values[:width]]


def _cell(value: Any) -> tuple[str, str]:
    """Return a value as text, and why it cannot be trusted."""
    if value is None:
        return "", ""
    if isinstance(value, str):
        return _cleaned(value), ""
    if isinstance(value, bool):
        return str(value).upper(), ""
    if isinstance(value, int | float):
        return _number(value)
    if isinstance(value, dt.datetime):
        at_midnight = value.time() == dt.time()
        return f"{value:%Y-%m-%d}" if at_midnight else f"{value:%Y-%m-%d %H:%M:%S}", ""
    return str(value), ""


def _number(value: float) -> tuple[str, str]:
    if abs(value) >= _EXACT:
        return str(value), _("the spreadsheet has rounded this number: format the column as text")
    # 15 digits, as the spreadsheet shows them: 0.1 + 0.2 is 0.3.
    text = f"{value:.15f}" if abs(value) < 1e-4 else f"{value:.15g}"
    return (text.rstrip("0").rstrip(".") if "." in text else text), ""
