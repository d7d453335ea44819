"""Contracts: from which sum on, one with each supplier, as they were made; read and signed by both."""

from typing import Any

import pytest
from django.conf import LazySettings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from shop.accounts.models import Role, ScopeKind, User
from shop.core import clock
from shop.core.append_only import missing_triggers
from shop.files.models import StoredFile
from shop.journal.models import JournalEntry
from shop.ordering.models import OrderRecord
from shop.ordering.services import approve_refund, record_refund_result
from shop.procurement import contract_clauses
from shop.procurement.contract_clauses import clauses_of
from shop.procurement.contract_models import Contract
from shop.procurement.contract_pdf import contract_pdf
from shop.procurement.contracts import digest_of, make_contracts
from shop.procurement.models import PayBy
from shop.procurement.rules import set_contract_rule
from shop.procurement.services import cancel_order
from tests.factories import RECIPIENT, make_user, pay
from tests.files.uploads import PDF, paper, photo
from tests.procurement.cast import approved, give_terms, make_goods, make_union

pytestmark = [pytest.mark.django_db, pytest.mark.data]


def rule(from_fen: int | None) -> None:
    set_contract_rule(from_fen=from_fen, starts_on=clock.today(), actor_id=1)


def as_(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def copy(number: int) -> SimpleUploadedFile:
    """Return a signed copy; each number is another file."""
    return paper(PDF + f"\n%{number}".encode(), name=f"{number}.pdf")


def made() -> tuple[Any, OrderRecord]:
    """Return a union and its order of two suppliers, with contracts."""
    union, goods = make_union(), make_goods()
    rule(0)
    return union, approved(union, goods, tea=20, pears=3)


def test_one_with_each_supplier_from_the_sum_on_and_only_once() -> None:
    union, goods = make_union(), make_goods()
    assert not approved(union, goods, tea=20).contracts.exists()
    rule(10 * 9_500 + 1)
    below = approved(union, goods, tea=10)
    assert below.charges_fen == 0
    assert not below.contracts.exists()
    rule(10 * 9_500)
    assert approved(union, goods, tea=10).contracts.count() == 1
    record = approved(union, goods, tea=20, pears=3)
    found = {contract.supplier.code: contract for contract in record.contracts.all()}
    assert {code: contract.total_fen for code, contract in found.items()} == {
        "tea-co": 190_000,
        "pear-co": 6_000,
    }
    again = make_contracts(record, record.purchase_request, actor_id=union.approver.pk)
    assert {contract.pk for contract in again} == {contract.pk for contract in found.values()}
    assert (Contract.objects.count(), JournalEntry.objects.filter(action="contract.made").count()) == (3, 3)
    rule(None)
    assert not approved(union, goods, tea=20).contracts.exists()


def test_the_body_holds_parties_lines_delivery_and_payment_and_no_person() -> None:
    union, goods = make_union(), make_goods()
    give_terms(union.unit)
    rule(0)
    record = approved(union, goods, tea=20, pay_by=PayBy.TERMS)
    contract = record.contracts.get()
    body = contract.body
    assert contract.digest == digest_of(body)
    assert (body["buyer"], body["seller"]["name"]) == ({"name": "un-001 工会", "credit_code": ""}, "木门茶业")
    [line] = body["lines"]
    assert (line["sku"], line["title"], line["quantity"], line["fen"]) == ("WC-TEA-001", "黄茶", 20, 190_000)
    assert (body["order"], body["request"]) == (record.number, record.purchase_request.number)
    assert (body["pay_by"], body["days"]) == ("terms", 30)
    assert body["address"] == "浙江省杭州市萧山区市心中路1号"
    assert not any(word in str(body) for word in (RECIPIENT.name, RECIPIENT.phone))
    with translation.override("zh-hans"):
        terms = str(clauses_of(body))
    assert all(word in terms for word in ("30 天", "市心中路1号", "验收", "交货"))


def test_a_contract_is_never_changed() -> None:
    made()
    for change in (lambda: Contract.objects.update(total_fen=1), lambda: Contract.objects.all().delete()):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            change()
    assert missing_triggers("procurement_contract") == []


def test_the_pdf_is_the_same_bytes_every_time_in_either_language() -> None:
    _union, record = made()
    first, second = record.contracts.select_related("supplier")
    with translation.override("en"):
        printed = contract_pdf(first)
    assert printed.startswith(b"%PDF-")
    with translation.override("zh-hans"):
        assert printed == contract_pdf(first)
    assert printed != contract_pdf(second)
    assert printed.count(b"/Type /Page\n") == 1
    first.body = first.body | {"lines": first.body["lines"] * 60}
    assert contract_pdf(first).count(b"/Type /Page\n") == 3


def test_a_contract_keeps_its_terms_when_the_shop_words_new_ones_otherwise(
    monkeypatch: pytest.MonkeyPatch, settings: LazySettings
) -> None:
    with translation.override("en"):
        union, record = made()
    contract = record.contracts.get(supplier__code="tea-co")
    assert (contract.body["format"], contract.digest) == (2, digest_of(contract.body))
    kept, printed = contract.body["clauses"], contract_pdf(contract)
    assert "市心中路1号" in kept[0][1][0]
    old = {name: value for name, value in contract.body.items() if name != "clauses"} | {"format": 1}
    monkeypatch.setattr(contract_clauses, "_payment", lambda body: "另有约定")
    settings.SHOP_NAME = "另一商城"
    assert contract_pdf(Contract.objects.get(pk=contract.pk)) == printed
    shown = as_(union.buyer).get(f"/unit/contracts/{contract.number}/").content.decode()
    assert (kept[2][1][0] in shown, "另有约定" in shown) == (True, False)
    # One from before it held its terms has those of today.
    contract.body = old
    assert "另有约定" in str(clauses_of(old))
    assert contract_pdf(contract) not in (b"", printed)


def test_both_parties_read_it_and_keep_signed_copies_that_staff_see_too() -> None:
    union, record = made()
    contract = record.contracts.get(supplier__code="tea-co")
    supplier = make_user(phone="+8613800000042", grants=[(Role.SUPPLIER, ScopeKind.SUPPLIER, "tea-co")])
    staff = make_user(phone="+8613800000041", grants=[(Role.STAFF, ScopeKind.ALL, "")])
    unit_page = f"/unit/contracts/{contract.number}/"
    supplier_page = f"/supplier/contracts/{contract.number}/"
    assert contract.number in as_(union.buyer).get(f"/unit/orders/{record.number}/").content.decode()
    assert contract.number in as_(supplier).get("/supplier/contracts/").content.decode()
    wrong = as_(union.buyer).post(unit_page, {"file": SimpleUploadedFile("a.exe", b"MZ")})
    assert (wrong.status_code, StoredFile.objects.count()) == (422, 0)
    assert as_(union.buyer).post(unit_page, {}).status_code == 422
    signed = paper(name="合同.pdf")
    assert as_(union.buyer).post(unit_page, {"file": signed}).status_code == 302
    assert as_(supplier).post(supplier_page, {"file": photo(name="章.jpg")}).status_code == 302
    accounts = StoredFile.objects.order_by("pk").values_list("account_id", "owner_type", "owner_key")
    assert list(accounts) == [
        ("organisation:un-001", "contract", contract.number),
        ("supplier:tea-co", "contract", contract.number),
    ]
    assert JournalEntry.objects.filter(action="contract.scan_uploaded").count() == 2
    for person, page in (
        (union.approver, unit_page),
        (supplier, supplier_page),
        (staff, f"/dashboard/contracts/{contract.number}/"),
    ):
        answer = as_(person).get(page)
        assert [file.name for file in answer.context["files"]] == ["合同.pdf", "章.jpg"], page
        printed = as_(person).get(f"{page}pdf/")
        assert (printed["Content-Type"], printed.content[:5]) == ("application/pdf", b"%PDF-")
    opened = as_(union.approver).get(unit_page).context["files"][0].url
    assert as_(supplier).get(opened).status_code == 404


def test_a_contract_holds_six_signed_copies() -> None:
    union, record = made()
    page = f"/unit/contracts/{record.contracts.all()[0].number}/"
    client = as_(union.buyer)
    codes = [client.post(page, {"file": copy(n)}).status_code for n in range(7)]
    assert (codes, StoredFile.objects.count()) == ([302] * 6 + [422], 6)


def test_neither_party_takes_the_other_s_place_and_the_same_file_is_kept_once() -> None:
    union, record = made()
    contract = record.contracts.get(supplier__code="tea-co")
    supplier = make_user(phone="+8613800000042", grants=[(Role.SUPPLIER, ScopeKind.SUPPLIER, "tea-co")])
    unit_page, supplier_page = (
        f"/unit/contracts/{contract.number}/",
        f"/supplier/contracts/{contract.number}/",
    )
    mine, theirs = as_(union.buyer), as_(supplier)
    for n in range(6):
        assert mine.post(unit_page, {"file": copy(n)}).status_code == 302
    # The sixth again is no seventh, and the supplier's copy of the same paper is its own.
    assert mine.post(unit_page, {"file": copy(5)}).status_code == 302
    assert theirs.post(supplier_page, {"file": copy(5)}).status_code == 302
    accounts = list(StoredFile.objects.values_list("account_id", flat=True))
    assert (accounts.count("organisation:un-001"), accounts.count("supplier:tea-co")) == (6, 1)
    assert JournalEntry.objects.filter(action="contract.scan_uploaded").count() == 7


def test_nobody_else_finds_it() -> None:
    _union, record = made()
    other = make_union(code="un-002", first_phone=60)
    stranger = make_user(phone="+8613800000042", grants=[(Role.SUPPLIER, ScopeKind.SUPPLIER, "pear-co")])
    number = record.contracts.get(supplier__code="tea-co").number
    for person, page in (
        (other.second, f"/unit/contracts/{number}/"),
        (other.second, f"/unit/contracts/{number}/pdf/"),
        (stranger, f"/supplier/contracts/{number}/"),
        (stranger, f"/supplier/contracts/{number}/pdf/"),
        (stranger, f"/dashboard/contracts/{number}/"),
    ):
        assert as_(person).get(page).status_code == 404, page
    assert as_(other.second).post(f"/unit/contracts/{number}/", {"file": photo()}).status_code == 404
    assert not StoredFile.objects.exists()


def test_a_contract_of_an_order_that_was_called_off_says_so() -> None:
    union, record = made()
    page = f"/unit/contracts/{record.contracts.all()[0].number}/"
    assert not as_(union.buyer).get(page).context["is_off"]
    cancel_order(record_id=record.pk, reason="人数变了", actor_id=union.buyer.pk)
    answer = as_(union.buyer).get(page)
    assert answer.context["is_off"]
    assert "合同随之终止" in answer.content.decode()


def test_a_contract_of_an_order_whose_money_all_went_back_says_so() -> None:
    union, record = made()
    page = f"/unit/contracts/{record.contracts.all()[0].number}/"
    pay(record)
    cancel_order(record_id=record.pk, reason="人数变了", actor_id=union.buyer.pk)
    wish = record.refunds.get()
    assert not as_(union.buyer).get(page).context["is_off"]
    approve_refund(request_id=wish.pk, actor_id=99)
    record_refund_result(request_id=wish.pk, ok=True, parts=[(f"demo:{record.number}", wish.fen)])
    record.refresh_from_db()
    assert (record.payment_state, record.refunded_fen) == ("paid", record.paid_fen)
    assert as_(union.buyer).get(page).context["is_off"]


def test_the_page_asks_as_often_for_every_contract() -> None:
    union, goods = make_union(), make_goods()
    rule(0)
    counts = []
    for tea in (1, 2):
        record = approved(union, goods, tea=tea, pears=1)
        client, page = as_(union.second), f"/unit/contracts/{record.contracts.all()[0].number}/"
        client.get(page)
        with CaptureQueriesContext(connection) as captured:
            client.get(page)
        counts.append(len(captured))
    assert counts[0] == counts[1] <= 12
