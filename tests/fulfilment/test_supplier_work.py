"""Slips, files, scanning, corrections, shortages and own sales: own goods only, exact units."""

import csv
import datetime as dt
import io
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from shop.accounts.models import Role, ScopeKind
from shop.accounts.scope import SYSTEM
from shop.core import clock
from shop.core.pdf import printable
from shop.fulfilment import services, shortages, slips
from shop.fulfilment.models import Parcel, ParcelEvent, ShippingFile, ShortageReport
from shop.journal.models import JournalEntry
from shop.ordering.models import OrderRecord, RefundRequest
from shop.outbox.models import OutboxMessage
from tests.factories import make_product, make_user, place_paid
from tests.factories.stock import make_lot
from tests.fulfilment.cast import (
    Mixed,
    mixed_order,
    open_supplier_orders,
    scope_of_supplier,
    ship,
    states,
    suppliers,
)

pytestmark = pytest.mark.django_db

NUMBER, OTHER_NUMBER = "EA123456789CN", "EA987654321CN"
RECEIVER = ("王芳", "13800000001", "市心中路1号")
#: Everything of the other supplier in the mixed order.
FOREIGN = ("翠冠梨", "龙泉果业", "pears", "要熟一点的")


@pytest.fixture
def mixed() -> Mixed:
    return mixed_order(messages={"tea-co": "=请放门卫", "pear-co": "要熟一点的"})


def client_of(code: str, phone: str) -> Client:
    client = Client()
    client.force_login(
        make_user(phone=phone, name="陈供应", grants=[(Role.SUPPLIER, ScopeKind.SUPPLIER, code)])
    )
    return client


@pytest.fixture
def tea() -> Client:
    return client_of("tea-co", "+8613800000021")


@pytest.fixture
def pear() -> Client:
    return client_of("pear-co", "+8613800000022")


def told(topic: str) -> list[dict[str, Any]]:
    return list(OutboxMessage.objects.filter(topic=topic).order_by("pk").values_list("payload", flat=True))


def listed(client: Client) -> list[dict[str, str]]:
    raw = client.get("/supplier/batch/list.csv").content
    return list(csv.DictReader(io.StringIO(raw.decode("utf-8-sig"))))


def upload(client: Client, rows: list[dict[str, str]], encoding: str = "utf-8") -> Any:
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, fieldnames=list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    file = SimpleUploadedFile("待发货.csv", buffer.getvalue().encode(encoding))
    return client.post("/supplier/batch/", {"file": file}, follow=True)


def confirmed(client: Client, answer: Any) -> Any:
    file = answer.context["file"]
    return client.post(f"/supplier/batch/{file.pk}/", {"seen": answer.context["plan"].digest}, follow=True)


def test_nothing_of_another_supplier_is_reached(mixed: Mixed, tea: Client, pear: Client) -> None:
    """Every address, of a mixed order: what names the other's object is not found, what lists shows own lines."""
    parcel = ship(mixed.first, {mixed.tea.pk: 1}, number=NUMBER)
    answer = upload(tea, [row | {"快递公司": "EMS", "快递单号": OTHER_NUMBER} for row in listed(tea)])
    file = answer.context["file"]
    before = (JournalEntry.objects.count(), OutboxMessage.objects.count())
    closed = [
        f"/supplier/orders/{mixed.first.pk}/",
        f"/supplier/orders/{mixed.first.pk}/shortage/",
        f"/supplier/parcels/{parcel.pk}/number/",
        f"/supplier/batch/{file.pk}/",
        f"/supplier/slips.pdf?order={mixed.first.pk}",
        f"/supplier/slips.pdf?order={mixed.second.pk}&order={mixed.first.pk}",
    ]
    sent: dict[str, Any] = {
        "order": mixed.first.pk,
        "courier": "邮政EMS",
        "tracking_number": OTHER_NUMBER,
        "reason": "卖完了",
        f"units_{mixed.tea.pk}": 1,
        "seen": answer.context["plan"].digest,
    }
    for address in closed:
        assert pear.get(address).status_code == 404, address
        assert pear.post(address, sent).status_code == 404, address
    assert pear.post("/supplier/confirm/", {"order": [mixed.first.pk, mixed.second.pk]}).status_code == 404
    for slip in (f"https://x/supplier/orders/{mixed.first.pk}/", str(mixed.first.pk)):
        assert pear.post("/supplier/scan/", sent | {"slip": slip}).status_code == 422
    rows = listed(pear)
    assert [(row["货号"], row["待发件数"]) for row in rows] == [("pears", "4")]
    # Of a row of the other's in a file, only that there is no such line.
    stolen = upload(pear, [rows[0] | {"行号": "1", "快递公司": "EMS", "快递单号": OTHER_NUMBER}])
    assert [fault.reason for fault in stolen.context["plan"].faults] == ["该订单中没有您的这一行。"]
    for address in (
        "/supplier/",
        "/supplier/?tab=after_sales",
        "/supplier/scan/",
        "/supplier/sales/",
        "/supplier/batch/list.csv",
        "/supplier/sales/export/csv/",
        f"/supplier/orders/{mixed.first.pk}/",
        f"/supplier/batch/{file.pk}/",
    ):
        text = tea.get(address).content.decode()
        assert not any(word in text for word in FOREIGN), address
    assert (JournalEntry.objects.count(), OutboxMessage.objects.count()) == before
    assert (states(mixed), Parcel.objects.count()) == (("part", "confirmed", "new"), 1)


