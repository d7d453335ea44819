"""Goods that a replacement is asked for are `disputed` until it is signed for: confirmed falls, and comes back."""

import datetime as dt

import pytest

from shop.ledger.exceptions import LedgerError
from shop.ledger.models import LedgerEntry, PostedEvent, RefundHold
from shop.ledger.replay import replay
from shop.ledger.services import post_event
from shop.ledger.verification import CHECKS
from tests.ledger.story import Story, item, legs_of, share, stages, total, units

pytestmark = [pytest.mark.django_db, pytest.mark.data]
KEY = "share:1"


def received() -> Story:
    """Return a paid order of three units of one share, all received in September."""
    story = Story([share(1, 10_000, 3)]).place().pay(("p", 10_000))
    return story.parcel("shipped", 1, 3).parcel("received", 1, 3)


def sound() -> bool:
    """Say whether every invariant holds, and a replay writes the same bytes."""
    return not [finding for check in CHECKS for finding in check()] and replay().differences == []


def test_confirmed_falls_when_the_case_is_opened_and_comes_back_in_the_same_month() -> None:
    story = received()
    story.dispute("opened", "A1", (1, 1), day="2026-10-08")
    assert stages() == {"confirmed": 6_667, "disputed": 3_333}
    assert units(KEY) == {"confirmed": 2, "disputed": 1}
    assert legs_of(story.last) == [
        ("confirmed", "p", "move", -3_333, -1),
        ("disputed", "p", "move", 3_333, 1),
    ]
    story.dispute("settled", "A1", (1, 1), day="2026-10-20")
    assert (stages(), units(KEY)) == ({"confirmed": 10_000}, {"confirmed": 3})
    # As reported the month of the move, restated the month in which they were confirmed.
    moved = LedgerEntry.objects.filter(leg="move", booked_on__gt=dt.date(2026, 9, 30))
    assert set(moved.values_list("relates_to", flat=True)) == {dt.date(2026, 9, 1)}
    assert not RefundHold.objects.exists()
    assert sound()


def test_goods_that_are_still_on_their_way_are_taken_first_and_come_back_to_where_they_are_by_then() -> None:
    story = Story([share(1, 10_000, 3)]).place().pay(("p", 10_000))
    story.parcel("shipped", 1, 2).parcel("received", 1, 2).parcel("shipped", 2, 1)
    story.dispute("opened", "A1", (1, 1))
    assert units(KEY) == {"confirmed": 2, "disputed": 1}
    story.parcel("received", 2, 1, day="2026-10-08")
    assert stages()["disputed"] == 10_000 - stages()["confirmed"]
    story.dispute("settled", "A1", (1, 1), day="2026-10-20")
    assert stages() == {"confirmed": 10_000}
    assert sound()


def test_a_refund_of_other_units_leaves_the_dispute_alone() -> None:
    story = received()
    story.dispute("opened", "A1", (1, 1))
    story.refund("requested", "R1", item(KEY, 2, 6_666))
    assert stages() == {"confirmed": 1, "disputed": 3_333, "refunding": 6_666}
    story.refund("executed", "R1", item(KEY, 2, 6_666, p=6_666))
    story.dispute("settled", "A1", (1, 1))
    assert stages() == {"confirmed": 3_334}
    assert sound()


def test_money_for_disputed_goods_ends_the_dispute_and_its_own_end_moves_nothing() -> None:
    story = received()
    story.dispute("opened", "A1", (1, 2))
    story.refund("requested", "R1", item(KEY, 3, 10_000))
    assert stages() == {"refunding": 10_000}
    story.dispute("settled", "A1", (1, 2))
    assert legs_of(story.last) == []
    story.refund("failed", "R1", item(KEY, 3, 10_000))
    assert stages() == {"confirmed": 10_000}
    assert sound()


def test_a_lower_price_takes_no_fen_of_disputed_goods_while_others_have_them() -> None:
    story = received()
    story.dispute("opened", "A1", (1, 1))
    story.refund("requested", "R1", item(KEY, 0, 500))
    assert stages() == {"confirmed": 6_167, "disputed": 3_333, "refunding": 500}
    story.dispute("settled", "A1", (1, 1))
    story.refund("executed", "R1", item(KEY, 0, 500, p=500))
    assert stages() == {"confirmed": 9_500}
    assert sound()


def test_an_organisation_may_accept_what_a_replacement_is_on_its_way_for() -> None:
    story = Story([share(1, 10_000, 4)], by_acceptance=True).place().pay(("p", 10_000))
    story.parcel("shipped", 1, 4).parcel("signed", 1, 4)
    story.dispute("opened", "A1", (1, 1)).accept("AR-1", 4)
    assert stages() == {"confirmed": 7_500, "disputed": 2_500}
    story.dispute("settled", "A1", (1, 1))
    assert stages() == {"confirmed": 10_000}
    assert sound()


def test_a_second_delivery_posts_nothing() -> None:
    story = received()
    story.dispute("opened", "A1", (1, 1))
    assert story.last is not None
    assert post_event(story.last) == []
    assert total(stage="disputed") == 3_333


def test_more_than_was_sent_cannot_be_disputed_and_writes_nothing() -> None:
    story = Story([share(1, 10_000, 3)]).place().pay(("p", 10_000)).parcel("shipped", 1, 1)
    before = (LedgerEntry.objects.count(), PostedEvent.objects.count())
    with pytest.raises(LedgerError, match="1 units fewer sent than are disputed"):
        story.dispute("opened", "A1", (1, 2))
    assert (LedgerEntry.objects.count(), PostedEvent.objects.count()) == before
    assert not RefundHold.objects.exists()
