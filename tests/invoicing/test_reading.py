"""Files of invoices: what is kept, what is refused, and what an XML file fills in."""

import io
import zipfile
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.files.exceptions import FileRefused
from shop.files.inspecting import inspect
from shop.files.invoice_files import MAX_XML, invoice_type
from shop.files.models import FileKind, StoredFile
from shop.invoicing.exceptions import InvoicingError
from shop.invoicing.goods import GoodsLine
from shop.invoicing.reading import ReadLine, fitted, read_invoice
from shop.invoicing.services import keep_file
from tests.files.uploads import PDF, photo
from tests.invoicing.cast import TAX_CODE, asked, number_of, ofd_of, upload, wished_order, xml_of

DTD = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]><EInvoice>&a;</EInvoice>'
FETCHING = b'<!DOCTYPE x SYSTEM "file:///etc/passwd"><x/>'


def zipped(*parts: tuple[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as book:
        for name, raw in parts:
            book.writestr(name, raw)
    return file.getvalue()


OFD = b'<OFD xmlns="http://www.ofdspec.org/2016"/>'


@pytest.mark.parametrize(
    ("raw", "content_type"),
    [
        (PDF, "application/pdf"),
        (ofd_of(Doc_0__xml=b"<a/>"), "application/ofd"),
        (xml_of(), "application/xml"),
        (b"\xef\xbb\xbf" + xml_of(), "application/xml"),
    ],
)
def test_the_three_kinds_of_an_invoice_are_known_by_their_bytes(raw: bytes, content_type: str) -> None:
    assert inspect(upload(raw, "a.bin"), FileKind.INVOICE).content_type == content_type


@pytest.mark.parametrize(
    "raw",
    [
        b"hello",
        DTD,
        FETCHING,
        b"<a><b></a>",
        b"<html><body>" + b"<p>x" * 10,
        b"<a>" + b" " * MAX_XML + b"</a>",
        b"PK\x03\x04 nonsense",
        zipped(("Other.xml", OFD)),
        zipped(("OFD.xml", b"<html/>")),
        zipped(("OFD.xml", DTD)),
        zipped(("OFD.xml", OFD), ("../../etc/cron.d/x", b"x")),
        zipped(("OFD.xml", OFD), ("/etc/x", b"x")),
        zipped(("OFD.xml", OFD), ("Doc_0/bomb.bin", bytes(30 * 1024 * 1024))),
        zipped(("OFD.xml", OFD), *((f"p{number}", b"") for number in range(501))),
        ofd_of()[:-30],
        b"GIF89a" + b"<svg onload=alert(1)>",
    ],
    ids=lambda raw: repr(raw[:24]),
)
def test_what_is_no_invoice_or_hostile_is_refused(raw: bytes) -> None:
    with pytest.raises(FileRefused) as refused:
        inspect(upload(raw), FileKind.INVOICE)
    assert refused.value.code == "file_kind"


def test_a_photo_is_no_invoice() -> None:
    with pytest.raises(FileRefused):
        inspect(photo(), FileKind.INVOICE)


def test_an_archive_packed_in_an_unusual_way_is_refused() -> None:
    # Such a part may name as much memory as it likes, and a broken one raises an error of its own.
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", zipfile.ZIP_LZMA) as book:
        book.writestr("OFD.xml", OFD)
    whole = raw.getvalue()
    for bad in (whole, whole.replace(b"]\x00\x00", b"\xff\xff\xff", 1)):
        assert invoice_type(bad) is None


@given(st.binary(max_size=300))
def test_no_bytes_break_the_look_into_an_archive(raw: bytes) -> None:
    invoice_type(b"PK\x03\x04" + raw)
    whole = zipped(("OFD.xml", OFD))
    invoice_type(whole[: len(raw)] + raw + whole[2 * len(raw) :])


def test_lines_within_lines_are_each_read_once() -> None:
    inner = "<IssuItemInformation><TotaltaxIncludedAmount>2</TotaltaxIncludedAmount></IssuItemInformation>"
    own = "<TotaltaxIncludedAmount>1</TotaltaxIncludedAmount>"
    read = read_invoice(f"<a><IssuItemInformation>{inner}{own}</IssuItemInformation></a>".encode())
    assert read is not None and [line.gross_fen for line in read.lines] == [100, 200]
    assert read_invoice(b"<a>" + b"<b/>" * 100_001 + b"</a>") is None


@given(st.binary(max_size=300))
def test_no_bytes_break_the_reader(raw: bytes) -> None:
    for start in (b"", b"PK\x03\x04", b"<a>", b"<?xml version='1.0'?>"):
        read_invoice(start + raw)


def test_an_xml_file_fills_in_number_day_and_lines() -> None:
    read = read_invoice(
        xml_of(lines=[("300.00", "0.13", TAX_CODE), ("60", "9%", "1" * 19), ("x", "免税", "")])
    )
    assert read is not None
    assert (read.number, str(read.issued_on)) == (number_of(1), "2026-11-12")
    assert read.lines == (
        ReadLine(30_000, 13, TAX_CODE, "黄茶"),
        ReadLine(6_000, 9, "1" * 19, "黄茶"),
        ReadLine(0, None, "", "黄茶"),
    )
    assert read_invoice(xml_of(day="2026-02-31")) is not None
    assert read_invoice(b"<a>1</a>") is None
    assert read_invoice(DTD) is None


def test_lines_of_a_file_find_their_goods_by_the_sum_and_then_by_their_order() -> None:
    goods = [
        GoodsLine(key, 1, None, key, "", "", 1, fen, 9, "") for key, fen in (("a", 5), ("b", 7), ("c", 9))
    ]
    nine, eight = ReadLine(9, 13, ""), ReadLine(8, 6, "")
    assert fitted(goods, [nine, eight]) == {"c": nine, "a": eight}


def test_of_several_lines_with_one_sum_name_then_quantity_then_rate_tell_them_apart() -> None:
    def goods(key: str, units: int, rate: int) -> GoodsLine:
        return GoodsLine(key, 1, None, f"{key} 一级", "", "", units, 600, rate, "")

    def line(code: str, name: str, units: int | None, rate: int | None) -> ReadLine:
        return ReadLine(600, rate, code, name, None if units is None else Decimal(units))

    tea, honey, rice = goods("黄茶", 2, 13), goods("土蜂蜜", 3, 9), goods("大米", 6, 9)
    of_rice, of_honey, of_tea = line("r", "大米一级", 6, 9), line("h", "", 3, None), line("t", "", None, 13)
    found = fitted([tea, honey, rice], [of_rice, of_honey, of_tea])
    assert {key: one.tax_code for key, one in found.items()} == {"大米": "r", "土蜂蜜": "h", "黄茶": "t"}
    read = read_invoice(
        "<a><IssuItemInformation><ItemName> *谷物加工品* 大米 一级</ItemName><Quan>6.0</Quan>"
        "<TotaltaxIncludedAmount>6</TotaltaxIncludedAmount><TaxRate>0.09</TaxRate>"
        "</IssuItemInformation></a>".encode()
    )
    assert read is not None and read.lines == (replace(of_rice, tax_code=""),)


@pytest.mark.django_db
def test_a_file_is_kept_once_and_six_at_the_most() -> None:
    request = asked(wished_order())["tea-co"]
    first = keep_file(request_id=request.pk, upload=upload(xml_of()), actor_id=7)
    assert keep_file(request_id=request.pk, upload=upload(xml_of()), actor_id=7) == first
    assert (first.kind, first.account_id) == ("invoice", "supplier:tea-co")
    for number in range(2, 7):
        keep_file(request_id=request.pk, upload=upload(xml_of(number=number_of(number))), actor_id=7)
    with pytest.raises(InvoicingError) as refused:
        keep_file(request_id=request.pk, upload=upload(ofd_of()), actor_id=7)
    assert refused.value.code == "files"
    with pytest.raises(FileRefused):
        keep_file(request_id=request.pk, upload=upload(DTD), actor_id=7)
    assert StoredFile.objects.count() == 6
