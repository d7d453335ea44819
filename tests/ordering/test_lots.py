"""Lots and places: first expiring first on every way that units take, and never past their date."""

import datetime as dt

import pytest
import time_machine
from oscar.apps.catalogue.models import Product
from oscar.apps.partner.models import StockRecord

from shop.core import clock
from shop.journal.models import JournalEntry
from shop.ordering.invariants import violations
from shop.ordering.models import Allocation, OrderRecord, StockBalance
from shop.ordering.selectors import left_in_stock
from shop.ordering.services import (
    OutOfStock,
    Shelf,
    StockRefused,
    UnitsOf,
    begin_close,
    cancel_reshipment,
    consume_allocation,
    correct_lot,
    finish_close,
    move_units,
    receive_lot,
    record_refund_result,
    reduce_order,
    request_refund,
    request_reshipment,
    return_to_stock,
    withhold_expired,
)
from shop.ordering.stock_models import GoodsLot, StockRule
from tests.factories import make_product, pay, place, place_paid
from tests.factories.stock import make_lot, make_place

pytestmark = [pytest.mark.django_db, pytest.mark.data]
TODAY = dt.datetime(2026, 3, 6, 4, 0, tzinfo=dt.UTC)


@pytest.fixture
def tea() -> Product:
    """Return a product of which 3 units expire in 60 days, 4 in 30 days, and 5 never."""
    product = make_product(stock=0)
    make_lot(product=product, code="late", units=3, days=60)
    make_lot(product=product, code="early", units=4, days=30)
    make_lot(product=product, code="dry", units=5, days=None)
    return product


def held(record: OrderRecord) -> dict[str, int]:
    rows = Allocation.objects.filter(line__order_id=record.order_id).select_related("balance")
    return {row.balance.lot: row.held for row in rows if row.held}


def shelf() -> dict[str, tuple[int, int]]:
    rows = StockBalance.objects.exclude(on_hand=0).values_list("pool", "lot", "on_hand", "allocated")
    return {f"{pool}:{lot}": (on_hand, allocated) for pool, lot, on_hand, allocated in rows}


def mirror() -> tuple[int, int]:
    return StockRecord.objects.values_list("num_in_stock", "num_allocated").get()


def line_of(record: OrderRecord) -> int:
    return record.shares.get().line_id


def test_what_expires_first_is_promised_first_over_several_lots(tea: Product) -> None:
    record = place(lines=[(tea, 8)])
    assert held(record) == {"early": 4, "late": 3, "dry": 1}
    assert mirror() == (12, 8)
    assert left_in_stock(tea.stockrecords.get().pk) == 4
    with pytest.raises(OutOfStock) as refused:
        place(lines=[(tea, 5)])
    assert refused.value.left == 4
    assert OrderRecord.objects.count() == 1
    assert violations() == []


def test_two_lines_of_one_product_share_its_lots(tea: Product) -> None:
    record = place(lines=[(tea, 3), (tea, 3)])
    by_line = [
        {row.balance.lot: row.units for row in Allocation.objects.filter(line=line)}
        for line in record.order.lines.order_by("pk")
    ]
    assert by_line == [{"early": 3}, {"early": 1, "late": 2}]
    assert violations() == []


def test_what_expires_first_is_shipped_first(tea: Product) -> None:
    record = place_paid(lines=[(tea, 8)])
    consume_allocation(line_units={line_of(record): 5})
    assert held(record) == {"late": 2, "dry": 1}
    assert shelf() == {"retail:late": (2, 2), "retail:dry": (5, 1)}
    consume_allocation(line_units={line_of(record): 3})
    assert shelf() == {"retail:dry": (4, 0)}
    assert mirror() == (4, 0)
    with pytest.raises(StockRefused):
        consume_allocation(line_units={line_of(record): 1})
    assert violations() == []


def test_a_closed_order_frees_every_lot_and_a_late_payment_takes_what_is_there_then(tea: Product) -> None:
    record = place(lines=[(tea, 8)])
    begin_close(record_id=record.pk, reason="buyer")
    finish_close(record_id=record.pk)
    assert held(record) == {}
    assert mirror() == (12, 0)
    other = place(lines=[(tea, 4)])
    assert held(other) == {"early": 4}
    assert pay(record).outcome == "late_paid"
    assert held(record) == {"late": 3, "dry": 5}
    assert mirror() == (12, 12)
    assert violations() == []


