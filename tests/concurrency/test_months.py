"""A month is closed while events of it are being posted: each is in the statement, or in the month after."""

from collections.abc import Callable
from typing import Any

import pytest
import time_machine

from shop.ledger.checks.chain import chain
from shop.ledger.closing import prepare_month, release_month, review_month
from shop.ledger.closing_models import Statement
from shop.ledger.exceptions import ClosingError, MonthNotReady
from shop.ledger.models import LedgerEntry
from shop.ledger.replay import replay
from tests.ledger.closers import Closers, bring_bill, day, make_closers
from tests.ledger.story import Story, at, share

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]

SEPTEMBER = day("2026-09")


def release(closers: Closers) -> str:
    """Release, or say why not."""
    try:
        release_month(month=SEPTEMBER, actor_id=closers.releaser.pk)
    except MonthNotReady:
        return "not_ready"
    except ClosingError as error:
        return error.code
    return "closed"


def test_entries_are_in_the_statement_or_in_the_month_after(together: Callable[..., list[Any]]) -> None:
    with time_machine.travel(at("2026-10-03"), tick=False):
        closers = make_closers()
        Story([share(1, 10000, 5)]).place().pay(("p", 10000))
        bring_bill("2026-09")
        prepare_month(month=SEPTEMBER, actor_id=closers.preparer.pk)
        review_month(month=SEPTEMBER, actor_id=closers.reviewer.pk)

        def sell() -> str:
            """Tell of a sale of the month that is being closed, and post each event as it comes."""
            Story([share(2, 500, 1)], number="YS-LATE").place().pay(("late", 500))
            return "posted"

        answers = together([sell, lambda: release(closers), lambda: release(closers)])
    assert answers[0] == "posted"
    assert set(answers[1:]) <= {"closed", "changed", "not_ready"}
    booked = {str(entry.booked_on)[:7] for entry in LedgerEntry.objects.filter(order_number="YS-LATE")}
    if "closed" in answers:
        assert Statement.objects.get().paid_fen == 10000
        assert booked == {"2026-10"}
    else:
        assert booked == {"2026-09"}
    assert list(chain()) == []
    assert replay().differences == []
