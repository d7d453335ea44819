"""Fold settled entries into the rollups, and build them anew from nothing."""

from collections.abc import Callable
from dataclasses import dataclass

from django.db import connection, transaction

from shop.core import clock
from shop.core.faultpoint import faultpoint
from shop.core.locks import lock, lock_available
from shop.ledger.rollups.models import ROLLUPS, RollupMark
from shop.ledger.rollups.selectors import folded_through
from shop.ledger.rollups.settling import settled_entry
from shop.ledger.rollups.sql import add_entries

#: Ids in one transaction. On SQLite nobody else writes meanwhile.
CHUNK, CHUNK_OF_ONE_WRITER = 20_000, 2_000
Advance = Callable[[int], object]


@dataclass(frozen=True)
class Rebuilt:
    """What a rebuild made: entries folded in, and cells of all rollups."""

    entries: int
    cells: int


def fold_entries(*, advance: Advance = lambda ids: None) -> int:
    """Add every settled entry that is not in the rollups yet; return up to which id they go then.

    One transaction per chunk: its sums and the mark move together, so that rollups and tail are the whole ledger
    at every moment, also when the process dies. Leaves it to another process that is folding. Safe to call twice.
    `advance` is told how many ids each chunk had.
    """
    settled = settled_entry()
    chunk = CHUNK if connection.vendor == "postgresql" else CHUNK_OF_ONE_WRITER
    folded = folded_through()
    while folded < settled:
        with transaction.atomic():
            mark = _take_mark(wait=False)
            if mark is None:
                return folded
            before = mark.folded_through
            # Another one may have come further than what was settled when we looked.
            folded = _fold(mark, min(settled, before + chunk)) if before < settled else before
        advance(folded - before)
    return folded


def rebuild_rollups(*, advance: Advance = lambda ids: None) -> Rebuilt:
    """Throw the rollups away and fold every settled entry again, in one transaction: readers see old or new.

    Waits for whoever is folding. A failure leaves everything as it was. Safe to call twice: the result is the same.
    """
    settled = settled_entry()
    with transaction.atomic():
        mark = _take_mark(wait=True)
        assert mark is not None
        # What was folded is settled, also when a posting that does not end kept `settled_entry` from answering.
        settled = max(settled, mark.folded_through)
        for rollup in ROLLUPS:
            rollup._default_manager.all().delete()
        mark.folded_through = 0
        while mark.folded_through < settled:
            before = mark.folded_through
            _fold(mark, min(settled, before + 10 * CHUNK))
            faultpoint("ledger.mid_rebuild")
            advance(mark.folded_through - before)
        cells = [rollup._default_manager.count() for rollup in ROLLUPS]
        entries = sum(ROLLUPS[0]._default_manager.values_list("entries", flat=True))
    return Rebuilt(entries, sum(cells))


def _take_mark(*, wait: bool) -> RollupMark | None:
    """Lock the mark until the transaction ends; None when another process has it and we do not wait."""
    RollupMark.objects.bulk_create([RollupMark(pk=1)], ignore_conflicts=True)
    rows = RollupMark.objects.filter(pk=1)
    return (lock(rows) if wait else lock_available(rows)).first()


def _fold(mark: RollupMark, through: int) -> int:
    with connection.cursor() as cursor:
        for rollup in ROLLUPS:
            cursor.execute(add_entries(rollup), [mark.folded_through, through])
            faultpoint("ledger.mid_fold")
    mark.folded_through, mark.folded_at = through, clock.now()
    mark.save(update_fields=["folded_through", "folded_at"])
    return through
