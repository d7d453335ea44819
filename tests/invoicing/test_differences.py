"""What finance has to look after: one difference at a time, and a near miss beside each."""

import csv
import datetime as dt
import io
from typing import Any

import pytest
from django.db.models import F
from django.test import Client

from shop.accounts.scope import SYSTEM, Scope
from shop.buyers.models import InvoiceProfile
from shop.core import clock
from shop.invoicing import differences
from shop.invoicing.models import InvoiceRequest
from shop.invoicing.services import credit_invoice, request_from_wish
from shop.ledger.fact_models import KeyKind
from shop.ledger.register import claim_key
from shop.operations.unit_work import unit_work
from shop.ordering.models import LineShare, OrderRecord
from tests.factories import make_cast, pay
from tests.invoicing.cast import asked, issued, number_of, refunded, wished_order
from tests.procurement.cast import approved, make_goods, make_union

pytestmark = [pytest.mark.django_db, pytest.mark.data]
LONG_AGO = clock.now() - dt.timedelta(days=8)


def numbers(rows: Any) -> list[str]:
    return [getattr(row, "number", "") for row in rows]


def test_a_wish_that_became_no_request_is_told_of_after_a_day() -> None:
    record = wished_order()
    assert numbers(differences.not_asked(SYSTEM)) == []
    OrderRecord.objects.filter(pk=record.pk).update(paid_at=LONG_AGO)
    assert numbers(differences.not_asked(SYSTEM)) == [record.number]
    assert numbers(differences.not_asked(Scope(regions=frozenset({"wangcang"})))) == []
    asked(record)
    assert numbers(differences.not_asked(SYSTEM)) == []


def test_a_request_is_late_after_a_week() -> None:
    request = asked(wished_order())["tea-co"]
    assert numbers(differences.late(SYSTEM)) == []
    InvoiceRequest.objects.filter(pk=request.pk).update(asked_at=LONG_AGO)
    assert numbers(differences.late(SYSTEM)) == [request.number]
    assert [work.kind for work in unit_work(SYSTEM) if work.kind.startswith("invoice") and work.rows] == [
        "invoice_late"
    ]
    issued(request)
    assert numbers(differences.late(SYSTEM)) == []


def test_a_refund_without_its_credit_invoice_stands_until_it_has_one() -> None:
    record = wished_order()
    refunded(record, "honey", 1)
    request = asked(record)["tea-co"]
    issued(request)
    assert numbers(differences.uncredited(SYSTEM)) == numbers(differences.unequal(SYSTEM)) == []
    refund = refunded(record, "tea", 1)
    refunded(record, "pears", 1)
    found: Any = differences.uncredited(SYSTEM).get()
    assert (found.number, found.invoiced_fen - found.due_fen) == (request.number, 10_000)
    assert numbers(differences.unequal(SYSTEM)) == []
    assert numbers(differences.to_compare(SYSTEM)) == [request.number]
    credit_invoice(
        request_id=request.pk,
        refund_id=refund.pk,
        number=number_of(2),
        issued_on=clock.today(),
        reason_code="02",
        actor_id=7,
    )
    assert numbers(differences.uncredited(SYSTEM)) == numbers(differences.to_compare(SYSTEM)) == []


def test_an_invoice_that_differs_for_another_reason_is_told_of_apart() -> None:
    record = wished_order()
    request = asked(record)["tea-co"]
    issued(request)
    LineShare.objects.filter(record=record, dims__product="tea").update(reduced_fen=100)
    # The sums are taken only of orders of which something went back: of no other one can they differ.
    assert numbers(differences.unequal(SYSTEM)) == []
    OrderRecord.objects.filter(pk=record.pk).update(reduced_fen=100, goods_fen=F("goods_fen") + 100)
    assert numbers(differences.unequal(SYSTEM)) == [request.number]
    assert numbers(differences.uncredited(SYSTEM)) == []


def test_a_units_invoice_to_another_name_is_told_of() -> None:
    union = make_union()
    record = approved(union, make_goods())
    pay(record)
    request = request_from_wish(record_id=record.pk)[0]
    assert numbers(differences.wrong_title(SYSTEM)) == []
    InvoiceRequest.objects.filter(pk=request.pk).update(title="别的工会")
    assert numbers(differences.wrong_title(SYSTEM)) == [request.number]
    # What the unit keeps for its invoices is as right as the name on its papers.
    keep: dict[str, Any] = {"organisation": union.unit, "saved_by": 1, "saved_at": clock.now()}
    kept = InvoiceProfile.objects.create(title="别的工会", tax_number=request.tax_number, **keep)
    assert numbers(differences.wrong_title(SYSTEM)) == []
    kept.delete()
    assert numbers(differences.wrong_title(SYSTEM)) == [request.number]
    # A person may have it made out to whomever they like.
    asked(wished_order())
    assert numbers(differences.wrong_title(SYSTEM)) == [request.number]


def test_the_desk_shows_and_exports_what_differs() -> None:
    cast = make_cast()
    record = wished_order()
    found = asked(record)
    InvoiceRequest.objects.filter(pk=found["tea-co"].pk).update(asked_at=LONG_AGO, title="=1+1")
    claim_key(kind=KeyKind.INVOICE, value=number_of(1), owner="invoice:YS-A", order_number="YS-A")
    claim_key(kind=KeyKind.INVOICE, value=number_of(1), owner="invoice:YS-B", order_number="YS-B")
    client = Client()
    client.force_login(cast.finance)
    page = client.get("/dashboard/invoices/")
    assert {value: count for value, _name, count in page.context["kinds"]} == {
        "late": 1,
        "not_asked": 0,
        "uncredited": 0,
        "unequal": 0,
        "wrong_title": 0,
        "collision": 1,
    }
    assert [row.order for row in page.context["rows"]] == [record.number]
    rows = client.get("/dashboard/invoices/?kind=collision").context["rows"]
    assert [row.order for row in rows] == ["YS-B"]
    answer = client.get("/dashboard/invoices/export/csv/")
    cells = [
        row for row in csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))) if record.number in row
    ]
    assert "'=1+1" in cells[0]
    assert client.get("/dashboard/invoices/export/xlsx/").status_code == 200
    assert client.get("/dashboard/invoices/export/pdf/").status_code == 404
