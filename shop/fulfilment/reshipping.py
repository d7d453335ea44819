"""The supplier hands a replacement to the courier; it is taken as come when nobody says otherwise."""

import datetime as dt
import logging

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _

from shop.accounts.scope import Scope
from shop.core import clock
from shop.core.locks import lock
from shop.fulfilment.exceptions import ShippingError
from shop.fulfilment.models import Parcel
from shop.fulfilment.rules import rule_on
from shop.fulfilment.tracking_models import GOING_BACK, ReplacementStep
from shop.ordering.desk_models import Reshipment
from shop.ordering.models import OrderRecord
from shop.ordering.reshipments import reshipments
from shop.ordering.services import record_reship_signed, record_reshipped
from shop.ordering.status import ReshipState
from shop.suppliers.models import SupplierState

logger = logging.getLogger(__name__)


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


def replacements_going_back(scope: Scope) -> QuerySet[Reshipment]:
    """Return the replacements of the scope's suppliers that were refused or are on their way back, the oldest first."""
    return reshipments(scope).filter(_going_back(), state=ReshipState.SHIPPED)


def _going_back() -> Exists:
    return Exists(ReplacementStep.objects.filter(reshipment=OuterRef("pk"), status__in=GOING_BACK))


def confirm_due_replacements(*, limit: int = 200) -> int:
    """Take replacements as come that nobody has said anything of since they were sent; return how many. A job.

    As long after shipping as a parcel without a signed-for date; one on its way back waits for a person. Each is a
    transaction of its own; one that fails is logged and holds up no other. Safe to run twice.
    """
    within = dt.timedelta(days=rule_on(clock.today()).receipt_after_shipped_days)
    due = Reshipment.objects.filter(
        ~_going_back(), state=ReshipState.SHIPPED, shipped_at__lte=clock.now() - within
    )
    done = 0
    for pk in list(due.order_by("shipped_at", "pk").values_list("pk", flat=True)[:limit]):
        try:
            record_reship_signed(
                reshipment_id=pk, signed_at=clock.now(), actor_id=None, reason="after_shipped"
            )
            done += 1
        except Exception:  # Whatever is wrong with one is its own: the others go on.
            logger.exception("replacement %s was not taken as come", pk)
    return done
