"""Requests, invoices and credit invoices: to the fen, once, and nothing half-written."""

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from shop.core import clock
from shop.core.append_only import missing_triggers
from shop.core.exceptions import ShopError
from shop.invoicing.crediting import creditable_refunds
from shop.invoicing.forgetting import forget_wishes
from shop.invoicing.goods import goods_of
from shop.invoicing.models import RATES, Invoice, InvoiceLine, InvoiceRequest
from shop.invoicing.recording import priced_line
from shop.invoicing.requests import MOST_WITHDRAWN
from shop.invoicing.services import (
    ask_exchange,
    credit_invoice,
    exchange_invoice,
    record_invoice,
    request_from_wish,
    request_invoices,
    withdraw_empty_requests,
    withdraw_requests,
)
from shop.journal.models import JournalEntry
from shop.ordering.invoices import InvoiceWish
from shop.ordering.models import OrderRecord
from shop.ordering.services import UnitsOf, reduce_order
from shop.outbox.models import OutboxMessage
from tests.factories import make_product, place
from tests.invoicing.cast import TAX_CODE, WISH, asked, issued, lines_for, number_of, refunded, wished_order
from tests.procurement.cast import approved, give_terms, make_goods, make_union, shipped
from tests.worker import drain

pytestmark = [pytest.mark.django_db, pytest.mark.data]
OTHER = InvoiceWish("杭州市教育工会", "91330100799655058B")


def refused(call: Callable[..., Any], **fields: Any) -> tuple[str, str]:
    before = (Invoice.objects.count(), InvoiceLine.objects.count(), OutboxMessage.objects.count())
    with pytest.raises(ShopError) as error:
        call(**fields)
    assert (Invoice.objects.count(), InvoiceLine.objects.count(), OutboxMessage.objects.count()) == before
    return error.value.code, error.value.field


def told(topic: str) -> list[dict[str, Any]]:
    return [one.payload for one in OutboxMessage.objects.filter(topic=topic).order_by("pk")]


def states() -> list[str]:
    return list(InvoiceRequest.objects.order_by("pk").values_list("state", flat=True))


@given(gross=st.integers(-(10**12), 10**12).filter(bool), rate=st.sampled_from(RATES))
def test_a_line_without_tax_is_its_sum_by_one_and_the_rate_and_the_tax_is_the_rest(
    gross: int, rate: int
) -> None:
    line = priced_line(InvoiceLine(gross_fen=gross, rate_percent=rate))
    assert line.ex_tax_fen + line.tax_fen == gross
    assert abs(line.ex_tax_fen * (100 + rate) - gross * 100) * 2 <= 100 + rate
    assert line.tax_fen * gross >= 0
    assert abs(line.tax_fen) <= abs(gross)


def test_a_wish_becomes_one_request_for_each_supplier_once_the_order_is_paid() -> None:
    record = wished_order()
    drain()
    rows = list(InvoiceRequest.objects.order_by("supplier__code"))
    assert [(row.supplier.code, row.title, row.tax_number, row.state, row.asked_by) for row in rows] == [
        ("pear-co", WISH["title"], WISH["tax_number"], "requested", None),
        ("tea-co", WISH["title"], WISH["tax_number"], "requested", None),
    ]
    assert {row.number for row in rows} == {f"{record.number}-F1", f"{record.number}-F2"}
    assert request_from_wish(record_id=record.pk) == []
    assert withdraw_requests(record_id=record.pk, actor_id=None) == 2
    assert withdraw_requests(record_id=record.pk, actor_id=None) == 0
    # What was taken back is not asked for again by itself.
    assert request_from_wish(record_id=record.pk) == []
    assert states() == ["withdrawn", "withdrawn"]


def test_without_a_wish_and_before_payment_nobody_is_asked() -> None:
    assert request_from_wish(record_id=wished_order(wish={}).pk) == []
    unpaid = place(lines=[(make_product(), 1)], invoice_wish=dict(WISH))
    assert request_from_wish(record_id=unpaid.pk) == []
    ask: dict[str, Any] = {"record_id": unpaid.pk, "wish": OTHER, "asked_by": 1}
    assert refused(request_invoices, **ask)[0] == "not_paid"


