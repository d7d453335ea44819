"""kill −9 at every faultpoint: what was begun is finished by the next try, and nothing happens twice."""

import os
import random
import re
from collections import Counter
from pathlib import Path

import pytest
import time_machine

from tests.database import ROOT
from tests.faults import (
    story,
    test_acceptance_killed,
    test_bill_killed,
    test_digest_killed,
    test_dispatch_killed,
    test_export_killed,
    test_file_killed,
    test_invoice_killed,
    test_month_killed,
    test_payout_killed,
    test_rebuild_killed,
    test_return_killed,
    test_roster_killed,
    test_statement_killed,
    test_stock_file_killed,
    test_tracking_killed,
    test_upload_killed,
)
from tests.process import KILLED, in_process
from tests.promises import assert_kept

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]

POINTS = (
    "ordering.place.before_commit",
    "ordering.place.after_commit",
    "gateways.after_intent",
    "gateways.before_mark",
    "ordering.paid.before_commit",
    "gateways.after_capture_commit",
    "ordering.close.before_commit",
    "outbox.after_claim",
    "outbox.before_mark",
    "outbox.after_commit",
    "notifications.after_claim",
    "notifications.after_send",
    "ordering.refund_requested.before_commit",
    "gateways.after_refund_sent",
    "ordering.refund_result.before_commit",
    "picture.files_written",
    "ledger.mid_fold",
)
#: 3 × 33.33 of tea and 2 × 25.00 of pears with 10.00 freight, of which one tea is refunded after the receipt.
ENDING = {
    "orders": {
        "sale": ("paid", "released", "received", 15_999, 15_999, 3_333, ""),
        "regret": ("closed", "held", "none", 2_500, 0, 0, ""),
    },
    "baskets": 2,
    "stock": {("tea", 7, 0), ("pears", 8, 0)},
    "payments": [(15_999, 15_999, 3_333, 0)],
    "provider": [("paid", 15_999, [3_333])],
    "executions": [("executed", 3_333)],
    "parcels": [("received", "buyer"), ("received", "buyer")],
    "entries": 18,
    "ledger": {
        ("goods", "confirmed", "wangcang", 6_666),
        ("goods", "confirmed", "longquan", 5_000),
        ("freight", "none", "", 1_000),
    },
    "owed": {("tea-co", 7_666, 7_666), ("pear-co", 5_000, 5_000)},
    "messages": {
        "order.placed": 2,
        "order.closed": 1,
        "payment.captured": 1,
        "order.paid": 1,
        "order.released": 1,
        "parcel.shipped": 2,
        "parcel.signed": 1,
        "parcel.received": 2,
        "refund.requested": 1,
        "refund.executed": 1,
    },
    "deliveries": {"done": 35},
    "notices": {
        "supplier_new_order/sent": 2,
        "buyer_paid/sent": 1,
        "buyer_shipped/sent": 2,
        "buyer_refunded/sent": 1,
        "buyer_closed/sent": 1,
    },
    "mailbox": 7,
    "journal": {
        "order.placed": 2,
        "order.closing": 1,
        "order.closed": 1,
        "order.paid": 1,
        "order.released": 1,
        "parcel.ship": 2,
        "order.part_shipped": 1,
        "order.shipped": 1,
        "parcel.signed": 1,
        "parcel.receive": 2,
        "order.received": 1,
        "refund.requested": 1,
        "refund.executed": 1,
    },
    "pictures": 1,
}
#: How many ways each point is killed: the first as VISITS says, the others drawn by their number.
SEEDS = int(os.environ.get("SEEDS", "1"))
#: At which visit of the point the first and the second try are killed.
VISITS = (1, 3)
_CALL = re.compile(r"""\bfaultpoint\(\s*["']([^"']+)["']""")


def named_points() -> list[str]:
    """Return the names of the faultpoints in the code."""
    files = [path for folder in ("shop", "worker", "catalog_seed") for path in (ROOT / folder).rglob("*.py")]
    return [name for path in files for name in _CALL.findall(path.read_text())]


@pytest.fixture
def world() -> story.World:
    with time_machine.travel(story.START, tick=False):
        return story.set_up()


def test_every_faultpoint_of_the_code_is_in_the_list() -> None:
    points = named_points()
    elsewhere = (
        test_acceptance_killed,
        test_statement_killed,
        test_bill_killed,
        test_digest_killed,
        test_dispatch_killed,
        test_export_killed,
        test_file_killed,
        test_invoice_killed,
        test_rebuild_killed,
        test_month_killed,
        test_payout_killed,
        test_return_killed,
        test_roster_killed,
        test_stock_file_killed,
        test_tracking_killed,
        test_upload_killed,
    )
    listed = [*POINTS, *(point for module in elsewhere for point in module.POINTS)]
    assert sorted(points) == sorted(listed), "name each faultpoint once in the code, and list it in POINTS"


def test_the_story_passes_every_point_and_ends_well(world: story.World, tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    assert in_process(lambda: story.play(world), at=story.START, seen=str(seen)) == 0
    assert set(Counter(seen.read_text().split())) == set(POINTS)
    assert_kept()
    assert story.ending(world) == ENDING


def visits(seed: int) -> tuple[int, ...]:
    """Return the visits of a point at which one try after the other is killed."""
    return VISITS if seed == 0 else tuple(random.Random(seed).choices(range(1, 4), k=3))


@pytest.mark.parametrize("seed", range(SEEDS))
@pytest.mark.parametrize("point", POINTS)
def test_killed_again_and_again_it_ends_the_same(world: story.World, point: str, seed: int) -> None:
    moment = story.START
    codes = []
    for visit in visits(seed):
        codes.append(in_process(lambda: story.play(world), kill_at=point, visit=visit, at=moment))
        moment += story.PAUSE
    # Later visits may never come: a point that a sale passes once is killed once.
    assert seed or codes[0] == KILLED
    assert set(codes) <= {KILLED, 0}
    assert in_process(lambda: story.play(world), at=moment) == 0
    # A delivery that had to wait for another rests a little.
    assert in_process(story.work, at=moment + story.PAUSE) == 0
    assert_kept()
    assert story.ending(world) == ENDING
