"""kill −9 while a file changes stock, and while expired lots are taken out: all of it or nothing, and once."""

import datetime as dt

import pytest
import time_machine

from shop.ordering.lots import withhold_expired
from shop.ordering.models import StockBalance
from shop.ordering.stock_files import apply_stock_file, store_stock_file
from shop.ordering.stock_list import read_stock_file
from shop.ordering.stock_models import StockFile
from tests.factories import make_product, make_user, place
from tests.factories.stock import make_lot
from tests.faults import story
from tests.process import KILLED, in_process
from tests.promises import assert_kept

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]

FILE_POINTS = ("ordering.stock_file.mid", "ordering.stock_file.before_commit")
POINTS = (*FILE_POINTS, "ordering.withhold.before_commit")
SKUS = ("a", "b", "c", "d")


def stock() -> dict[str, int]:
    rows = StockBalance.objects.filter(pool="retail").order_by("pk")
    return dict(rows.values_list("stockrecord__partner_sku", "on_hand"))


@pytest.mark.parametrize("point", FILE_POINTS)
def test_a_killed_file_is_whole_or_nothing_and_ends_the_same(point: str) -> None:
    with time_machine.travel(story.START, tick=False):
        goods = [make_product(sku=sku, stock=10) for sku in SKUS]
        place(lines=[(goods[0], 2)])
        raw = "\n".join(["货号,变动数量,版本", *(f"{sku},5,0" for sku in SKUS)]).encode()
        file = store_stock_file(name="s.csv", raw=raw, rows=read_stock_file(raw), actor_id=make_user().pk)
    for _again in range(2):
        code = in_process(
            lambda: apply_stock_file(file_id=file.pk, actor_id=1), kill_at=point, at=story.START
        )
        assert code == KILLED
        assert stock() == dict.fromkeys(SKUS, 10)
        assert StockFile.objects.get().applied_at is None
        assert_kept(settled=False)
    for _again in range(2):
        assert in_process(lambda: apply_stock_file(file_id=file.pk, actor_id=1), at=story.START) == 0
        assert stock() == dict.fromkeys(SKUS, 15)
    assert_kept(settled=False)


def test_a_killed_job_leaves_every_lot_in_one_pool() -> None:
    with time_machine.travel(story.START, tick=False):
        tea = make_product(sku="a", stock=0)
        make_lot(product=tea, code="one", units=3, days=1)
        make_lot(product=tea, code="two", units=4, days=1)
    later = story.START + dt.timedelta(days=3)
    assert in_process(withhold_expired, kill_at=POINTS[2], visit=2, at=later) == KILLED
    pools = StockBalance.objects.filter(on_hand__gt=0).order_by("pool", "lot")
    assert list(pools.values_list("pool", "lot", "on_hand")) == [("retail", "two", 4), ("withheld", "one", 3)]
    assert_kept()
    assert in_process(withhold_expired, at=later) == 0
    assert list(pools.values_list("pool", "lot", "on_hand")) == [
        ("withheld", "one", 3),
        ("withheld", "two", 4),
    ]
    assert_kept()
