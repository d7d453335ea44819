"""The reimbursement pack: everything of an order in one PDF and one zip, and what is missing said on its cover."""

import csv
import datetime as dt
import hashlib
import io
import tracemalloc
from pathlib import Path

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import translation
from pytest_django import Settings

from shop.accounts.models import User
from shop.accounts.scope import Scope
from shop.buyers.services import remove_member
from shop.certificates.models import Certificate
from shop.certificates.packs import archive, asking, content, sections
from shop.certificates.packs.archive import Archive, parts_of, safe_name
from shop.certificates.packs.asking import ask_pack, of_order, of_period
from shop.certificates.packs.content import filed_orders
from shop.certificates.packs.gaps import gaps_of, order_gaps
from shop.certificates.packs.proof import proof_of
from shop.certificates.packs.rosters import Annex
from shop.certificates.packs.sheet import Sheet
from shop.certificates.services import issue_unit_certificate
from shop.core import clock
from shop.core.exceptions import ShopError
from shop.files.models import StoredFile
from shop.files.places import upload_path
from shop.invoicing.services import request_invoices
from shop.journal.models import JournalEntry
from shop.ledger.models import LedgerEntry
from shop.operations.exports import make_waiting_exports
from shop.ordering.invoices import InvoiceWish
from shop.ordering.models import OrderRecord
from shop.ordering.services import UnitsOf, record_refund_result, request_refund
from shop.procurement.models import PayBy
from shop.procurement.roster_models import Roster
from shop.procurement.services import cancel_order, note_signatures
from shop.reporting.asking import folder, path_of
from shop.reporting.making import sweep_exports
from shop.reporting.models import ExportJob
from tests.certificates.pack_cast import (
    GOODS_FEN,
    Said,
    counted,
    filed_order,
    files_in,
    invoiced,
    made,
    make_finance,
    members,
    transferred,
)
from tests.factories import make_user
from tests.factories.buyers import make_organisation
from tests.ledger.story import at
from tests.procurement.cast import Goods, Union, approved, give_terms, make_goods, make_union, shipped
from tests.procurement.people import FOUR, goods_to_many, prepared
from tests.worker import drain

pytestmark = [pytest.mark.django_db, pytest.mark.data]

OCTOBER, LATER = at("2026-10-08"), at("2026-11-20")


