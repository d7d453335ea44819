"""Read seed files into typed rows and collect every fault; nothing here writes."""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, TypeVar, cast

from django.utils.translation import gettext as _

from catalog_seed.cells import CellError
from catalog_seed.schema import FILES, Row

RowT = TypeVar("RowT", bound=Row)
#: A seed file larger than this is not a seed file.
_MOST_BYTES = 20 * 1024 * 1024


@dataclass(frozen=True, order=True)
class Fault:
    """What is wrong where; `column` "-" when it is about the whole row or file."""

    file: str
    line: int
    column: str
    reason: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.column}: {self.reason}"


@dataclass(frozen=True)
class SeedData:
    """The rows of every file, by file name."""

    tables: dict[str, list[Row]]

    def rows(self, file: str, row_type: type[RowT]) -> list[RowT]:
        """Return the rows of a file, which are of that type."""
        return cast(list[RowT], self.tables[file])


def read_folder(folder: Path) -> tuple[SeedData, list[Fault]]:
    """Read every file of the schema; each fault of each file is named, not only the first."""
    tables: dict[str, list[Row]] = {}
    faults: list[Fault] = []
    for file, (row_type, key) in FILES.items():
        rows, found = _read_file(folder / file, row_type)
        tables[file] = rows
        faults += found
        faults += _repeated(file, rows, key)
    return SeedData(tables), faults


def _read_file(path: Path, row_type: type[Row]) -> tuple[list[Row], list[Fault]]:
    try:
        raw = path.read_bytes()
    except OSError:
        return [], [Fault(path.name, 1, "-", _("the file is missing or cannot be read"))]
    if len(raw) > _MOST_BYTES:
        return [], [Fault(path.name, 1, "-", _("the file is too large"))]
    try:
        content = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        return [], [Fault(path.name, line, "-", _("the file is not UTF-8; save it as UTF-8"))]
    reader = csv.reader(io.StringIO(content, newline=""), strict=True)
    rows: list[Row] = []
    faults: list[Fault] = []
    try:
        header = next(reader, [])
        faults += _header_faults(path.name, header, row_type)
        if not faults:
            for line, row_cells in _records(reader):
                row, found = _read_row(path.name, line, header, row_cells, row_type)
                faults += found
                rows += [row] if row else []
            if not rows and not faults:
                faults.append(Fault(path.name, 2, "-", _("the file has a first line and nothing else")))
    except csv.Error as error:
        too_long = "field larger" in str(error)
        reason = _("a cell is too long") if too_long else _("quotation marks do not match here")
        faults.append(Fault(path.name, reader.line_num, "-", reason))
    return rows, faults


def _records(reader: Any) -> Iterator[tuple[int, list[str]]]:
    """Yield each record with the line it begins at; a quoted cell may span lines."""
    begins = reader.line_num + 1
    for record in reader:
        if record:
            yield begins, record
        begins = reader.line_num + 1


def _header_faults(file: str, header: Sequence[str], row_type: type[Row]) -> list[Fault]:
    wanted = list(_columns(row_type))
    faults = [Fault(file, 1, column, _("the column is missing")) for column in wanted if column not in header]
    faults += [
        Fault(file, 1, column or "-", _("there is no such column"))
        for column in dict.fromkeys(header)
        if column not in wanted
    ]
    faults += [
        Fault(file, 1, column, _("the column stands twice"))
        for column in dict.fromkeys(header)
        if column in wanted and header.count(column) > 1
    ]
    return faults


def _columns(row_type: type[Row]) -> dict[str, tuple[str, Any]]:
    """Return column → (field, reader) of a row type."""
    return {
        item.metadata["column"] or item.name: (item.name, item.metadata["read"])
        for item in fields(row_type)
        if "read" in item.metadata
    }


def column_of(row_type: type[Row], field_name: str) -> str:
    """Return the name in the file of a field."""
    return next(column for column, (name, _read) in _columns(row_type).items() if name == field_name)


def _read_row(
    file: str, line: int, header: Sequence[str], row_cells: Sequence[str], row_type: type[Row]
) -> tuple[Row | None, list[Fault]]:
    if len(row_cells) != len(header):
        reason = _("has %(count)d cells, the first line has %(wanted)d") % {
            "count": len(row_cells),
            "wanted": len(header),
        }
        return None, [Fault(file, line, "-", reason)]
    given = dict(zip(header, row_cells, strict=True))
    values: dict[str, Any] = {"line": line}
    faults: list[Fault] = []
    for column, (name, read) in _columns(row_type).items():
        try:
            values[name] = read(given[column].strip())
        except CellError as error:
            faults.append(Fault(file, line, column, str(error)))
    return (None if faults else row_type(**values)), faults


def _repeated(file: str, rows: Sequence[Row], key: Sequence[str]) -> list[Fault]:
    seen: dict[tuple[Any, ...], int] = {}
    faults = []
    for row in rows:
        value = tuple(getattr(row, name) for name in key)
        if value in seen:
            reason = _("the same row stands in line %(line)d") % {"line": seen[value]}
            faults.append(Fault(file, row.line, column_of(type(row), key[0]), reason))
        seen.setdefault(value, row.line)
    return faults
