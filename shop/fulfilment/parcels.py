"""Read the parcels of a supplier order as its page shows them."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Prefetch
from django.utils.translation import gettext as _

from shop.core import clock
from shop.fulfilment.corrections import OWN_EVENTS, correctable_until
from shop.fulfilment.models import FulfilmentRule, Parcel, ParcelItem, ParcelState, SupplierOrder


@dataclass(frozen=True)
class ParcelCard:
    """A parcel with its goods and its course; `correctable_until` is None when its number stays."""

    parcel: Parcel
    items: tuple[ParcelItem, ...]
    events: tuple[dict[str, object], ...]
    correctable_until: dt.datetime | None


def parcel_cards(order: SupplierOrder) -> list[ParcelCard]:
    """Return the parcels of an order, the latest first; a constant number of queries."""
    items = Prefetch("items", ParcelItem.objects.select_related("line").order_by("share__number"))
    parcels = order.parcels.prefetch_related(items, "events").order_by("-number")
    rules = list(FulfilmentRule.objects.order_by("-starts_on"))
    return [_card(parcel, rules) for parcel in parcels]


def _card(parcel: Parcel, rules: Sequence[FulfilmentRule]) -> ParcelCard:
    now, shipped_on = clock.now(), clock.local_date(parcel.shipped_at)
    rule = next(rule for rule in rules if rule.starts_on <= shipped_on)
    titles = {
        "shipped": _("Handed to the courier"),
        "signed": _("Signed for"),
        "received": _("Received"),
        "corrected": _("Courier number corrected"),
    }
    events = list(parcel.events.all())
    news = any(event.kind not in OWN_EVENTS for event in events) or parcel.state != ParcelState.SHIPPED
    until = None if news else correctable_until(parcel, rule)
    return ParcelCard(
        parcel=parcel,
        items=tuple(parcel.items.all()),
        events=tuple(
            {
                "title": titles.get(event.kind, event.text or event.kind),
                "detail": event.text if event.kind == "corrected" else "",
                "at": event.at,
            }
            for event in events
        ),
        correctable_until=until if until and until > now else None,
    )
