"""The page of invariant 5: captured, sent back, ledger and bill to the fen, and every payment that is odd."""

import datetime as dt

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from shop.accounts.scope import NOTHING, SYSTEM
from shop.core import clock
from shop.gateways import services
from shop.gateways.models import Payment
from shop.gateways.providers import demo
from shop.gateways.providers.demo import DemoProvider
from shop.operations import reconciliation
from shop.ordering import services as ordering
from tests.factories import make_cast
from tests.gateways.bank import bring, came
from tests.gateways.cast import DUE, bank_line, order, paid_online, started, transfer_order
from tests.worker import drain

pytestmark = [pytest.mark.django_db, pytest.mark.data]

ADDRESS = "operations:reconciliation"


def test_every_figure_is_named_to_the_fen_and_what_differs_leads_to_its_order() -> None:
    cast, today = make_cast(), clock.today()
    online = order()
    paid_online(online)
    ordering.request_refund(
        record_id=online.pk, portions=[ordering.FenOf(3_000)], reason="坏果", actor_id=None
    )
    record, attempt = transfer_order(buyer=cast.resident)
    bring(cast, came("S1", "500.00", attempt.reference))
    claim = bank_line(None, 700, by=cast.finance.pk, serial="S9")
    services.confirm_transfer(claim_id=claim, confirmed_by=cast.second_finance.pk)
    payments = reconciliation.captured_payments(SYSTEM, today, today)
    # Nothing is posted yet: the page says by how much the ledger lags.
    assert [row.ledger_gap for row in reconciliation.provider_rows(payments)] == [-50_700, -DUE]
    assert reconciliation.messages_on_their_way().count() > 0
    drain()
    services.execute_refunds()
    drain()
    services.import_bill(provider=DemoProvider(), until=clock.now() + dt.timedelta(minutes=1))
    [bank, online_row] = reconciliation.provider_rows(payments)
    assert (bank.provider, bank.payments, bank.captured, bank.back, bank.ledger, bank.unapplied) == (
        "bank_transfer",
        2,
        50_700,
        0,
        50_700,
        30_700,
    )
    assert (bank.ledger_gap, bank.in_bill, bank.bill_gap, bank.applied) == (0, 50_000, 700, DUE)
    assert (
        online_row.captured,
        online_row.back,
        online_row.ledger,
        online_row.ledger_gap,
        online_row.bill_gap,
    ) == (
        DUE,
        3_000,
        17_000,
        0,
        0,
    )
    # Surplus that another order got changes no sum: its part belongs to the payment that came in.
    move = services.propose_move(
        payment_id=Payment.objects.get(fen=50_000).pk,
        order_number=order(buyer=cast.resident).number,
        reason="多付",
        proposed_by=cast.finance.pk,
        fen=DUE,
    )
    services.approve_move(move_id=move.pk, approved_by=cast.second_finance.pk)
    drain()
    [bank, _demo] = reconciliation.provider_rows(payments)
    assert (bank.payments, bank.captured, bank.ledger_gap, bank.unapplied, bank.applied) == (
        2,
        50_700,
        0,
        10_700,
        2 * DUE,
    )
    assert [payment.fen for payment in reconciliation.odd_payments(payments)] == [700]
    owners = [(row.owner, row.total) for row in reconciliation.unapplied_by_owner(SYSTEM)]
    assert owners == [(record.number, 10_000), ("杭州某单位", 700)]
    assert list(reconciliation.captured_payments(NOTHING, today, today)) == []
    assert sum(segment.width for segment in reconciliation.bars([bank])[0].segments) == 629
    # A payment that says something else than its entries is named, and leads to its order.
    Payment.objects.filter(fen=50_000).update(fen=50_001)
    with time_machine.travel(clock.now() - dt.timedelta(minutes=10), tick=False):
        lost = order()
        demo.choose(started(lost).token, demo.Choice.SUCCEED)
    assert services.reconcile_attempts() == 1
    assert [(row.number, row.fen) for row in reconciliation.found_by_asking(SYSTEM, today, today)] == [
        (lost.number, DUE)
    ]
    client = Client()
    client.force_login(cast.finance)
    answer = client.get(reverse(ADDRESS))
    page = answer.content.decode()
    assert reverse("operations:order", args=[record.number]) in page
    assert "相差 −0.01" in page
    assert "账单缺 7.01" in page
    assert "未收到通知、主动查到的收款" in page
    with CaptureQueriesContext(connection) as queries:
        client.get(reverse(ADDRESS), {"provider": "demo"})
    assert len(queries) <= 15
    assert client.get(reverse(ADDRESS), {"since": "gestern"}).status_code == 400
    assert client.get(reverse(ADDRESS), {"since": "2026-02-01", "until": "2026-01-01"}).status_code == 400
