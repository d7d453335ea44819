"""Entries of a sale, to the fen."""

import datetime as dt
from dataclasses import replace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from shop.ledger import handlers
from shop.ledger.exceptions import CaptureMissing, LedgerError
from shop.ledger.models import LedgerEntry, PostedEvent, RefundHold, ShareProgress
from shop.ledger.services import post_event
from shop.outbox.events import Event
from tests.ledger.story import Story, charge, item, legs_of, share, stages, total, units

pytestmark = [pytest.mark.django_db, pytest.mark.data]

APPLY, MOVE, REFUND = "apply", "move", "refund"


def test_every_capture_is_unapplied_first() -> None:
    story = Story([share(1, 5000, 1)])
    story.capture("p", 5000, order=None)
    entry = LedgerEntry.objects.get()
    assert (entry.kind, entry.stage, entry.leg, entry.fen) == ("unapplied", "none", "capture", 5000)
    assert (entry.source_key, entry.payment_key, entry.order_number, entry.demo) == ("p", "p", "", True)


def test_paid_order_posts_goods_unshipped_and_freight_of_the_same_sum() -> None:
    story = Story([share(1, 10000, 3)], [charge(1, 800)]).place().pay(("p", 10800))
    assert legs_of(story.last) == [
        ("none", "p", APPLY, 800, 0),
        ("none", "p", APPLY, -10800, 0),
        ("unshipped", "p", APPLY, 10000, 3),
    ]
    assert total() == 10800
    goods = LedgerEntry.objects.get(kind="goods")
    assert (goods.region, goods.programme, goods.product_name) == ("wangcang", "east-west", "木门绿茶")
    assert (goods.ex_tax_fen, goods.grade, goods.rule_version) == (9174, "B", "1")
    assert (goods.order_number, goods.line_number, goods.eligibility) == (story.number, 1, "eligible")


def test_an_event_costs_few_statements_however_many_shares_it_moves() -> None:
    """Workers wait for each of them."""
    story = Story([share(number, 1000, 1) for number in range(1, 11)])
    asked: dict[str, int] = {}

    def counted(event: Event) -> None:
        with CaptureQueriesContext(connection) as statements:
            post_event(event)
        asked[event.topic] = sum("SAVEPOINT" not in one["sql"] for one in statements)

    story.post = counted
    story.place().pay(("p", 10000)).parcel("shipped", 1, *([1] * 10)).parcel("received", 1, *([1] * 10))
    assert stages() == {"confirmed": 10000}
    assert asked == {
        "order.placed": 4,
        "payment.captured": 3,
        "order.paid": 4,
        "parcel.shipped": 7,
        "parcel.received": 7,
    }


def test_unverified_payment_is_of_grade_d() -> None:
    Story([share(1, 10000, 3)]).place().pay(("p", 10000), verified=False)
    assert set(LedgerEntry.objects.values_list("grade", flat=True)) == {"D"}


def test_units_of_an_uneven_share_are_worth_3333_3333_3334() -> None:
    story = Story([share(1, 10000, 3)]).place().pay(("p", 10000))
    for parcel, worth in enumerate((3333, 3333, 3334)):
        story.parcel("shipped", parcel, 1)
        assert legs_of(story.last) == [
            ("in_transit", "p", MOVE, worth, 1),
            ("unshipped", "p", MOVE, -worth, -1),
        ]
    for parcel, worth in enumerate((3333, 3333, 3334)):
        story.parcel("received", parcel, 1)
        assert legs_of(story.last) == [
            ("confirmed", "p", MOVE, worth, 1),
            ("in_transit", "p", MOVE, -worth, -1),
        ]
    assert stages() == {"confirmed": 10000}
    assert total(stage="confirmed") == 10000
    confirmed = LedgerEntry.objects.filter(stage="confirmed")
    assert sum(entry.ex_tax_fen for entry in confirmed) == 9174


