"""Two orders to which anything happens, in any order, month after month: the machine of the property test.

One is a resident's, one an organisation's that pays after acceptance. Messages are written as the services write them
and brought to the handlers of ledger and settlement by the worker's own table. After every act all invariants of the
counting rules (section 10), those of settlement, and the comparison of the two books are asked for.
"""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.db import transaction
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from shop.core import clock
from shop.ledger.closing import next_month, prepare_month, release_month, review_month
from shop.ledger.closing_models import Statement
from shop.ledger.corrections import correctable_sources, decide_correction, request_correction
from shop.ledger.evidence import record_evidence
from shop.ledger.exceptions import CaptureMissing
from shop.ledger.fact_models import EvidenceKind
from shop.ledger.grading import grades_of
from shop.ledger.models import LedgerEntry
from shop.ledger.periods import month_end
from shop.ledger.replay import replay
from shop.ledger.rollups.services import fold_entries, rebuild_rollups
from shop.ledger.verification import CHECKS
from shop.outbox.events import Event
from shop.outbox.models import OutboxMessage
from shop.reporting.verification import figures
from shop.settlement import services as settlement
from shop.settlement.models import SettlementEntry, SupplierStatement
from tests.factories import make_pairing, make_programme, make_region
from tests.files.uploads import photo
from tests.ledger.closers import bring_bill, make_closers
from tests.ledger.story import event_of, stages, total
from tests.ledger.test_sequences import Walk
from tests.settlement.cast import assert_settled, seller
from worker.routes import ROUTES

START = dt.datetime(2026, 9, 30, 4, 0, tzinfo=dt.UTC)
WRITER, APPROVER, TELLER = 101, 102, 901
WHICH, NUMBERS, UNITS = st.integers(0, 1), st.integers(0, 5), st.integers(1, 4)
PERCENT = st.integers(0, 100)
#: News come so many days late: now and then of a month that is closed.
LATE = st.sampled_from((0, 0, 0, 1, 5, 40))
PLACES = (
    {"region": "wangcang", "programme": "east-west"},
    {"region": "longquan", "programme": "mountain-sea"},
)
KINDS = (EvidenceKind.PAYMENT, EvidenceKind.CHANNEL_LINE, EvidenceKind.NO_INVOICE, EvidenceKind.DOCUMENT)
#: Decided about a claim, or about whom an own purchase is credited to.
SAID_ANEW = {
    "claim.applied": (
        {"eligibility": "eligible", "ineligible_reason": ""},
        {"eligibility": "ineligible", "ineligible_reason": "claim_rejected"},
    ),
    "credit.applied": ({"credited_organisation": "un-1"}, {"credited_organisation": ""}),
}


class Told(Walk):
    """An order whose messages are written on the day at which its news begin."""

    day = "2026-09-30"

    @property
    def post(self) -> Callable[[Event], Any] | None:
        """Return nobody: the messages are brought by the machine."""
        return None

    def on(self, day: str) -> str:
        """Return the day of the act, whatever a plain walk would say."""
        return self.day

    def move_to(self, day: dt.date) -> None:
        """Let what happens next happen on a day."""
        self.day = self.story.day = f"{day}"


