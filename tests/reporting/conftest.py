"""Two regions, three suppliers, sales of every kind."""

import pytest

from tests.factories import make_cast, make_pairing, make_programme, make_region, make_target
from tests.factories.people import Cast
from tests.ledger.story import Story, charge, item, share

LONGQUAN = {
    "region": "longquan",
    "programme": "mountain-sea",
    "supplier": "LQ-01",
    "product_name": "龙泉香菇",
}


@pytest.fixture
def places() -> None:
    """Register the two regions, with targets of demonstration and real ones of another height."""
    wangcang = make_region()
    longquan = make_region(slug="longquan", name_zh="龙泉市", paired=False)
    sea = make_programme(slug="mountain-sea", name_zh="山海协作")
    make_pairing(region=longquan, programme=sea)
    make_target(region=wangcang, target_fen=1_000_000)
    make_target(region=wangcang, target_fen=7, demo=False)
    make_target(region=longquan, programme=sea, target_fen=500_000)


@pytest.fixture
def sales(places: None) -> Story:
    """Wangcang: 10000 confirmed of which 2000 refunded in November. Longquan: 6000 on the way, 500 not counted."""
    first = Story([share(1, 10000, 5)], [charge(1, 800)]).place().pay(("p1", 10800))
    first.parcel("shipped", 1, 5, day="2026-10-02").parcel("received", 1, 5, day="2026-10-08")
    first.refund("requested", "R1", item("share:1", 1, 2000), day="2026-11-10")
    first.refund("executed", "R1", item("share:1", 1, 2000, p1=2000), day="2026-11-11")
    other = {"eligibility": "ineligible", "reason": "no_pairing", "supplier": "X-01"}
    second = Story(
        [share(2, 6000, 3, **LONGQUAN), share(3, 500, 1, **LONGQUAN | other)],
        [charge(2, 700, region="longquan", programme="mountain-sea")],
        number="YS20261001-BBBBBBBB",
        day="2026-10-01",
    ).place()
    second.pay(("p2", 7200)).parcel("shipped", 2, 3)
    pending = Story(
        [share(4, 300, 1, eligibility="pending")], number="YS20261002-CCCCCCCC", day="2026-10-02"
    ).place()
    pending.pay(("p3", 300))
    unproven = Story([share(5, 400, 1)], number="YS20261003-DDDDDDDD", day="2026-10-03").place()
    unproven.pay(("p4", 400), verified=False)
    second.capture("p5", 999, order=None)
    real = Story([share(6, 77700, 1)], number="YS20261004-EEEEEEEE", day="2026-10-04", demo=False).place()
    real.pay(("p6", 77700)).parcel("shipped", 6, 1).parcel("received", 6, 1)
    return first


@pytest.fixture
def cast() -> Cast:
    return make_cast()
