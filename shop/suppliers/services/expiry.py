"""Papers that run out: their suppliers are told ahead, and - where the shop is set so - suspended at the end."""

import datetime as dt

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from shop.core import clock
from shop.core.locks import lock
from shop.outbox.services import append
from shop.suppliers.admission_models import SINGLE_KINDS, DocumentState, SupplierDocument
from shop.suppliers.expiry import FIRST_NOTICE, step_of
from shop.suppliers.models import Supplier, SupplierState
from shop.suppliers.services.suspension import suspend_supplier
from shop.suppliers.streams import supplier_stream


def remind_of_documents() -> int:
    """Tell suppliers and staff of checked papers that end within 60, 30 or 7 days or have ended; a job.

    Each step is told of once per paper. Returns how many were told of. Safe to run twice, and late. With
    SUSPEND_ON_EXPIRED_LICENCE a supplier whose licence has ended is suspended as well.
    """
    today = clock.today()
    told = sum(_remind(pk, today) for pk in _ending(today))
    if settings.SUSPEND_ON_EXPIRED_LICENCE:
        suspend_expired()
    return told


def suspend_expired() -> int:
    """Suspend admitted suppliers one of whose licences has ended without a newer one; returns how many.

    Safe to call twice.
    """
    today = clock.today()
    ended = SupplierDocument.objects.filter(
        state=DocumentState.VERIFIED,
        kind__in=SINGLE_KINDS,
        expires_on__lt=today,
        supplier__state=SupplierState.ADMITTED,
    )
    suspended = 0
    for paper in ended.select_related("supplier").order_by("supplier", "pk"):
        assert paper.supplier is not None  # by the filter
        if _suspend(paper.supplier.code, paper, today):
            suspended += 1
    return suspended


def _ending(today: dt.date) -> list[int]:
    """Return papers that may have something to tell; those told that they have ended have nothing left."""
    ending = SupplierDocument.objects.filter(
        Q(reminded_days=None) | Q(reminded_days__gt=0),
        state=DocumentState.VERIFIED,
        supplier__isnull=False,
        expires_on__lte=today + FIRST_NOTICE,
    ).exclude(supplier__state=SupplierState.PENDING)
    return list(ending.order_by("expires_on", "pk").values_list("pk", flat=True))


@transaction.atomic
def _remind(document_id: int, today: dt.date) -> bool:
    document = lock(SupplierDocument.objects.filter(pk=document_id)).select_related("supplier").first()
    if document is None or document.supplier is None or document.expires_on is None:
        return False
    step = step_of(document.expires_on, today)
    known = document.reminded_days
    if document.state != DocumentState.VERIFIED or step is None or (known is not None and known <= step):
        return False
    document.reminded_days, document.reminded_at = step, clock.now()
    document.save(update_fields=["reminded_days", "reminded_at"])
    code = document.supplier.code
    payload = {"supplier": code, "document_id": document.pk, "days": step}
    append(topic="supplier.document_ending", stream=supplier_stream(code), payload=payload)
    return True


def _suspend(code: str, paper: SupplierDocument, today: dt.date) -> bool:
    before = Supplier.objects.values_list("state", flat=True).get(code=code)
    if before != SupplierState.ADMITTED:
        return False
    reason = _("“%(paper)s” %(number)s ended on %(day)s.") % {
        "paper": paper.get_kind_display(),
        "number": paper.number,
        "day": paper.expires_on,
    }
    suspend_supplier(code=code, on=today, reason=reason, actor_id=None, unpaid_orders="keep")
    return True
