"""The origin card names the batch that leaves next."""

import datetime as dt

import pytest
import time_machine
from django.test import Client

from shop.core import clock
from shop.ordering.services import adjust_stock
from shop.ordering.stock_models import GoodsLot
from tests.factories.stock import make_lot
from tests.forks.shopping import tea

pytestmark = [pytest.mark.django_db, pytest.mark.data]


def batch(client: Client, address: str, label: str = "批次") -> str:
    rows = client.get(address).context["origin"].rows
    return next((row.value for row in rows if row.label == label), "")


def test_the_first_to_end_is_named_until_it_is_sold_out_or_past(client: Client) -> None:
    product = tea(stock=0)
    address, day = product.get_absolute_url(), clock.today()
    later = make_lot(product=product, code="B2", units=2, days=300)
    make_lot(product=product, code="A1", units=1, days=90)
    made = day - dt.timedelta(days=10)
    GoodsLot.objects.filter(code="A1").update(produced_on=made)
    first = f"A1·{made} 生产·保质期至 {day + dt.timedelta(days=90)}"
    assert batch(client, address) == first
    assert first in client.get(address).content.decode()
    second = f"B2·保质期至 {day + dt.timedelta(days=300)}"
    adjust_stock(stockrecord=later.stockrecord, delta=-1, lot="A1", reason="count")
    assert batch(client, address) == second
    with time_machine.travel(clock.now() + dt.timedelta(days=301)):
        assert batch(client, address) == ""


def test_goods_of_no_lot_and_lots_of_organisations_are_not_named(client: Client) -> None:
    product = tea()
    assert batch(client, product.get_absolute_url()) == ""
    make_lot(product=product, code="BULK", units=5, pool="bulk")
    with time_machine.travel(clock.now() + dt.timedelta(minutes=1)):
        assert batch(client, product.get_absolute_url()) == ""
