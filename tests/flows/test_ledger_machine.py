"""Whatever happens to orders and months, in whatever order: every invariant holds after every act."""

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.examples import examples
from tests.flows.ledger_machine import LedgerMachine


@pytest.mark.django_db
@pytest.mark.data
def test_every_invariant_holds_after_every_act() -> None:
    run_state_machine_as_test(
        LedgerMachine,
        settings=settings(
            max_examples=examples(5),
            stateful_step_count=14,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