def test_two_payments_are_used_up_in_capture_order_over_shares_in_line_order_charges_last() -> None:
    story = Story([share(2, 3000, 1), share(1, 7000, 2)], [charge(1, 900)]).place()
    story.pay(("a", 8000), ("b", 2900))
    assert legs_of(story.last) == [
        ("none", "a", APPLY, -8000, 0),
        ("none", "b", APPLY, -2900, 0),
        ("none", "b", APPLY, 900, 0),
        ("unshipped", "a", APPLY, 7000, 2),
        ("unshipped", "a", APPLY, 1000, 1),
        ("unshipped", "b", APPLY, 2000, 0),
    ]
    story.parcel("shipped", 1, 1)
    assert legs_of(story.last) == [
        ("in_transit", "a", MOVE, 1000, 1),
        ("in_transit", "b", MOVE, 2000, 0),
        ("unshipped", "a", MOVE, -1000, -1),
        ("unshipped", "b", MOVE, -2000, 0),
    ]


def test_each_parcel_stands_in_its_own_stage() -> None:
    story = Story([share(1, 9000, 3)]).place().pay(("p", 9000))
    story.parcel("shipped", 1, 1).parcel("shipped", 2, 2).parcel("signed", 2, 2)
    assert stages() == {"in_transit": 3000, "received": 6000}
    story.parcel("received", 1, 1)
    assert stages() == {"confirmed": 3000, "received": 6000}
    story.parcel("signed", 1, 1)  # late news of the courier
    assert stages() == {"confirmed": 3000, "received": 6000}
    story.parcel("received", 2, 2)
    assert stages() == {"confirmed": 9000}


def test_late_payment_posts_into_the_stages_units_stand_in() -> None:
    story = Story([share(1, 10000, 3)]).place()
    story.parcel("shipped", 1, 1).parcel("shipped", 2, 1).parcel("received", 1, 1)
    assert LedgerEntry.objects.count() == 0
    story.pay(("a", 4000), ("b", 6000))
    assert legs_of(story.last)[2:] == [
        ("confirmed", "a", APPLY, 3333, 1),
        ("in_transit", "a", APPLY, 667, 1),
        ("in_transit", "b", APPLY, 2666, 0),
        ("unshipped", "b", APPLY, 3334, 1),
    ]
    assert total(kind="goods", leg=APPLY) == 10000


def test_late_payment_after_the_whole_receipt_is_confirmed_at_once() -> None:
    story = Story([share(1, 10000, 3)]).place().parcel("shipped", 1, 3).parcel("received", 1, 3)
    story.pay(("p", 10000), day="2026-10-09")
    assert stages() == {"confirmed": 10000}
    assert LedgerEntry.objects.get(stage="confirmed").booked_on == dt.date(2026, 10, 9)


def test_reduction_before_payment_takes_units_out() -> None:
    story = Story([share(1, 10000, 3)]).place().reduce(1, 1, 3334)
    progress = ShareProgress.objects.get()
    assert (progress.units, progress.unshipped, progress.gone) == (3, 2, 1)
    story.pay(("p", 6666)).parcel("shipped", 1, 1)
    assert stages() == {"in_transit": 3333, "unshipped": 3333}


def test_surplus_stays_unapplied_until_sent_back() -> None:
    story = Story([share(1, 10000, 1)]).place()
    story.capture("p", 10500)
    story.apply(("p", 10000))
    assert total(kind="unapplied") == 500
    story.give_back("p", 500)
    assert legs_of(story.last) == [("none", "p", REFUND, -500, 0)]
    assert (total(kind="unapplied"), total()) == (0, 10000)


