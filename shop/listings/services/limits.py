"""Keep how many units of a product one person may buy."""

import datetime as dt

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from shop.core.locks import lock
from shop.journal import services as journal_services
from shop.journal.upsert import Change
from shop.listings.exceptions import ListingError
from shop.listings.models import Listing, PurchaseLimit

MOST_UNITS = 999
MOST_DAYS = 366


@transaction.atomic
def set_purchase_limit(
    *,
    sku: str,
    units: int | None,
    days: int = 30,
    starts_on: dt.date,
    ends_on: dt.date | None = None,
    actor_id: int | None,
) -> Change:
    """Let one person buy at most `units` within `days` from that day on; None lifts the limit. Journalled.

    A limit that began earlier ends the day before; those of the same or a later day are replaced. The same call
    again changes nothing. Raises ListingError: unknown (product), units, days, ends_on.
    """
    listing = lock(Listing.objects.filter(sku=sku)).first()
    if listing is None:
        raise ListingError(_("There is no product %(sku)s.") % {"sku": sku}, code="unknown", field="sku")
    _check(units, days, starts_on, ends_on)
    limits = PurchaseLimit.objects.filter(product_id=listing.product_id)
    now_open = limits.filter(Q(ends_on=None) | Q(ends_on__gte=starts_on))
    stored = set(now_open.values_list("units", "days", "starts_on", "ends_on"))
    if stored == (set() if units is None else {(units, days, starts_on, ends_on)}):
        return Change.UNCHANGED
    now_open.filter(starts_on__gte=starts_on).delete()
    now_open.update(ends_on=starts_on - dt.timedelta(days=1))
    if units is not None:
        limits.create(
            product_id=listing.product_id, units=units, days=days, starts_on=starts_on, ends_on=ends_on
        )
    journal_services.record(
        actor_id=actor_id,
        action="listing.limit_set",
        object_type="listing",
        object_key=sku,
        before={"limits": sorted([*map(str, row)] for row in stored)},
        after={
            "units": units,
            "days": days if units is not None else None,
            "starts_on": str(starts_on),
            "ends_on": str(ends_on or ""),
        },
    )
    return Change.CHANGED if stored else Change.CREATED


def _check(units: int | None, days: int, starts_on: dt.date, ends_on: dt.date | None) -> None:
    if units is not None and not 1 <= units <= MOST_UNITS:
        raise ListingError(_("A limit is at least 1 and at most 999 units."), code="units", field="units")
    if not 1 <= days <= MOST_DAYS:
        raise ListingError(_("A limit holds for 1 to 366 days."), code="days", field="days")
    if ends_on is not None and ends_on < starts_on:
        raise ListingError(_("A limit cannot end before it begins."), code="ends_on", field="ends_on")
