"""Alerts come up with what they tell of, keep their age, and end by themselves."""

import datetime as dt

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from shop.accounts.scope import SYSTEM, Scope
from shop.core import clock
from shop.listings.models import ListingState
from shop.ordering.services import adjust_stock, withhold_expired
from shop.ordering.stock_alerts import refresh_stock_alerts, set_stock_rule, stock_alerts
from shop.ordering.stock_models import StockAlert
from tests.factories import make_product, make_supplier, place, place_paid
from tests.factories.stock import make_lot

pytestmark = [pytest.mark.django_db, pytest.mark.data]


def alerts() -> list[tuple[str, str, str, int]]:
    rows = StockAlert.objects.order_by("stockrecord__partner_sku", "kind", "lot")
    return list(rows.values_list("stockrecord__partner_sku", "kind", "lot", "units"))


def test_low_and_sold_out_goods_are_named_and_their_alerts_end() -> None:
    few, none = make_product(sku="few", stock=12), make_product(sku="none", stock=2)
    make_product(sku="many", stock=50)
    make_product(sku="draft", stock=0, state=ListingState.DRAFT)
    place(lines=[(few, 2), (none, 2)])
    assert refresh_stock_alerts() == 2
    assert alerts() == [("few", "low", "", 10), ("none", "out", "", 0)]
    since = dict(StockAlert.objects.values_list("kind", "since"))
    with time_machine.travel(clock.now() + dt.timedelta(hours=1), tick=False):
        place(lines=[(few, 1)])
        adjust_stock(stockrecord=none.stockrecords.get(), delta=30)
        assert refresh_stock_alerts() == 1
    assert alerts() == [("few", "low", "", 9)]
    assert StockAlert.objects.get().since == since["low"]
    set_stock_rule(stockrecord=few.stockrecords.get(), low_at=5, unsold_days=None, actor_id=1)
    assert refresh_stock_alerts() == 0
    assert alerts() == []


def test_lots_that_expire_are_named_and_the_promised_ones_stay_named() -> None:
    tea = make_product(sku="t", stock=40)
    make_lot(product=tea, code="soon", units=6, days=30)
    make_lot(product=tea, code="later", units=6, days=31)
    record = place_paid(lines=[(tea, 2)])
    refresh_stock_alerts()
    assert alerts() == [("t", "expiring", "soon", 6)]
    with time_machine.travel(clock.now() + dt.timedelta(days=40), tick=False):
        adjust_stock(stockrecord=tea.stockrecords.get(), delta=-40)
        refresh_stock_alerts()
        assert alerts() == [
            ("t", "expired", "later", 6),
            ("t", "expired", "soon", 6),
            ("t", "out", "", 0),
            ("t", "stuck", "soon", 2),
        ]
        adjust_stock(stockrecord=tea.stockrecords.get(), delta=2)
        withhold_expired()
        refresh_stock_alerts()
        assert [row for row in alerts() if row[1] == "stuck"] == []
    assert record.number


def test_a_supplier_sees_its_own_alerts_only() -> None:
    own, other = make_supplier(code="own"), make_supplier(code="other")
    make_product(sku="a", stock=0, supplier=own)
    make_product(sku="b", stock=0, supplier=other)
    refresh_stock_alerts()
    assert stock_alerts(SYSTEM).count() == 2
    seen = stock_alerts(Scope(user_id=1, suppliers=frozenset({"own"})))
    assert [alert.stockrecord.partner_sku for alert in seen] == ["a"]
    assert not stock_alerts(Scope(user_id=1)).exists()


def test_the_job_takes_a_fixed_number_of_queries() -> None:
    counts = []
    for span in (range(2), range(2, 20)):
        for number in span:
            make_product(sku=f"s{number}", stock=0)
        with CaptureQueriesContext(connection) as queries:
            refresh_stock_alerts()
        counts.append(len(queries))
    assert counts[0] == counts[1]
    with CaptureQueriesContext(connection) as queries:
        refresh_stock_alerts()
    assert len(queries) <= counts[0]
