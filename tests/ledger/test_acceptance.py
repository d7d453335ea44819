"""An organisation's purchase, to the fen: confirmed is paid and accepted, whichever comes later."""

import pytest

from shop.ledger.exceptions import LedgerError
from shop.ledger.models import LedgerEntry, ShareProgress
from shop.ledger.replay import replay
from shop.ledger.services import post_event
from shop.ledger.verification import CHECKS
from shop.reporting.verification import figures
from tests.ledger.story import Story, at, charge, item, legs_of, share, stages, total, units

pytestmark = [pytest.mark.django_db, pytest.mark.data]

UNION = {
    "buyer_kind": "union",
    "credited_organisation": "un-001",
    "mode": "direct",
    "channel": "bulk",
}


def union_order(fen: int = 10_000, count: int = 3) -> Story:
    """Return an order of a union with 800 fen of freight."""
    return Story([share(1, fen, count, **UNION)], [charge(1, 800, **UNION)], by_acceptance=True).place()


def sound() -> bool:
    again = replay()
    findings = [str(finding) for check in (*CHECKS, figures) for finding in check()]
    return findings == [] and again.differences == [] and again.stored_digest == again.replayed_digest


def progress() -> tuple[int, ...]:
    row = ShareProgress.objects.get()
    return (row.unshipped, row.in_transit, row.received, row.confirmed, row.gone)


def test_paid_and_then_accepted_in_two_reports() -> None:
    story = union_order().pay(("p", 10_800)).parcel("shipped", 1, 3, day="2026-10-02")
    story.parcel("received", 1, 3, day="2026-10-20")
    assert stages() == {"received": 10_000}
    story.accept("AR-1", 2, day="2026-10-21")
    assert legs_of(story.last) == [
        ("confirmed", "p", "move", 6_666, 2),
        ("received", "p", "move", -6_666, -2),
    ]
    story.accept("AR-2", 1, day="2026-10-22")
    assert stages() == {"confirmed": 10_000}
    assert sound()


def test_accepted_unpaid_is_receivable_until_the_whole_sum_is_there() -> None:
    story = union_order().parcel("shipped", 1, 3).parcel("signed", 1, 3)
    assert (stages(), progress()) == ({}, (0, 0, 3, 0, 0))
    story.accept("AR-1", 2, day="2026-10-21")
    assert legs_of(story.last) == [("receivable", "none", "receivable", 6_666, 2)]
    entry = LedgerEntry.objects.get()
    assert (entry.credited_organisation, entry.buyer_kind, entry.mode, entry.channel, entry.grade) == (
        *("un-001", "union", "direct", "bulk"),
        "",
    )
    assert (entry.ex_tax_fen, entry.region, entry.eligibility, entry.booked_on) == (
        9_174 * 6_666 // 10_000,
        "wangcang",
        "eligible",
        at("2026-10-21").date(),
    )
    story.capture("p1", 5_000, day="2026-10-25")
    assert (stages(), total(kind="unapplied")) == ({"receivable": 6_666}, 5_000)
    assert sound()
    story.capture("p2", 5_800, day="2026-11-02")
    story.apply(("p1", 5_000), ("p2", 5_800), day="2026-11-02")
    assert legs_of(story.last) == [
        ("none", "p2", "apply", 800, 0),
        ("none", "p1", "apply", -5_000, 0),
        ("none", "p2", "apply", -5_800, 0),
        ("confirmed", "p1", "apply", 5_000, 2),
        ("confirmed", "p2", "apply", 1_666, 0),
        ("receivable", "none", "receivable", -6_666, -2),
        ("received", "p2", "apply", 3_334, 1),
    ]
    assert (stages(), total(kind="unapplied")) == ({"confirmed": 6_666, "received": 3_334}, 0)
    story.accept("AR-2", 1, day="2026-11-03")
    assert stages() == {"confirmed": 10_000}
    assert units("share:1") == {"confirmed": 3}
    assert sound()


def test_a_unit_turned_down_leaves_the_order_and_the_receivable_follows() -> None:
    story = union_order().parcel("shipped", 1, 3).accept("AR-1", 2)
    # The unit goes at its worth of 3333, so the two that stay are worth 6667.
    story.reduce(1, 1, 3_333)
    assert legs_of(story.last) == [("receivable", "none", "receivable", 1, 0)]
    assert (stages(), progress()) == ({"receivable": 6_667}, (0, 0, 0, 2, 1))
    story.pay(("p", 7_467))
    assert stages() == {"confirmed": 6_667}
    assert sound()


def test_a_lower_price_lowers_the_receivable() -> None:
    story = union_order().parcel("shipped", 1, 3).accept("AR-1", 2)
    story.reduce(1, 0, 1_000)
    assert legs_of(story.last) == [("receivable", "none", "receivable", -666, 0)]
    story.reduce(1, 0, 9_000)
    assert (stages(), total(stage="receivable")) == ({}, 0)
    assert sound()


def test_a_report_comes_before_the_news_of_its_parcels() -> None:
    story = union_order().pay(("p", 10_800)).parcel("shipped", 1, 2).parcel("shipped", 2, 1)
    story.accept("AR-1", 2)
    story.parcel("signed", 1, 2).parcel("received", 2, 1).parcel("signed", 2, 1).parcel("received", 1, 2)
    assert stages() == {"confirmed": 6_666, "received": 3_334}
    story.accept("AR-2", 1)
    assert stages() == {"confirmed": 10_000}
    assert sound()


def test_refunds_after_acceptance_take_what_is_not_accepted_first() -> None:
    story = union_order().pay(("p", 10_800)).parcel("shipped", 1, 3, day="2026-10-02")
    story.accept("AR-1", 2, day="2026-10-05")
    story.refund("requested", "R", item("share:1", 2, 6_667), day="2026-11-10")
    assert stages() == {"confirmed": 3_333, "refunding": 6_667}
    story.refund("executed", "R", item("share:1", 2, 6_667, p=6_667), day="2026-11-11")
    assert stages() == {"confirmed": 3_333}
    out = LedgerEntry.objects.get(stage="confirmed", fen__lt=0)
    assert (out.fen, str(out.relates_to), str(out.booked_on)) == (-3_333, "2026-10-01", "2026-11-10")
    assert sound()


def test_a_failed_refund_of_accepted_units_confirms_them_again() -> None:
    story = union_order().pay(("p", 10_800)).parcel("shipped", 1, 3).accept("AR-1", 3)
    story.refund("requested", "R", item("share:1", 1, 3_334), day="2026-11-10")
    story.parcel("received", 1, 3, day="2026-11-11")
    story.refund("failed", "R", item("share:1", 1, 3_334), day="2026-11-12")
    assert stages() == {"confirmed": 10_000}
    assert sound()


def test_an_event_twice_posts_once() -> None:
    story = union_order().parcel("shipped", 1, 3).accept("AR-1", 2)
    assert story.last is not None
    assert post_event(story.last) == []
    assert total() == 6_666


def test_what_cannot_be_accepted_posts_nothing() -> None:
    story = union_order().parcel("shipped", 1, 2)
    with pytest.raises(LedgerError, match="1 units fewer delivered"):
        story.accept("AR-1", 3)
    resident = Story([share(2, 100, 1)], number="YS2").place().parcel("shipped", 2, 1)
    with pytest.raises(LedgerError, match="confirmed by its receipt"):
        resident.accept("AR-2", 1)
    assert not LedgerEntry.objects.exists()
    resident.parcel("received", 2, 1).pay(("r", 100))
    assert stages("share:2") == {"confirmed": 100}