def test_refund_of_a_unit_before_shipping() -> None:
    story = Story([share(1, 10000, 3)]).place().pay(("p", 10000))
    story.refund("requested", "R1", item("share:1", 1, 3333))
    assert stages() == {"refunding": 3333, "unshipped": 6667}
    story.refund("executed", "R1", item("share:1", 1, 3333, p=3333))
    assert legs_of(story.last) == [("refunding", "p", REFUND, -3333, -1)]
    assert stages() == {"unshipped": 6667}
    story.parcel("shipped", 1, 1)
    assert stages() == {"in_transit": 3333, "unshipped": 3334}
    assert not RefundHold.objects.exists()
    assert ShareProgress.objects.get().gone == 1


def test_refund_takes_unconfirmed_first_then_latest_confirmed() -> None:
    story = Story([share(1, 12000, 4)]).place().pay(("p", 12000))
    story.parcel("shipped", 1, 1).parcel("received", 1, 1, day="2026-10-08")
    story.parcel("shipped", 2, 1).parcel("received", 2, 1, day="2026-11-08")
    story.parcel("shipped", 3, 1)
    story.refund("requested", "R1", item("share:1", 3, 9000), day="2026-12-01")
    assert stages() == {"confirmed": 3000, "refunding": 9000}
    out = LedgerEntry.objects.filter(event_id=story.last.event_id, stage="confirmed")  # type: ignore[union-attr]
    assert list(out.values_list("fen", "relates_to")) == [(-3000, dt.date(2026, 11, 1))]


def test_one_refund_out_of_two_confirmed_months_keeps_both_months() -> None:
    story = (
        Story([share(1, 6000, 2)]).place().pay(("p", 6000)).parcel("shipped", 1, 1).parcel("shipped", 2, 1)
    )
    story.parcel("received", 1, 1, day="2026-10-08").parcel("received", 2, 1, day="2026-11-08")
    story.refund("requested", "R1", item("share:1", 2, 6000), day="2026-12-01")
    out = LedgerEntry.objects.filter(event_id=story.last.event_id).order_by("stage", "relates_to")  # type: ignore[union-attr]
    assert list(out.values_list("stage", "fen", "relates_to", "part")) == [
        ("confirmed", -3000, dt.date(2026, 10, 1), 0),
        ("confirmed", -3000, dt.date(2026, 11, 1), 1),
        ("refunding", 3000, dt.date(2026, 10, 1), 0),
        ("refunding", 3000, dt.date(2026, 11, 1), 1),
    ]
    story.refund("failed", "R1", item("share:1", 2, 6000), day="2026-12-05")
    assert total(stage="confirmed", relates_to=dt.date(2026, 11, 1)) == 0
    assert stages() == {"confirmed": 6000}


def test_the_example_of_the_counting_rules() -> None:
    """Paid 30 Sep, confirmed 8 Oct; refund of 2000 requested 10 Nov, executed 11 Nov."""
    story = Story([share(1, 10000, 5)]).place().pay(("p", 10000)).parcel("shipped", 1, 5, day="2026-10-02")
    story.parcel("received", 1, 5, day="2026-10-08")
    story.refund("requested", "R1", item("share:1", 1, 2000), day="2026-11-10")
    story.refund("executed", "R1", item("share:1", 1, 2000, p=2000), day="2026-11-11")

    def reported(month: int, **filters: object) -> int:
        return total(booked_on__month=month, kind="goods", **filters)

    assert reported(9, leg=APPLY) == 10000
    assert reported(10, stage="confirmed") == 10000
    assert (reported(11, stage="confirmed"), reported(11, leg=REFUND)) == (-2000, -2000)
    moves = LedgerEntry.objects.filter(booked_on=dt.date(2026, 11, 10)).order_by("stage")
    assert list(moves.values_list("stage", "fen", "relates_to")) == [
        ("confirmed", -2000, dt.date(2026, 10, 1)),
        ("refunding", 2000, dt.date(2026, 10, 1)),
    ]
    negative = LedgerEntry.objects.get(leg=REFUND)
    assert (negative.stage, negative.relates_to) == ("refunding", dt.date(2026, 9, 1))
    assert (negative.region, negative.ex_tax_fen) == ("wangcang", -1834)