def test_an_order_on_terms_is_asked_for_when_its_goods_are_accounted_for() -> None:
    union, goods = make_union(), make_goods()
    give_terms(union.unit)
    record = shipped(approved(union, goods, tea=20, pay_by="terms"))
    assert record.invoice_wish["title"] == union.unit.name
    assert request_from_wish(record_id=record.pk) == []
    share = record.shares.get()
    share.accepted_units = 19
    share.save()
    assert request_from_wish(record_id=record.pk) == []
    share.accepted_units = 20
    share.save()
    assert [one.supplier.code for one in request_from_wish(record_id=record.pk)] == ["tea-co"]


def test_a_person_asks_for_what_has_not_been_asked_for() -> None:
    record = wished_order(wish={})
    ask: dict[str, Any] = {"record_id": record.pk, "wish": OTHER, "asked_by": 5}
    assert [one.title for one in request_invoices(**ask)] == [OTHER.title] * 2
    assert refused(request_invoices, **ask) == ("nothing", "")
    assert refused(request_invoices, **ask | {"wish": InvoiceWish()}) == ("invoice_title", "invoice_title")
    withdraw_requests(record_id=record.pk, actor_id=5)
    assert len(request_invoices(**ask)) == 2


def test_nobody_is_asked_and_sent_away_for_ever() -> None:
    record = wished_order(wish={})
    ask: dict[str, Any] = {"record_id": record.pk, "wish": OTHER, "asked_by": 5}
    for _time in range(MOST_WITHDRAWN):
        assert len(request_invoices(**ask)) == 2
        withdraw_requests(record_id=record.pk, actor_id=5)
    assert refused(request_invoices, **ask) == ("too_often", "")
    assert InvoiceRequest.objects.count() == 2 * MOST_WITHDRAWN


def test_a_request_with_nothing_left_to_be_invoiced_is_taken_back() -> None:
    record = wished_order()
    found = asked(record)
    refunded(record, "pears", 3)
    drain()
    assert states() == ["requested", "requested"]
    refunded(record, "pears", 1)
    drain()
    found["pear-co"].refresh_from_db()
    found["tea-co"].refresh_from_db()
    assert (found["pear-co"].state, found["tea-co"].state) == ("withdrawn", "requested")
    assert [one["supplier"] for one in told("invoice.withdrawn")] == ["pear-co"]
    assert withdraw_empty_requests(record_id=record.pk) == 0


def test_goods_taken_off_an_order_on_terms_are_no_reason_to_wait() -> None:
    union, goods = make_union(), make_goods()
    give_terms(union.unit)
    record = shipped(approved(union, goods, tea=20, pears=5, pay_by="terms"))
    drain()
    tea, pears = (record.shares.get(supplier__code=code) for code in ("tea-co", "pear-co"))
    tea.accepted_units = 19
    tea.save()
    assert request_from_wish(record_id=record.pk) == []
    # The last one and all pears are rejected: nothing more will be accepted, and nothing of the pears is left.
    reduce_order(
        record_id=record.pk,
        portions=[UnitsOf(tea.pk, 1), UnitsOf(pears.pk, 5)],
        reason="坏了",
        actor_id=None,
    )
    drain()
    assert [request.supplier.code for request in InvoiceRequest.objects.select_related("supplier")] == [
        "tea-co"
    ]


def test_an_invoice_equals_the_goods_line_by_line() -> None:
    record = wished_order()
    request = asked(record)["tea-co"]
    invoice = issued(request)
    rows = invoice.lines.values_list("name", "units", "gross_fen", "rate_percent", "ex_tax_fen", "tax_fen")
    assert list(rows) == [
        ("黄茶", 3, 30_000, 13, 26_549, 3_451),
        ("土蜂蜜", 2, 6_000, 9, 5_505, 495),
        ("运费", 1, record.charges_fen, 13, *_split(record.charges_fen, 13)),
    ]
    assert invoice.gross_fen == 36_000 + record.charges_fen
    assert (invoice.ex_tax_fen, invoice.tax_fen) == (
        sum(line.ex_tax_fen for line in invoice.lines.all()),
        sum(line.tax_fen for line in invoice.lines.all()),
    )
    request.refresh_from_db()
    assert request.state == "issued"
    assert [(one["invoice"], one["whole"]) for one in told("invoice.issued")] == [(number_of(1), False)]
    assert issued(request) == invoice
    issued(asked(record)["pear-co"], serial=2)
    assert told("invoice.issued")[-1]["whole"] is True
    assert JournalEntry.objects.filter(action="invoice.issued").count() == 2


