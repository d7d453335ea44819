"""After-sales cases of orders that name nobody any more: the buyer's words and photos go after the contact data."""

from django.db.models import CharField, Exists, OuterRef, Q
from django.db.models.functions import Cast

from shop.files.models import StoredFile
from shop.files.selectors import files_of
from shop.files.services import remove_file
from shop.fulfilment.returns.models import ReturnRequest
from shop.fulfilment.returns.opening import PHOTO_OWNER


def forget_cases(*, limit: int = 100) -> int:
    """Delete the words and photos of those cases, and return of how many. A job; safe to run twice.

    What was asked for, decided and paid back stays.
    """
    photos = StoredFile.objects.filter(
        owner_type=PHOTO_OWNER, owner_key=OuterRef("key_of_files"), removed_at=None
    )
    due = (
        ReturnRequest.objects.filter(supplier_order__record__forgotten_at__isnull=False)
        .annotate(key_of_files=Cast("pk", CharField()))
        .filter(~Q(details="") | Exists(photos))
    )
    cases = [case.pk for case in due.order_by("pk")[:limit]]
    for files in files_of(PHOTO_OWNER, map(str, cases)).values():
        for photo in files:
            remove_file(file=photo, actor_id=None)
    ReturnRequest.objects.filter(pk__in=cases).update(details="")
    return len(cases)
