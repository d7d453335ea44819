"""Who sees which order."""

import datetime as dt

import pytest
import time_machine

from shop.accounts.models import Role
from shop.accounts.scope import NOTHING, SYSTEM, own_scope, scope_of
from shop.core import clock
from shop.ordering.models import OrderRecord
from shop.ordering.selectors import OrderFilters, link_token, order_for_owner, order_for_token, orders
from shop.ordering.services import CloseReason, begin_close, finish_close
from shop.ordering.timeline import timeline
from tests.factories import make_basket, make_cast, make_product, make_supplier, pay, place, place_basket

pytestmark = [pytest.mark.django_db, pytest.mark.data]


def test_everyone_sees_their_own_orders_only() -> None:
    seller = make_supplier()
    tea, cast = make_product(supplier=seller), make_cast(supplier=seller)
    mine = place(lines=[(tea, 1)], buyer=cast.resident)
    guest = place(lines=[(tea, 1)])
    assert list(orders(own_scope(cast.resident))) == [mine]
    assert list(orders(own_scope(cast.other_resident))) == []
    assert list(orders(scope_of(cast.supplier_user, Role.SUPPLIER))) == []
    assert list(orders(NOTHING)) == []
    assert list(orders(scope_of(cast.staff, Role.STAFF))) == [guest, mine]
    assert order_for_owner(own_scope(cast.resident), mine.number) == mine
    for scope, number in ((own_scope(cast.other_resident), mine.number), (own_scope(cast.resident), "YS0")):
        with pytest.raises(OrderRecord.DoesNotExist):
            order_for_owner(scope, number)


def test_lists_take_a_constant_number_of_queries(django_assert_num_queries) -> None:
    tea, buyer = make_product(stock=50), make_cast().resident
    for count in (1, 4):
        for _ in range(count):
            place(lines=[(tea, 1)], buyer=buyer)
        with django_assert_num_queries(3):
            for record in orders(own_scope(buyer), OrderFilters(payment_state="unpaid")):
                assert [share.line.title for share in record.shares.all()] == ["旺苍黄茶"]
                assert list(record.charges.all()) == []


def test_a_guests_link_opens_one_order_for_a_time() -> None:
    tea, cast = make_product(), make_cast()
    placed = place_basket(make_basket(lines=[(tea, 1)]))
    other = place_basket(make_basket(lines=[(tea, 1)]))
    members = place(lines=[(tea, 1)], buyer=cast.resident)
    assert placed.token is not None
    assert order_for_token(placed.record.number, placed.token) == placed.record
    assert link_token(placed.record) == placed.token
    assert link_token(members) is None
    for number, token in (
        (placed.record.number, placed.token[:-1]),
        (placed.record.number, ""),
        (placed.record.number, other.token or ""),
        (members.number, placed.token),
        ("YS20260101-00000000", placed.token),
    ):
        with pytest.raises(OrderRecord.DoesNotExist):
            order_for_token(number, token)
    with time_machine.travel(clock.now() + dt.timedelta(days=181)), pytest.raises(OrderRecord.DoesNotExist):
        order_for_token(placed.record.number, placed.token)


def test_filters_narrow_the_list() -> None:
    tea = make_product()
    first, second = place(lines=[(tea, 1)]), place(lines=[(tea, 1)])
    pay(first, amount_fen=1)
    assert list(orders(SYSTEM, OrderFilters(attention=True))) == [first]
    assert list(orders(SYSTEM, OrderFilters(query=second.number[-8:]))) == [second]
    assert list(orders(SYSTEM, OrderFilters(placed_before=first.placed_at))) == []


def test_the_timeline_tells_the_steps() -> None:
    record = place(lines=[(make_product(), 1)])
    begin_close(record_id=record.pk, reason=CloseReason.BUYER)
    finish_close(record_id=record.pk)
    pay(record)
    assert [step.code for step in timeline(record)] == [
        "order.placed",
        "order.closed",
        "order.paid",
        "order.reopened",
        "order.released",
    ]
    assert "order.closing" in [step.code for step in timeline(record, internal=True)]
    assert all(step.label for step in timeline(record))
