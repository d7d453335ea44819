"""Lists of SKUs and quantities: many ways of writing are read, every bad row is named, hostile files refused."""

import io
import zipfile
from difflib import get_close_matches
from typing import Any

import pytest
from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from shop.core.exceptions import ShopError
from shop.listings.models import Listing
from shop.procurement import uploads
from shop.procurement.checking import Fault, check_rows, shown_rows, with_suggestions
from shop.procurement.files import fault_csv, template_csv, template_xlsx
from shop.procurement.uploads import ListedRow, read_list, read_pasted
from tests.procurement.cast import make_goods
from tests.procurement.many import many_goods

COLUMNS = {"sku": "A 货号", "quantity": "B 数量"}
SHEET = "xl/worksheets/sheet1.xml"


def workbook(*rows: list[Any], merge: str = "") -> bytes:
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    for row in rows:
        sheet.append(row)
    if merge:
        sheet.merge_cells(merge)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def with_sheet(xml: bytes) -> bytes:
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(workbook(["货号", "数量"]))) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for part in old.namelist():
            new.writestr(part, xml if part == SHEET else old.read(part))
    return out.getvalue()


def listed(raw: bytes) -> list[tuple[int, str, str]]:
    return [(row.row, row.sku, row.quantity) for row in read_list(raw).rows]


TEXT = "中秋采购单,,\n\n货号,品名,数量（盒）\nWC-TEA-001,黄茶,60\nLQ-FRT-001 ,梨, １２ \n,,\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
def test_text_files_of_every_encoding_are_read(encoding: str) -> None:
    read = read_list(TEXT.encode(encoding))
    assert [(row.row, row.sku, row.quantity) for row in read.rows] == [
        (4, "WC-TEA-001", "60"),
        (5, "LQ-FRT-001", "12"),
    ]
    assert (read.sku_column, read.quantity_column) == ("A 货号", "C 数量（盒）")


def test_workbooks_are_read_with_numbers_text_numbers_and_english_names() -> None:
    raw = workbook(
        ["Qty", "Item No."], [None, None], [12, "A-1"], ["1,200", " a－2 "], [3.0, 1001], [2.5, "A-3"]
    )
    assert listed(raw) == [(3, "A-1", "12"), (4, "a-2", "1,200"), (5, "1001", "3"), (6, "A-3", "2.5")]


def test_of_merged_cells_the_first_holds_the_value() -> None:
    raw = workbook(["货号", "数量"], ["A-1", 5], [None, 6], merge="A2:A3")
    assert listed(raw) == [(2, "A-1", "5"), (3, "", "6")]


def test_pasted_lines_and_lists_without_names_are_read() -> None:
    read = read_pasted("WC-TEA-001\t60\n\nLQ-FRT-001，1,200\nKD-1 五 盒\n")
    assert [(row.row, row.sku, row.quantity) for row in read.rows] == [
        (1, "WC-TEA-001", "60"),
        (3, "LQ-FRT-001", "1,200"),
        (4, "KD-1", "五 盒"),
    ]
    assert listed(b"A-1,3\nA-2,x\n") == [(1, "A-1", "3"), (2, "A-2", "x")]


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", "empty"),
        ("品名,备注\n茶,好\n".encode(), "no_columns"),
        ("货号,数量\n".encode(), "no_rows"),
        ("货号,数量,数量\nA,1,2\n".encode(), "column_twice"),
        (b"A,1\n" * 5_001, "too_many_rows"),
        (b"x" * (uploads.MAX_BYTES + 1), "too_large"),
        (b"\xd0\xcf\x11\xe0", "old_workbook"),
        (b"PK\x03\x04broken", "unreadable"),
        (b"A,1\n\xff\xff", "encoding"),
        (b"A,1\0", "not_a_table"),
    ],
)
def test_what_is_no_list_is_refused_with_its_reason(raw: bytes, code: str) -> None:
    with pytest.raises(ShopError) as error:
        read_list(raw)
    assert (error.value.code, error.value.field) == (code, "file")
    assert str(error.value)


def test_five_thousand_rows_are_a_list() -> None:
    assert len(listed(b"A,1\n" * 5_000)) == 5_000


def test_a_number_that_the_spreadsheet_rounded_is_known_as_such() -> None:
    book = workbook(["货号", "数量"], [6901234567890123456, 3], ["A-1", 1e15], ["6901234567890123456", 3])
    text = "货号,数量\n6.90123E+18,3\nE+1,3\n".encode()
    assert [row.rounded for row in read_list(book).rows] == [("sku",), ("quantity",), ()]
    assert [row.rounded for row in read_list(text).rows] == [("sku",), ()]


MAIN = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'


@pytest.mark.parametrize(
    ("xml", "code"),
    [
        (MAIN + b" " * 60_000_000, "too_large"),
        (MAIN + b"<row><c><v>1</v></c></row>" * 1_000_000 + b"</sheetData></worksheet>", "too_many_rows"),
        (b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]>' + MAIN, "unreadable"),
    ],
)
def test_bombs_and_entities_are_refused_before_they_are_loaded(xml: bytes, code: str) -> None:
    raw = with_sheet(xml)
    assert len(raw) < uploads.MAX_BYTES
    with pytest.raises(ShopError) as error:
        read_list(raw)
    assert error.value.code == code


