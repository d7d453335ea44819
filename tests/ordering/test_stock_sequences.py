"""Any acts in any order keep I1: a short form always, 10,000 acts in `make test-all`."""

from collections import Counter

import pytest
from hypothesis import HealthCheck, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.ordering.stock_machine import SEED, StockMachine

pytestmark = [pytest.mark.django_db, pytest.mark.data]
CHECKS = list(HealthCheck)
STEPS, MORE = 50, 40
#: What must have been done, not only tried, by the end of the long form.
DONE = (
    "place",
    "place_bulk",
    "terms",
    "pay",
    "close",
    "ship",
    "return",
    "reduce",
    "refund",
    "execute",
    "fail",
    "withdraw",
    "reship",
    "cancel_reship",
    "receive",
    "adjust",
    "move",
    "import",
    "correct",
    "withhold",
)


def run(examples: int, number: int) -> int:
    """Run so many examples of 50 acts from this seed; return how many acts were tried."""
    StockMachine.acts.clear()
    run_state_machine_as_test(
        seed(number)(StockMachine),
        settings=settings(
            max_examples=examples,
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            suppress_health_check=CHECKS,
        ),
    )
    return StockMachine.acts["tried"]


def test_five_hundred_acts_keep_the_stock_right() -> None:
    assert run(10, 20260306) >= 500


@pytest.mark.long
def test_ten_thousand_acts_keep_the_stock_right() -> None:
    print(f"SEED={SEED} repeats this run")  # pytest shows it when the test fails
    tried, done = run(220, SEED), Counter(StockMachine.acts)
    for more in range(1, MORE):
        # A walk may end early, and a seldom act may not have come by chance: a little more until it does.
        if tried >= 10_000 and all(done[name] for name in DONE):
            break
        tried += run(10, SEED + more)
        done += StockMachine.acts
    assert tried >= 10_000
    assert not [name for name in DONE if not done[name]]