class LedgerMachine(RuleBasedStateMachine):
    """Acts on the two orders and on the months; what cannot be at the moment is left out."""

    def __init__(self) -> None:
        super().__init__()
        self.time = time_machine.travel(START, tick=False)
        self.now = self.time.start()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        make_region()
        longquan = make_region(slug="longquan", name_zh="龙泉市", paired=False)
        make_pairing(region=longquan, programme=make_programme(slug="mountain-sea", name_zh="山海协作"))
        seller()
        self.closers = make_closers()
        self.orders = [
            Told([(10_000, 3), (777, 2)], 60, by_acceptance=False, order=1),
            Told([(5_000, 4), (0, 1)], 100, by_acceptance=True, order=2),
        ]
        self.handed: list[Event] = []
        self.bodies: dict[str, str] = {}
        self.facts = 0
        self.deliver()

    def teardown(self) -> None:
        """Leave nothing behind."""
        transaction.set_rollback(True)
        self.atomic.__exit__(None, None, None)
        self.time.stop()

    def deliver(self) -> None:
        """Bring new messages to ledger and settlement, those that follow from them included."""
        while messages := list(OutboxMessage.objects.filter(routed_at=None).order_by("pk")):
            for message in messages:
                hand(event_of(message))
                self.handed.append(event_of(message))
                OutboxMessage.objects.filter(pk=message.pk).update(routed_at=clock.now())

    # --- orders -----------------------------------------------------------------------------------
    @initialize(far=st.tuples(st.integers(0, 4), st.integers(0, 4)), closed=st.integers(0, 2))
    def begin(self, far: tuple[int, int], closed: int) -> None:
        """Let the orders have come some way, and some months be closed, before anything happens."""
        for which, steps in enumerate(far):
            way = ("ship", "accept", "pay") if which else ("pay", "ship", "receive")
            for name in way[:steps]:
                for index in range(2):
                    self._act(which, name, index, 2, 50, 0)
        for _month in range(closed):
            self.close()

    @rule(
        which=WHICH,
        name=st.sampled_from(("pay", "reduce", "reduce_fen")),
        index=NUMBERS,
        units=UNITS,
        percent=PERCENT,
    )
    def money(self, which: int, name: str, index: int, units: int, percent: int) -> None:
        self._act(which, name, index, units, percent, 0)

    @rule(
        which=WHICH,
        name=st.sampled_from(("ship", "sign", "receive", "accept")),
        index=NUMBERS,
        units=UNITS,
        late=LATE,
    )
    def goods(self, which: int, name: str, index: int, units: int, late: int) -> None:
        self._act(which, name, index, units, 0, late)

    @rule(
        which=WHICH,
        name=st.sampled_from(("ask", "ask_fen")),
        index=NUMBERS,
        units=UNITS,
        percent=PERCENT,
        late=LATE,
    )
    def ask_back(self, which: int, name: str, index: int, units: int, percent: int, late: int) -> None:
        self._act(which, name, index, units, percent, late)

    @rule(which=WHICH, name=st.sampled_from(("execute", "execute", "fail")), index=NUMBERS, late=LATE)
    def end_refund(self, which: int, name: str, index: int, late: int) -> None:
        self._act(which, name, index, 0, 0, late)

    @rule(which=WHICH, name=st.sampled_from(("dispute", "settle")), index=NUMBERS, units=UNITS, late=LATE)
    def replacement(self, which: int, name: str, index: int, units: int, late: int) -> None:
        self._act(which, name, index, units, 0, late)

    def _act(self, which: int, name: str, index: int, units: int, percent: int, late: int) -> None:
        self._order(which, late).step(name, index, units, percent)
        self.deliver()

    @rule(which=WHICH)
    def pay_before_the_capture_is_known(self, which: int) -> None:
        order = self._order(which)
        if order.paid:
            return
        order.step("pay", 0, 1, 0)
        paid = event_of(OutboxMessage.objects.get(topic="order.paid", routed_at=None))
        before = counts()
        with pytest.raises(CaptureMissing), transaction.atomic():
            hand(paid)
        assert counts() == before
        self.deliver()

    @rule(fen=st.integers(1, 900), back=st.booleans())
    def money_without_an_order(self, fen: int, back: bool) -> None:
        story, key = self._order(0).story, f"lost-{len(self.handed)}"
        story.capture(key, fen, order=None)
        self.deliver()
        if back:
            story.give_back(key, fen)
            self.deliver()

    @rule(index=st.integers(0, 200))
    def deliver_again(self, index: int) -> None:
        before = counts()
        hand(self.handed[index % len(self.handed)])
        assert counts() == before

    # --- facts ------------------------------------------------------------------------------------
    @rule(which=WHICH, index=NUMBERS, direct=st.booleans(), approve=st.booleans())
    def correct(self, which: int, index: int, direct: bool, approve: bool) -> None:
        number = self._order(which).story.number
        sources = correctable_sources(number)
        if not sources:
            return
        source = sources[index % len(sources)]
        there = source.facts["region"] == "wangcang"
        mode = "assisted" if source.facts["mode"] == "direct" else "direct"
        correction = request_correction(
            order_number=number,
            source_key=source.key,
            facts={"mode": mode} if direct else PLACES[there],
            reason="audit",
            note="核对",
            upload=photo(),
            actor_id=WRITER,
        )
        decide_correction(number=correction.number, approve=approve, note="已核对", actor_id=APPROVER)
        self.deliver()

    @rule(which=WHICH, kind=st.sampled_from(KINDS), holds=st.booleans())
    def prove(self, which: int, kind: EvidenceKind, holds: bool) -> None:
        number = self._order(which).story.number
        if not LedgerEntry.objects.filter(order_number=number).exists():
            return
        self.facts += 1
        record_evidence(
            order_number=number,
            kind=kind,
            reference=f"{self.facts}",
            holds=holds,
            reason="" if holds else "材料作废",
            actor_id=WRITER,
        )
        self.deliver()

    @rule(
        which=WHICH, index=NUMBERS, topic=st.sampled_from(sorted(SAID_ANEW)), first=st.booleans(), late=LATE
    )
    def decide_otherwise(self, which: int, index: int, topic: str, first: bool, late: int) -> None:
        order = self._order(which, late)
        if order.paid:
            key = order.story.shares[index % len(order.story.shares)]["source_key"]
            items = [{"source_key": key, "facts": SAID_ANEW[topic][0 if first else 1]}]
            order.story.tell(topic, {"order": order.story.number, "items": items}, day=order.day)
            self.deliver()

    # --- months -----------------------------------------------------------------------------------
    @rule(days=st.integers(1, 20))
    def wait(self, days: int) -> None:
        self.now.shift(dt.timedelta(days=days))

    @rule()
    def close(self) -> None:
        month = next_month()
        if month is None:
            return
        missing = (month_end(month) - clock.today()).days + 2
        self.now.shift(dt.timedelta(days=max(missing, 0)))
        bring_bill(f"{month:%Y-%m}")
        prepare_month(month=month, actor_id=self.closers.preparer.pk)
        review_month(month=month, actor_id=self.closers.reviewer.pk)
        for statement in release_month(month=month, actor_id=self.closers.releaser.pk):
            self.bodies[statement.number] = statement.body
        self.deliver()
        again = replay(month=month)
        assert (again.differences, len(again.statements)) == ([], 1)

    @rule()
    def draw_what_suppliers_are_owed(self) -> None:
        through = clock.today().replace(day=1) - dt.timedelta(days=1)
        settlement.draw_statements(through=through, demo=True, actor_id=TELLER)

    @rule(anew=st.booleans())
    def fold(self, anew: bool) -> None:
        if anew:
            rebuild_rollups()
        else:
            fold_entries()

    def _order(self, which: int, late: int = 0) -> Told:
        order = self.orders[which]
        order.move_to(clock.today() - dt.timedelta(days=late))
        return order

    # --- what must hold ---------------------------------------------------------------------------
    @invariant()
    def every_invariant_holds(self) -> None:
        assert [str(finding) for check in (*CHECKS, figures) for finding in check()] == []
        again = replay()
        assert (again.differences, again.waiting) == ([], 0)
        assert again.stored_digest == again.replayed_digest
        assert_settled()

    @invariant()
    def the_ledger_says_what_happened(self) -> None:
        assert all(fen > 0 for fen in stages().values())
        assert total(stage="receivable") == sum(order.owed for order in self.orders)
        for order in self.orders:
            posted = LedgerEntry.objects.filter(order_number=order.story.number).exclude(kind="unapplied")
            fen = sum(posted.exclude(stage="receivable").values_list("fen", flat=True))
            assert fen == (order.due - order.refunded if order.paid else 0)
            said = posted.filter(leg__in=("apply", "restate")).order_by("pk")
            assert dict(said.values_list("payment_key", "grade")) == grades_of(order.story.number)

    @invariant()
    def statements_stay(self) -> None:
        assert dict(Statement.objects.values_list("number", "body")) == self.bodies


def hand(event: Event) -> None:
    """Give an event to the handlers of ledger and settlement, in the order of the worker's table."""
    for route in ROUTES[event.topic]:
        if route.name.startswith(("ledger.", "settlement.")):
            route.handler(event)


def counts() -> tuple[int, ...]:
    """Return how much is written in the books and in the outbox."""
    tables: tuple[Any, ...] = (LedgerEntry, SettlementEntry, SupplierStatement, OutboxMessage)
    return tuple(model.objects.count() for model in tables)
