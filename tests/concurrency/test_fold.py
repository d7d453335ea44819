"""Entries that commit late are neither lost nor counted twice, however often the rollups are folded."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, connections, transaction

from shop.ledger.checks.rollups import cells, same_sums
from shop.ledger.models import LedgerEntry, PostedEvent
from shop.ledger.rollups import settling
from shop.ledger.rollups.models import PlaceRollup, RollupMark
from shop.ledger.rollups.selectors import tail_entries
from shop.ledger.rollups.services import fold_entries, rebuild_rollups
from shop.ledger.services import post_event
from tests.ledger.bulk import paid_orders
from tests.ledger.story import Story, share

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.concurrency]
Together = Callable[..., list[Any]]


def folded() -> int:
    return sum(PlaceRollup.objects.values_list("entries", flat=True))


def test_an_entry_that_commits_late_is_not_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer at a time: an entry with a lower id commits first")
    monkeypatch.setattr(settling, "PATIENCE_SECONDS", 0.1)
    posted, may_commit = threading.Event(), threading.Event()

    def post_slowly() -> None:
        with transaction.atomic():
            paid_orders(3)
            posted.set()
            may_commit.wait(30)
        connections.close_all()

    slow = threading.Thread(target=post_slowly)
    slow.start()
    assert posted.wait(30)
    paid_orders(2, start=10)
    # The two have higher ids than the three that nobody sees yet.
    assert (fold_entries(), tail_entries().count()) == (0, 2)
    may_commit.set()
    slow.join(30)
    assert fold_entries() == LedgerEntry.objects.latest("id").pk
    assert (folded(), tail_entries().count()) == (5, 0)


def test_folding_waits_for_a_posting_that_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer at a time")
    looked: list[int] = []
    posted, may_commit = threading.Event(), threading.Event()

    def post_slowly() -> None:
        with transaction.atomic():
            paid_orders(3)
            posted.set()
            may_commit.wait(30)
        connections.close_all()

    def pause(seconds: float) -> None:
        looked.append(1)
        may_commit.set()
        slow.join(30)

    monkeypatch.setattr("shop.ledger.rollups.settling.time.sleep", pause)
    slow = threading.Thread(target=post_slowly)
    slow.start()
    assert posted.wait(30)
    paid_orders(2, start=10)
    assert fold_entries() == LedgerEntry.objects.latest("id").pk
    assert (looked, folded()) == ([1], 5)


def test_many_post_fold_and_rebuild_at_once(together: Together) -> None:
    def post(start: int) -> Callable[[], None]:
        def run() -> None:
            for number in range(start, start + 20):
                paid_orders(1, start=number)

        return run

    def fold() -> None:
        for _ in range(10):
            fold_entries()

    done = together([post(0), post(100), post(200), fold, fold, rebuild_rollups])
    assert [error for error in done if isinstance(error, Exception)] == []
    fold_entries()
    assert (folded(), LedgerEntry.objects.count(), RollupMark.objects.count()) == (60, 60, 1)
    assert list(cells()) == list(same_sums()) == []


def test_an_event_posted_by_eight_at_once_is_posted_once(together: Together) -> None:
    story = Story([share(1, 10_000, 2)]).place()
    story.capture("p", 10_000)
    story.post = None
    event = story.apply(("p", 10_000)).last
    assert event is not None
    done = together([lambda: post_event(event)] * 8)
    assert sorted(len(entries) for entries in done) == [0] * 7 + [2]
    assert LedgerEntry.objects.filter(event_id=event.event_id).count() == 2
    assert PostedEvent.objects.filter(event_id=event.event_id).count() == 1


def test_what_is_verified_and_replayed_is_one_moment_while_others_post(
    together: Together, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in range(1, 6):
        Story([share(number, 900, 3)], number=f"YS{number}").place().pay((f"p{number}", 900))
    fold_entries()

    def post() -> None:
        for number in range(10, 30):
            # A payment and its message come in one transaction, as the services write them.
            with transaction.atomic():
                story = Story([share(number, 900, 3)], number=f"YS{number}").place()
                story.pay((f"p{number}", 900)).parcel("shipped", 1, 2)
            fold_entries()

    commands = [lambda: call_command("verify_ledger"), post, lambda: call_command("replay_ledger")]
    assert together(commands) == [None] * 3
    out = capsys.readouterr().out
    assert out.count("11 checks, 0 findings\n") == out.count(" entries, 0 differences, ") == 1
