"""kill −9 while an invoice is written down: all of it stands, or nothing does, and the next try writes it once."""

import pytest

from shop.core import clock
from shop.invoicing.models import Invoice, InvoiceLine, InvoiceRequest
from shop.invoicing.services import credit_invoice, exchange_invoice
from shop.outbox.models import OutboxMessage
from tests.invoicing.cast import asked, issued, number_of, refunded, wished_order
from tests.process import KILLED, in_process

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]

POINTS = (
    "invoicing.invoice.before_commit",
    "invoicing.credit.before_commit",
    "invoicing.exchange.before_commit",
)


def standing() -> tuple[list[str], int, int]:
    told = OutboxMessage.objects.filter(topic__startswith="invoice.").count()
    return list(InvoiceRequest.objects.values_list("state", flat=True)), InvoiceLine.objects.count(), told


def test_a_killed_invoice_credit_or_exchange_leaves_nothing_and_is_written_by_the_next_try() -> None:
    record = wished_order()
    request = asked(record)["pear-co"]
    request_id = request.pk

    def record_it() -> None:
        issued(InvoiceRequest.objects.get(pk=request_id))

    def credit_it() -> None:
        refund_id = record.refunds.get().pk
        credit_invoice(
            request_id=request_id,
            refund_id=refund_id,
            number=number_of(2),
            issued_on=clock.today(),
            reason_code="02",
            actor_id=7,
        )

    def exchange_it() -> None:
        exchange_invoice(request_id=request_id, number=number_of(3), issued_on=clock.today(), actor_id=7)

    for point, act in zip(POINTS, (record_it, credit_it, exchange_it), strict=True):
        if act is credit_it:
            refunded(record, "pears", 1)
        before = standing()
        assert in_process(act, kill_at=point) == KILLED
        assert standing() == before
        for _click in range(2):
            assert in_process(act) == 0
    assert sorted(Invoice.objects.values_list("number", flat=True)) == [number_of(one) for one in (1, 2, 3)]
    assert sum(Invoice.objects.values_list("gross_fen", flat=True)) == 0