def _split(gross: int, rate: int) -> tuple[int, int]:
    ex = (gross * 200 + 100 + rate) // (2 * (100 + rate))
    return ex, gross - ex


def test_what_differs_from_the_goods_is_refused_by_line() -> None:
    record = wished_order()
    request = asked(record)["tea-co"]
    tea, honey, freight = lines_for(request)
    write: dict[str, Any] = {
        "request_id": request.pk,
        "number": number_of(1),
        "issued_on": clock.today(),
        "actor_id": 7,
    }
    for lines, expected in (
        ([replace(tea, gross_fen=29_999), honey, freight], ("line_amount", f"gross-{tea.key}")),
        ([tea, freight], ("line_missing", f"gross-{honey.key}")),
        ([tea, honey, freight, replace(tea, key="share-0")], ("line_strange", "")),
        ([tea, tea, honey, freight], ("line_strange", "")),
        ([tea, honey, replace(freight, rate_percent=7)], ("line_rate", f"rate-{freight.key}")),
        ([tea, replace(honey, tax_code="12"), freight], ("line_code", f"code-{honey.key}")),
        ([tea, replace(honey, tax_code="１" * 19), freight], ("line_code", f"code-{honey.key}")),
    ):
        assert refused(record_invoice, lines=lines, **write) == expected
    with pytest.raises(ShopError, match=r"土蜂蜜"):
        record_invoice(lines=[tea, freight], **write)
    good = [tea, honey, freight]
    for changed, expected in (
        ({"number": "2633200000000000000"}, ("number", "number")),
        ({"number": "2633200000000000000x"}, ("number", "number")),
        ({"issued_on": clock.today() + dt.timedelta(days=1)}, ("issued_on", "issued_on")),
        ({"issued_on": clock.today() - dt.timedelta(days=1)}, ("issued_on", "issued_on")),
    ):
        assert refused(record_invoice, lines=good, **write | changed) == expected
    assert states() == ["requested", "requested"]
    wide = "".join(chr(ord(digit) + 0xFEE0) for digit in number_of(1))
    assert record_invoice(lines=good, **write | {"number": f" {wide} "}).number == number_of(1)


def test_a_number_stands_for_one_invoice() -> None:
    record = wished_order()
    found = asked(record)
    issued(found["tea-co"])
    assert refused(issued, request=found["pear-co"]) == ("number_known", "number")
    issued(found["pear-co"], serial=2)
    # A second invoice of the same request is no move that there is.
    assert refused(issued, request=found["pear-co"], serial=3)[0] == "wrong_state"


def test_goods_refunded_before_are_left_out_and_credited_after() -> None:
    record = wished_order()
    before = refunded(record, "tea", 1)
    request = asked(record)["tea-co"]
    assert [one.gross_fen for one in goods_of(record.pk, request.supplier_id)][:2] == [20_000, 6_000]
    invoice = issued(request)
    credit: dict[str, Any] = {
        "request_id": request.pk,
        "number": number_of(9),
        "issued_on": clock.today(),
        "reason_code": "02",
        "actor_id": 7,
    }
    assert refused(credit_invoice, refund_id=before.pk, **credit) == ("refund_before", "refund")
    after = refunded(record, "tea", 1)
    assert after in creditable_refunds(InvoiceRequest.objects.get(pk=request.pk))
    assert refused(credit_invoice, refund_id=0, **credit) == ("refund", "refund")
    wrong = credit | {"reason_code": "01"}
    assert refused(credit_invoice, refund_id=after.pk, **wrong) == ("reason_code", "reason_code")
    paper = credit_invoice(refund_id=after.pk, **credit)
    assert credit_invoice(refund_id=after.pk, **credit) == paper
    assert list(paper.lines.values_list("units", "gross_fen", "ex_tax_fen", "tax_fen")) == [
        (-1, -10_000, -8_850, -1_150)
    ]
    assert (paper.credits, paper.reason_code, paper.refund) == (invoice, "02", after)
    again = credit | {"number": number_of(10)}
    assert refused(credit_invoice, refund_id=after.pk, **again) == ("credited", "refund")
    assert creditable_refunds(InvoiceRequest.objects.get(pk=request.pk)) == []
    assert states() == ["issued", "requested"]