def faults(*rows: tuple[int, str, str]) -> list[Fault]:
    checked = check_rows([ListedRow(*row) for row in rows], columns=COLUMNS)
    assert set(checked.bad_rows) == {fault.row for fault in checked.faults}
    return with_suggestions(checked.faults)


@pytest.mark.django_db
def test_every_bad_row_is_named_with_row_column_and_reason() -> None:
    goods = make_goods()
    Listing.objects.filter(product=goods.pears).update(state="withdrawn")
    found = faults(
        (2, "WC-TEA-01", "5"),
        (3, "LQ-FRT-001", "5"),
        (4, "WC-TEA-001", "2.5"),
        (5, "WC-TEA-001", "0"),
        (6, "WC-TEA-001", "-3"),
        (7, "", "5"),
        (8, "WC-TEA-001", ""),
        (9, "WC-TEA-001", "201"),
        (10, "nothing", "five"),
    )
    assert [(fault.row, fault.column, fault.value, fault.suggestion) for fault in found] == [
        (2, "A 货号", "WC-TEA-01", "WC-TEA-001"),
        (3, "A 货号", "LQ-FRT-001", ""),
        (4, "B 数量", "2.5", ""),
        (5, "B 数量", "0", ""),
        (6, "B 数量", "-3", ""),
        (7, "A 货号", "", ""),
        (8, "B 数量", "", ""),
        (9, "B 数量", "201", "200"),
        (10, "A 货号", "nothing", ""),
        (10, "B 数量", "five", ""),
    ]
    assert [fault.reason for fault in found[:3]] == [
        "没有货号 WC-TEA-01。",
        "“翠冠梨”目前不在售。",
        "“2.5”不是整数。",
    ]
    assert found[7].reason == "集采库存只剩 200。"


@pytest.mark.django_db
def test_rounded_numbers_are_named_until_they_are_typed_again() -> None:
    make_goods()
    rows = [
        ListedRow(2, "6901234567890120000", "3", ("sku",)),
        ListedRow(3, "WC-TEA-001", "1000000000000000", ("quantity",)),
        ListedRow(4, "LQ-FRT-001", "2"),
    ]
    checked = check_rows(rows, columns=COLUMNS)
    assert [(fault.row, fault.field, fault.is_unknown) for fault in checked.faults] == [
        (2, "sku", False),
        (3, "quantity", False),
    ]
    assert checked.faults[0].reason == "表格软件把这个数字四舍五入了：请把该列设为文本格式后重新填写。"
    assert [row.sku for row in checked.good] == ["LQ-FRT-001"]


@pytest.mark.django_db
def test_a_suggestion_compares_a_few_skus_however_many_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    goods = make_goods()
    many_goods(goods.tea, 300)
    compared: list[int] = []

    def close(word: str, possibilities: list[str], **how: Any) -> list[str]:
        compared.append(len(possibilities))
        return get_close_matches(word, possibilities, **how)

    monkeypatch.setattr("shop.procurement.checking.difflib.get_close_matches", close)
    rows = [ListedRow(number, f"WC-TAE-{number:03}", "1") for number in range(1, 31)]
    found = with_suggestions(check_rows(rows, columns=COLUMNS).faults)
    assert (found[0].suggestion, len(found)) == ("WC-TEA-001", 30)
    assert (len(compared), max(compared)) == (30, 8)


@pytest.mark.django_db
def test_of_very_many_rows_with_one_sku_the_first_are_told() -> None:
    make_goods()
    found = faults(*((number, "WC-TEA-001", "1") for number in range(2, 1_002)))
    assert len(found) == 1_000
    assert "2、3、4、5、6、7、8、9、10、11…" in found[0].reason
    assert shown_rows((2, 3)) == "2、3"


@pytest.mark.django_db
def test_good_rows_are_summed_and_priced_by_their_tier() -> None:
    goods = make_goods()
    rows = [
        ListedRow(2, "wc-tea-001", "4"),
        ListedRow(3, "LQ－FRT—001", "1"),
        ListedRow(4, "WC-TEA-001", "6"),
    ]
    checked = check_rows(rows, columns=COLUMNS)
    assert checked.faults == ()
    tea, pears = checked.good
    assert (tea.rows, tea.quantity, tea.price.unit_fen, tea.line_fen) == ((2, 4), 10, 9_500, 95_000)
    assert (pears.product_id, pears.quantity, pears.line_fen) == (goods.pears.pk, 1, 2_000)
    assert checked.goods_fen == 97_000
    too_many = faults((2, "WC-TEA-001", "150"), (3, "WC-TEA-001", "51"))
    assert [fault.row for fault in too_many] == [2, 3]
    assert "201" in too_many[0].reason


@pytest.mark.django_db
def test_the_fault_list_is_inert_and_the_templates_can_be_read_back() -> None:
    make_goods()
    text = fault_csv(faults((2, "=cmd|' /C calc'!A0", "@SUM(1)")))
    assert text.startswith("\ufeff行号,列,原文,原因\r\n2,A 货号,'=cmd")
    assert ",'@SUM(1)," in text
    assert template_csv() == "\ufeff货号,数量\r\n"
    with pytest.raises(ShopError) as error:
        read_list(template_xlsx())
    assert error.value.code == "no_rows"
