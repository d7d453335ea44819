"""Where orders, invoices and payments do not agree: lists for finance, each of the whole shop."""

import datetime as dt
from typing import Any

from django.db.models import BigIntegerField, Exists, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from shop.accounts.scope import Scope
from shop.buyers.models import Organisation
from shop.buyers.units import RESIDENT
from shop.core import clock
from shop.invoicing.models import OPEN_STATES, Invoice, InvoiceRequest, RequestState
from shop.ordering.models import ChargeShare, LineShare, OrderRecord, RefundItem, RefundRequest
from shop.ordering.status import PaymentState, RefundState

#: A supplier makes an invoice out, and a refund's credit invoice, within so many days.
LATE_AFTER = dt.timedelta(days=7)
#: By itself a wish becomes requests within minutes.
NOT_ASKED_AFTER = dt.timedelta(days=1)


def with_sums(found: QuerySet[InvoiceRequest]) -> "QuerySet[Any]":
    """Return requests with `due_fen` (goods and freight less reductions and executed refunds) and `invoiced_fen`."""
    own = {"record": OuterRef("record"), "supplier": OuterRef("supplier")}
    left = F("fen") - F("reduced_fen") - F("refunded_fen")
    papers = Invoice.objects.filter(request=OuterRef("pk"))
    return found.annotate(
        due_fen=_summed(LineShare.objects.filter(**own), left, "record")
        + _summed(ChargeShare.objects.filter(**own), left, "record"),
        invoiced_fen=_summed(papers, F("gross_fen"), "request"),
    )


def not_asked(scope: Scope) -> QuerySet[OrderRecord]:
    """Return paid orders whose wish for an invoice became no request, the oldest first."""
    if not scope.everything:
        return OrderRecord.objects.none()
    requests = InvoiceRequest.objects.filter(record=OuterRef("pk"))
    paid = OrderRecord.objects.filter(
        payment_state=PaymentState.PAID,
        paid_at__lt=clock.now() - NOT_ASKED_AFTER,
        refunded_fen__lt=F("paid_fen"),
    )
    return paid.exclude(invoice_wish={}).filter(~Exists(requests)).order_by("paid_at", "pk")


def late(scope: Scope) -> QuerySet[InvoiceRequest]:
    """Return requests that a supplier has left lying for too long, the oldest first."""
    old = _all(scope).filter(state=RequestState.REQUESTED, asked_at__lt=clock.now() - LATE_AFTER)
    return old.order_by("asked_at", "pk")


def uncredited(scope: Scope) -> QuerySet[InvoiceRequest]:
    """Return issued invoices from which an executed refund is still to be taken off, the oldest first."""
    return _unequal(scope).filter(invoiced_fen__gt=F("due_fen")).filter(Exists(_open_refunds()))


def unequal(scope: Scope) -> QuerySet[InvoiceRequest]:
    """Return issued invoices that do not come to what the order does, for another reason than a refund."""
    return _unequal(scope).filter(Q(invoiced_fen__lt=F("due_fen")) | ~Exists(_open_refunds()))


def wrong_title(scope: Scope) -> QuerySet[InvoiceRequest]:
    """Return requests of units made out to another name or number than the unit keeps for it, or its papers say."""
    open_ones = _all(scope).filter(state__in=OPEN_STATES).exclude(record__buyer_kind=RESIDENT)
    unit = Organisation.objects.filter(code=OuterRef("record__credited_organisation"))
    as_papers = Q(name=OuterRef("title")) & (Q(credit_code="") | Q(credit_code=OuterRef("tax_number")))
    as_kept = Q(invoice_profile__title=OuterRef("title"), invoice_profile__tax_number=OuterRef("tax_number"))
    return open_ones.filter(Exists(unit.filter(~(as_papers | as_kept)))).order_by("asked_at", "pk")


def to_compare(scope: Scope) -> QuerySet[InvoiceRequest]:
    """Return the issued invoices that are `uncredited` or `unequal`, as work of the staff."""
    return InvoiceRequest.objects.filter(pk__in=_unequal(scope).order_by().values("pk"))


def _all(scope: Scope) -> QuerySet[InvoiceRequest]:
    if not scope.everything:
        return InvoiceRequest.objects.none()
    return InvoiceRequest.objects.select_related("record", "supplier")


def _unequal(scope: Scope) -> "QuerySet[Any]":
    """Return issued invoices that do not come to their goods.

    An invoice equals its goods when it is written down. Only where something went back later can the two differ: the
    sums of all other orders, which are nearly all, are never taken.
    """
    gone_back = Q(record__refunded_fen__gt=0) | Q(record__reduced_fen__gt=0)
    issued = with_sums(_all(scope).filter(gone_back, state=RequestState.ISSUED))
    return issued.exclude(invoiced_fen=F("due_fen")).order_by("issued_at", "pk")


def _open_refunds() -> QuerySet[RefundRequest]:
    """Return the refunds of a request's order that came after its invoice, with no credit invoice of its own yet."""
    items = RefundItem.objects.filter(request=OuterRef("pk"))
    supplier = OuterRef(OuterRef("supplier"))
    mine = items.filter(Q(share__supplier=supplier) | Q(charge__supplier=supplier))
    credited = Invoice.objects.filter(refund=OuterRef("pk"), request=OuterRef(OuterRef("pk")))
    return RefundRequest.objects.filter(
        Exists(mine),
        ~Exists(credited),
        record=OuterRef("record"),
        state=RefundState.EXECUTED,
        finished_at__gte=OuterRef("issued_at"),
    )


def _summed(rows: "QuerySet[Any]", value: Any, by: str) -> Coalesce:
    total = rows.order_by().values(by).annotate(total_fen=Sum(value)).values("total_fen")
    return Coalesce(Subquery(total, output_field=BigIntegerField()), 0, output_field=BigIntegerField())
