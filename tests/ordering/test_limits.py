"""How many units one person may buy: across sessions, guests and accounts with the same phone."""

import datetime as dt

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from shop.core import clock
from shop.listings.exceptions import ListingError
from shop.listings.models import PurchaseLimit
from shop.listings.services import set_purchase_limit
from shop.listings.strategy import ShopStrategy
from shop.ordering.models import OrderRecord, StockBalance
from shop.ordering.quotes import quote_basket
from shop.ordering.services import (
    CannotPlace,
    begin_close,
    finish_close,
    record_refund_result,
    request_refund,
)
from shop.ordering.stock_models import BuyerLock
from tests.factories import (
    make_basket,
    make_hold_rules,
    make_product,
    make_user,
    pay,
    place,
    place_basket,
    place_union,
)
from tests.factories.buyers import make_bulk_stock, make_organisation
from tests.factories.stock import make_limit

pytestmark = [pytest.mark.django_db, pytest.mark.data]


def refused_place(**wish: object) -> CannotPlace:
    orders, promised = OrderRecord.objects.count(), list(StockBalance.objects.values_list("allocated"))
    with pytest.raises(CannotPlace) as refused:
        place(**wish)  # type: ignore[arg-type]
    assert OrderRecord.objects.count() == orders
    assert list(StockBalance.objects.values_list("allocated")) == promised
    return refused.value


def test_one_order_of_too_many_is_refused_with_the_limit() -> None:
    tea = make_product()
    make_limit(product=tea)
    refused = refused_place(lines=[(tea, 2), (tea, 1)])
    assert (refused.code, str(refused)) == ("limit", "“旺苍黄茶”：每人 30 天内限购 2 件。")
    place(lines=[(tea, 2)])


def test_a_guest_is_known_by_the_phone_number() -> None:
    tea = make_product()
    make_limit(product=tea)
    place(lines=[(tea, 1)])
    refused = refused_place(lines=[(tea, 2)])
    assert str(refused) == "“旺苍黄茶”：每人 30 天内限购 2 件，您已订购 1 件，还可订购 1 件。"
    place(lines=[(tea, 1)])
    assert str(refused_place(lines=[(tea, 1)])) == "“旺苍黄茶”：每人 30 天内限购 2 件，您已订购 2 件。"


def test_a_guest_and_the_account_with_the_same_phone_are_one_person() -> None:
    tea = make_product()
    make_limit(product=tea)
    buyer = make_user(phone="+8613800000099")
    place(lines=[(tea, 1)])
    place(lines=[(tea, 1)], buyer=buyer)
    for wish in ({"buyer": buyer}, {}):
        assert refused_place(lines=[(tea, 1)], **wish).code == "limit"
    place(lines=[(tea, 2)], buyer=make_user(phone="+8613800000077", name="李雷"))


def test_an_account_stays_the_same_person_with_another_phone() -> None:
    tea = make_product()
    make_limit(product=tea)
    buyer = make_user(phone="+8613800000099")
    place(lines=[(tea, 2)], buyer=buyer)
    buyer.phone = "+8613800000055"
    buyer.save()
    assert refused_place(lines=[(tea, 1)], buyer=buyer).code == "limit"


def test_what_was_given_back_or_closed_or_is_long_ago_does_not_count() -> None:
    tea = make_product(stock=20)
    make_limit(product=tea)
    closed = place(lines=[(tea, 2)])
    begin_close(record_id=closed.pk, reason="buyer")
    finish_close(record_id=closed.pk)
    paid = place(lines=[(tea, 2)])
    pay(paid)
    refund = request_refund(record_id=paid.pk, whole=True, reason="no", actor_id=None)
    assert refused_place(lines=[(tea, 1)]).code == "limit"
    record_refund_result(request_id=refund.pk, ok=True, parts=[("demo", refund.fen)])
    place(lines=[(tea, 2)])
    with time_machine.travel(clock.now() + dt.timedelta(days=31), tick=False):
        place(lines=[(tea, 2)])


def test_the_basket_says_so_before_the_checkout() -> None:
    tea, buyer = make_product(), make_user(phone="+8613800000099")
    make_limit(product=tea)
    place(lines=[(tea, 1)])
    quote = quote_basket(basket=make_basket(lines=[(tea, 2)], owner=buyer), province="浙江省")
    assert [(problem.code, problem.blocking) for problem in quote.problems] == [("limit", True)]
    assert quote_basket(basket=make_basket(lines=[(tea, 1)], owner=buyer), province="浙江省").is_placeable


def test_a_guests_basket_that_joins_the_accounts_is_held_to_one_limit() -> None:
    make_hold_rules()
    tea, buyer = make_product(), make_user(phone="+8613800000099")
    make_limit(product=tea)
    own, guests = make_basket(lines=[(tea, 2)], owner=buyer), make_basket(lines=[(tea, 2)])
    own.strategy = guests.strategy = ShopStrategy()
    own.merge(guests, add_quantities=True)
    assert sum(own.lines.values_list("quantity", flat=True)) == 4
    with pytest.raises(CannotPlace) as refused:
        place_basket(own, buyer=buyer)
    assert refused.value.code == "limit"
    assert not OrderRecord.objects.exists()


def test_an_organisation_is_not_one_person() -> None:
    tea = make_product()
    make_limit(product=tea)
    make_bulk_stock(product=tea, units=50)
    unit = make_organisation()
    record = place_union(lines=[(tea, 30)], organisation=unit, method="bank_transfer")
    assert record.shares.get().units == 30


def test_goods_without_a_limit_cost_no_query_for_it() -> None:
    make_hold_rules()
    tea, honey = make_product(), make_product(sku="h", name_zh="蜂蜜")
    make_limit(product=honey)
    place_basket(make_basket(lines=[(tea, 1)]))
    with CaptureQueriesContext(
        connection,
    ) as queries:
        place_basket(make_basket(lines=[(tea, 1)]))
    assert not [query for query in queries if "buyerlock" in query["sql"] or "purchaselimit" in query["sql"]]
    assert not BuyerLock.objects.exists()


def test_a_limit_is_dated() -> None:
    tea, today = make_product(), clock.today()
    begins = today + dt.timedelta(days=5)
    set_purchase_limit(sku="tea-001", units=2, starts_on=today, actor_id=1)
    set_purchase_limit(sku="tea-001", units=4, days=7, starts_on=begins, actor_id=1)
    rows = PurchaseLimit.objects.values_list("units", "days", "starts_on", "ends_on")
    assert list(rows) == [(2, 30, today, begins - dt.timedelta(days=1)), (4, 7, begins, None)]
    assert refused_place(lines=[(tea, 3)]).code == "limit"
    with time_machine.travel(clock.now() + dt.timedelta(days=5), tick=False):
        place(lines=[(tea, 3)])
    set_purchase_limit(sku="tea-001", units=None, starts_on=today, actor_id=1)
    assert not PurchaseLimit.objects.exists()


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"sku": "no"}, "unknown"),
        ({"units": 0}, "units"),
        ({"days": 0}, "days"),
        ({"ends_on": dt.date(2020, 1, 1)}, "ends_on"),
    ],
)
def test_a_limit_that_cannot_be_is_refused(wrong: dict[str, object], code: str) -> None:
    make_product()
    wish: dict[str, object] = {
        "sku": "tea-001",
        "units": 2,
        "starts_on": clock.today(),
        "actor_id": 1,
        **wrong,
    }
    with pytest.raises(ListingError) as refused:
        set_purchase_limit(**wish)  # type: ignore[arg-type]
    assert refused.value.code == code
    assert not PurchaseLimit.objects.exists()
