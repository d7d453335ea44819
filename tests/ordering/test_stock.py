"""Stock: counts, shipping and the mirror in Oscar's columns."""

import pytest
from oscar.apps.partner.models import StockRecord

from shop.journal.models import JournalEntry
from shop.ordering.invariants import violations
from shop.ordering.models import StockBalance
from shop.ordering.selectors import left_in_stock
from shop.ordering.services import StockRefused, adjust_stock, consume_allocation, return_to_stock, set_stock
from tests.factories import make_product, place, place_paid

pytestmark = [pytest.mark.django_db, pytest.mark.data]


def mirror() -> tuple[int, int]:
    return StockRecord.objects.values_list("num_in_stock", "num_allocated").get()


def test_the_mirror_follows_the_balance() -> None:
    tea = make_product(stock=10)
    record = place_paid(lines=[(tea, 4)])
    assert mirror() == (10, 4)
    line_id = record.shares.get().line_id
    consume_allocation(line_units={line_id: 3})
    assert mirror() == (7, 1)
    return_to_stock(line_units={line_id: 2}, actor_id=1, reason="sent back unopened")
    assert mirror() == (9, 1)
    assert left_in_stock(tea.stockrecords.get().pk) == 8
    with pytest.raises(StockRefused):
        return_to_stock(line_units={line_id: 2}, actor_id=1, reason="again")
    assert mirror() == (9, 1)
    assert violations() == []


def test_a_stale_count_is_refused() -> None:
    stockrecord = make_product(stock=10).stockrecords.get()
    set_stock(stockrecord=stockrecord, on_hand=12, expected=10, actor_id=1, reason="count")
    with pytest.raises(StockRefused) as refused:
        set_stock(stockrecord=stockrecord, on_hand=15, expected=10, actor_id=1, reason="old file")
    assert refused.value.code == "stale"
    assert mirror() == (12, 0)
    entry = JournalEntry.objects.get(action="stock.changed")
    before, after = ({"pool": "retail", "on_hand": units} for units in (10, 12))
    assert (entry.before, entry.after, entry.actor_id) == (before, after, 1)


def test_promised_stock_cannot_be_counted_away() -> None:
    tea = make_product(stock=10)
    place(lines=[(tea, 4)])
    stockrecord = tea.stockrecords.get()
    for change in (
        lambda: set_stock(stockrecord=stockrecord, on_hand=3),
        lambda: adjust_stock(stockrecord=stockrecord, delta=-7),
        lambda: set_stock(stockrecord=stockrecord, on_hand=-1),
    ):
        with pytest.raises(StockRefused):
            change()
    assert mirror() == (10, 4)
    assert adjust_stock(stockrecord=stockrecord, delta=-6).on_hand == 4


def test_bulk_stock_is_a_pool_of_its_own() -> None:
    stockrecord = make_product(stock=10).stockrecords.get()
    set_stock(stockrecord=stockrecord, on_hand=3000, pool="bulk")
    assert mirror() == (10, 0)
    assert (left_in_stock(stockrecord.pk), left_in_stock(stockrecord.pk, "bulk")) == (10, 3000)


def test_only_released_orders_ship() -> None:
    record = place(lines=[(make_product(), 1)])
    with pytest.raises(StockRefused) as refused:
        consume_allocation(line_units={record.shares.get().line_id: 1})
    assert refused.value.code == "not_released"
    for line_units in ({}, {record.shares.get().line_id: 0}, {0: 1}):
        with pytest.raises(StockRefused):
            consume_allocation(line_units=line_units)


def test_the_invariants_name_what_is_broken() -> None:
    place(lines=[(make_product(), 2)])
    StockBalance.objects.update(allocated=1)
    assert [sentence[:2] for sentence in violations()] == ["I1", "I1"]
