"""kill −9 while the rollups are built anew: the figures are those of before, and the next try ends the rebuild."""

import pytest

from shop.ledger.checks.rollups import cells, same_sums
from shop.ledger.models import LedgerEntry
from shop.ledger.rollups.models import PlaceRollup, RollupMark
from shop.ledger.rollups.services import fold_entries, rebuild_rollups
from tests.faults import story
from tests.ledger.bulk import paid_orders
from tests.process import KILLED, in_process

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]

POINTS = ("ledger.mid_rebuild",)


def test_a_kill_in_the_middle_of_a_rebuild() -> None:
    paid_orders(30)
    last = fold_entries()
    PlaceRollup.objects.update(fen=1)
    assert in_process(rebuild_rollups, kill_at=POINTS[0], at=story.START) == KILLED
    assert RollupMark.objects.get().folded_through == last
    assert set(PlaceRollup.objects.values_list("fen", flat=True)) == {1}
    assert in_process(rebuild_rollups, at=story.START) == 0
    assert sum(PlaceRollup.objects.values_list("entries", flat=True)) == LedgerEntry.objects.count() == 30
    assert list(cells()) == list(same_sums()) == []
