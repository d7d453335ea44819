"""Put a mistyped courier number right."""

import datetime as dt

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from shop.accounts.scope import Scope
from shop.core import clock
from shop.fulfilment.exceptions import ShippingError
from shop.fulfilment.models import FulfilmentRule, Parcel, ParcelEvent, ParcelState, SupplierOrder
from shop.fulfilment.rules import rule_on
from shop.fulfilment.services import locked_supplier_order
from shop.fulfilment.watching import plan_watch
from shop.journal.services import record as journal

#: What the shop itself writes about a parcel; any other event is news of the courier.
OWN_EVENTS = ("shipped", "corrected")


def correctable_until(parcel: Parcel, rule: FulfilmentRule) -> dt.datetime:
    """Return until when the number of a parcel may be put right, as long as no courier has told of it."""
    return parcel.shipped_at + dt.timedelta(hours=rule.correct_within_hours)


@transaction.atomic
def correct_number(
    *, scope: Scope, parcel_id: int, courier: str, tracking_number: str, actor_id: int
) -> Parcel:
    """Give a parcel another courier or number, journalled with both; the same ones again change nothing.

    Raises Parcel.DoesNotExist for another supplier's parcel; ShippingError: scanned (the courier has told of
    it), too_late, number_taken.
    """
    found = Parcel.objects.get(pk=parcel_id)
    try:
        order = locked_supplier_order(scope, found.supplier_order_id)
    except SupplierOrder.DoesNotExist as foreign:
        raise Parcel.DoesNotExist from foreign
    parcel = Parcel.objects.get(pk=parcel_id)
    old = {"courier": parcel.courier, "tracking_number": parcel.tracking_number}
    new = {"courier": courier, "tracking_number": tracking_number}
    if old == new:
        return parcel
    _refuse_late(parcel)
    parcel.courier, parcel.tracking_number = courier, tracking_number
    try:
        with transaction.atomic():
            parcel.save(update_fields=["courier", "tracking_number"])
    except IntegrityError as error:
        raise ShippingError(
            _("The courier number %(number)s is already used by another parcel.")
            % {"number": tracking_number},
            code="number_taken",
            field="tracking_number",
        ) from error
    plan_watch(parcel_id=parcel.pk)
    texts = [f"{values['courier']} {values['tracking_number']}" for values in (old, new)]
    ParcelEvent.objects.create(
        parcel=parcel, at=clock.now(), kind="corrected", text=f"{texts[0]} → {texts[1]}"
    )
    journal(
        actor_id=actor_id,
        action="parcel.correct",
        object_type="order",
        object_key=order.record.number,
        before=old,
        after=new | {"supplier": order.supplier.code, "parcel": texts[1]},
    )
    return parcel


def _refuse_late(parcel: Parcel) -> None:
    news = parcel.events.exclude(kind__in=OWN_EVENTS).exists() or parcel.tracking_events.exists()
    if news or parcel.state != ParcelState.SHIPPED:
        raise ShippingError(
            _("The courier has this parcel already, so its number stays. Please call the shop."),
            code="scanned",
        )
    if clock.now() > correctable_until(parcel, rule_on(clock.local_date(parcel.shipped_at))):
        raise ShippingError(_("It is too late to change this number. Please call the shop."), code="too_late")