def test_a_reduction_keeps_for_the_order_what_expires_first(tea: Product) -> None:
    record = place(lines=[(tea, 8)])
    reduce_order(
        record_id=record.pk, portions=[UnitsOf(record.shares.get().pk, 2)], reason="shortage", actor_id=1
    )
    assert held(record) == {"early": 4, "late": 2}
    assert violations() == []


def test_a_refund_gives_unshipped_units_of_several_lots_back(tea: Product) -> None:
    record = place_paid(lines=[(tea, 8)])
    consume_allocation(line_units={line_of(record): 2})
    refund = request_refund(record_id=record.pk, whole=True, reason="changed my mind", actor_id=None)
    assert refund.items.get().unshipped_units == 6
    with pytest.raises(StockRefused):
        consume_allocation(line_units={line_of(record): 1})
    record_refund_result(request_id=refund.pk, ok=True, parts=[("demo", refund.fen)])
    assert held(record) == {}
    assert shelf() == {"retail:early": (2, 0), "retail:late": (3, 0), "retail:dry": (5, 0)}
    assert violations() == []


def test_returned_units_are_taken_to_be_of_the_lot_that_expires_first(tea: Product) -> None:
    record = place_paid(lines=[(tea, 6)])
    consume_allocation(line_units={line_of(record): 6})
    return_to_stock(line_units={line_of(record): 5}, actor_id=1, reason="unopened")
    assert shelf() == {"retail:early": (4, 0), "retail:late": (2, 0), "retail:dry": (5, 0)}
    with pytest.raises(StockRefused):
        return_to_stock(line_units={line_of(record): 2}, actor_id=1, reason="again")
    assert violations() == []


def test_a_replacement_takes_units_off_the_shelf_and_its_end_puts_them_back(tea: Product) -> None:
    record = place_paid(lines=[(tea, 4)])
    consume_allocation(line_units={line_of(record): 4})
    sent = request_reshipment(
        record_id=record.pk, share_id=record.shares.get().pk, units=2, reason="broken", actor_id=1
    )
    assert shelf() == {"retail:late": (1, 0), "retail:dry": (5, 0)}
    cancel_reshipment(reshipment_id=sent.pk, reason="not needed", actor_id=1)
    assert mirror() == (8, 0)
    assert violations() == []


def test_goods_past_their_date_are_not_sold(tea: Product) -> None:
    with time_machine.travel(clock.now() + dt.timedelta(days=31), tick=False):
        record = place(lines=[(tea, 4)])
        assert held(record) == {"late": 3, "dry": 1}
        with pytest.raises(OutOfStock) as refused:
            place(lines=[(tea, 5)])
    assert refused.value.left == 4


def test_goods_are_sold_until_so_many_days_before_their_date(tea: Product, settings: object) -> None:
    settings.STOCK_UNSOLD_DAYS = 31  # type: ignore[attr-defined]
    assert left_in_stock(tea.stockrecords.get().pk) == 8
    StockRule.objects.create(stockrecord=tea.stockrecords.get(), unsold_days=30)
    assert left_in_stock(tea.stockrecords.get().pk) == 12
    assert held(place(lines=[(tea, 1)])) == {"early": 1}


def test_goods_past_their_date_are_not_shipped_and_the_job_changes_them_for_others(tea: Product) -> None:
    record = place_paid(lines=[(tea, 3)])
    with time_machine.travel(clock.now() + dt.timedelta(days=31), tick=False):
        with pytest.raises(StockRefused) as refused:
            consume_allocation(line_units={line_of(record): 1})
        assert refused.value.code == "expired"
        assert withhold_expired() == 1
        assert held(record) == {"late": 3}
        assert shelf() == {"withheld:early": (4, 0), "retail:late": (3, 3), "retail:dry": (5, 0)}
        assert mirror() == (8, 3)
        assert withhold_expired() == 0
        consume_allocation(line_units={line_of(record): 3})
    assert set(JournalEntry.objects.values_list("action", flat=True)) >= {
        "stock.units_changed",
        "stock.moved",
    }
    assert violations() == []