def test_the_slip_shows_what_is_left_and_no_prices(
    mixed: Mixed, tea: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    ship(mixed.first, {mixed.tea.pk: 2}, number=NUMBER)
    OrderRecord.objects.filter(pk=mixed.record.pk).update(recipient_name="王芳😀", street="长街" * 60)
    printed: list[str] = []
    links: list[str] = []
    real_text, real_qr = printable, slips._Printer._qr

    def note(document: Any, text: str) -> str:
        printed.append(real_text(document, text))
        return printed[-1]

    def note_link(self: Any, link: str, x: float, y: float) -> None:
        links.append(link)
        real_qr(self, link, x, y)

    monkeypatch.setattr(slips, "printable", note)
    monkeypatch.setattr(slips._Printer, "_qr", note_link)
    answer = tea.get(f"/supplier/slips.pdf?order={mixed.first.pk}&paper=a4")
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    assert answer["Cache-Control"] == "private, no-store"
    assert answer.content.startswith(b"%PDF-") and b"/MediaBox [0 0 595.28 841.89]" in answer.content
    assert len(answer.content) < 80_000 and b"/Subtype /Image" not in answer.content
    text = "\n".join(printed)
    assert all(
        word in text for word in ("王芳〓", "13800000001", "请放门卫", "黄茶", "土蜂蜜", "× 1", "× 2", "× 3")
    )
    assert mixed.record.number in text and not any(word in text for word in FOREIGN)
    assert "100.00" not in text and "¥" not in text
    assert links and all(link.endswith(f"/supplier/orders/{mixed.first.pk}/") for link in links)
    # Label paper has the slip's own size; what is shipped or held has no slip.
    label = tea.post("/supplier/slips.pdf", {"order": mixed.first.pk, "paper": "label"})
    assert b"/MediaBox [0 0 283.46 425.20]" in label.content
    OrderRecord.objects.filter(pk=mixed.record.pk).update(attention="payment_amount")
    assert tea.get(f"/supplier/slips.pdf?order={mixed.first.pk}").status_code == 302
    assert listed(tea) == []


def test_the_slip_names_the_lots_to_take_in_the_order_in_which_they_are_shipped(
    tea: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    product = make_product(supplier=suppliers()[0], sku="tea", name_zh="黄茶", stock=0)
    make_lot(product=product, code="L-late", units=9, days=60)
    make_lot(product=product, code="L-early", units=4, days=30)
    record = place_paid(lines=[(product, 6)])
    open_supplier_orders(record)
    [order] = record.supplier_orders.all()
    printed: list[tuple[str, str]] = []
    real = slips._Printer._print

    def note(self: Any, line: Any, x: float, y: float) -> None:
        printed.append((line.text, line.right))
        real(self, line, x, y)

    monkeypatch.setattr(slips._Printer, "_print", note)

    def lots() -> list[tuple[str, str]]:
        printed.clear()
        assert tea.get(f"/supplier/slips.pdf?order={order.pk}").status_code == 200
        return [found for found in printed if found[0].startswith("批次")]

    early, late = (clock.today() + dt.timedelta(days=days) for days in (30, 60))
    first, second = f"批次 L-early 保质期至 {early}", f"批次 L-late 保质期至 {late}"
    assert lots() == [(first, "× 4"), (second, "× 2")]
    [share] = record.shares.all()
    ship(order, {share.pk: 3}, number=NUMBER)
    assert lots() == [(first, "× 1"), (second, "× 2")]
    ship(order, {share.pk: 1}, number=OTHER_NUMBER)
    assert lots() == [(second, "× 2")]


def test_a_held_order_is_shown_and_not_shipped(mixed: Mixed, tea: Client) -> None:
    OrderRecord.objects.filter(pk=mixed.record.pk).update(attention="payment_amount")
    late = mixed.first.ship_by + dt.timedelta(hours=5, minutes=10)
    with time_machine.travel(late, tick=False):
        listing = tea.get("/supplier/").content.decode()
        assert "商城核对中" in listing and "超时" in listing
        address = f"/supplier/orders/{mixed.first.pk}/"
        assert not any(word in tea.get(address).content.decode() for word in RECEIVER)
        sent = {"courier": "邮政EMS", "tracking_number": NUMBER}
        units = {f"units_{mixed.tea.pk}": 3, f"units_{mixed.honey.pk}": 2}
        assert tea.post(address, sent | units).status_code == 422
        assert tea.post("/supplier/scan/", sent | {"slip": mixed.record.number}).status_code == 422
        assert not Parcel.objects.exists()
        OrderRecord.objects.filter(pk=mixed.record.pk).update(attention="surplus")
        assert "超时 5 小时" in tea.get("/supplier/").content.decode()
        assert tea.post("/supplier/scan/", sent | {"slip": mixed.record.number}).status_code == 302
    assert states(mixed) == ("part", "shipped", "new")


def test_many_orders_are_confirmed_at_once(mixed: Mixed, tea: Client) -> None:
    again = place_paid(lines=[(mixed.tea.line.product, 1)])
    open_supplier_orders(again)
    second = again.supplier_orders.get()
    for done in ("已确认 2 个订单", "已确认 0 个订单"):
        answer = tea.post("/supplier/confirm/", {"order": [mixed.first.pk, second.pk]}, follow=True)
        assert done in answer.content.decode()
    assert JournalEntry.objects.filter(action="supplier_order.confirm").count() == 2
    for junk in (["x"], ["9" * 40], ["1"] * 101):
        assert tea.post("/supplier/confirm/", {"order": junk}).status_code == 404


def test_a_file_ships_all_or_nothing_and_only_once(mixed: Mixed, tea: Client) -> None:
    rows = listed(tea)
    assert [(row["行号"], row["货号"], row["待发件数"], row["电话"]) for row in rows] == [
        (str(mixed.tea.number), "tea", "3", "'13800000001"),
        (str(mixed.honey.number), "honey", "2", "'13800000001"),
    ]
    # What a buyer wrote is no formula.
    assert {row["买家留言"] for row in rows} == {"'=请放门卫"}
    split = [
        rows[0] | {"本次发货件数": "１", "快递公司": "EMS", "快递单号": "ea123 456 789 cn"},
        rows[0] | {"本次发货件数": "2", "快递公司": "", "快递单号": "ＳＦ1234567890123"},
        rows[1],
    ]
    bad = [
        split[0] | {"订单号": "YS-NOBODYS"},
        split[0] | {"行号": "99"},
        split[0] | {"本次发货件数": "4"},
        split[0] | {"快递公司": "骑马"},
        split[1] | {"快递单号": "7.7E+14"},
        split[1] | {"快递公司": "顺丰", "快递单号": "SF12"},
    ]
    answer = upload(tea, bad, "gb18030")
    faults = [(fault.row, fault.column) for fault in answer.context["plan"].faults]
    assert faults == [
        (2, "A 订单号"),
        (3, "B 行号"),
        (4, "K 本次发货件数"),
        (5, "L 快递公司"),
        (6, "L 快递公司"),
        (7, "M 快递单号"),
    ]
    assert confirmed(tea, answer).status_code == 422
    assert not Parcel.objects.exists()
    answer = upload(tea, split, "gb18030")
    assert (answer.context["plan"].faults, len(answer.context["plan"].parcels)) == ((), 2)
    assert tea.post(f"/supplier/batch/{answer.context['file'].pk}/", {"seen": "x"}).status_code == 422
    assert not Parcel.objects.exists()
    assert "已发出 2 个包裹" in confirmed(tea, answer).content.decode()
    shipped = {
        parcel.tracking_number: [(item.share_id, item.units) for item in parcel.items.all()]
        for parcel in Parcel.objects.all()
    }
    assert shipped == {NUMBER: [(mixed.tea.pk, 1)], "SF1234567890123": [(mixed.tea.pk, 2)]}
    # The same file again, uploaded and confirmed: nothing changes.
    for again in (upload(tea, split, "gb18030"), upload(tea, split)):
        assert (again.context["plan"].standing, again.context["plan"].parcels) == (2, ())
        assert "已发出 0 个包裹" in confirmed(tea, again).content.decode()
    assert (Parcel.objects.count(), len(told("parcel.shipped")), ShippingFile.objects.count()) == (2, 2, 3)
    changed = upload(tea, [split[0] | {"本次发货件数": "2"}])
    assert [fault.reason for fault in changed.context["plan"].faults] == ["该单号的包裹已发货，但件数不同。"]


def test_files_that_are_no_list_are_refused(mixed: Mixed, tea: Client) -> None:
    for raw in (
        b"",
        b"\x00\x01\x02",
        b"PK\x03\x04broken",
        "货号,数量\r\na,1\r\n".encode(),
        b"a" * (2 * 1024 * 1024 + 1),
    ):
        answer = tea.post("/supplier/batch/", {"file": SimpleUploadedFile("x.csv", raw)})
        assert answer.status_code == 422 and list(answer.context["form"].errors) == ["file"]
    assert upload(tea, listed(tea)).status_code == 422  # nothing filled in
    assert not ShippingFile.objects.exists()
    # The workbook keeps what is typed into it as text.
    book = load_workbook(io.BytesIO(tea.get("/supplier/batch/list.xlsx").content))
    cells = [cell for row in book.worksheets[0].iter_rows(min_row=2) for cell in row]
    assert cells[12].number_format == "@" and all(cell.data_type != "f" for cell in cells)


def test_scanning_ships_what_is_left(mixed: Mixed, tea: Client) -> None:
    slip = f"https://shop.example/supplier/orders/{mixed.first.pk}/"
    looked = tea.post("/supplier/scan/", {"slip": slip, "tracking_number": ""})
    assert looked.status_code == 200 and mixed.record.number in looked.content.decode()
    # Twelve digits are several couriers': one has to be chosen, and stays chosen.
    unclear = tea.post("/supplier/scan/", {"slip": slip, "tracking_number": "781234567890"})
    assert (unclear.status_code, list(unclear.context["form"].errors)) == (422, ["courier"])
    sent = {"slip": slip, "tracking_number": "781234567890", "courier": "中通快递"}
    answer = tea.post("/supplier/scan/", sent)
    assert answer["Location"].startswith("/supplier/scan/?courier=")
    assert tea.get(answer["Location"]).context["form"].initial == {"courier": "中通快递"}
    assert tea.post("/supplier/scan/", sent).status_code == 302  # scanned twice is one parcel
    assert Parcel.objects.get().courier == "中通快递"
    assert states(mixed) == ("part", "shipped", "new")


def test_a_mistyped_number_is_put_right_for_a_while(mixed: Mixed, tea: Client) -> None:
    parcel = ship(mixed.first, number=NUMBER)
    ship(mixed.second, number="EA000000000CN")
    address = f"/supplier/parcels/{parcel.pk}/number/"
    right = {"courier": "邮政EMS", "tracking_number": OTHER_NUMBER}
    taken = tea.post(address, right | {"tracking_number": "EA000000000CN"})
    assert (taken.status_code, list(taken.context["form"].errors)) == (422, ["tracking_number"])
    for _ in range(2):
        assert tea.post(address, right).status_code == 302
    parcel.refresh_from_db()
    assert parcel.tracking_number == OTHER_NUMBER
    entry = JournalEntry.objects.get(action="parcel.correct")
    assert (entry.before["tracking_number"], entry.after["tracking_number"]) == (NUMBER, OTHER_NUMBER)
    event = ParcelEvent.objects.get(kind="corrected")
    assert event.text == f"邮政EMS {NUMBER} → 邮政EMS {OTHER_NUMBER}"
    assert "快递单号已更正" in tea.get(f"/supplier/orders/{mixed.first.pk}/").content.decode()
    back = right | {"tracking_number": NUMBER}
    with time_machine.travel(parcel.shipped_at + dt.timedelta(hours=24, seconds=1), tick=False):
        assert tea.post(address, back).status_code == 422
    services.record_signed(parcel_id=parcel.pk, signed_at=clock.now(), actor_id=None)
    assert tea.post(address, back).status_code == 422
    parcel.refresh_from_db()
    assert parcel.tracking_number == OTHER_NUMBER


def test_a_shortage_is_reported_and_decided(mixed: Mixed, tea: Client, pear: Client) -> None:
    address = f"/supplier/orders/{mixed.first.pk}/shortage/"
    for wrong in ({f"units_{mixed.tea.pk}": 4}, {}, {f"units_{mixed.tea.pk}": 2, "reason": ""}):
        sent = {f"units_{mixed.tea.pk}": 0, f"units_{mixed.honey.pk}": 0, "reason": "卖完了"} | wrong
        assert tea.post(address, sent).status_code == 422
    assert not ShortageReport.objects.exists() and told("supplier.shortage_reported") == []
    sent = {f"units_{mixed.tea.pk}": 2, f"units_{mixed.honey.pk}": 0, "reason": "卖完了", "more": "下周有"}
    assert tea.post(address, sent).status_code == 302
    assert tea.post(address, sent).status_code == 422  # one waits for its decision
    report = ShortageReport.objects.get()
    assert told("supplier.shortage_reported") == [
        {
            "order": mixed.record.number,
            "supplier_order": mixed.first.pk,
            "items": [{"line": mixed.tea.line_id, "units": 2}],
            "reason": "卖完了：下周有",
        }
    ]
    assert [shortages.open_shortages(scope).count() for scope in (SYSTEM, scope_of_supplier("pear-co"))] == [
        1,
        0,
    ]
    staff = Client()
    staff.force_login(make_user(phone="+8613800000023", grants=[(Role.STAFF, ScopeKind.ALL, "")]))
    assert "待处理的缺货上报" in staff.get(reverse("operations:desk")).content.decode()
    decide = reverse("operations:shortage_decide", args=[report.pk])
    for junk in ({"action": "take_off"}, {"action": "burn", "note": "x"}):
        staff.post(decide, junk)
    assert not RefundRequest.objects.exists()
    for _ in range(2):
        assert staff.post(decide, {"action": "take_off", "note": "买家同意少发"}).status_code == 302
    refund = RefundRequest.objects.get()
    assert (refund.fen, refund.approved_at, refund.reason) == (20_000, None, "卖完了：下周有 买家同意少发")
    page = tea.get(f"/supplier/orders/{mixed.first.pk}/").content.decode()
    assert "已从订单中减去" in page and "买家同意少发" in page
    tab = tea.get("/supplier/?tab=after_sales").content.decode()
    assert "退款中 2 件" in tab and not any(word in tab for word in FOREIGN)
    assert pear.get("/supplier/?tab=after_sales").context["page_obj"].paginator.count == 0
    assert [row["待发件数"] for row in listed(tea)] == ["1", "2"]


def test_own_sales_of_a_period(mixed: Mixed, tea: Client) -> None:
    page = tea.get("/supplier/sales/")
    totals = page.context["totals"]
    assert (totals.units, totals.fen, totals.refunded_units, totals.refunded_fen) == (5, 36_000, 0, 0)
    assert [(row.share.dims["product"], row.units, row.fen) for row in page.context["rows"]] == [
        ("tea", 3, 30_000),
        ("honey", 2, 6_000),
    ]
    raw = tea.get("/supplier/sales/export/csv/").content.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(raw)))
    day = f"{clock.local_date(mixed.first.opened_at)}"
    assert rows[1] == [
        day,
        mixed.record.number,
        "tea",
        "黄茶",
        rows[1][4],
        "3",
        "300.00",
        "0",
        "0.00",
        "待确认",
    ]
    assert rows[-1] == ["合计", "", "", "", "", "5", "360.00", "0", "0.00", ""]
    sheet = load_workbook(io.BytesIO(tea.get("/supplier/sales/export/xlsx/").content)).worksheets[0]
    assert [cell.value for cell in sheet[2]][5:8] == [3, 300, 0]
    nothing = "?start=2021-01-01&end=2021-01-31"
    assert tea.get(f"/supplier/sales/{nothing}").context["totals"].units == 0
    for junk in ("?start=2026-02-01&end=2026-01-01", "?start=9999-12-31&end=9999-12-31", "?start=x"):
        assert tea.get(f"/supplier/sales/{junk}").status_code == 400
        assert tea.get(f"/supplier/sales/export/csv/{junk}").status_code == 400
    assert tea.get("/supplier/sales/export/pdf/").status_code == 404
