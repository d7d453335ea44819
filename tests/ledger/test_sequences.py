"""Any sequence of events keeps the invariants, and a replay of it gives the same bytes."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction
from django.db.models import Sum
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shop.core import fen as money
from shop.ledger.models import RefundHold, ShareProgress
from shop.ledger.replay import replay
from shop.ledger.services import post_event
from shop.ledger.verification import CHECKS
from shop.outbox.events import Event
from shop.reporting.verification import figures
from tests.ledger.story import Story, charge, item, share, stages, total

pytestmark = [pytest.mark.django_db, pytest.mark.data]

SHARES = st.lists(st.tuples(st.integers(0, 10_000), st.integers(1, 5)), min_size=1, max_size=3)
ACTS = (
    *("pay", "ship", "sign", "receive", "accept", "reduce", "reduce_fen"),
    *("ask", "ask_fen", "execute", "fail"),
    *("dispute", "settle"),
)
STEPS = st.lists(
    st.tuples(
        st.sampled_from(ACTS),
        st.integers(0, 2),
        st.integers(1, 5),
        st.integers(0, 100),
    ),
    max_size=25,
)


class Walk:
    """Takes steps as the other apps would: what cannot be, they do not send."""

    def __init__(
        self, shares: list[tuple[int, int]], cut: int, *, by_acceptance: bool, order: int = 0
    ) -> None:
        first = 10 * order + 1
        rows = [share(number, fen, units) for number, (fen, units) in enumerate(shares, start=first)]
        number = f"YS20260930-{order:08d}"
        self.story = Story(
            rows, [charge(first, 501)], number=number, by_acceptance=by_acceptance, post=self.post
        ).place()
        self.keys = (f"a{order}", f"b{order}")
        self.cut = cut
        self.reports = 0
        self.left = [units for _, units in shares]
        self.parcels: dict[int, tuple[list[int], str]] = {}
        self.refunds: dict[str, dict[str, Any]] = {}
        self.asked = Counter[str]()
        self.asked_units = Counter[str]()
        self.paid = False
        self.disputes: dict[str, tuple[int, int]] = {}
        self.cases = 0

    @property
    def post(self) -> Callable[[Event], Any] | None:
        """Return who is told of every step."""
        return post_event

    def on(self, day: str) -> str:
        """Return the day on which something happens; a walk by the calendar has its own."""
        return day

    @property
    def due(self) -> int:
        return sum(row["fen"] for row in self.story.shares) + 501

    @property
    def refunded(self) -> int:
        """Return what was sent back of it."""
        events = [event for event in self.story.told if event.topic == "refund.executed"]
        parts = [part for event in events for row in event.payload["items"] for part in row["parts"]]
        return sum(part["fen"] for part in parts)

    @property
    def owed(self) -> int:
        """Return what is accepted and not paid, worked out from the units."""
        if self.paid or not self.story.by_acceptance:
            return 0
        accepted = dict(ShareProgress.objects.values_list("source_key", "confirmed"))
        rows = [row for row in self.story.shares if row["units"]]
        return sum(
            money.units_worth(row["fen"], row["units"], 0, accepted[row["source_key"]]) for row in rows
        )

    def accept(self, row: dict[str, Any], index: int, units: int, percent: int) -> None:
        progress = ShareProgress.objects.get(source_key=row["source_key"])
        held = RefundHold.objects.filter(
            source_key=row["source_key"], disputed=True, stage__in=("in_transit", "received")
        )
        disputed = held.aggregate(units=Sum("units"))["units"] or 0
        count = min(units, progress.in_transit + progress.received + disputed)
        if self.story.by_acceptance and count:
            self.reports += 1
            items = [count if place == index else 0 for place in range(len(self.left))]
            self.story.accept(f"AR-{self.reports}", *items, day=self.on("2026-10-18"))

    def reduce(self, row: dict[str, Any], index: int, units: int, percent: int) -> None:
        progress = ShareProgress.objects.get(source_key=row["source_key"])
        count = min(units, progress.unshipped + progress.in_transit + progress.received)
        if not self.paid and count:
            self.left[index] -= min(count, progress.unshipped)
            fen = money.units_worth(row["fen"], row["units"], 0, count)
            self.story.reduce(int(row["source_key"].removeprefix("share:")), count, fen)

    def reduce_fen(self, row: dict[str, Any], index: int, units: int, percent: int) -> None:
        fen = row["fen"] * percent // 200
        if not self.paid and fen:
            self.story.reduce(int(row["source_key"].removeprefix("share:")), 0, fen)

    def step(self, name: str, index: int, units: int, percent: int) -> None:
        row = self.story.shares[index % len(self.story.shares)]
        getattr(self, name)(row, index % len(self.story.shares), units, percent)

    def pay(self, row: dict[str, Any], index: int, units: int, percent: int) -> None:
        if not self.paid:
            cut = max(1, self.due * self.cut // 100)
            parts = list(zip(self.keys, (cut, self.due - cut), strict=True))
            self.story.pay(*[part for part in parts if part[1]], day=self.on("2026-10-20"))
            self.paid = True

    def ship(self, row: dict[str, Any], index: int, units: int, percent: int) -> None:
        progress = ShareProgress.objects.get(source_key=row["source_key"])
        count = min(units, progress.unshipped, self.left[index])
        if count:
            items = [count if place == index else 0 for place in range(len(self.left))]
            number = len(self.parcels)
            self.story.parcel("shipped", number, *items, day=self.on("2026-10-03"))
            self.parcels[number] = (items, "shipped")
            self.left[index] -= count

    def _parcel(self, index: int, step: str, wanted: tuple[str, ...], day: str) -> None:
        open_ = [number for number, (_, state) in self.parcels.items() if state in wanted]
        if open_:
            number = open_[index % len(open_)]
            items, _ = self.parcels[number]
            self.story.parcel(step, number, *items, day=day)
            self.parcels[number] = (items, step)

    def sign(self, row: dict[str, Any], index: int, units: int, percent: int) -> None:
        self._parcel(index, "signed", ("shipped",), self.on("2026-10-25"))

    def receive(self, row: dict[str, Any], index: int, units: int, percent: int) -> None:
        self._parcel(index, "received", ("shipped", "signed"), self.on(f"2026-{10 + units % 3}-28"))

    def ask(self, row: dict[str, Any], index: int, units: int, percent: int) -> None:
        key = row["source_key"]
        before = self.asked_units[key]
        count = min(units, row["units"] - before)
        if self.paid and count > 0:
            worth = money.units_worth(row["fen"], row["units"], before, count)
            self._request(key, count, min(worth, row["fen"] - self.asked[key]))

    def ask_fen(self, row: dict[str, Any], index: int, units: int, percent: int) -> None:
        fen = (row["fen"] - self.asked[row["source_key"]]) * percent // 100
        if self.paid and fen:
            self._request(row["source_key"], 0, fen)

    def _request(self, key: str, count: int, fen: int) -> None:
        refund = f"R{len(self.refunds)}"
        self.story.refund("requested", refund, item(key, count, fen), day=self.on("2026-12-28"))
        self.refunds[refund] = item(key, count, fen) | {"open": True}
        self.asked[key] += fen
        self.asked_units[key] += count

    def _open(self, index: int) -> tuple[str, dict[str, Any]] | None:
        found = [(name, row) for name, row in self.refunds.items() if row["open"]]
        return found[index % len(found)] if found else None

    def dispute(self, row: dict[str, Any], index: int, units: int, percent: int) -> None:
        progress = ShareProgress.objects.get(source_key=row["source_key"])
        sent = progress.in_transit + progress.received + progress.confirmed + progress.disputed
        if self.paid and sent:
            self.cases += 1
            asked = (int(row["source_key"].removeprefix("share:")), min(units, sent))
            self.disputes[f"A{self.cases}"] = asked
            self.story.dispute("opened", f"A{self.cases}", asked, day=self.on("2026-12-27"))

    def settle(self, row: dict[str, Any], index: int, units: int, percent: int) -> None:
        if self.disputes:
            name = sorted(self.disputes)[index % len(self.disputes)]
            self.story.dispute("settled", name, self.disputes.pop(name), day=self.on("2027-01-02"))

    def execute(self, row: dict[str, Any], index: int, units: int, percent: int) -> None:
        found = self._open(index)
        if found:
            name, asked = found
            asked["open"] = False
            rest = {key: total(payment_key=key) for key in self.keys if total(payment_key=key) > 0}
            parts = (
                dict(zip(rest, money.split(asked["fen"], list(rest.values())), strict=True)) if rest else {}
            )
            paid = item(asked["source_key"], asked["units"], asked["fen"], **parts)
            self.story.refund("executed", name, paid, day=self.on("2026-12-30"))

    def fail(self, row: dict[str, Any], index: int, units: int, percent: int) -> None:
        found = self._open(index)
        if found:
            name, asked = found
            asked["open"] = False
            self.story.refund("failed", name, asked, day=self.on("2026-12-31"))
            self.asked[asked["source_key"]] -= asked["fen"]
            self.asked_units[asked["source_key"]] -= asked["units"]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(shares=SHARES, cut=st.integers(1, 100), by_acceptance=st.booleans(), steps=STEPS)
def test_invariants_hold_after_any_sequence(
    shares: list[tuple[int, int]], cut: int, by_acceptance: bool, steps: list[tuple[str, int, int, int]]
) -> None:
    with transaction.atomic():
        walk = Walk(shares, cut, by_acceptance=by_acceptance)
        for step in steps:
            walk.step(*step)
        assert [str(finding) for check in (*CHECKS, figures) for finding in check()] == []
        assert replay().differences == []
        assert all(fen > 0 for fen in stages().values())
        assert total(stage="receivable") == walk.owed
        if walk.paid:
            assert total() == walk.due - walk.refunded
        transaction.set_rollback(True)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(fen=st.integers(1, 10_000), count=st.integers(1, 6), seed=st.lists(st.integers(1, 3), max_size=6))
def test_units_shipped_in_any_portions_are_worth_the_share(fen: int, count: int, seed: list[int]) -> None:
    with transaction.atomic():
        story = Story([share(1, fen, count)]).place().pay(("p", fen))
        gone = 0
        for parcel, portion in enumerate([*seed, *[1] * count]):
            portion = min(portion, count - gone)
            if portion:
                gone += portion
                story.parcel("shipped", parcel, portion)
                assert total(stage="in_transit") == fen * gone // count
        assert stages() == {"in_transit": fen}
        transaction.set_rollback(True)
