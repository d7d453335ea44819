"""Rollup = ledger, cell by cell, and every one of them has the same sum: invariants 1 and 2."""

from collections.abc import Iterator

from django.db.models import Max, Sum

from shop.core.plans import grouped_by_hashing
from shop.ledger.checks.findings import Finding, rows_of
from shop.ledger.models import LedgerEntry
from shop.ledger.rollups.models import ROLLUPS, SUMS, BuyerRollup, GoodsRollup, PlaceRollup, Rollup
from shop.ledger.rollups.selectors import folded_through
from shop.ledger.rollups.sql import differing_cells, differing_from


def same_sums() -> Iterator[Finding]:
    """1: Σ by any dimension is the same number: every rollup has it."""
    whole, *others = (_sums(rollup) for rollup in ROLLUPS)
    for rollup, sums in zip(ROLLUPS[1:], others, strict=True):
        for name in SUMS:
            if sums[name] != whole[name]:
                text = (
                    f"Σ {name} of {rollup.__name__} is {sums[name]}, of {ROLLUPS[0].__name__} {whole[name]}"
                )
                yield Finding(1, text)


def _sums(rollup: type[Rollup]) -> dict[str, int]:
    found = rollup._default_manager.aggregate(**{f"{name}_sum": Sum(name) for name in SUMS})
    return {name: found[f"{name}_sum"] or 0 for name in SUMS}


def cells() -> Iterator[Finding]:
    """2: a cell of a rollup is the sum of its entries up to the mark, and no entry is folded that is not there."""
    through = folded_through()
    for rollup in (GoodsRollup, BuyerRollup):
        with grouped_by_hashing():
            rows = rows_of(differing_cells(rollup), [through])
        yield from (_finding(rollup, row) for row in rows)
    # The smallest one is a sum of a larger one, which is as good as the entries by now, and much shorter.
    for row in rows_of(differing_from(PlaceRollup, GoodsRollup)):
        yield _finding(PlaceRollup, row)
    last = LedgerEntry.objects.aggregate(last=Max("pk"))["last"] or 0
    if through > last:
        yield Finding(2, f"the rollups go up to entry {through}, the ledger to {last}")


def _finding(rollup: type[Rollup], row: dict[str, object]) -> Finding:
    cell = " ".join(str(row[name]) for name in rollup.dimensions if row[name] != "")
    wrong = ", ".join(f"{row[f'{name}_over']} {name}" for name in SUMS if row[f"{name}_over"])
    return Finding(2, f"{rollup.__name__} differs from the ledger in ({cell}) by {wrong}")
