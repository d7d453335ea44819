"""What of requests and invoices a caller may read."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet

from shop.accounts.scope import Scope
from shop.buyers.units import RESIDENT
from shop.core.clock import SHANGHAI
from shop.core.together import answers
from shop.files.models import StoredFile
from shop.invoicing.models import OPEN_STATES, Invoice, InvoiceLine, InvoiceRequest, RequestState
from shop.invoicing.recording import FILES
from shop.ordering.models import OrderRecord
from shop.ordering.status import PaymentState


@dataclass(frozen=True)
class Papers:
    """A request with its invoice, the credit invoices that follow it, and the files; oldest first."""

    request: InvoiceRequest
    invoices: tuple[Invoice, ...]
    files: tuple[StoredFile, ...]

    @property
    def net_fen(self) -> int:
        """Return what the invoice comes to less its credit invoices."""
        return sum(invoice.gross_fen for invoice in self.invoices)


def requests(scope: Scope) -> QuerySet[InvoiceRequest]:
    """Return the requests of the scope's units and suppliers, newest first.

    A unit's are those of orders that it placed, never those of its people's own purchases.
    """
    found = InvoiceRequest.objects.select_related("record", "supplier__region").order_by("-asked_at", "-pk")
    if scope.everything:
        return found
    of_units = Q(record__in=_orders_of_units(scope))
    return found.filter(of_units | Q(supplier__code__in=scope.suppliers))


def unit_order(scope: Scope, number: str) -> OrderRecord | None:
    """Return an order that one of the scope's units placed, with its shares. Two queries."""
    return _orders_of_units(scope).filter(number=number).prefetch_related("shares").first()


def open_by_state(scope: Scope, year: int) -> "QuerySet[Any]":
    """Return (state, how many) of the scope's requests: issued in the year, or still to be issued."""
    own = requests(scope).order_by()
    start = dt.datetime(year, 1, 1, tzinfo=SHANGHAI)
    found = own.filter(Q(state=RequestState.REQUESTED) | Q(state=RequestState.ISSUED, issued_at__gte=start))
    return found.values_list("state").annotate(papers=Count("pk"))


def with_papers(rows: Sequence[InvoiceRequest]) -> list[Papers]:
    """Return these requests with their invoices and files. One query."""
    if not rows:
        return []
    invoices, files = answers(
        Invoice.objects.filter(request__in=[row.pk for row in rows]).select_related("refund"),
        _files([row.number for row in rows]),
    )
    return _joined(rows, invoices, files)


def papers_of_order(record: OrderRecord) -> list[Papers]:
    """Return the requests of an order with invoices and files, in the order they were asked. One query.

    The caller has checked that the order may be seen.
    """
    own = InvoiceRequest.objects.filter(record=record)
    rows, invoices, files = answers(
        own.select_related("supplier__region"),
        Invoice.objects.filter(request__record=record).select_related("refund"),
        _files(own.values("number")),
    )
    return _joined(sorted(rows, key=lambda row: row.pk), invoices, files)


def lines_of(request: InvoiceRequest) -> dict[int, list[InvoiceLine]]:
    """Return the lines of a request's invoices by the invoice's id. One query."""
    found: dict[int, list[InvoiceLine]] = defaultdict(list)
    for line in InvoiceLine.objects.filter(invoice__request=request).order_by("invoice", "position"):
        found[line.invoice_id].append(line)
    return dict(found)


def may_ask(record: OrderRecord, rows: Iterable[Papers]) -> bool:
    """Return whether some supplier of an order can be asked for an invoice. No query where shares are prefetched."""
    if record.payment_state != PaymentState.PAID and not record.is_on_terms:
        return False
    asked = {row.request.supplier_id for row in rows if row.request.state in OPEN_STATES}
    left = {one.supplier_id for one in record.shares.all() if one.fen > one.reduced_fen + one.refunded_fen}
    return bool(left - asked)


def _orders_of_units(scope: Scope) -> QuerySet[OrderRecord]:
    placed = OrderRecord.objects.exclude(buyer_kind=RESIDENT)
    return placed.filter(credited_organisation__in=scope.organisations)


def _files(numbers: Any) -> QuerySet[StoredFile]:
    return StoredFile.objects.filter(owner_type=FILES, owner_key__in=numbers, removed_at=None)


def _joined(
    rows: Sequence[InvoiceRequest], invoices: Iterable[Invoice], files: Iterable[StoredFile]
) -> list[Papers]:
    papers: dict[int, list[Invoice]] = defaultdict(list)
    kept: dict[str, list[StoredFile]] = defaultdict(list)
    for invoice in sorted(invoices, key=lambda one: one.pk):
        papers[invoice.request_id].append(invoice)
    for file in sorted(files, key=lambda one: one.pk):
        kept[file.owner_key].append(file)
    return [Papers(row, tuple(papers[row.pk]), tuple(kept[row.number])) for row in rows]
