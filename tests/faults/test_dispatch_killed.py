"""kill −9 while parcels to many are written down, and while a list of them is shipped."""

import pytest
import time_machine

from shop.fulfilment.consignment_models import Consignment, ConsignmentPlan
from shop.fulfilment.consignments import LEASE
from shop.fulfilment.models import Parcel, SupplierOrder
from shop.procurement import services
from tests.faults import story
from tests.process import KILLED, in_process
from tests.procurement.cast import make_union
from tests.procurement.people import (
    FOUR,
    all_numbers,
    filled_in,
    goods_to_many,
    prepared,
    released,
    ship_list,
)
from tests.promises import assert_kept

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]

POINTS = ("procurement.consignments_half", "fulfilment.parcels_written")


def test_a_killed_worker_leaves_whole_batches_and_the_next_goes_on() -> None:
    with time_machine.travel(story.START, tick=False):
        released(make_union(), goods_to_many(), FOUR, tea=20, pears=10)
    assert in_process(services.make_consignments, kill_at=POINTS[0], at=story.START) == KILLED
    plan = ConsignmentPlan.objects.get()
    assert (plan.rows_done, Consignment.objects.count(), plan.is_ready) == (3, 3, False)
    # Nobody else writes while it is held.
    assert in_process(services.make_consignments, at=story.START) == 0
    assert Consignment.objects.count() == 3
    for _again in range(2):
        assert in_process(services.make_consignments, at=story.START + 2 * LEASE) == 0
        plan.refresh_from_db()
        assert (plan.rows_done, plan.is_ready) == (6, True)
    for order in SupplierOrder.objects.all():
        assert all_numbers(order) == [1, 2, 3]
    assert_kept(settled=False)


def test_a_killed_list_ships_nothing_and_then_all() -> None:
    with time_machine.travel(story.START, tick=False):
        prepared(make_union(), goods_to_many(), FOUR, tea=20)
        order = SupplierOrder.objects.get()
        raw = filled_in(order, all_numbers(order))

    def ship() -> None:
        ship_list(order, raw)

    for _again in range(2):
        assert in_process(ship, kill_at=POINTS[1], at=story.START) == KILLED
        assert not Parcel.objects.exists()
        assert Consignment.objects.filter(shipped_at=None).count() == 3
    for _again in range(2):
        assert in_process(ship, at=story.START) == 0
        assert Parcel.objects.count() == 3
        assert not Consignment.objects.filter(shipped_at=None).exists()
    assert_kept(settled=False)
