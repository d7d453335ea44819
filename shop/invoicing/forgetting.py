"""What goes of requests once their order names nobody any more (`ordering.forgetting`)."""

from django.db import transaction
from django.db.models import Q, QuerySet

from shop.core.locks import lock
from shop.invoicing.models import InvoiceRequest, RequestState
from shop.invoicing.requests import withdraw_requests

#: To whom nothing was made out.
NOBODY = "—"
_NEVER_ISSUED = (RequestState.REQUESTED, RequestState.WITHDRAWN)


def wishes_due() -> QuerySet[InvoiceRequest]:
    """Return requests of orders that name nobody, which still wait, or say where to or to whom."""
    told = Q(state__in=_NEVER_ISSUED) & ~Q(title=NOBODY)
    waits = Q(state=RequestState.REQUESTED)
    return InvoiceRequest.objects.filter(
        waits | told | ~Q(email="") | ~Q(exchange_wish={}), record__forgotten_at__isnull=False
    )


def forget_wishes(*, limit: int = 200) -> int:
    """Take the address off these requests, and off those never issued to whom; return off how many. A job.

    What still waits is withdrawn first: nobody could be named on it. Of an issued invoice title and tax number stay:
    they are on the tax office's paper. Safe to run twice.
    """
    found = list(wishes_due().order_by("pk")[:limit])
    for record_id in sorted({row.record_id for row in found if row.state == RequestState.REQUESTED}):
        withdraw_requests(record_id=record_id, actor_id=None)
    with transaction.atomic():
        keys = [row.pk for row in lock(InvoiceRequest.objects.filter(pk__in=[one.pk for one in found]))]
        rows = InvoiceRequest.objects.filter(pk__in=keys)
        rows.update(email="", exchange_wish={})
        rows.filter(state__in=_NEVER_ISSUED).update(title=NOBODY, tax_number="")
    return len(keys)
