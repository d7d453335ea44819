"""Folded part and live tail are the whole ledger, at every moment."""

import datetime as dt
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from shop.ledger.checks.rollups import cells, same_sums
from shop.ledger.models import LedgerEntry
from shop.ledger.rollups import services
from shop.ledger.rollups.models import ROLLUPS, BuyerRollup, GoodsRollup, PlaceRollup, Rollup, RollupMark
from shop.ledger.rollups.selectors import parts_of, tail_entries
from shop.ledger.rollups.services import fold_entries, rebuild_rollups
from tests.ledger.any_entries import ENTRY, live, plain, post
from tests.ledger.bulk import paid_orders
from tests.ledger.story import Story, charge, item, share

pytestmark = [pytest.mark.django_db, pytest.mark.data]


def rows(rollup: type[Rollup]) -> list[tuple[Any, ...]]:
    """Return a rollup's cells without the numbers of its rows."""
    names = (*rollup.dimensions, "fen", "ex_tax_fen", "units", "entries")
    return sorted(rollup._default_manager.values_list(*names))


def sale() -> Story:
    """A sale confirmed in October, of which a part is refunded in November."""
    story = Story([share(1, 10000, 4)], [charge(1, 800)]).place().pay(("p", 10800))
    story.parcel("shipped", 1, 4, day="2026-10-02").parcel("received", 1, 4, day="2026-10-08")
    story.refund("requested", "R", item("share:1", 1, 2500), day="2026-11-10")
    return story.refund("executed", "R", item("share:1", 1, 2500, p=2500), day="2026-11-11")


def test_a_fold_adds_every_entry_once() -> None:
    sale()
    last = LedgerEntry.objects.latest("id").pk
    assert fold_entries() == last
    before = [rows(rollup) for rollup in ROLLUPS]
    assert fold_entries() == last
    assert [rows(rollup) for rollup in ROLLUPS] == before
    assert (RollupMark.objects.get().folded_through, tail_entries().count()) == (last, 0)
    for rollup in ROLLUPS:
        assert sum(row[-1] for row in rows(rollup)) == LedgerEntry.objects.count()


def test_a_cell_has_the_month_booked_and_the_month_it_belongs_to() -> None:
    sale()
    fold_entries()
    confirmed = PlaceRollup.objects.filter(stage="confirmed").order_by("booked_on")
    assert list(confirmed.values_list("booked_on", "relates_to", "fen", "units", "entries")) == [
        (dt.date(2026, 10, 1), dt.date(2026, 10, 1), 10000, 4, 1),
        (dt.date(2026, 11, 1), dt.date(2026, 10, 1), -2500, -1, 1),
    ]
    refund = GoodsRollup.objects.get(leg="refund")
    assert (refund.supplier, refund.product, refund.township, refund.relates_to, refund.fen) == (
        *("WC-01", "WC-TEA-01", "木门镇"),
        dt.date(2026, 9, 1),
        -2500,
    )
    assert BuyerRollup.objects.get(leg="refund").mode == "assisted"


def test_a_fold_goes_chunk_by_chunk(monkeypatch: pytest.MonkeyPatch) -> None:
    paid_orders(7)
    monkeypatch.setattr(services, "CHUNK", 3)
    monkeypatch.setattr(services, "CHUNK_OF_ONE_WRITER", 3)
    told: list[int] = []
    fold_entries(advance=told.append)
    assert (len(told) >= 3, sum(told)) == (True, RollupMark.objects.get().folded_through)
    assert sum(PlaceRollup.objects.values_list("entries", flat=True)) == 7


def test_a_fold_that_looked_too_early_never_takes_the_mark_back(monkeypatch: pytest.MonkeyPatch) -> None:
    paid_orders(5)
    stale = LedgerEntry.objects.earliest("id").pk
    last = LedgerEntry.objects.latest("id").pk
    # When this one looked, one entry was settled and nothing folded; by now another one has folded all.
    monkeypatch.setattr(services, "settled_entry", lambda: stale)
    monkeypatch.setattr(services, "folded_through", lambda: 0)
    RollupMark.objects.create(pk=1, folded_through=last)
    assert fold_entries() == last
    assert (RollupMark.objects.get().folded_through, PlaceRollup.objects.count()) == (last, 0)


def test_a_rebuild_gives_the_same_cells(capsys: pytest.CaptureFixture[str]) -> None:
    sale()
    fold_entries()
    paid_orders(20)
    fold_entries()
    before = [rows(rollup) for rollup in ROLLUPS]
    call_command("rebuild_rollups")
    assert [rows(rollup) for rollup in ROLLUPS] == before
    entries, found = LedgerEntry.objects.count(), sum(len(cells) for cells in before)
    assert capsys.readouterr().out == f"{entries} entries folded into {found} cells\n"


def test_a_rebuild_mends_what_was_broken() -> None:
    sale()
    fold_entries()
    before = rows(PlaceRollup)
    PlaceRollup.objects.filter(stage="confirmed").update(fen=1)
    BuyerRollup.objects.filter(leg="refund").delete()
    rebuild_rollups()
    assert rows(PlaceRollup) == before
    assert list(cells()) == list(same_sums()) == []