def test_failed_refund_goes_back_to_where_the_units_stand_by_then() -> None:
    story = Story([share(1, 10000, 3)]).place().pay(("p", 10000)).parcel("shipped", 1, 3)
    story.refund("requested", "R1", item("share:1", 2, 6666))
    assert stages() == {"in_transit": 3334, "refunding": 6666}
    story.parcel("received", 1, 3, day="2026-10-08")
    assert stages() == {"confirmed": 3334, "refunding": 6666}
    story.refund("failed", "R1", item("share:1", 2, 6666), day="2026-10-09")
    assert stages() == {"confirmed": 10000}
    assert units("share:1") == {"confirmed": 3}
    assert set(LedgerEntry.objects.filter(stage="confirmed").values_list("relates_to", flat=True)) == {None}


def test_refund_of_fen_without_units_leaves_the_units() -> None:
    story = Story([share(1, 10000, 3)]).place().pay(("p", 10000)).parcel("shipped", 1, 1)
    story.refund("requested", "R1", item("share:1", 0, 1001))
    story.refund("executed", "R1", item("share:1", 0, 1001, p=1001))
    assert stages() == {"in_transit": 3333, "unshipped": 5666}
    story.parcel("shipped", 2, 1)
    assert stages() == {"in_transit": 3333 + 2833, "unshipped": 2833}
    story.parcel("received", 1, 1).parcel("shipped", 3, 1).parcel("received", 2, 1).parcel("received", 3, 1)
    assert stages() == {"confirmed": 8999}


def test_fen_left_behind_follow_the_units_that_are_left() -> None:
    """The unshipped unit is worth 3334; the refund names 3333 for it."""
    story = Story([share(1, 10000, 3)]).place().pay(("p", 10000)).parcel("shipped", 1, 2)
    story.refund("requested", "R1", item("share:1", 1, 3333))
    assert stages() == {"in_transit": 6667, "refunding": 3333}


def test_refund_over_two_payments_and_freight() -> None:
    story = Story([share(1, 9000, 3)], [charge(1, 1000)]).place().pay(("a", 6000), ("b", 4000))
    story.parcel("shipped", 1, 3).parcel("received", 1, 3)
    story.refund("requested", "R1", item("share:1", 1, 3000), item("charge:1", 0, 1000))
    assert stages() == {"confirmed": 6000, "refunding": 3000}
    story.refund(
        "executed", "R1", item("share:1", 1, 3000, a=1800, b=1200), item("charge:1", 0, 1000, b=1000)
    )
    assert legs_of(story.last) == [
        ("none", "b", REFUND, -1000, 0),
        ("refunding", "a", REFUND, -1800, -1),
        ("refunding", "b", REFUND, -1200, 0),
    ]
    assert (total(payment_key="a"), total(payment_key="b")) == (4200, 1800)
    assert stages() == {"confirmed": 6000}


def test_order_at_the_last_moment_of_the_month_counts_to_the_local_day() -> None:
    story = Story([share(1, 100, 1)], day="2026-09-30T23:59:59.900000").place().pay(("p", 100))
    assert set(LedgerEntry.objects.values_list("booked_on", flat=True)) == {dt.date(2026, 9, 30)}
    story.parcel("shipped", 1, 1, day="2026-10-01T00:00:00")
    assert LedgerEntry.objects.filter(booked_on=dt.date(2026, 10, 1)).count() == 2


def test_ineligible_goods_are_entries_with_their_reason() -> None:
    Story([share(1, 100, 1, eligibility="ineligible", reason="no_pairing")]).place().pay(("p", 100))
    goods = LedgerEntry.objects.get(kind="goods")
    assert (goods.eligibility, goods.ineligible_reason, goods.fen) == ("ineligible", "no_pairing", 100)


