"""One transfer for two orders while one of them is paid by another: to the fen, and each order once."""

from collections.abc import Callable
from typing import Any

import pytest

from shop.buyers.selectors import buying_unit
from shop.gateways import services
from shop.gateways.models import Payment
from shop.gateways.money_models import MoneyMove
from shop.gateways.payer_models import TransferBundle
from shop.ordering.models import OrderRecord
from tests.factories import make_cast, make_organisation
from tests.gateways.bank import came, csv_of, upload
from tests.gateways.cast import DUE, transfer_order
from tests.promises import assert_kept
from tests.worker import drain

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.concurrency]
Together = Callable[..., list[Any]]


def test_two_lines_reach_for_one_order_and_every_fen_is_somewhere(together: Together) -> None:
    cast = make_cast()
    unit = make_organisation(code="un-001", buyer=cast.union_buyer)
    (first, one), (second, other) = (
        transfer_order(buyer=cast.union_buyer, unit=buying_unit(unit)) for _number in range(2)
    )
    rows = [came("S1", "400.00", f"{one.reference} {other.reference}"), came("S2", "200.00", other.reference)]
    file = upload(cast, csv_of(*rows))
    services.confirm_statement(file_id=file.pk, confirmed_by=cast.second_finance.pk)
    together([services.settle_lines] * 4)
    # Whoever lost a race to another worker is matched at the next run.
    services.settle_lines()
    paid = OrderRecord.objects.filter(payment_state="paid", paid_fen=DUE)
    assert sorted(paid.values_list("pk", flat=True)) == sorted([first.pk, second.pk])
    came_in = Payment.objects.filter(moved_from=None)
    assert sorted(came_in.values_list("fen", flat=True)) == [DUE, 2 * DUE]
    whole, single = came_in.get(fen=2 * DUE), came_in.get(fen=DUE)
    # The second order takes its part of the one, or the other line if that was there first; never something of both.
    part = whole.parts.first()
    source = part or single
    applied = Payment.objects.filter(applied_fen__gt=0).values_list("record", "pk", "applied_fen")
    assert set(applied) == {(first.pk, whole.pk, DUE), (second.pk, source.pk, DUE)}
    assert (MoneyMove.objects.count(), whole.moved_fen) == ((1, DUE) if part else (0, 0))
    drain()
    assert_kept()


def test_the_same_orders_asked_for_at_once_have_one_code(together: Together) -> None:
    cast = make_cast()
    unit = make_organisation(code="un-001", buyer=cast.union_buyer)
    orders = [transfer_order(buyer=cast.union_buyer, unit=buying_unit(unit))[0] for _number in range(2)]
    ask = lambda: (
        services.bundle_transfers(
            organisation=unit,
            numbers=[order.number for order in orders],
            actor_id=cast.union_buyer.pk,
        ).pk
    )
    assert len(set(together([ask] * 4))) == 1
    assert TransferBundle.objects.count() == 1
