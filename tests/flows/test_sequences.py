"""Any sequence of what people and the worker do, across all apps, keeps every promise."""

import datetime as dt
from collections.abc import Callable

import pytest
import time_machine
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shop.accounts.scope import SYSTEM
from shop.core.exceptions import ShopError
from shop.fulfilment import services as fulfilment
from shop.fulfilment.models import Parcel, SupplierOrder
from shop.fulfilment.selectors import units_to_ship
from shop.gateways import jobs as gateway_jobs
from shop.gateways import services as gateways
from shop.gateways.models import PaymentAttempt
from shop.gateways.providers import demo
from shop.ordering import services as ordering
from shop.ordering.models import OrderRecord, RefundRequest
from shop.outbox.models import OutboxDelivery
from shop.outbox.relay import drain, run_one
from tests.examples import examples
from tests.factories import make_basket, place_basket
from tests.flows.cast import Goods, goods
from tests.promises import assert_kept
from worker.routes import ROUTES

START = dt.datetime(2026, 11, 12, 2, 0, tzinfo=dt.UTC)
ACTS = (
    *("place", "place", "pay", "pay", "pay_late", "fail", "close", "work", "work", "some_work", "jobs"),
    *(
        "ship",
        "ship",
        "ship_some",
        "sign",
        "receive",
        "refund",
        "refund",
        "refund_all",
        "withdraw",
        "wait",
        "days",
    ),
)
STEPS = st.lists(
    st.tuples(st.sampled_from(ACTS), st.integers(0, 3), st.integers(1, 3)), min_size=6, max_size=22
)


class Shop:
    """Two suppliers with little stock; an act falls on any order, and a refusal leaves nothing behind."""

    def __init__(self, clock: time_machine.Traveller) -> None:
        self.clock = clock
        self.goods: Goods = goods()
        self.records: list[int] = []

    def act(self, name: str, which: int, count: int) -> None:
        try:
            with transaction.atomic():
                self._act(name, which, count)
        except ShopError:
            pass

    def _act(self, name: str, which: int, count: int) -> None:
        alone: dict[str, Callable[[], object]] = {
            "place": lambda: self._place(which, count),
            "work": lambda: drain(ROUTES),
            "some_work": lambda: [run_one(ROUTES) for _ in range(count)],
            "jobs": self._jobs,
            "wait": lambda: self.clock.shift(dt.timedelta(minutes=15 * count)),
            "days": lambda: self.clock.shift(dt.timedelta(days=3 * count)),
        }
        if name in alone:
            alone[name]()
        elif self.records:
            record = OrderRecord.objects.get(pk=self.records[which % len(self.records)])
            getattr(self, f"_{name}")(record, count)

    def _place(self, which: int, count: int) -> None:
        lines = [(self.goods.tea, count), (self.goods.pears, 1 + which)]
        self.records.append(place_basket(make_basket(lines=lines)).record.pk)

    def _jobs(self) -> None:
        for _name, _every, function in gateway_jobs.JOBS:
            function()
        fulfilment.confirm_due_receipts()

    def _choose(self, record: OrderRecord, choice: demo.Choice) -> None:
        gateways.start_payment(record=record, method="demo")
        attempt = PaymentAttempt.objects.get(record=record, state="open")
        for notice in demo.choose(attempt.reference, choice):
            gateways.receive_notice(provider="demo", raw=notice.raw, headers=notice.headers)

    def _pay(self, record: OrderRecord, count: int) -> None:
        self._choose(record, demo.Choice.DUPLICATE if count == 2 else demo.Choice.SUCCEED)

    def _pay_late(self, record: OrderRecord, count: int) -> None:
        self._choose(record, demo.Choice.LATE)

    def _fail(self, record: OrderRecord, count: int) -> None:
        self._choose(record, demo.Choice.FAIL)

    def _close(self, record: OrderRecord, count: int) -> None:
        gateways.close_order(record_id=record.pk, reason="buyer", actor_id=None)

    def _ship(self, record: OrderRecord, count: int) -> None:
        self._ship_units(record, count, everything=True)

    def _ship_some(self, record: OrderRecord, count: int) -> None:
        self._ship_units(record, count, everything=False)

    def _ship_units(self, record: OrderRecord, count: int, *, everything: bool) -> None:
        orders = list(SupplierOrder.objects.filter(record=record).order_by("pk"))
        if not orders:
            return
        order = orders[count % len(orders)]
        share = record.shares.get(supplier=order.supplier_id)
        fulfilment.ship_parcel(
            scope=SYSTEM,
            supplier_order_id=order.pk,
            courier="邮政EMS",
            tracking_number=f"EMS{Parcel.objects.count():06d}",
            actor_id=None,
            units_by_share=None if everything else {share.pk: 1},
        )

    def _sign(self, record: OrderRecord, count: int) -> None:
        parcel = Parcel.objects.filter(supplier_order__record=record).order_by("pk").first()
        if parcel is not None:
            fulfilment.record_signed(parcel_id=parcel.pk, signed_at=parcel.shipped_at, actor_id=None)

    def _receive(self, record: OrderRecord, count: int) -> None:
        parcel = Parcel.objects.filter(supplier_order__record=record).order_by("pk").first()
        one = [parcel.pk] if parcel is not None and count == 1 else None
        fulfilment.confirm_receipt(record_id=record.pk, actor_id=None, parcel_ids=one)

    def _refund(self, record: OrderRecord, count: int) -> None:
        share = record.shares.all()[count % 2]
        portion = ordering.FenOf(777) if count == 3 else ordering.UnitsOf(share.pk, count)
        ordering.request_refund(record_id=record.pk, portions=[portion], reason="坏果", actor_id=None)

    def _refund_all(self, record: OrderRecord, count: int) -> None:
        ordering.request_refund(
            record_id=record.pk, whole=True, unshipped_only=count == 1, reason="不要了", actor_id=None
        )

    def _withdraw(self, record: OrderRecord, count: int) -> None:
        request = RefundRequest.objects.filter(record=record, state="requested").first()
        if request is not None:
            ordering.withdraw_refund(request_id=request.pk, reason="还是要", actor_id=None)

    def settle(self) -> None:
        """Let the worker finish; what had to wait for another delivery comes due again."""
        for _ in range(3):
            drain(ROUTES)
            self._jobs()
            self.clock.shift(dt.timedelta(minutes=11))
        drain(ROUTES)

    def check(self) -> None:
        """Assert the promises, and that shipping agrees with what is left of every share."""
        assert_kept()
        assert not OutboxDelivery.objects.exclude(state="done").exists()
        for order in SupplierOrder.objects.all():
            requested = RefundRequest.objects.filter(record=order.record_id, state="requested").exists()
            left = sum(units_to_ship(order).values())
            assert left == 0 or order.state in ("new", "confirmed"), order
            assert left > 0 or requested or order.state in ("shipped", "cancelled"), order


class _Undo(Exception):
    """Rolls an example back, so that the next one starts with an empty shop."""


@pytest.mark.django_db
@settings(
    max_examples=examples(10), deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
@given(steps=STEPS)
def test_any_sequence_keeps_the_promises(steps: list[tuple[str, int, int]]) -> None:
    try:
        with time_machine.travel(START, tick=False) as clock, transaction.atomic():
            shop = Shop(clock)
            for name, which, count in [("place", 0, 2), ("pay", 0, 1), ("work", 0, 1), *steps]:
                shop.act(name, which, count)
            assert_kept(settled=False)
            shop.settle()
            shop.check()
            raise _Undo
    except _Undo:
        pass