def test_which_came_first_is_told_by_the_time_and_not_by_the_sums() -> None:
    record = wished_order()
    before = refunded(record, "tea", 1)
    request = asked(record)["tea-co"]
    issued(request)
    after = refunded(record, "tea", 1)
    credit: dict[str, Any] = {
        "request_id": request.pk,
        "number": number_of(9),
        "issued_on": clock.today(),
        "reason_code": "02",
        "actor_id": 7,
    }
    # Both are of the same sum, and one of them is still to be taken off.
    assert refused(credit_invoice, refund_id=before.pk, **credit) == ("refund_before", "refund")
    assert credit_invoice(refund_id=after.pk, **credit).gross_fen == -10_000


def test_another_suppliers_refund_credits_nothing() -> None:
    record = wished_order()
    request = asked(record)["tea-co"]
    issued(request)
    pears = refunded(record, "pears", 1)
    fields = {"number": number_of(9), "issued_on": clock.today(), "reason_code": "04", "actor_id": 7}
    answer = refused(credit_invoice, request_id=request.pk, refund_id=pears.pk, **fields)
    assert answer == ("refund_strange", "refund")


def test_a_request_is_credited_when_nothing_of_it_is_left() -> None:
    record = wished_order()
    request = asked(record)["pear-co"]
    issued(request)
    for serial, units in ((11, 3), (12, 1)):
        refund = refunded(record, "pears", units)
        credit_invoice(
            request_id=request.pk,
            refund_id=refund.pk,
            number=number_of(serial),
            issued_on=clock.today(),
            reason_code="02",
            actor_id=7,
        )
    request.refresh_from_db()
    assert (request.state, request.ended_at is None) == ("credited", False)
    columns = Invoice.objects.filter(request=request).values_list("gross_fen", "ex_tax_fen", "tax_fen")
    assert [sum(column) for column in zip(*columns, strict=True)] == [0, 0, 0]
    assert [one["state"] for one in told("invoice.credited")] == ["issued", "credited"]


def test_an_exchange_takes_all_back_and_asks_anew() -> None:
    record = wished_order()
    request = asked(record)["tea-co"]
    nobody: dict[str, Any] = {"record_id": record.pk, "asked_by": 5}
    assert refused(ask_exchange, wish=OTHER, **nobody) == ("not_issued", "")
    invoice = issued(request)
    assert ask_exchange(wish=OTHER, **nobody) == 1
    assert ask_exchange(wish=OTHER, **nobody) == 0
    exchange: dict[str, Any] = {"request_id": request.pk, "issued_on": clock.today(), "actor_id": 7}
    assert refused(exchange_invoice, number=number_of(1), **exchange) == ("number_known", "number")
    new = exchange_invoice(number=number_of(8), **exchange)
    assert new is not None
    assert exchange_invoice(number=number_of(8), **exchange) == new
    assert (new.title, new.state, new.replaces) == (OTHER.title, "requested", request)
    credit = Invoice.objects.get(number=number_of(8))
    assert (credit.credits, credit.reason_code, credit.gross_fen) == (invoice, "01", -invoice.gross_fen)
    assert issued(new, serial=3).gross_fen == invoice.gross_fen
    assert [one["new_request"] for one in told("invoice.exchanged")] == [new.number]


def test_an_exchange_of_what_has_all_gone_back_asks_for_nothing_new() -> None:
    record = wished_order()
    request = asked(record)["pear-co"]
    invoice = issued(request)
    refunded(record, "pears", 4)
    fields: dict[str, Any] = {"request_id": request.pk, "issued_on": clock.today(), "actor_id": 7}
    assert exchange_invoice(number=number_of(8), **fields) is None
    assert exchange_invoice(number=number_of(8), **fields) is None
    request.refresh_from_db()
    assert (request.state, InvoiceRequest.objects.filter(supplier=request.supplier_id).count()) == (
        "exchanged",
        1,
    )
    assert Invoice.objects.get(number=number_of(8)).gross_fen == -invoice.gross_fen
    assert [set(one) & {"new_request", "new_request_id"} for one in told("invoice.exchanged")] == [set()]


