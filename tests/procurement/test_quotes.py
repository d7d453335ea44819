"""Quotes compared: how many a rule asks for, who writes them down, and what the approver reads of them."""

import datetime as dt
from io import BytesIO
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from shop.core import clock
from shop.core.exceptions import ShopError
from shop.procurement import services
from shop.procurement.approvals import bulk_quote
from shop.procurement.models import PurchaseRequest
from shop.procurement.quote_models import GatheredQuote, QuoteRule
from shop.procurement.rules import set_quote_rule
from tests.procurement.cast import Union, draft, make_goods, make_union, seen_of, submitted

pytestmark = [pytest.mark.django_db, pytest.mark.data]


def refused(call: Any, **fields: Any) -> ShopError:
    with pytest.raises(ShopError) as error:
        call(**fields)
    return error.value


def rule(*, kind: str = "union", from_fen: int = 100_000, number: int = 3, **fields: Any) -> QuoteRule:
    values: dict[str, Any] = {"starts_on": clock.today(), "actor_id": 1} | fields
    return set_quote_rule(buyer_kind=kind, from_fen=from_fen, min_quotes=number, **values)


def write(request: PurchaseRequest, union: Union, company: str, fen: int = 200_000, **fields: Any) -> Any:
    values: dict[str, Any] = {"quoted_on": clock.today(), "note": "", "actor_id": union.buyer.pk} | fields
    return services.write_quote(request_id=request.pk, company=company, fen=fen, **values)


def submit(request: PurchaseRequest, union: Union) -> PurchaseRequest:
    return services.submit_request(
        request_id=request.pk, digest=bulk_quote(request).digest, actor_id=union.buyer.pk
    )


def test_without_a_rule_and_below_its_sum_no_quote_is_asked_for() -> None:
    union, goods = make_union(), make_goods()
    assert submitted(union, goods, tea=20).state == "submitted"
    rule(kind="soe")
    rule(from_fen=190_001)
    assert submitted(union, goods, tea=20).state == "submitted"
    rule(number=0, from_fen=0)
    assert submitted(union, goods, tea=20).state == "submitted"


def test_the_refusal_names_the_rule_and_two_quotes_beside_the_shops_own_are_enough() -> None:
    union, goods = make_union(), make_goods()
    rule()
    request = draft(union, goods, tea=20)
    write(request, union, "甲商行")
    error = refused(submit, request=request, union=union)
    assert (error.code, error.field) == ("quotes_missing", "quotes")
    assert all(word in str(error) for word in ("1,000.00", "3", "工会", str(clock.today()), "2"))
    request.refresh_from_db()
    assert (request.state, request.lines.count()) == ("draft", 0)
    # The same company again is no further quote.
    write(request, union, " 甲商行 ", fen=210_000)
    assert GatheredQuote.objects.get().fen == 210_000
    assert refused(submit, request=request, union=union).code == "quotes_missing"
    write(request, union, "乙商行")
    assert submit(request, union).state == "submitted"


def test_quotes_are_written_by_the_buyer_of_a_draft_only() -> None:
    union, goods = make_union(), make_goods()
    request = draft(union, goods, tea=20)
    tomorrow = clock.today() + dt.timedelta(days=1)
    for fields, code in (
        ({"company": " "}, "company"),
        ({"company": "甲", "fen": 0}, "amount"),
        ({"company": "甲", "quoted_on": tomorrow}, "to_come"),
        ({"company": "甲", "actor_id": union.approver.pk}, "not_a_member"),
    ):
        assert refused(write, request=request, union=union, **fields).code == code
    for number in range(10):
        write(request, union, f"商行{number}")
    assert refused(write, request=request, union=union, company="又一家").code == "too_many"
    assert GatheredQuote.objects.count() == 10
    row = GatheredQuote.objects.earliest("pk")
    remove: dict[str, Any] = {"request_id": request.pk, "quote_id": row.pk, "actor_id": union.buyer.pk}
    assert services.remove_quote(**remove)
    assert not services.remove_quote(**remove)
    submit(request, union)
    assert refused(write, request=request, union=union, company="晚了").code == "not_a_draft"
    assert refused(services.remove_quote, **remove).code == "not_a_draft"


def test_another_quote_is_another_content() -> None:
    union, goods = make_union(), make_goods()
    request = submitted(union, goods, tea=20)
    seen = seen_of(request)
    services.reopen_request(request_id=request.pk, actor_id=union.buyer.pk)
    write(request, union, "甲商行")
    submit(PurchaseRequest.objects.get(), union)
    assert seen_of(request) != seen


def test_a_rule_that_makes_no_sense_is_refused() -> None:
    yesterday = clock.today() - dt.timedelta(days=1)
    for fields, field in (
        ({"kind": "resident"}, "buyer_kind"),
        ({"from_fen": -1}, "from_fen"),
        ({"number": 11}, "min_quotes"),
        ({"starts_on": yesterday}, "starts_on"),
    ):
        assert refused(rule, **fields).field == field
    assert not QuoteRule.objects.exists()


def test_the_pages_write_show_and_export_the_comparison() -> None:
    union, goods = make_union(), make_goods()
    request = draft(union, goods, tea=20)
    client, page = Client(), f"/unit/requests/{request.number}/"
    client.force_login(union.buyer)
    posted = {"company": "=甲商行", "fen": "2,100", "quoted_on": str(clock.today()), "note": "不含税"}
    wrong = client.post(f"{page}quotes/", posted | {"fen": "贵"})
    assert (wrong.status_code, list(wrong.context["form"].errors)) == (422, ["fen"])
    assert client.post(f"{page}quotes/", posted).status_code == 302
    assert "2,100.00" in client.get(f"{page}submit/").content.decode()
    submit(request, union)
    assert client.get(f"{page}quotes/")["Location"] == page
    approver = Client()
    approver.force_login(union.approver)
    assert "=甲商行" in approver.get(page).content.decode()
    book = load_workbook(BytesIO(approver.get(f"{page}quotes.xlsx").content))
    rows = [[cell.value for cell in row] for row in book.worksheets[0].iter_rows()]
    assert [row[0] for row in rows[1:]] == ["远山集", "'=甲商行"]
    assert [str(row[1]) for row in rows[1:]] == ["1900", "2100"]


def test_the_page_asks_as_often_for_many_quotes() -> None:
    union, goods = make_union(), make_goods()
    request = draft(union, goods, tea=20)
    client, counts = Client(), []
    client.force_login(union.buyer)
    for number in range(1, 9):
        write(request, union, f"商行{number}")
        if number in (1, 8):
            with CaptureQueriesContext(connection) as captured:
                client.get(f"/unit/requests/{request.number}/quotes/")
            counts.append(len(captured))
    assert counts[0] == counts[1] <= 12