@pytest.fixture(autouse=True)
def own_folder(settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = str(tmp_path / "media")


@pytest.fixture
def union() -> Union:
    return make_union()


@pytest.fixture
def goods() -> Goods:
    return make_goods()


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> Said:
    found = Said()
    found.listen(monkeypatch, Sheet)
    return found


def ask(union: Union, query: dict[str, str]) -> ExportJob:
    return ask_pack(user=union.buyer, organisation=union.unit, query=query)


def whole(union: Union, goods: Goods) -> OrderRecord:
    """Return an order of October with all papers, and its month's certificate."""
    with time_machine.travel(OCTOBER, tick=False):
        record = filed_order(union, goods)
    issue(union)
    return record


def issue(union: Union) -> Certificate:
    with time_machine.travel(LATER, tick=False):
        month = dt.date(2026, 10, 1)
        return issue_unit_certificate(
            organisation_id=union.unit.pk, first=month, last=month, demo=True, actor_id=union.buyer.pk
        )


def gaps(record: OrderRecord, union: Union) -> list[str]:
    [order] = filed_orders(Scope(organisations=frozenset({union.unit.code})), [record.number])
    with translation.override("zh-hans"):
        return [gap.removeprefix(f"{record.number}: ") for gap in order_gaps(order)]


def test_a_whole_pack_holds_every_paper_and_says_that_nothing_is_missing(
    union: Union, goods: Goods, said: Said
) -> None:
    record = whole(union, goods)
    with time_machine.travel(LATER, tick=False):
        job = made(ask(union, of_order(record.number)))
    assert (job.state, job.failure, job.file_name) == ("ready", "", f"报销材料-{record.number}.zip")
    assert job.rows_done == job.rows_wanted
    for text in (
        "材料齐全",
        "un-001 工会",
        record.number,
        record.purchase_request.number,
        "中秋慰问",
        "木门茶业",
        "WC-TEA-001",
        "1,900.00",
        "门卫老李",
        "26332000000000000001",
        "杭州某单位",
        "与账本一致",
        *(contract.number for contract in record.contracts.all()),
        *(report.number for report in record.acceptance_reports.all()),
    ):
        assert text in said, text
    # Who agreed and what they saw.
    [approval] = record.purchase_request.approvals.all()
    assert approval.digest in said
    assert str(union.approver) in said

    files = files_in(job)
    reports = [report.number for report in record.acceptance_reports.all()]
    tea, pears = record.contracts.order_by("pk")
    certificate = Certificate.objects.get()
    assert list(files) == [
        f"报销材料-{record.number}.pdf",
        "商品明细.csv",
        f"{record.number}/采购合同/{tea.number}.pdf",
        f"{record.number}/采购合同/{tea.number}-签章件-1-盖章.pdf",
        f"{record.number}/采购合同/{pears.number}.pdf",
        f"{record.number}/采购合同/{pears.number}-签章件-1-盖章.pdf",
        f"{record.number}/验收/{reports[0]}-1.jpg",
        f"{record.number}/发票/26332000000000000001-1-发票0.pdf",
        f"{record.number}/发票/26332000000000000002-1-发票1.pdf",
        f"帮扶证明/{certificate.code}.pdf",
        "SHA256SUMS.txt",
    ]
    listed = dict(line.split("  ", 1)[::-1] for line in files.pop("SHA256SUMS.txt").decode().splitlines())
    assert listed == {name: hashlib.sha256(body).hexdigest() for name, body in files.items()}
    for name, body in files.items():
        start = {".pdf": b"%PDF-", ".jpg": b"\xff\xd8\xff", ".csv": b"\xef\xbb\xbf"}[name[-4:]]
        assert body.startswith(start), name
    rows = list(csv.reader(io.StringIO(files["商品明细.csv"].decode("utf-8-sig"))))
    assert [row[4:8] for row in rows[1:]] == [
        ["WC-TEA-001", "黄茶", "20", "1900.00"],
        ["LQ-FRT-001", "翠冠梨", "3", "60.00"],
    ]


def test_its_figures_are_the_ledgers_and_the_certificates(union: Union, goods: Goods) -> None:
    record = whole(union, goods)
    scope = Scope(organisations=frozenset({union.unit.code}))
    orders = filed_orders(scope, [record.number])
    proof = proof_of(union.unit, orders, demo=True)
    entries = LedgerEntry.objects.filter(order_number=record.number, kind="goods", stage="confirmed")
    booked = sum(entries.values_list("fen", flat=True))
    assert (booked, proof.fen, orders[0].booked.net_fen) == (GOODS_FEN, GOODS_FEN, record.paid_fen)
    [row] = proof.certificates
    assert (row.certificate.confirmed_fen, row.now_fen, row.is_amended) == (GOODS_FEN, GOODS_FEN, False)
    assert (proof.uncovered, gaps_of(orders, proof)) == ([], [])
    assert [(row.month, row.fen) for row in proof.rows] == [
        (dt.date(2026, 10, 1), 6_000),
        (dt.date(2026, 10, 1), 190_000),
    ]


def test_the_same_orders_give_the_same_bytes_whoever_asks_and_whenever(union: Union, goods: Goods) -> None:
    record = whole(union, goods)
    with time_machine.travel(LATER, tick=False):
        first = made(ask(union, of_order(record.number)))
    with time_machine.travel(LATER + dt.timedelta(days=2), tick=False), translation.override("en"):
        again = made(
            ask_pack(user=make_finance(union), organisation=union.unit, query=of_order(record.number))
        )
    assert (first.digest, path_of(first).read_bytes()) == (again.digest, path_of(again).read_bytes())


def test_an_order_that_has_only_been_placed_lacks_nearly_everything(
    union: Union, goods: Goods, said: Said
) -> None:
    record = approved(union, goods, tea=20, pears=3)
    assert gaps(record, union) == [
        "尚有 ¥1,960.00 未付款。",
        "23 件中有 23 件尚未验收。",
        "尚未向木门茶业申请发票，金额 ¥1,900.00。",
        "尚未向龙泉果业申请发票，金额 ¥60.00。",
    ]
    made(ask(union, of_order(record.number)))
    assert "还缺 4 项" in said
    for gap in gaps(record, union):
        assert gap in said, gap
    assert "材料齐全" not in said


def test_each_step_of_the_way_names_what_is_still_open(union: Union, goods: Goods) -> None:
    give_terms(union.unit)
    record = approved(union, goods, tea=20, pay_by=PayBy.TERMS)
    drain()
    counted(shipped(record), union, photos=0, accepted=False)
    [report] = record.acceptance_reports.all()
    assert gaps(record, union)[1:3] == [
        "20 件中有 20 件尚未验收。",
        f"验收单 {report.number} 待另一位成员复核。",
    ]
    assert f"验收单 {report.number} 没有照片。" in gaps(record, union)
    request_invoices(record_id=record.pk, wish=InvoiceWish("工会", "91330100799655058B"), asked_by=1)
    assert gaps(record, union)[-1] == "木门茶业尚未开具 ¥1,900.00 的发票。"


def test_a_paper_whose_bytes_are_gone_is_named_and_the_others_are_there(union: Union, goods: Goods) -> None:
    record = whole(union, goods)
    lost = StoredFile.objects.filter(owner_type="contract").order_by("pk")[0]
    upload_path(lost).unlink()
    [gap] = gaps(record, union)
    assert "签章件" in gap
    with time_machine.travel(LATER, tick=False):
        files = files_in(made(ask(union, of_order(record.number))))
    assert sum("签章件" in name for name in files) == 1


def test_a_certificate_that_no_longer_holds_and_a_month_without_one_are_named(
    union: Union, goods: Goods
) -> None:
    with time_machine.travel(OCTOBER, tick=False):
        record = filed_order(union, goods)
        scope = Scope(organisations=frozenset({union.unit.code}))
        orders = filed_orders(scope, [record.number])
        with translation.override("zh-hans"):
            assert gaps_of(orders, proof_of(union.unit, orders, demo=True)) == [
                "2026-10 尚未结束，其证明自次月起可开具。"
            ]
    with time_machine.travel(LATER, tick=False), translation.override("zh-hans"):
        assert gaps_of(orders, proof_of(union.unit, orders, demo=True)) == [
            "没有覆盖 2026-10 的证明，本单位可在“证明”页开具。"
        ]
    certificate = issue(union)
    with time_machine.travel(LATER, tick=False):
        refund(record, union)
        orders = filed_orders(scope, [record.number])
        proof = proof_of(union.unit, orders, demo=True)
    [row] = proof.certificates
    assert (row.certificate, row.now_fen, row.is_amended) == (certificate, GOODS_FEN - 9_500, True)
    assert proof.fen == GOODS_FEN - 9_500
    with translation.override("zh-hans"):
        found = gaps_of(orders, proof)
    assert any("账本已有变化" in gap for gap in found)
    assert any("木门茶业的发票合计" in gap for gap in found)


def refund(record: OrderRecord, union: Union) -> None:
    """Send the money of one tea back."""
    share = record.shares.get(dims__product="WC-TEA-001")
    wish = request_refund(record_id=record.pk, portions=[UnitsOf(share.pk, 1)], reason="坏了", actor_id=None)
    payment = record.payments.get()
    record_refund_result(request_id=wish.pk, ok=True, parts=[(payment.key, wish.fen)])
    drain()


def test_a_period_takes_its_orders_and_no_closed_one(union: Union, goods: Goods, said: Said) -> None:
    with time_machine.travel(OCTOBER, tick=False):
        first, second = (approved(union, goods, tea=10) for _number in range(2))
        closed = approved(union, goods, tea=10)
        cancel_order(record_id=closed.pk, reason="不要了", actor_id=union.buyer.pk)
    with time_machine.travel(OCTOBER + dt.timedelta(days=1), tick=False):
        late = approved(union, goods, tea=10)
        day = dt.date(2026, 10, 8)
        files = files_in(made(ask(union, of_period(day, day))))
    assert next(iter(files)) == "报销材料-2026-10-08-2026-10-08.pdf"
    assert first.number in said
    assert second.number in said
    assert closed.number not in said
    assert late.number not in said


def test_what_cannot_be_made_is_refused_in_words_and_nothing_is_written(
    union: Union, goods: Goods, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = approved(union, goods, tea=10)
    stranger = make_union(code="un-002", first_phone=60)
    day = clock.today()

    def refused(user: object, query: dict[str, str]) -> str:
        with pytest.raises(ShopError) as error:
            ask_pack(user=user, organisation=union.unit, query=query)  # type: ignore[arg-type]
        assert not ExportJob.objects.exists()
        return error.value.code

    assert refused(stranger.buyer, of_order(record.number)) == "role"
    before = day - dt.timedelta(days=40)
    assert refused(union.buyer, of_period(before, before)) == "nothing"
    monkeypatch.setattr(asking, "MOST_LINES", 0)
    assert refused(union.buyer, of_order(record.number)) == "too_many_lines"
    monkeypatch.setattr(asking, "MOST_ORDERS", 0)
    assert refused(union.buyer, of_period(day, day)) == "too_many_orders"
    cancel_order(record_id=record.pk, reason="不要了", actor_id=union.buyer.pk)
    assert refused(union.buyer, of_order(record.number)) == "closed"


def test_a_pack_that_grows_too_large_says_so_and_leaves_nothing_behind(
    union: Union, goods: Goods, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = approved(union, goods, tea=10)
    monkeypatch.setattr(archive, "MOST_BYTES", 1_000)
    job = ask(union, of_order(record.number))
    assert make_waiting_exports() == 0
    job.refresh_from_db()
    assert job.state == "failed"
    assert "一次少选" in job.failure
    assert list(folder().glob("*")) == []


def test_nobody_but_who_asked_has_it_and_only_while_they_act_for_the_unit(
    union: Union, goods: Goods, client: Client
) -> None:
    record = approved(union, goods, tea=10)
    job = made(ask(union, of_order(record.number)))
    stranger = make_union(code="un-002", first_phone=60)
    addresses = [
        reverse("certificates:pack", args=[job.key]),
        reverse("certificates:pack_state", args=[job.key]),
        reverse("certificates:pack_file", args=[job.key, "pdf"]),
        reverse("certificates:pack_file", args=[job.key, "zip"]),
    ]

    def statuses(person: User) -> list[int]:
        """Return what somebody gets who logs in now."""
        person.refresh_from_db()
        client.force_login(person)
        answers = [client.get(address) for address in addresses]
        for answer in answers:
            # A file that nobody reads to its end stays open.
            b"".join(answer)
        return [answer.status_code for answer in answers]

    for person in (stranger.buyer, union.approver, make_finance(union)):
        assert statuses(person) == [404] * 4, person
    assert not JournalEntry.objects.filter(action="export.downloaded").exists()
    assert statuses(union.buyer) == [200] * 4
    # On the pages of the staff's files it does not exist.
    assert client.get(reverse("reporting:export_job", args=[job.key])).status_code == 404
    remove_member(organisation_id=union.unit.pk, user_id=union.buyer.pk, role="buyer", actor_id=None)
    assert statuses(union.buyer) == [404] * 4


def test_who_has_lost_the_role_while_it_waits_gets_no_pack(union: Union, goods: Goods) -> None:
    record = approved(union, goods, tea=10)
    job = ask(union, of_order(record.number))
    remove_member(organisation_id=union.unit.pk, user_id=union.buyer.pk, role="buyer", actor_id=None)
    assert make_waiting_exports() == 0
    job.refresh_from_db()
    assert (job.state, list(folder().glob("*"))) == ("failed", [])


def test_it_is_asked_for_on_the_orders_page_taken_twice_and_each_time_journalled(
    union: Union, goods: Goods, client: Client
) -> None:
    record = approved(union, goods, tea=10)
    client.force_login(union.buyer)
    button = reverse("certificates:order_pack", args=[record.number])
    assert button in client.get(reverse("procurement:order", args=[record.number])).content.decode()
    page = client.post(button)["Location"]
    assert client.post(button)["Location"] == page
    waiting = client.get(page).content.decode()
    assert 'hx-trigger="every 3s"' in waiting
    job = made(ExportJob.objects.get())
    assert client.get(reverse("certificates:packs")).content.decode().count(str(job.key)) == 1
    body = {}
    for kind in ("pdf", "zip"):
        answer = client.get(reverse("certificates:pack_file", args=[job.key, kind]))
        body[kind] = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
        assert answer["Content-Type"] == f"application/{kind}"
        assert int(answer["Content-Length"]) == len(body[kind])
    assert hashlib.sha256(body["zip"]).hexdigest() == job.digest
    assert next(iter(members(body["zip"]).values())) == body["pdf"]
    told = JournalEntry.objects.filter(action="export.downloaded").order_by("pk")
    assert [(entry.actor_id, entry.after["kind"], entry.after["sha256"]) for entry in told] == [
        (union.buyer.pk, "pdf", job.digest),
        (union.buyer.pk, "zip", job.digest),
    ]
    assert client.get(reverse("certificates:pack_file", args=[job.key, "exe"])).status_code == 404


def test_after_its_days_it_is_refused_and_forgotten(union: Union, goods: Goods, client: Client) -> None:
    record = approved(union, goods, tea=10)
    job = made(ask(union, of_order(record.number)))
    address = reverse("certificates:pack_file", args=[job.key, "pdf"])
    with time_machine.travel(clock.now() + dt.timedelta(days=7, minutes=1), tick=False):
        client.force_login(union.buyer)
        assert client.get(address).status_code == 410
        assert sweep_exports() == 1
        assert client.get(address).status_code == 410
        assert client.get(reverse("certificates:packs")).status_code == 200
    job.refresh_from_db()
    assert (job.state, job.query, path_of(job).exists()) == ("expired", {}, False)


def test_who_only_counts_goods_reads_who_may_ask(union: Union, goods: Goods, client: Client) -> None:
    record = approved(union, goods, tea=10)
    acceptor = make_user(phone="+8613900000091", name="姚验收")
    make_organisation(code=union.unit.code, acceptor=acceptor)
    client.force_login(acceptor)
    page = client.get(reverse("certificates:packs"))
    assert (page.status_code, page.context["may_ask"]) == (200, False)
    button = reverse("certificates:order_pack", args=[record.number])
    order = reverse("procurement:order", args=[record.number])
    assert button not in client.get(order).content.decode()
    answer = client.post(button, follow=True)
    assert "财务" in answer.content.decode()
    assert not ExportJob.objects.exists()


def test_a_wrong_period_is_said_at_its_field(union: Union, client: Client) -> None:
    client.force_login(union.buyer)
    address = reverse("certificates:packs")
    for start, end, field in (
        ("2026-10-02", "2026-10-01", "end"),
        ("1999-01-01", "2026-10-01", "start"),
        ("", "2026-10-01", "start"),
        ("9999-12-31", "9999-12-31", "start"),
        ("2026-10-01", "2026-10-01", "start"),
    ):
        answer = client.post(address, {"start": start, "end": end})
        assert (answer.status_code, field in answer.context["form"].errors) == (422, True), (start, end)
    assert not ExportJob.objects.exists()


def test_what_other_apps_give_of_an_order_lies_in_the_zip(
    union: Union, goods: Goods, monkeypatch: pytest.MonkeyPatch, said: Said
) -> None:
    record = approved(union, goods, tea=10)
    monkeypatch.setattr(content, "ANNEXES", (lambda order: [Annex("签收名册.pdf", b"%PDF-roster")],))
    files = files_in(made(ask(union, of_order(record.number))))
    assert files[f"{record.number}/签收名册.pdf"] == b"%PDF-roster"
    assert "签收名册.pdf" in said


def test_the_list_that_people_sign_lies_in_the_zip_until_they_are_erased(union: Union, said: Said) -> None:
    with time_machine.travel(OCTOBER, tick=False):
        record = prepared(union, goods_to_many(), FOUR)
        note_signatures(record_id=record.pk, shown=[1, 2, 3, 4], signed=[1, 3], actor_id=union.buyer.pk)
        assert "4 人中有 2 人尚未签收。" in gaps(record, union)
        first = made(ask(union, of_order(record.number)))
    name = f"{record.number}/签收表-1.pdf"
    assert files_in(first)[name].startswith(b"%PDF-")
    assert "4 人中已有 2 人签收。" in said
    with time_machine.travel(OCTOBER + dt.timedelta(hours=1), tick=False):
        again = made(ask(union, of_order(record.number)))
        assert again.digest == first.digest
    Roster.objects.update(erased_at=OCTOBER)
    with time_machine.travel(LATER, tick=False):
        assert name not in files_in(made(ask(union, of_order(record.number))))
    assert "签收名单以本单位留存的纸质件为准" in said
    assert not any("尚未签收" in gap for gap in gaps(record, union))


def test_photos_beyond_the_printed_ones_lie_in_the_zip_and_are_counted(
    union: Union, goods: Goods, monkeypatch: pytest.MonkeyPatch, said: Said
) -> None:
    monkeypatch.setattr(sections, "MOST_PRINTED", 2)
    record = approved(union, goods, tea=10)
    transferred(record, serial="S1")
    counted(shipped(record), union, photos=5)
    invoiced(record)
    files = files_in(made(ask(union, of_order(record.number))))
    assert sum(name.endswith(".jpg") for name in files) == 5
    pdf = next(iter(files.values()))
    assert pdf.count(b"/Subtype /Image") == 2
    assert "另有 3 张照片" in said


def test_a_large_file_passes_through_without_being_held(tmp_path: Path) -> None:
    def peak(megabytes: int) -> int:
        source = tmp_path / f"{megabytes}.bin"
        with source.open("wb") as file:
            file.truncate(megabytes * 1024 * 1024)
        with (tmp_path / "pack.zip").open("w+b") as file:
            tracemalloc.start()
            try:
                pack = Archive(file, OCTOBER)
                pack.put("a.bin", parts_of(source))
                pack.close()
                return tracemalloc.get_traced_memory()[1]
            finally:
                tracemalloc.stop()

    peak(1)
    assert peak(40) < 2 * peak(8)


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("发票.pdf", "发票.pdf"),
        ("../../etc/passwd", "_.._etc_passwd"),
        ("=cmd|' /C calc'!A0.pdf", "cmd_' _C calc'!A0.pdf"),
        ("a\x00b\u202egnp.exe", "a_b_gnp.exe"),
        ("...", "_"),
        ("长" * 200 + ".pdf", "长" * 76 + ".pdf"),
    ],
)
def test_no_name_in_the_zip_leads_out_of_it(name: str, safe: str) -> None:
    assert safe_name(name) == safe
