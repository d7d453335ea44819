"""The pages of invoices: a supplier writes down, a unit and a person collect, nobody sees another's."""

import datetime as dt
import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from shop.accounts.models import Role, ScopeKind, User
from shop.buyers.models import InvoiceProfile
from shop.core import clock
from shop.files.models import StoredFile
from shop.invoicing.goods import goods_of
from shop.invoicing.models import Invoice, InvoiceRequest, RequestState
from shop.invoicing.services import request_from_wish
from shop.ordering.models import OrderRecord
from tests.factories import make_user, pay
from tests.factories.buyers import make_organisation
from tests.files.uploads import PDF
from tests.invoicing.cast import (
    TAX_CODE,
    asked,
    issued,
    lines_for,
    number_of,
    refunded,
    upload,
    wished_order,
    xml_of,
)
from tests.procurement.cast import Union, approved, give_terms, make_goods, make_union

pytestmark = pytest.mark.django_db
OWN = "/supplier/invoices/"


def as_(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def supplier(code: str, phone: str) -> Client:
    return as_(make_user(phone=phone, name="陈供应", grants=[(Role.SUPPLIER, ScopeKind.SUPPLIER, code)]))


@pytest.fixture
def record() -> OrderRecord:
    return wished_order(buyer=make_user())


@pytest.fixture
def request_of_tea(record: OrderRecord) -> InvoiceRequest:
    return asked(record)["tea-co"]


@pytest.fixture
def tea() -> Client:
    return supplier("tea-co", "+8613800000005")


@pytest.fixture
def pears() -> Client:
    return supplier("pear-co", "+8613800000006")


def typed(request: InvoiceRequest, serial: int = 1) -> dict[str, Any]:
    data: dict[str, Any] = {
        "act": "record",
        "number": number_of(serial),
        "issued_on": str(clock.today()),
    }
    for line in lines_for(request):
        data |= {
            f"gross-{line.key}": f"{line.gross_fen / 100:.2f}",
            f"rate-{line.key}": line.rate_percent,
            f"code-{line.key}": line.tax_code,
        }
    return data


def text(answer: Any) -> str:
    return re.sub(r"\s+", " ", answer.content.decode())


def test_a_supplier_writes_an_invoice_down_and_sees_only_its_own(
    request_of_tea: InvoiceRequest, tea: Client, pears: Client
) -> None:
    page = f"{OWN}{request_of_tea.number}/"
    assert [row["request"].number for row in tea.get(OWN).context["rows"]] == [request_of_tea.number]
    assert request_of_tea.title in text(tea.get(page))
    for method in (pears.get, pears.post):
        assert method(page, typed(request_of_tea)).status_code == 404
    data = typed(request_of_tea)
    first = lines_for(request_of_tea)[0]
    wrong = tea.post(page, data | {f"gross-{first.key}": "299.99"})
    assert wrong.status_code == 422
    assert wrong.context["record_form"].errors == {
        f"gross-{first.key}": ["第 1 行（黄茶）：发票金额 ¥299.99，商品应为 ¥300.00。"]
    }
    assert not Invoice.objects.exists()
    assert tea.post(page, data).status_code == 302
    assert Invoice.objects.get().number == number_of(1)
    answer = tea.get(page)
    assert (answer.status_code, answer.context["record_form"]) == (200, None)
    assert number_of(1) in text(answer)
    assert [row["request"].number for row in tea.get(f"{OWN}?tab=issued").context["rows"]] == [
        request_of_tea.number
    ]


def test_an_xml_file_fills_the_form_in_and_is_kept(request_of_tea: InvoiceRequest, tea: Client) -> None:
    page = f"{OWN}{request_of_tea.number}/"
    lines = [(f"{one.gross_fen / 100:.2f}", "0.13", TAX_CODE) for one in lines_for(request_of_tea)]
    today = str(clock.today())
    answer = tea.post(
        page,
        {"act": "file", "file": upload(xml_of(number=number_of(77), day=today, lines=lines))},
        follow=True,
    )
    assert answer.redirect_chain == [(f"{page}?file={StoredFile.objects.get().pk}", 302)]
    form = answer.context["record_form"]
    assert (form["number"].value(), str(form["issued_on"].value())) == (number_of(77), today)
    key = lines_for(request_of_tea)[1].key
    assert (form[f"rate-{key}"].value(), form[f"code-{key}"].value()) == (13, TAX_CODE)
    hostile = tea.post(page, {"act": "file", "file": upload(b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>")})
    assert hostile.status_code == 422
    assert StoredFile.objects.count() == 1


def test_a_refund_is_credited_and_an_invoice_exchanged_on_the_page(
    record: OrderRecord, request_of_tea: InvoiceRequest, tea: Client
) -> None:
    page = f"{OWN}{request_of_tea.number}/"
    issued(request_of_tea)
    assert tea.get(page).context["credit_form"] is None
    refund = refunded(record, "tea", 1)
    assert tea.get(page).context["credit_form"] is not None
    paper = {"number": number_of(2), "issued_on": str(clock.today())}
    credit = {"act": "credit", "refund": refund.pk, "reason_code": "02", **paper}
    assert tea.post(page, credit | {"reason_code": "01"}).status_code == 422
    assert tea.post(page, credit).status_code == 302
    assert Invoice.objects.get(number=number_of(2)).gross_fen == -10_000
    # A second press finds it done; another number is refused in words.
    assert tea.post(page, credit).status_code == 302
    again = tea.post(page, credit | {"number": number_of(4)})
    assert (again.status_code, again.context["credit_form"].errors["refund"]) == (
        422,
        [f"退款 {refund.number} 已开过红字发票。"],
    )
    assert "已开过红字发票" in text(again)
    assert Invoice.objects.count() == 2
    answer = tea.post(page, {"act": "exchange", **paper, "number": number_of(3)})
    new = InvoiceRequest.objects.get(replaces=request_of_tea)
    assert answer["Location"] == f"{OWN}{new.number}/"
    assert sum(Invoice.objects.filter(request=request_of_tea).values_list("gross_fen", flat=True)) == 0
    assert goods_of(record.pk, new.supplier_id)[0].gross_fen == 20_000
    assert tea.post(page, {"act": "nothing"}).status_code == 302


def test_a_person_asks_on_the_page_of_the_order_and_takes_the_file(tea: Client, pears: Client) -> None:
    buyer = make_user()
    own = wished_order(buyer=buyer, wish={})
    client, other = as_(buyer), as_(make_user(phone="+8613800000009", name="李明"))
    page = f"/orders/{own.number}/invoice/"
    assert page in text(client.get(f"/orders/{own.number}/"))
    assert other.get(page).status_code == other.post(page).status_code == 404
    ask = {"act": "ask", "invoice_title": "王芳", "invoice_tax_number": "", "invoice_email": ""}
    assert client.post(page, ask | {"invoice_title": ""}).status_code == 422
    assert client.post(page, ask | {"invoice_tax_number": "123"}).status_code == 422
    assert not InvoiceRequest.objects.exists()
    assert client.post(page, ask).status_code == 302
    request = InvoiceRequest.objects.get(supplier__code="tea-co")
    assert (request.title, request.asked_by, InvoiceRequest.objects.count()) == ("王芳", buyer.pk, 2)
    issued(request)
    tea.post(f"{OWN}{request.number}/", {"act": "file", "file": upload(PDF, "发票.pdf")})
    shown = client.get(f"/orders/{own.number}/").context["invoices"]["rows"][0]
    assert number_of(1) in text(client.get(page))
    answer = client.get(shown["files"][0].url)
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    assert answer["Content-Disposition"].startswith("attachment")
    assert other.get(shown["files"][0].url).status_code == 404
    client.post(page, {"act": "withdraw"})
    assert InvoiceRequest.objects.filter(state="withdrawn").count() == 1


def bought(union: Union, **fields: Any) -> OrderRecord:
    found = approved(union, make_goods(), **fields)
    pay(found)
    request_from_wish(record_id=found.pk)
    return found


def test_a_unit_collects_its_invoices_and_has_one_exchanged() -> None:
    union, stranger = make_union(), make_union(code="un-002", first_phone=70)
    found = bought(union, tea=20, pears=5)
    client, other = as_(union.buyer), as_(stranger.buyer)
    assert [row["request"].title for row in client.get("/unit/invoices/").context["rows"]] == [
        union.unit.name
    ] * 2
    assert other.get("/unit/invoices/").context["rows"] == []
    page = f"/unit/invoices/{found.number}/"
    assert other.get(page).status_code == other.post(page).status_code == 404
    assert page in text(client.get(f"/unit/orders/{found.number}/"))
    assert as_(union.approver).get(page).status_code == 200
    for request in InvoiceRequest.objects.order_by("pk"):
        issued(request, serial=request.pk)
    assert len(client.get("/unit/invoices/?tab=issued").context["rows"]) == 2
    data = {"act": "ask", "invoice_title": "学校工会", "invoice_tax_number": "91330100799655058B"}
    # To ask for what is issued is refused in words, and never an exchange.
    answer = client.post(page, data)
    assert (answer.status_code, "没有可以再申请的发票" in text(answer)) == (422, True)
    assert {str(one.exchange_wish) for one in InvoiceRequest.objects.all()} == {"{}"}
    assert client.post(page, data | {"act": "exchange"}).status_code == 302
    assert {one.exchange_wish["title"] for one in InvoiceRequest.objects.all()} == {"学校工会"}


def test_a_second_press_on_asking_asks_nobody_else() -> None:
    buyer = make_user()
    own = wished_order(buyer=buyer, wish={})
    client, page = as_(buyer), f"/orders/{own.number}/invoice/"
    ask = {"act": "ask", "invoice_title": "王芳", "invoice_tax_number": "", "invoice_email": ""}
    assert [client.post(page, ask).status_code for _press in range(2)] == [302, 302]
    tea, pears = InvoiceRequest.objects.order_by("supplier__code")[::-1]
    issued(tea)
    pears.state, pears.ended_at = RequestState.WITHDRAWN, clock.now()
    pears.save()
    # One is issued and one can be asked: each has its own button.
    shown = text(client.get(page))
    assert 'value="ask"' in shown and 'value="exchange"' in shown
    assert client.post(page, ask | {"invoice_title": "李明"}).status_code == 302
    assert client.post(page, ask | {"invoice_title": "李明"}).status_code == 302
    tea.refresh_from_db()
    assert (tea.exchange_wish, InvoiceRequest.objects.count()) == ({}, 3)


def test_the_form_starts_with_what_the_unit_keeps_and_who_counts_goods_only_reads() -> None:
    union = make_union()
    record = approved(union, make_goods())
    pay(record)
    page = f"/unit/invoices/{record.number}/"
    client = as_(union.buyer)
    assert client.get(page).context["form"]["invoice_title"].value() == union.unit.name
    InvoiceProfile.objects.create(
        organisation=union.unit,
        title="联合工会财务",
        tax_number="91330100799655058B",
        email="cw@example.cn",
        saved_by=1,
        saved_at=clock.now(),
    )
    form = client.get(page).context["form"]
    assert [form[name].value() for name in ("invoice_title", "invoice_tax_number", "invoice_email")] == [
        "联合工会财务",
        "91330100799655058B",
        "cw@example.cn",
    ]
    ask = {"act": "ask", "invoice_title": "联合工会财务", "invoice_tax_number": "91330100799655058B"}
    acceptor = make_user(phone="+8613800000091", name="收货")
    make_organisation(code=union.unit.code, acceptor=acceptor)
    reader = as_(acceptor)
    shown = reader.get(page)
    assert (shown.status_code, 'name="act"' in text(shown)) == (200, False)
    assert reader.post(page, ask).status_code == 404
    assert not InvoiceRequest.objects.exists()
    finance = make_user(phone="+8613800000092", name="财务")
    owner = make_user(phone="+8613800000093", name="负责")
    make_organisation(code=union.unit.code, finance=finance, owner=owner)
    # The second one finds it done.
    assert [as_(person).post(page, ask).status_code for person in (finance, owner)] == [302, 302]
    assert InvoiceRequest.objects.count() == 1


def test_the_units_home_counts_the_invoices_to_be_collected() -> None:
    union = make_union()
    record = bought(union, tea=20, pears=5)
    client = as_(union.buyer)
    assert client.get("/unit/").context["invoices"] == {"requested": 2}
    first, _second = InvoiceRequest.objects.filter(record=record).order_by("pk")
    issued(first)
    answer = client.get("/unit/")
    assert answer.context["invoices"] == {"requested": 1, "issued": 1}
    assert "/unit/invoices/?tab=issued" in text(answer)


def test_an_own_purchase_of_a_member_is_none_of_the_units(record: OrderRecord) -> None:
    union = make_union()
    asked(record)
    OrderRecord.objects.filter(pk=record.pk).update(buyer=union.buyer)
    assert as_(union.approver).get("/unit/invoices/").context["rows"] == []


def test_pages_ask_as_often_for_many_as_for_one() -> None:
    union = make_union()
    give_terms(union.unit)
    first = bought(union, tea=20)
    client = as_(union.buyer)
    pages = ("/unit/invoices/", f"/unit/invoices/{first.number}/", f"/unit/orders/{first.number}/")
    counts = []
    for more in (0, 15):
        for number in range(more):
            InvoiceRequest.objects.create(
                record=first,
                supplier=first.shares.get().supplier,
                number=f"X{number}",
                title="工会",
                state="withdrawn",
                asked_at=clock.now() - dt.timedelta(days=1),
                ended_at=clock.now(),
            )
        counts.append([_queries(client, page) for page in pages])
    assert counts[0] == counts[1]
    assert max(counts[0][:2]) <= 12


def _queries(client: Client, page: str) -> int:
    client.get(page)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(page).status_code == 200
    return len(captured)
