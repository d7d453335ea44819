"""The money desk asks the database as often for two hundred rows as for one."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from shop.core import clock
from shop.gateways.models import ExecutionState, Payment, RefundExecution, TransferClaim
from shop.ordering.models import OrderRecord, RefundRequest
from tests.factories import make_cast
from tests.fulfilment.bulk import copies, three_supplier_order

pytestmark = pytest.mark.django_db
#: Of a proposed return, a transfer back to make, one to confirm and a failed refund, in this order.
STATES = (ExecutionState.PROPOSED, ExecutionState.CREATED, ExecutionState.SENT, ExecutionState.FAILED)


def fill(rows: int, start: int) -> None:
    """Add to every list of the desk this many rows, each of an order of its own."""
    now = clock.now()
    for number, record in enumerate(OrderRecord.objects.order_by("pk")[start : start + rows], start):
        attempt = record.attempts.create(
            provider="bank_transfer",
            amount_fen=10,
            state="open",
            idempotency_key=f"a{number}",
            reference=f"R{number:07d}",
            created_at=now,
        )
        TransferClaim.objects.create(
            attempt=attempt,
            reference=attempt.reference,
            bank_serial=f"S{number}",
            booked_on=clock.today(),
            fen=10,
            payer="杭州某单位",
            proposed_by=1,
            proposed_at=now,
        )
        request = RefundRequest.objects.create(
            number=f"Q{number}", record=record, fen=1, reason="", requested_at=now
        )
        for place, state in enumerate(STATES):
            payment = Payment.objects.create(
                key=f"bank:{number}:{place}",
                provider="bank_transfer",
                record=record,
                attempt=attempt,
                fen=10,
                captured_at=now,
            )
            RefundExecution.objects.create(
                request=None if state is ExecutionState.PROPOSED else request,
                payment=payment,
                fen=1,
                state=state,
                idempotency_key=f"e{number}:{place}",
                created_at=now,
            )


@pytest.mark.parametrize(
    ("name", "lists"),
    [
        ("gateways:transfers", ["awaited", "proposed"]),
        ("gateways:refund_queue", ["to_make", "to_confirm", "proposed", "failed"]),
    ],
)
def test_the_money_desk(name: str, lists: list[str]) -> None:
    first = three_supplier_order()
    client = Client()
    client.force_login(make_cast().finance)
    made, counts = 0, []
    for rows in (1, 20, 200):
        copies(first, rows - max(made, 1), start=made)
        OrderRecord.objects.update(payment_state="unpaid", paid_fen=0, paid_at=None, release_state="held")
        fill(rows - made, made)
        made = rows
        client.get(reverse(name))
        with CaptureQueriesContext(connection) as queries:
            answer = client.get(reverse(name))
        counts.append(len(queries))
        assert [len(answer.context[listed]) for listed in lists] == [rows] * len(lists)
    assert len(set(counts)) == 1, counts
