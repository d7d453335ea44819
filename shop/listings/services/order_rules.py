"""Keep in which quantities a product is ordered."""

import datetime as dt

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from shop.core.locks import lock
from shop.journal import services as journal_services
from shop.journal.upsert import Change
from shop.listings.exceptions import ListingError
from shop.listings.models import Listing
from shop.listings.order_rule_models import MOST_ORDERED, OrderRule

_COLUMNS = ("min_units", "step_units", "case_units", "for_residents", "starts_on", "ends_on")


@transaction.atomic
def set_order_rule(
    *,
    sku: str,
    min_units: int = 1,
    step_units: int = 1,
    case_units: int | None = None,
    for_residents: bool = False,
    starts_on: dt.date,
    ends_on: dt.date | None = None,
    actor_id: int | None,
) -> Change:
    """Let a product be ordered from `min_units` on by `step_units` from that day on; journalled.

    1 and 1 without a case: any quantity. A rule that began earlier ends the day before; those of the same or a
    later day are replaced. The same call again changes nothing. Raises ListingError: unknown (product), min_units
    (also when it is no multiple of the step), step_units, case_units, ends_on.
    """
    listing = lock(Listing.objects.filter(sku=sku)).first()
    if listing is None:
        raise ListingError(_("There is no product %(sku)s.") % {"sku": sku}, code="unknown", field="sku")
    _check(min_units, step_units, case_units, starts_on, ends_on)
    rules = OrderRule.objects.filter(product_id=listing.product_id)
    now_open = rules.filter(Q(ends_on=None) | Q(ends_on__gte=starts_on))
    stored = set(now_open.values_list(*_COLUMNS))
    is_rule = (min_units, step_units, case_units) != (1, 1, None)
    row = (min_units, step_units, case_units, for_residents, starts_on, ends_on)
    if stored == ({row} if is_rule else set()):
        return Change.UNCHANGED
    now_open.filter(starts_on__gte=starts_on).delete()
    now_open.update(ends_on=starts_on - dt.timedelta(days=1))
    if is_rule:
        rules.create(product_id=listing.product_id, **dict(zip(_COLUMNS, row, strict=True)))
    journal_services.record(
        actor_id=actor_id,
        action="listing.order_rule_set",
        object_type="listing",
        object_key=sku,
        before={"rules": sorted([*map(str, one)] for one in stored)},
        after={"rules": [[*map(str, row)]] if is_rule else []},
    )
    return Change.CHANGED if stored else Change.CREATED


def _check(
    min_units: int, step_units: int, case_units: int | None, starts_on: dt.date, ends_on: dt.date | None
) -> None:
    for field, units in (("step_units", step_units), ("min_units", min_units), ("case_units", case_units)):
        if units is not None and not 1 <= units <= MOST_ORDERED:
            raise ListingError(
                _("Give a whole number from 1 to %(most)d.") % {"most": MOST_ORDERED}, code=field, field=field
            )
    if min_units % step_units:
        raise ListingError(
            _("The least quantity must be a multiple of the step: %(units)d would be the next.")
            % {"units": -(-min_units // step_units) * step_units},
            code="min_units",
            field="min_units",
        )
    if ends_on is not None and ends_on < starts_on:
        raise ListingError(_("A rule cannot end before it begins."), code="ends_on", field="ends_on")
