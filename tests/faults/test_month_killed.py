"""kill −9 while a month is released: it is closed with its statement, or open without one."""

import pytest
import time_machine

from shop.ledger.closing import prepare_month, release_month, review_month
from shop.ledger.closing_models import MonthClosing, Statement
from shop.ledger.exceptions import ClosingError
from shop.ledger.periods import first_open_day
from tests.ledger.closers import Closers, bring_bill, day, make_closers
from tests.ledger.story import Story, at, share
from tests.process import KILLED, in_process

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]

POINTS = ("ledger.month_released",)
SEPTEMBER = day("2026-09")
MOMENT = at("2026-10-03")


def release(closers: Closers) -> None:
    """Click on release; who got no answer clicks again, and is told that the month is closed."""
    try:
        release_month(month=SEPTEMBER, actor_id=closers.releaser.pk)
    except ClosingError as error:
        assert error.code == "closed"


def test_a_killed_release_leaves_the_month_open_and_the_next_click_closes_it_once() -> None:
    with time_machine.travel(MOMENT, tick=False):
        closers = make_closers()
        Story([share(1, 10000, 5)]).place().pay(("p", 10000))
        bring_bill("2026-09")
        prepare_month(month=SEPTEMBER, actor_id=closers.preparer.pk)
        review_month(month=SEPTEMBER, actor_id=closers.reviewer.pk)
    assert in_process(lambda: release(closers), kill_at=POINTS[0], at=MOMENT) == KILLED
    assert (MonthClosing.objects.get().state, Statement.objects.count()) == ("reviewed", 0)
    assert first_open_day() < SEPTEMBER
    for _click in range(2):
        assert in_process(lambda: release(closers), at=MOMENT) == 0
    assert (MonthClosing.objects.get().state, Statement.objects.get().paid_fen) == ("released", 10000)
    assert first_open_day() == day("2026-10")