@pytest.mark.parametrize(
    ("start", "end", "parts"),
    [
        ((2026, 1, 1), (2026, 12, 31), 2),
        ((2026, 9, 15), (2026, 11, 15), 4),
        ((2026, 9, 15), (2026, 9, 20), 1),
        ((2026, 9, 15), (2026, 10, 31), 3),
        ((2026, 10, 1), (2026, 11, 15), 3),
    ],
)
def test_days_of_a_cut_month_come_from_the_entries(start: Any, end: Any, parts: int) -> None:
    post([(dt.date(2026, month, day), None, ("", ""), ("resident", ""), "WC-01", "confirmed", True, 10**month)
          for month in (9, 10, 11) for day in (1, 15, 30)])  # fmt: skip
    fold_entries()
    first, last = dt.date(*start), dt.date(*end)
    found = parts_of(PlaceRollup, first, last)
    assert len(found) == parts
    total = sum(row.fen for part in found for row in part)
    booked = LedgerEntry.objects.filter(booked_on__gte=first, booked_on__lte=last)
    assert total == sum(booked.values_list("fen", flat=True))


def test_the_restated_series_is_one_of_whole_months() -> None:
    with pytest.raises(ValueError, match="whole months"):
        parts_of(PlaceRollup, dt.date(2026, 9, 2), dt.date(2026, 9, 30), series="restated")


class Ledger(RuleBasedStateMachine):
    """Entries are posted, folded in part or whole, and folded anew; nobody can tell by the sums."""

    def __init__(self) -> None:
        super().__init__()
        self.transaction = transaction.atomic()
        self.transaction.__enter__()

    @rule(rows=st.lists(ENTRY, min_size=1, max_size=6))
    def post(self, rows: list[Any]) -> None:
        post(rows)

    @rule()
    def sell(self) -> None:
        number = LedgerEntry.objects.count()
        story = Story([share(10**6 + number, 999, 3)], number=f"YS{number}").place()
        story.pay((f"pay-{number}", 999)).parcel("shipped", 1, 2)

    @rule()
    def fold(self) -> None:
        fold_entries()

    @rule(some=st.integers(1, 3))
    def fold_some(self, some: int) -> None:
        mark = services._take_mark(wait=True)
        last = LedgerEntry.objects.order_by("-id").values_list("id", flat=True).first() or 0
        if mark is not None and mark.folded_through + some <= last:
            services._fold(mark, mark.folded_through + some)

    @rule()
    def rebuild(self) -> None:
        rebuild_rollups()

    @invariant()
    def nobody_can_tell(self) -> None:
        for rollup in ROLLUPS:
            wanted = plain(rollup)
            assert live(rollup) == live(rollup, "restated") == wanted
        assert list(cells()) == list(same_sums()) == []

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.transaction.__exit__(None, None, None)


def test_rollup_and_tail_are_a_plain_scan_after_anything() -> None:
    run_state_machine_as_test(
        Ledger,
        settings=settings(
            max_examples=10,
            stateful_step_count=8,
            deadline=None,
            suppress_health_check=[HealthCheck.function_scoped_fixture],
        ),
    )


def findings(capsys: pytest.CaptureFixture[str]) -> list[str]:
    with pytest.raises(SystemExit) as stop:
        call_command("verify_ledger")
    assert stop.value.code == 1
    return capsys.readouterr().err.splitlines()


def test_2_a_cell_that_differs_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    sale()
    fold_entries()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE ledger_goodsrollup SET fen = fen + 7 WHERE leg = 'refund'")
    found = findings(capsys)
    assert (
        "invariant 2: GoodsRollup differs from the ledger in (True 2026-11-01 wangcang east-west 2026-09-01 goods"
        " refunding refund eligible B 1 木门镇 WC-01 WC-TEA-01 tea) by 7 fen" in _plainly(found)
    )
    assert any(line.startswith("invariant 1: Σ fen of GoodsRollup is") for line in found)


def _plainly(lines: list[str]) -> list[str]:
    """SQLite has 1 for true."""
    return [line.replace("(1 2026", "(True 2026") for line in lines]


@pytest.mark.parametrize("table", ["ledger_placerollup", "ledger_buyerrollup"])
def test_2_a_cell_that_is_gone_is_named(table: str, capsys: pytest.CaptureFixture[str]) -> None:
    sale()
    fold_entries()
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {table} WHERE kind = 'freight'")
    name = {"ledger_placerollup": "PlaceRollup", "ledger_buyerrollup": "BuyerRollup"}[table]
    found = [line for line in findings(capsys) if f"2: {name} differs from the ledger" in line]
    assert len(found) == 1
    assert found[0].endswith("by -800 fen, -1 entries")


def test_2_a_mark_beyond_the_ledger_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    sale()
    last = fold_entries()
    RollupMark.objects.update(folded_through=last + 5)
    assert f"invariant 2: the rollups go up to entry {last + 5}, the ledger to {last}" in findings(capsys)


def test_2_a_mark_that_stands_too_low_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    sale()
    RollupMark.objects.filter(pk=fold_entries() and 1).update(folded_through=1)
    found = findings(capsys)
    assert any("PlaceRollup" in line or "GoodsRollup differs" in line for line in found)
    assert any(line.startswith("invariant 2: demonstration net:") for line in found)
