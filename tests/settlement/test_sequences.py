"""Over any sequence of events, settlement owes what the ledger counts: in all, and as confirmed."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shop.outbox.events import Event
from shop.settlement.invariants import disputed_orders, sums_by
from shop.settlement.models import CommissionRate, SettlementEntry, SupplierAccount
from tests.ledger.story import at, total
from tests.ledger.test_sequences import SHARES, STEPS, Walk
from tests.settlement.cast import CODE, assert_settled, tell

pytestmark = [pytest.mark.django_db, pytest.mark.data]


class Sale(Walk):
    """Tells the same to both books."""

    @property
    def post(self) -> Callable[[Event], Any] | None:
        """Return what takes a step into ledger and settlement."""
        return tell


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    shares=SHARES,
    cut=st.integers(1, 100),
    rate_bp=st.integers(0, 5_000),
    by_acceptance=st.booleans(),
    steps=STEPS,
)
def test_settlement_owes_what_the_ledger_counts_after_every_step(
    shares: list[tuple[int, int]],
    cut: int,
    rate_bp: int,
    by_acceptance: bool,
    steps: list[tuple[str, int, int, int]],
) -> None:
    with transaction.atomic():
        CommissionRate.objects.create(
            rate_bp=rate_bp, starts_on=at("2026-01-01").date(), reason="约定", state="approved",
            proposed_by=1, proposed_at=at("2025-12-01"), decided_by=2, decided_at=at("2025-12-01"),
        )  # fmt: skip
        walk = Sale(shares, cut, by_acceptance=by_acceptance)
        for step in steps:
            walk.step(*step)
            assert_settled()
        row = SupplierAccount.objects.filter(supplier=CODE).first()
        goods, freight = total(kind="goods") - total(stage="receivable"), total(kind="freight")
        assert (row.collected_fen if row else 0) == goods + freight
        owed = sums_by("supplier", kinds=("goods",)).get((CODE,), {}).get("payable", 0)
        if not disputed_orders():
            assert owed == total(kind="goods", stage="confirmed")
        assert all(entry.fen > 0 for entry in SettlementEntry.objects.all())
        transaction.set_rollback(True)
