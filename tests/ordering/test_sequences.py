"""Any sequence of acts keeps the promises: I1 stock, I2 one order per basket, I3 and I5 money."""

from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shop.core import clock
from shop.core.exceptions import ShopError
from shop.core.fen import split, units_worth
from shop.ordering.invariants import violations
from shop.ordering.models import ChargeShare, LineShare, OrderRecord, RefundRequest
from shop.ordering.services import (
    CloseReason,
    FenOf,
    UnitsOf,
    adjust_stock,
    begin_close,
    consume_allocation,
    finish_close,
    mark_order_paid,
    record_refund_result,
    reduce_order,
    request_refund,
    return_to_stock,
    withdraw_refund,
)
from tests.examples import examples
from tests.factories import (
    make_basket,
    make_hold_rules,
    make_price_tier,
    make_product,
    make_supplier,
    place_basket,
)

ACTS = ("place", "place", "pay", "pay", "part", "close", "reduce", "ship", "return", "stock")
REFUNDS = ("refund_units", "refund_fen", "refund_all", "execute", "fail", "withdraw")
STEPS = st.lists(
    st.tuples(st.sampled_from(ACTS + REFUNDS), st.integers(0, 5), st.integers(1, 4)), min_size=15, max_size=40
)


class World:
    """A shop of two suppliers with little stock, where acts fall on any order."""

    def __init__(self) -> None:
        make_hold_rules()
        self.tea = make_product(sku="t", price_fen=3333, stock=6, freight_free=False)
        make_price_tier(product=self.tea, min_quantity=3, price_fen=3001)
        seller = make_supplier(code="honey", name_zh="蜂业")
        self.honey = make_product(supplier=seller, sku="h", name_zh="蜂蜜", price_fen=1, stock=4)
        self.records: list[OrderRecord] = []
        self.money: dict[int, dict[str, int]] = {}
        self.serial = 0
        # One order is paid from the start, so that many acts meet one.
        self.act("place", 0, 2)
        self.act("pay", 0, 1)

    def act(self, name: str, which: int, count: int) -> None:
        """Try the act; a refusal is a ShopError and leaves nothing behind."""
        try:
            with transaction.atomic():
                self._act(name, which, count)
        except ShopError:
            pass

    def _act(self, name: str, which: int, count: int) -> None:
        if name == "place":
            lines = [(self.tea, count), (self.honey, 1 + which % 2)]
            self.records.append(place_basket(make_basket(lines=lines)).record)
        elif name == "stock":
            adjust_stock(stockrecord=self.tea.stockrecords.get(), delta=count - 2)
        elif self.records:
            record = OrderRecord.objects.get(pk=self.records[which % len(self.records)].pk)
            self._act_on(record, name, count)

    def _act_on(self, record: OrderRecord, name: str, count: int) -> None:
        share = record.shares.all()[count % 2]
        ask: dict[str, Any] = {"record_id": record.pk, "reason": name, "actor_id": 1}
        if name in ("pay", "part"):
            self._pay(record, record.due_fen if name == "pay" else max(1, record.due_fen // 2))
        elif name == "close":
            begin_close(record_id=record.pk, reason=CloseReason.BUYER)
            finish_close(record_id=record.pk)
        elif name == "reduce":
            reduce_order(portions=[UnitsOf(share.pk, 1), FenOf(count)], **ask)
        elif name == "ship":
            consume_allocation(line_units={share.line_id: count})
        elif name == "return":
            return_to_stock(line_units={share.line_id: 1}, actor_id=1, reason=name)
        elif name == "refund_units":
            request_refund(portions=[UnitsOf(share.pk, count)], **ask)
        elif name == "refund_fen":
            request_refund(portions=[FenOf(count * 100)], **ask)
        elif name == "refund_all":
            request_refund(whole=True, unshipped_only=count == 1, **ask)
        else:
            self._finish(record, name)

    def _pay(self, record: OrderRecord, fen: int) -> None:
        self.serial += 1
        wallet = self.money.setdefault(record.pk, {})
        offered = {**wallet, f"p{self.serial:03d}": fen}
        applied = mark_order_paid(
            record_id=record.pk, payments=[(key, sum_, clock.now()) for key, sum_ in offered.items()]
        )
        assert sum(applied.sums.values()) in (0, record.due_fen)
        self.money[record.pk] = {k: v - applied.sums[k] for k, v in offered.items() if v > applied.sums[k]}
        assert sum(self.money[record.pk].values()) == applied.unapplied_fen

    def _finish(self, record: OrderRecord, name: str) -> None:
        request = RefundRequest.objects.filter(record=record, state="requested").first()
        if request is None:
            return
        if name == "withdraw":
            withdraw_refund(request_id=request.pk, reason=name, actor_id=1)
        else:
            ok = name == "execute"
            record_refund_result(request_id=request.pk, ok=ok, parts=[("p", request.fen)] if ok else [])

    def check(self) -> None:
        """Check the invariants, and that every share tells the same as its order."""
        assert violations() == []
        for record in OrderRecord.objects.prefetch_related("shares", "charges"):
            parts: list[LineShare | ChargeShare] = [*record.shares.all(), *record.charges.all()]
            assert record.due_fen == sum(part.fen - part.reduced_fen for part in parts)
            assert record.paid_fen == (record.due_fen if record.payment_state == "paid" else 0)
            assert record.refunded_fen == sum(part.refunded_fen for part in parts)
            assert all(part.left_fen >= 0 for part in parts)


class _Undo(Exception):
    """Rolls an example back, so that the next one starts with an empty shop."""


@pytest.mark.django_db
@settings(
    max_examples=examples(15), deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
@given(steps=STEPS)
def test_any_sequence_keeps_the_promises(steps: list[tuple[str, int, int]]) -> None:
    try:
        with transaction.atomic():
            world = World()
            for name, which, count in steps:
                world.act(name, which, count)
            world.check()
            raise _Undo
    except _Undo:
        pass


@given(total=st.integers(0, 10**9), weights=st.lists(st.integers(0, 10**6), min_size=1, max_size=12))
@settings(max_examples=200, derandomize=True)
def test_a_split_adds_up_and_is_fair(total: int, weights: list[int]) -> None:
    parts = split(total, weights)
    assert sum(parts) == total
    if sum(weights):
        assert all(
            abs(p * sum(weights) - total * w) < sum(weights) for p, w in zip(parts, weights, strict=True)
        )


@given(total=st.integers(0, 10**9), takes=st.lists(st.integers(1, 9), min_size=1, max_size=12))
@settings(max_examples=200, derandomize=True)
def test_units_taken_piece_by_piece_add_up(total: int, takes: list[int]) -> None:
    left_fen, left_units = total, sum(takes)
    for count in takes:
        worth = units_worth(left_fen, left_units, 0, count)
        assert 0 <= worth <= left_fen
        left_fen, left_units = left_fen - worth, left_units - count
    assert left_fen == 0
