"""Many requests and invoices, written behind the services: for counting queries."""

import datetime as dt
from collections.abc import Sequence

from django.db.models import F

from shop.core import clock
from shop.files.models import FileAccount, StoredFile
from shop.invoicing.models import Invoice, InvoiceRequest
from shop.ordering.models import OrderRecord
from shop.suppliers.models import Supplier
from tests.invoicing.cast import number_of


def invoices(span: range, records: Sequence[OrderRecord], suppliers: Sequence[Supplier]) -> None:
    """Let the first supplier of so many orders owe an invoice, and the second have issued one with its file."""
    now = clock.now()
    asked_at = now - dt.timedelta(days=30)
    InvoiceRequest.objects.bulk_create(
        InvoiceRequest(
            record=record, supplier=suppliers[0], number=f"FP-{number}", title="工会", asked_at=asked_at
        )
        for number, record in zip(span, records, strict=True)
    )
    issued = InvoiceRequest.objects.bulk_create(
        InvoiceRequest(
            record=record,
            supplier=suppliers[1],
            number=f"FP-I{number}",
            title="工会",
            state="issued",
            asked_at=asked_at,
            issued_at=now,
        )
        for number, record in zip(span, records, strict=True)
    )
    Invoice.objects.bulk_create(
        Invoice(
            request=request,
            number=number_of(number),
            issued_on=now.date(),
            gross_fen=1,
            ex_tax_fen=1,
            tax_fen=0,
            recorded_at=now,
        )
        for number, request in zip(span, issued, strict=True)
    )
    # Of nothing else an invoice can differ from its goods.
    OrderRecord.objects.filter(pk__in=[record.pk for record in records]).update(
        reduced_fen=F("reduced_fen") + 1, goods_fen=F("goods_fen") + 1
    )
    FileAccount.objects.get_or_create(pk="supplier:grown")
    StoredFile.objects.bulk_create(
        StoredFile(
            kind="invoice",
            owner_type="invoice_request",
            owner_key=request.number,
            account_id="supplier:grown",
            name="发票.pdf",
            content_type="application/pdf",
            size=1,
            digest="",
            uploaded_at=now,
            ready_at=now,
            due_at=now,
        )
        for request in issued
    )
