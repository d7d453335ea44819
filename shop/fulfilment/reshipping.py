"""The supplier hands a replacement to the courier."""

from django.db import transaction
from django.utils.translation import gettext as _

from shop.accounts.scope import Scope
from shop.core.locks import lock
from shop.fulfilment.exceptions import ShippingError
from shop.fulfilment.models import Parcel
from shop.ordering.desk_models import Reshipment
from shop.ordering.models import OrderRecord
from shop.ordering.reshipments import reshipments
from shop.ordering.services import record_reshipped
from shop.suppliers.models import SupplierState


def ship_replacement(
    *, scope: Scope, reshipment_id: int, courier: str, tracking_number: str, actor_id: int
) -> Reshipment:
    """Write down that a replacement of the scope's supplier was handed to the courier. Safe to call twice.

    Raises Reshipment.DoesNotExist for another supplier's, ShippingError (stopped, suspended, number_taken), WrongState
    for one that was called off or went out with another number.
    """
    with transaction.atomic():
        own = reshipments(scope).get(pk=reshipment_id)
        record = lock(OrderRecord.objects.filter(pk=own.record_id)).get()
        if record.shipping_stopped_at is not None:
            raise ShippingError(
                _("The shop has stopped this order for now; please do not ship it."), code="stopped"
            )
        if own.share.supplier.state == SupplierState.SUSPENDED:
            raise ShippingError(
                _("You may not sell at present, so the shop holds this order. Please do not ship it."),
                code="suspended",
            )
        if Parcel.objects.filter(courier=courier, tracking_number=tracking_number).exists():
            raise ShippingError(
                _("The courier number %(number)s is already used by another parcel.")
                % {"number": tracking_number},
                code="number_taken",
                field="tracking_number",
            )
        return record_reshipped(
            reshipment_id=own.pk, courier=courier, tracking_number=tracking_number, actor_id=actor_id
        )