def test_the_database_keeps_what_was_written() -> None:
    assert missing_triggers("invoicing_invoice") == []
    assert missing_triggers("invoicing_invoiceline") == []
    found = asked(wished_order())
    request = found["tea-co"]
    invoice = issued(request)
    for change in (
        lambda: Invoice.objects.filter(pk=invoice.pk).update(issued_on=dt.date(2020, 1, 1)),
        lambda: InvoiceLine.objects.filter(invoice=invoice).update(tax_code="0" * 19),
        lambda: InvoiceLine.objects.filter(invoice=invoice)[:1].get().delete(),
    ):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            change()
    fields: dict[str, Any] = {
        "request": found["pear-co"],
        "issued_on": clock.today(),
        "recorded_at": clock.now(),
        "gross_fen": 100,
        "ex_tax_fen": 90,
        "tax_fen": 10,
    }
    for changed, name in (
        ({"number": "1"}, "invoice_number_length"),
        ({"number": f"{number_of(1)[:-1]}x"}, "invoice_number_digits"),
        ({"number": "１" * 20}, "invoice_number_digits"),
        ({"number": number_of(1)}, "number"),
        ({"number": number_of(5), "tax_fen": 11}, "invoice_adds_up"),
        ({"number": number_of(5), "reason_code": "02"}, "invoice_credit_has_its_reason"),
        ({"number": number_of(5), "credits": invoice, "reason_code": "01"}, "invoice_credit_has_its_reason"),
    ):
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            Invoice.objects.create(**fields | changed)
    for column, value, name in (
        ("tax_code", "x" * 19, "invoice_line_tax_code_digits"),
        ("rate_percent", 17, "invoice_line_known_rate"),
    ):
        line = invoice.lines.all()[0]
        line.pk, line.position = None, 99
        setattr(line, column, value)
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            line.save(force_insert=True)
    with pytest.raises(IntegrityError), transaction.atomic():
        InvoiceRequest.objects.filter(pk=request.pk).update(title="")


def test_the_tax_code_of_the_last_invoice_is_filled_in() -> None:
    first = asked(wished_order())["tea-co"]
    assert {one.tax_code for one in goods_of(first.record_id, first.supplier_id)} == {""}
    issued(first)
    second = wished_order()
    lines = goods_of(second.pk, first.supplier_id)
    assert {one.tax_code for one in lines} == {TAX_CODE}
    assert [one.rate_percent for one in lines] == [13, 9, 13]


def test_the_tax_code_of_goods_is_found_behind_any_number_of_freight_lines() -> None:
    first = asked(wished_order())["tea-co"]
    invoice = issued(first)
    freight = invoice.lines.get(share=None)
    InvoiceLine.objects.bulk_create(
        InvoiceLine(
            invoice=invoice,
            position=100 + number,
            charge_id=freight.charge_id,
            name="运费",
            units=1,
            gross_fen=100,
            rate_percent=9,
            ex_tax_fen=92,
            tax_fen=8,
            tax_code="9" * 19,
        )
        for number in range(501)
    )
    lines = goods_of(wished_order().pk, first.supplier_id)
    assert [one.tax_code for one in lines] == [TAX_CODE, TAX_CODE, "9" * 19]


def test_a_forgotten_order_keeps_only_what_stands_on_issued_papers() -> None:
    record = wished_order(wish=WISH | {"email": "a@example.com"})
    found = asked(record)
    issued(found["tea-co"])
    assert forget_wishes() == 0
    OrderRecord.objects.update(
        forgotten_at=clock.now(), recipient_name="", recipient_phone="", street="", guest_phone=""
    )
    assert (forget_wishes(), forget_wishes()) == (2, 0)
    rows = InvoiceRequest.objects.order_by("supplier__code")
    # Nobody waits for an invoice that can be made out to nobody.
    assert list(rows.values_list("state", flat=True)) == ["withdrawn", "issued"]
    assert list(rows.values_list("title", "tax_number", "email")) == [
        ("—", "", ""),
        (WISH["title"], WISH["tax_number"], ""),
    ]
