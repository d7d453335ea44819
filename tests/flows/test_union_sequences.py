"""Any sequence of an organisation's acts beside the worker's keeps every promise."""

import pytest
import time_machine
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shop.buyers.selectors import buying_unit
from shop.gateways import services as gateways
from shop.gateways.models import PaymentAttempt, TransferClaim
from shop.ordering import services as ordering
from shop.ordering.desk_models import Acceptance
from shop.ordering.models import OrderRecord
from tests.examples import examples
from tests.factories import (
    make_basket,
    make_bulk_stock,
    make_organisation,
    make_terms,
    make_user,
    place_basket,
)
from tests.flows.test_sequences import START, Shop
from tests.gateways.cast import bank_line

pytestmark = [pytest.mark.django_db, pytest.mark.data]

ACTS = (
    *("place_union", "release", "work", "work", "some_work", "jobs", "days"),
    *("ship", "ship_some", "sign", "receive"),
    *("accept", "accept", "accept_some", "reject", "reduce", "reduce_fen"),
    *("transfer", "transfer_part", "refund", "refund_all", "withdraw", "close"),
)
STEPS = st.lists(
    st.tuples(st.sampled_from(ACTS), st.integers(0, 2), st.integers(1, 3)), min_size=6, max_size=22
)


class UnionShop(Shop):
    """A union with terms; every act falls on one of its orders."""

    def __init__(self, clock: time_machine.Traveller) -> None:
        super().__init__(clock)
        for product in (self.goods.tea, self.goods.pears):
            make_bulk_stock(product=product, units=12)
        self.union = make_organisation()
        make_terms(organisation=self.union, limit_fen=60_000)

    def _act(self, name: str, which: int, count: int) -> None:
        if name == "place_union":
            self._place_union(which, count)
        else:
            super()._act(name, which, count)

    def _place_union(self, which: int, count: int) -> None:
        buyer = make_user(phone="+8613800000003")
        placed = place_basket(
            make_basket(lines=[(self.goods.tea, count), (self.goods.pears, 1 + which)], owner=buyer),
            buyer=buyer,
            unit=buying_unit(self.union),
            method="bank_transfer" if which == 2 else "terms",
            pool="bulk",
            channel="bulk",
        )
        self.records.append(placed.record.pk)
        if which == 0:
            ordering.release_on_terms(record_id=placed.record.pk, approved_by=4)

    def _release(self, record: OrderRecord, count: int) -> None:
        ordering.release_on_terms(record_id=record.pk, approved_by=4)

    def _accept(self, record: OrderRecord, count: int) -> None:
        left = ordering.acceptable_units(record)
        self._report(record, [(share.line_id, left[share.pk]) for share in record.shares.all()])

    def _accept_some(self, record: OrderRecord, count: int) -> None:
        share = record.shares.all()[count % 2]
        self._report(record, [(share.line_id, min(count, ordering.acceptable_units(record)[share.pk]))])

    def _report(self, record: OrderRecord, items: list[tuple[int, int]]) -> None:
        number = f"AR-{Acceptance.objects.count()}"
        ordering.accept_units(record_id=record.pk, items=items, report_number=number, actor_id=4)

    def _reject(self, record: OrderRecord, count: int) -> None:
        line = record.shares.all()[count % 2].line_id
        ordering.reject_units(record_id=record.pk, items=[(line, 1)], reason="坏果", actor_id=4)

    def _reduce(self, record: OrderRecord, count: int) -> None:
        portion = ordering.UnitsOf(record.shares.all()[count % 2].pk, 1)
        ordering.reduce_order(record_id=record.pk, portions=[portion], reason="缺货", actor_id=7)

    def _reduce_fen(self, record: OrderRecord, count: int) -> None:
        ordering.reduce_order(
            record_id=record.pk, portions=[ordering.FenOf(101 * count)], reason="让价", actor_id=7
        )

    def _transfer(self, record: OrderRecord, count: int) -> None:
        self._send(record, gateways.to_pay_fen(record))

    def _transfer_part(self, record: OrderRecord, count: int) -> None:
        self._send(record, gateways.to_pay_fen(record) // 2 + count)

    def _send(self, record: OrderRecord, fen: int) -> None:
        gateways.start_payment(record=record, method="bank_transfer")
        attempt = PaymentAttempt.objects.filter(record=record, state="open").latest("pk")
        line = bank_line(attempt, fen, by=71, serial=f"S{TransferClaim.objects.count()}")
        gateways.confirm_transfer(claim_id=line, confirmed_by=72)


class _Undo(Exception):
    """Rolls an example back, so that the next one starts with an empty shop."""


@settings(
    max_examples=examples(4), deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
@given(steps=STEPS)
def test_any_sequence_of_a_union_keeps_the_promises(steps: list[tuple[str, int, int]]) -> None:
    try:
        with time_machine.travel(START, tick=False) as clock, transaction.atomic():
            shop = UnionShop(clock)
            for name, which, count in [("place_union", 0, 3), ("work", 0, 1), ("ship", 0, 2), *steps]:
                shop.act(name, which, count)
            shop.settle()
            shop.check()
            raise _Undo
    except _Undo:
        pass
