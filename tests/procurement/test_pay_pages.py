"""The page on which a unit ticks unpaid orders, and the one with the code for them."""

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from shop.gateways.payer_models import TransferBundle
from tests.factories import pay
from tests.procurement.cast import Goods, Union, approved, make_goods, make_union

pytestmark = pytest.mark.django_db
MOST_QUERIES = 12


@pytest.fixture
def union() -> Union:
    return make_union()


@pytest.fixture
def goods() -> Goods:
    return make_goods()


def as_(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def text(answer: Any) -> str:
    return re.sub(r"\s+", " ", answer.content.decode())


def test_ticked_orders_get_one_code_which_the_unit_alone_sees(union: Union, goods: Goods) -> None:
    first, second, paid = (approved(union, goods, tea=1) for _number in range(3))
    pay(paid)
    buyer = as_(union.buyer)
    shown = text(buyer.get("/unit/pay/"))
    assert shown.count('name="orders"') == 2
    assert paid.number not in shown
    too_few = buyer.post("/unit/pay/", {"orders": [first.number]})
    assert (too_few.status_code, "至少选两张" in text(too_few)) == (422, True)
    other = make_union(code="un-002", first_phone=60)
    foreign = approved(other, goods, tea=1)
    # An order of another unit, of nobody, or one that is paid is no order of this list.
    assert buyer.post("/unit/pay/", {"orders": [first.number, foreign.number]}).status_code == 422
    assert buyer.post("/unit/pay/", {"orders": ["x", "y"]}).status_code == 422
    assert not TransferBundle.objects.exists()
    numbers = {"orders": [first.number, second.number]}
    page = buyer.post("/unit/pay/", numbers)["Location"]
    assert as_(union.second).post("/unit/pay/", numbers)["Location"] == page
    # Who agrees or counts does not pay.
    assert as_(union.approver).post("/unit/pay/", numbers).status_code == 422
    shown = text(as_(union.approver).get(page))
    assert "data-code" in shown
    assert f"¥{(first.due_fen + second.due_fen) / 100:,.2f}" in re.sub(r"</?\w[^>]*>", "", shown)
    assert as_(other.buyer).get(page).status_code == 404
    pay(second)
    assert "data-code" in text(buyer.get(page))
    pay(first)
    assert "data-code" not in text(buyer.get(page))


def test_the_pages_ask_as_often_for_many_orders_as_for_few(union: Union, goods: Goods) -> None:
    client = as_(union.buyer)
    counts: dict[str, set[int]] = {"list": set(), "bundle": set()}
    for size in (2, 6):
        records = [approved(union, goods, tea=1) for _number in range(size)]
        page = client.post("/unit/pay/", {"orders": [record.number for record in records]})["Location"]
        for name, address in (("list", "/unit/pay/"), ("bundle", page)):
            with CaptureQueriesContext(connection) as captured:
                assert client.get(address).status_code == 200
            counts[name].add(len(captured))
    assert {name: len(found) for name, found in counts.items()} == {"list": 1, "bundle": 1}, counts
    assert max(counts["list"] | counts["bundle"]) <= MOST_QUERIES, counts
