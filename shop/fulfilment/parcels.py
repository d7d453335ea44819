"""Read the parcels of a supplier order as its page shows them."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Prefetch

from shop.core import clock
from shop.fulfilment.corrections import OWN_EVENTS, correctable_until
from shop.fulfilment.course import CourseStep, course_of
from shop.fulfilment.models import FulfilmentRule, Parcel, ParcelItem, ParcelState, SupplierOrder


@dataclass(frozen=True)
class ParcelCard:
    """A parcel with its goods and its course; `correctable_until` is None when its number stays."""

    parcel: Parcel
    items: tuple[ParcelItem, ...]
    events: tuple[CourseStep, ...]
    correctable_until: dt.datetime | None


def parcel_cards(order: SupplierOrder) -> list[ParcelCard]:
    """Return the parcels of an order, the latest first; a constant number of queries."""
    items = Prefetch("items", ParcelItem.objects.select_related("line").order_by("share__number"))
    parcels = order.parcels.prefetch_related(items, "events", "tracking_events").order_by("-number")
    rules = list(FulfilmentRule.objects.order_by("-starts_on"))
    return [_card(parcel, rules) for parcel in parcels]


def _card(parcel: Parcel, rules: Sequence[FulfilmentRule]) -> ParcelCard:
    now, shipped_on = clock.now(), clock.local_date(parcel.shipped_at)
    rule = next(rule for rule in rules if rule.starts_on <= shipped_on)
    own = all(event.kind in OWN_EVENTS for event in parcel.events.all())
    untold = own and not parcel.tracking_events.all() and parcel.state == ParcelState.SHIPPED
    until = correctable_until(parcel, rule) if untold else None
    return ParcelCard(
        parcel=parcel,
        items=tuple(parcel.items.all()),
        events=tuple(course_of(parcel)),
        correctable_until=until if until and until > now else None,
    )
