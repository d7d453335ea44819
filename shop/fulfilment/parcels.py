"""Read the parcels of a supplier order as its page shows them."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Prefetch, prefetch_related_objects

from shop.core import clock
from shop.fulfilment.corrections import OWN_EVENTS, correctable_until
from shop.fulfilment.course import CourseStep, News, course_of, news_of
from shop.fulfilment.models import FulfilmentRule, Parcel, ParcelItem, ParcelState


@dataclass(frozen=True)
class ParcelCard:
    """A parcel with its goods and its course; `correctable_until` is None when its number stays."""

    parcel: Parcel
    items: tuple[ParcelItem, ...]
    events: tuple[CourseStep, ...]
    correctable_until: dt.datetime | None


def parcel_cards(parcels: Iterable[Parcel]) -> list[ParcelCard]:
    """Return the cards of an order's parcels, the latest first; three queries."""
    items = Prefetch("items", ParcelItem.objects.select_related("line").order_by("share__number"))
    parcels = sorted(parcels, key=lambda parcel: -parcel.number)
    prefetch_related_objects(parcels, items)
    news, rules = news_of(parcels), list(FulfilmentRule.objects.order_by("-starts_on"))
    return [_card(parcel, news[parcel.pk], rules) for parcel in parcels]


def _card(parcel: Parcel, news: Sequence[News], rules: Sequence[FulfilmentRule]) -> ParcelCard:
    now, shipped_on = clock.now(), clock.local_date(parcel.shipped_at)
    rule = next(rule for rule in rules if rule.starts_on <= shipped_on)
    untold = parcel.state == ParcelState.SHIPPED and all(
        one.is_own and one.kind in OWN_EVENTS for one in news
    )
    until = correctable_until(parcel, rule) if untold else None
    return ParcelCard(
        parcel=parcel,
        items=tuple(parcel.items.all()),
        events=tuple(course_of(news)),
        correctable_until=until if until and until > now else None,
    )
