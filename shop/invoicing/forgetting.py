"""What goes of requests once their order names nobody any more (`ordering.forgetting`)."""

from django.db import transaction
from django.db.models import Q, QuerySet

from shop.core.locks import lock
from shop.invoicing.models import InvoiceRequest, RequestState

#: To whom nothing was made out.
NOBODY = "—"
_NEVER_ISSUED = (RequestState.REQUESTED, RequestState.WITHDRAWN)


def wishes_due() -> QuerySet[InvoiceRequest]:
    """Return requests of orders that name nobody, which still say where to or to whom."""
    told = Q(state__in=_NEVER_ISSUED) & ~Q(title=NOBODY)
    return InvoiceRequest.objects.filter(
        told | ~Q(email="") | ~Q(exchange_wish={}), record__forgotten_at__isnull=False
    )


def forget_wishes(*, limit: int = 200) -> int:
    """Take the address off these requests, and off those never issued to whom; return off how many. A job.

    Of an issued invoice title and tax number stay: they are on the tax office's paper. Safe to run twice.
    """
    with transaction.atomic():
        found = wishes_due().order_by("pk").values_list("pk", flat=True)[:limit]
        keys = [request.pk for request in lock(InvoiceRequest.objects.filter(pk__in=list(found)))]
        rows = InvoiceRequest.objects.filter(pk__in=keys)
        rows.update(email="", exchange_wish={})
        rows.filter(state__in=_NEVER_ISSUED).update(title=NOBODY, tax_number="")
    return len(keys)