def test_a_share_of_fewer_fen_than_units_keeps_its_units() -> None:
    story = Story([share(1, 2, 3), share(2, 0, 1)]).place().pay(("p", 2))
    story.parcel("shipped", 1, 1).parcel("received", 1, 1).parcel("shipped", 2, 2, 1).parcel(
        "received", 2, 2, 1
    )
    assert stages() == {"confirmed": 2}
    assert (units("share:1"), units("share:2")) == ({"confirmed": 3}, {"confirmed": 1})


def test_second_delivery_posts_nothing() -> None:
    story = Story([share(1, 10000, 3)], [charge(1, 800)]).place().pay(("p", 10800)).parcel("shipped", 1, 2)
    story.refund("requested", "R1", item("share:1", 1, 3333)).refund(
        "executed", "R1", item("share:1", 1, 3333, p=3333)
    )
    before = list(LedgerEntry.objects.values_list()), list(ShareProgress.objects.values_list())
    again = story.last
    assert again is not None
    handlers.post_refund_executed(again)
    handlers.move_shipped(replace(again, event_id=PostedEvent.objects.get(topic="parcel.shipped").event_id))
    assert (list(LedgerEntry.objects.values_list()), list(ShareProgress.objects.values_list())) == before


def _refused(story: Story, act: object, message: str) -> None:
    before = (
        LedgerEntry.objects.count(),
        PostedEvent.objects.count(),
        list(ShareProgress.objects.values_list()),
    )
    with pytest.raises(LedgerError, match=message):
        act()  # type: ignore[operator]
    assert before == (
        LedgerEntry.objects.count(),
        PostedEvent.objects.count(),
        list(ShareProgress.objects.values_list()),
    )


def test_what_cannot_be_right_is_refused_and_writes_nothing() -> None:
    story = Story([share(1, 10000, 3)], [charge(1, 500)]).place()
    with pytest.raises(CaptureMissing):
        story.apply(("p", 10500))
    story.capture("p", 10500)
    _refused(story, lambda: story.apply(("p", 10400)), "is due 10500 fen")
    _refused(story, lambda: story.apply(("p", 10600)), "10500 are unapplied")
    _refused(story, lambda: story.refund("requested", "R", item("share:1", 1, 1)), "not paid")
    story.apply(("p", 10500))
    _refused(story, story.place, "placed before")
    _refused(story, lambda: story.reduce(1, 1, 1), "refunded, not reduced")
    _refused(story, lambda: story.parcel("shipped", 1, 4), "1 units fewer")
    _refused(story, lambda: story.parcel("received", 9, 1), "never shipped")
    _refused(
        story, lambda: story.refund("requested", "R", item("share:1", 1, 10001)), "fewer than the refund"
    )
    _refused(story, lambda: story.refund("requested", "R", item("share:1", 4, 100)), "fewer than the refund")
    _refused(story, lambda: story.refund("failed", "R", item("share:1", 1, 100)), "holds nothing")
    story.refund("requested", "R", item("share:1", 1, 3333))
    _refused(
        story, lambda: story.refund("executed", "R", item("share:1", 1, 3000, p=3000)), "holds other fen"
    )
    _refused(
        story, lambda: story.refund("executed", "R", item("share:1", 1, 3333, p=3000)), "are not 3333 fen"
    )
    _refused(story, lambda: story.refund("executed", "R", item("charge:1", 0, 501, p=501)), "500 are left")
    _refused(story, lambda: story.refund("executed", "R", item("charge:1", 0, 5, x=5)), "never applied")


def test_late_news_of_an_earlier_day_is_booked_no_earlier_than_what_it_follows() -> None:
    story = Story([share(1, 100, 1)]).place().pay(("p", 100), day="2026-10-20")
    story.parcel("shipped", 1, 1, day="2026-09-30")
    moves = LedgerEntry.objects.filter(leg=MOVE)
    assert set(moves.values_list("booked_on", flat=True)) == {dt.date(2026, 10, 20)}
    assert {entry.occurred_at for entry in moves} == {story.last.occurred_at}  # type: ignore[union-attr]