def test_units_that_cannot_be_changed_stay_with_their_order() -> None:
    product = make_product(stock=0)
    make_lot(product=product, code="only", units=2, days=1)
    record = place_paid(lines=[(product, 1)])
    with time_machine.travel(clock.now() + dt.timedelta(days=2), tick=False):
        assert withhold_expired() == 1
        assert held(record) == {"only": 1}
        assert shelf() == {"retail:only": (1, 1), "withheld:only": (1, 0)}
    assert violations() == []


def test_units_move_between_pools_and_places_in_their_lot(tea: Product) -> None:
    make_place(code="store")
    stockrecord = tea.stockrecords.get()
    record = place(lines=[(tea, 1)])
    early = Shelf("retail", "early")
    move_units(
        stockrecord=stockrecord,
        source=early,
        target=Shelf("bulk", "early"),
        units=2,
        actor_id=1,
        reason="union order",
    )
    move_units(
        stockrecord=stockrecord,
        source=early,
        target=early._replace(location="store"),
        units=1,
        actor_id=1,
        reason="for the fair",
    )
    assert mirror() == (10, 1)
    assert (left_in_stock(stockrecord.pk), left_in_stock(stockrecord.pk, "bulk")) == (9, 2)
    entry = JournalEntry.objects.filter(action="stock.moved").earliest("pk")
    assert (entry.before, entry.after, entry.reason) == (
        {"from": {"pool": "retail", "lot": "early"}, "on_hand": 4},
        {"to": {"pool": "bulk", "lot": "early"}, "units": 2, "on_hand": 2},
        "union order",
    )
    for target, units, code in (
        (Shelf("bulk", "early"), 1, "units"),
        (Shelf("bulk", "late"), 1, "lot"),
        (Shelf("bulk", "early"), 0, "units"),
        (Shelf("gone", "early"), 1, "pool"),
        (Shelf("retail", "early", "nowhere"), 1, "location"),
        (early, 1, "same"),
    ):
        with pytest.raises(StockRefused) as refused:
            move_units(
                stockrecord=stockrecord, source=early, target=target, units=units, actor_id=1, reason="no"
            )
        assert refused.value.code == code
    assert mirror() == (10, 1)
    assert held(record) == {"early": 1}
    assert violations() == []


def test_a_lot_has_one_pair_of_dates(tea: Product) -> None:
    stockrecord = tea.stockrecords.get()
    before = shelf()
    for wrong, code in (
        ({"code": "early", "expires_on": clock.today() + dt.timedelta(days=31)}, "lot_dates"),
        ({"code": "old", "expires_on": clock.today() - dt.timedelta(days=1)}, "past"),
        ({"code": "odd", "produced_on": clock.today(), "expires_on": dt.date(2020, 1, 1)}, "lot_dates"),
        ({"code": " "}, "lot"),
        ({"code": "x", "units": 0}, "units"),
        ({"code": "x", "location": "nowhere"}, "location"),
    ):
        with pytest.raises(StockRefused) as refused:
            receive_lot(**{"stockrecord": stockrecord, "units": 1, **wrong})
        assert refused.value.code == code
    assert shelf() == before
    assert set(GoodsLot.objects.values_list("code", flat=True)) == {"early", "late", "dry"}
    make_lot(product=tea, code="early", units=2, days=30)
    assert GoodsLot.objects.get(code="early").received_units == 6


def test_a_corrected_date_changes_what_is_sold_first(tea: Product) -> None:
    lot = GoodsLot.objects.get(code="late")
    for _twice in range(2):
        correct_lot(
            lot_id=lot.pk,
            produced_on=None,
            expires_on=clock.today() + dt.timedelta(days=3),
            actor_id=1,
            reason="misread",
        )
    assert held(place(lines=[(tea, 4)])) == {"late": 3, "early": 1}
    assert JournalEntry.objects.filter(action="stock.lot_corrected").count() == 1
    assert violations() == []


def test_the_invariants_name_a_lot_with_two_dates(tea: Product) -> None:
    StockBalance.objects.filter(lot="early").update(expires_on=dt.date(2030, 1, 1))
    assert len(violations()) == 1
    assert "date" in violations()[0]
