"""Uploaded tables: many ways of writing are read, a hostile file is refused before it is loaded."""

import datetime as dt
import io
import tracemalloc
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from shop.core.cells import read_day, read_fen, read_whole
from shop.core.exceptions import ShopError
from shop.core.tabular import Row, TableError, find_header, read_rows

#: A spreadsheet knows no time zones.
DAY = dt.datetime(2026, 11, 12)  # noqa: DTZ001
TEXT = '账号：1234\n\n日期,金额\n2026-11-12,"1,280.50"\n'


def sheet_of(book: Workbook) -> Worksheet:
    assert isinstance(book.active, Worksheet)
    return book.active


def workbook(*rows: list[Any], change: Callable[[Workbook], None] = lambda book: None) -> bytes:
    book = Workbook()
    for row in rows:
        sheet_of(book).append(row)
    change(book)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def with_part(raw: bytes, name: str, content: bytes) -> bytes:
    """Return the workbook with one part replaced."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.namelist():
            new.writestr(part, content if part == name else old.read(part))
    return out.getvalue()


def refused(raw: bytes) -> tuple[str, int | None]:
    with pytest.raises(TableError) as error:
        read_rows(raw)
    return error.value.code, error.value.row


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
def test_every_encoding_of_a_chinese_spreadsheet_is_read(encoding: str) -> None:
    rows = read_rows(TEXT.encode(encoding))
    assert [(row.number, row.cells) for row in rows] == [
        (1, ("账号：1234",)),
        (3, ("日期", "金额")),
        (4, ("2026-11-12", "1,280.50")),
    ]


def test_tabs_semicolons_and_the_tricks_of_exports_are_read() -> None:
    assert read_rows(b"a\tb\n1\t2,000\n")[1].cells == ("1", "2,000")
    assert read_rows(b"a;b\n1;2\n")[1].cells == ("1", "2")
    assert read_rows(b'a,b\n="007","8\t"\n')[1].cells == ("007", "8")
    assert read_rows(b'a,b\n"x\ny",1\nz,2\n')[2] == Row(4, ("z", "2"))


def test_a_workbook_is_read_as_text() -> None:
    rows = read_rows(
        workbook(
            ["日期", "金额", "流水"],
            [None, None],
            [DAY, 1280.5, "00123"],
            [DAY.replace(hour=9, minute=30), 0.1 + 0.2, 12345678901234567890],
            [20261112, 1280.0, "  x "],
        )
    )
    assert [(row.number, row.cells[:2]) for row in rows[1:]] == [
        (3, ("2026-11-12", "1280.5")),
        (4, ("2026-11-12 09:30:00", "0.3")),
        (5, ("20261112", "1280")),
    ]
    assert (rows[1].cell(2), rows[3].cell(2), rows[1].cell(9)) == ("00123", "x", "")
    with pytest.raises(TableError) as error:
        rows[2].cell(2)
    assert error.value.row == 4


def test_merged_cells_and_hidden_sheets_do_not_shift_anything() -> None:
    def change(book: Workbook) -> None:
        sheet_of(book).merge_cells("A1:B1")
        hidden = book.create_sheet("hidden", 0)
        hidden.append(["nothing"])
        hidden.sheet_state = "hidden"

    rows = read_rows(workbook(["明细", None, "x"], ["日期", "金额"], change=change))
    assert [row.cells for row in rows] == [("明细", "", "x"), ("日期", "金额")]


def test_the_header_is_found_below_what_the_bank_writes_above() -> None:
    header = find_header(read_rows(TEXT.encode()), ["金 额", "日期"], ["摘要"])
    assert (header.row.number, header.columns, len(header.rows)) == (3, {"金 额": 1, "日期": 0}, 1)
    with pytest.raises(TableError, match="流水") as error:
        find_header(read_rows(TEXT.encode()), ["日期", "流水"])
    assert error.value.code == "header_missing"
    with pytest.raises(TableError) as error:
        find_header(read_rows("日期,金额,金额\n".encode()), ["金额"])
    assert error.value.code == "column_twice"


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b" \n", ("empty", None)),
        (b",,\n,\n", ("empty", None)),
        (b"x" * (10 * 1024 * 1024 + 1), ("too_large", None)),
        (b"\xd0\xcf\x11\xe0....", ("old_workbook", None)),
        (b"<html><table>", ("not_a_table", None)),
        (b"a\0b", ("not_a_table", None)),
        (b"a,b\n\xff\xff\n", ("encoding", 2)),
        (b'a,b\n"x"y,1\n', ("unreadable", 2)),
        (b"PK\x03\x04nothing", ("unreadable", None)),
        (b"a\n" * 50_001, ("too_many_rows", 50_001)),
        (b"a,b\n" + b"1," * 100 + b"1\n", ("too_many_columns", 2)),
        (b"a\n" + b"x" * 2_001, ("cell_too_long", 2)),
    ],
)
def test_what_cannot_be_read_is_named(raw: bytes, expected: tuple[str, int | None]) -> None:
    assert refused(raw) == expected


SHEET = "xl/worksheets/sheet1.xml"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def sheet(rows: bytes, before: bytes = b"") -> bytes:
    body = b'<?xml version="1.0"?>%s<worksheet xmlns="%s"><sheetData>%s</sheetData></worksheet>'
    return with_part(workbook(["a"]), SHEET, body % (before, _MAIN.encode(), rows))


def test_a_zip_bomb_is_refused_from_its_directory() -> None:
    bomb = sheet(b"<row/>" + b" " * 60_000_000)
    assert len(bomb) < 1_000_000
    tracemalloc.start()
    assert refused(bomb) == ("too_large", None)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2_000_000


def test_a_million_rows_and_far_columns_are_refused() -> None:
    cells = b"<row><c><v>1</v></c></row>" * 1_000_000
    assert refused(sheet(cells)) == ("too_many_rows", None)
    assert read_rows(sheet(b'<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"/>')) == [Row(1, ("1",))]


@pytest.mark.parametrize(
    "doctype",
    [
        b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]>',
        b'<!DOCTYPE x [<!ENTITY e "aaaaaaaaaa">]>',
    ],
)
def test_entities_are_refused(doctype: bytes) -> None:
    row = b'<row r="1"><c r="A1" t="inlineStr"><is><t>&e;</t></is></c></row>'
    assert refused(sheet(row, doctype)) == ("unreadable", None)


@pytest.mark.parametrize(
    ("text", "fen"),
    [
        ("1,280.50", 128_050),
        ("￥１，２８０．５", 128_050),
        ("-3", -300),
        ("−0.01", -1),
        ("12元", 1_200),
        ("+7.100", 710),
        ("CNY 5.00", 500),
    ],
)
def test_amounts_are_read(text: str, fen: int) -> None:
    assert read_fen(text) == fen


@pytest.mark.parametrize("text", ["", "1.234", "1,28.00", "abc", "1e3", "9999999999999", "=1+1", "1.2.3"])
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(ShopError):
        read_fen(text)


def test_days_and_whole_numbers_are_read() -> None:
    day = dt.date(2026, 11, 2)
    for text in (
        "2026-11-02",
        "2026/11/2",
        "20261102",
        "２０２６－１１－０２",
        "2026年11月2日",
        "2026.11.02 09:30:00",
    ):
        assert read_day(text) == day
    assert read_day("20261102093000") == day
    for text in ("", "2026-13-01", "11/02/2026", "46000", "2026-11"):
        with pytest.raises(ShopError):
            read_day(text)
    assert [read_whole(text) for text in ("１２", "1,200", "3.0", "0")] == [12, 1200, 3, 0]
    for text in ("", "-1", "1.5", "x"):
        with pytest.raises(ShopError):
            read_whole(text)
