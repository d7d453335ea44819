"""Buy again: lists that a unit keeps, and orders of before. Both come to the preview of a list, as a file would."""

from collections.abc import Iterable

from django.db import transaction
from django.utils.translation import gettext as _

from shop.accounts.scope import Scope
from shop.buyers.models import Organisation
from shop.core import clock
from shop.core.locks import lock
from shop.journal.services import record as journal
from shop.listings.models import Listing
from shop.ordering.models import OrderRecord
from shop.procurement.drafts import create_request, draft_for, lines_of, store_upload
from shop.procurement.exceptions import ProcurementError
from shop.procurement.members import BUYER, require_member
from shop.procurement.models import PurchaseRequest, UploadFile
from shop.procurement.saved_models import SavedList
from shop.procurement.selectors import saved_lists
from shop.procurement.uploads import ListedRow, ReadList

NAME_LENGTH = 60
#: A unit keeps so many lists.
MOST_LISTS = 100


@transaction.atomic
def keep_list(*, request_id: int, name: str, actor_id: int) -> SavedList:
    """Keep the goods of a request under a name of its unit's, journalled; the same name again takes their place.

    Raises ProcurementError: not_a_member, name, nothing (the request holds no goods), too_many.
    """
    request = lock(PurchaseRequest.objects.filter(pk=request_id)).select_related("organisation").get()
    require_member(organisation=request.organisation, user_id=actor_id, roles=BUYER)
    name = " ".join(name.split())[:NAME_LENGTH]
    if not name:
        raise ProcurementError(_("Please give the list a name."), code="name", field="name")
    units = lines_of(request)
    skus = dict(Listing.objects.filter(product__in=units).values_list("product_id", "sku"))
    rows = [[skus[product_id], count] for product_id, count in units.items() if product_id in skus]
    if not rows:
        raise ProcurementError(_("The request holds no goods to keep."), code="nothing", field="lines")
    lists = SavedList.objects.filter(organisation=request.organisation)
    lock(Organisation.objects.filter(pk=request.organisation_id)).get()
    if not lists.filter(name=name).exists() and lists.count() >= MOST_LISTS:
        raise ProcurementError(
            _("Your unit keeps %(most)d lists already. Please delete one first.") % {"most": MOST_LISTS},
            code="too_many",
            field="name",
        )
    made = {"rows": rows, "made_by": actor_id, "made_at": clock.now()}
    kept, _created = lists.update_or_create(organisation=request.organisation, name=name, defaults=made)
    _journal(kept, "saved_list.kept", actor_id)
    return kept


@transaction.atomic
def drop_list(*, scope: Scope, list_id: int, actor_id: int) -> None:
    """Delete a kept list, journalled.

    Raises SavedList.DoesNotExist for another unit's, ProcurementError: not_a_member.
    """
    kept = _own_list(scope, list_id, actor_id)
    _journal(kept, "saved_list.dropped", actor_id)
    kept.delete()


@transaction.atomic
def use_list(*, scope: Scope, list_id: int, request_id: int | None = None, actor_id: int) -> UploadFile:
    """Put a kept list before a draft, or a new one of its unit; nothing is applied.

    Not safe to repeat without a draft. Raises SavedList.DoesNotExist for another unit's, ProcurementError:
    not_a_member, not_a_draft, other_unit.
    """
    kept = _own_list(scope, list_id, actor_id)
    rows = [(str(sku), int(units)) for sku, units in kept.rows]
    if request_id is None:
        request_id = create_request(
            organisation_id=kept.organisation_id, actor_id=actor_id, purpose=kept.name
        ).pk
    elif draft_for(request_id, actor_id).organisation_id != kept.organisation_id:
        raise ProcurementError(_("This list is another unit's."), code="other_unit", field="list")
    return _before(request_id, kept.name, rows, actor_id)


@transaction.atomic
def reorder(*, record: OrderRecord, actor_id: int) -> UploadFile:
    """Put the goods of a unit's order before a new draft of the unit; nothing is applied. Not safe to repeat.

    Raises ProcurementError: not_a_member.
    """
    request = create_request(
        organisation_id=record.purchase_request.organisation_id,
        actor_id=actor_id,
        purpose=record.purchase_request.purpose,
    )
    shares = record.shares.order_by("number").values_list("dims__product", "units")
    name = _("Order %(number)s") % {"number": record.number}
    return _before(request.pk, name, shares, actor_id)


def _before(request_id: int, name: str, rows: Iterable[tuple[str, int]], actor_id: int) -> UploadFile:
    listed = tuple(ListedRow(number, sku, str(units)) for number, (sku, units) in enumerate(rows, start=1))
    read = ReadList(listed, sku_column=_("SKU"), quantity_column=_("Quantity"))
    return store_upload(request_id=request_id, name=name, read=read, actor_id=actor_id)


def _own_list(scope: Scope, list_id: int, actor_id: int) -> SavedList:
    kept = lock(saved_lists(scope).filter(pk=list_id)).get()
    require_member(organisation=kept.organisation, user_id=actor_id, roles=BUYER)
    return kept


def _journal(kept: SavedList, action: str, actor_id: int) -> None:
    journal(
        actor_id=actor_id,
        action=action,
        object_type="saved_list",
        object_key=str(kept.pk),
        after={"organisation": kept.organisation.code, "name": kept.name, "rows": len(kept.rows)},
    )
