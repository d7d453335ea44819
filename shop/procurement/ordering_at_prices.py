"""Order at agreed prices: put a draft at them, or take them off again."""

from django.db import transaction
from django.utils.translation import gettext as _

from shop.accounts.scope import Scope
from shop.core import clock
from shop.core.locks import lock
from shop.procurement.agreed_prices import expired
from shop.procurement.drafts import create_request, draft_for, save_quantities, write_step
from shop.procurement.exceptions import ProcurementError
from shop.procurement.members import BUYER, require_member
from shop.procurement.models import PurchaseRequest, RequestState
from shop.procurement.price_models import AgreedPrices, PriceOffer, PriceRequest, PriceState
from shop.procurement.price_selectors import holds, price_requests


@transaction.atomic
def order_at_prices(
    *, scope: Scope, number: str, draft_id: int | None = None, actor_id: int
) -> PurchaseRequest:
    """Return a draft that is ordered at agreed prices: the given one, or one with the goods that were asked.

    Safe to call twice: a draft at these prices that is there already is returned instead of another one.
    Raises PriceRequest.DoesNotExist outside the scope and ProcurementError with nothing written: not_a_member,
    not_agreed, offer_expired, not_a_draft, other_unit.
    """
    pk = price_requests(scope).values_list("pk", flat=True).get(number=number)
    lock(PriceRequest.objects.filter(pk=pk)).get()
    asked = PriceRequest.objects.select_related("organisation", "draft").get(pk=pk)
    require_member(organisation=asked.organisation, user_id=actor_id, roles=BUYER)
    if asked.state != PriceState.ACCEPTED:
        raise ProcurementError(_("These prices are not agreed."), code="not_agreed")
    offer = PriceOffer.objects.prefetch_related("lines").get(request=asked, revision=asked.revisions)
    if not holds(offer, clock.now()):
        raise expired(asked.number, offer)
    if draft_id is None:
        there = PurchaseRequest.objects.filter(agreed_prices__offer=offer, state=RequestState.DRAFT)
        if (found := there.order_by("pk").first()) is not None:
            return found
        request = _draft(asked, offer, actor_id)
    else:
        request = draft_for(draft_id, actor_id)
    if request.organisation_id != asked.organisation_id:
        raise ProcurementError(_("These prices were agreed with another unit."), code="other_unit")
    _used, is_new = AgreedPrices.objects.get_or_create(
        request=request, offer=offer, defaults={"added_by": actor_id, "added_at": clock.now()}
    )
    if is_new:
        write_step(request, "request.prices_agreed", actor_id, after={"prices": asked.number})
    return request


@transaction.atomic
def drop_prices(*, request_id: int, number: str, actor_id: int) -> None:
    """Order a draft at the prices of everybody again, but for other offers; safe to call twice.

    Raises ProcurementError: not_a_member, not_a_draft.
    """
    request = draft_for(request_id, actor_id)
    gone, _rows = AgreedPrices.objects.filter(request=request, offer__request__number=number).delete()
    if gone:
        write_step(request, "request.prices_dropped", actor_id, before={"prices": number})


def _draft(asked: PriceRequest, offer: PriceOffer, actor_id: int) -> PurchaseRequest:
    """Return a new draft with as many of the priced goods as prices were asked for."""
    purpose = asked.draft.purpose if asked.draft else ""
    request = create_request(organisation_id=asked.organisation_id, actor_id=actor_id, purpose=purpose)
    priced = {line.product_id for line in offer.lines.all()}
    wanted = asked.lines.filter(product__in=priced).values_list("product_id", "quantity")
    save_quantities(request_id=request.pk, quantities=dict(wanted), actor_id=actor_id)
    return request
