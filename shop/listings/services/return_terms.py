"""Keep the times within which goods may come back."""

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _
from oscar.apps.catalogue.models import Category

from shop.core import clock
from shop.core.locks import lock
from shop.journal import services as journal_services
from shop.journal.upsert import Change
from shop.listings.exceptions import ListingError
from shop.listings.models import CategoryName, Listing, ReturnRule, ReturnTerms

_MOST_DAYS = 90
_MOST_HOURS = 90 * 24


@transaction.atomic
def set_return_terms(
    *,
    rule: str,
    starts_on: dt.date,
    no_reason_days: int,
    claim_hours: int,
    actor_id: int | None,
    sku: str = "",
    category_slug: str = "",
) -> Change:
    """Let these terms hold from a day on: of one product, of a category's goods of this rule, or of all of the rule.

    What began before stays as it was, and orders keep what held when they were placed; the same call again changes
    nothing. Journalled. Raises ListingError: unknown (sku, category or rule), past (a day that has begun), range.
    """
    product_id = _checked(rule, starts_on, no_reason_days, claim_hours, sku, category_slug)
    same = {"product_id": product_id, "category_slug": category_slug, "starts_on": starts_on}
    if product_id is None:
        same["rule"] = rule
    row = ReturnTerms.objects.filter(**same).first()
    before = {} if row is None else _shown(row)
    row = row or ReturnTerms(**same)
    row.rule, row.no_reason_days, row.claim_hours = rule, no_reason_days, claim_hours
    if before == _shown(row):
        return Change.UNCHANGED
    row.save()
    journal_services.record(
        actor_id=actor_id,
        action="listing.return_terms_set",
        object_type="listing",
        object_key=(sku or category_slug or rule)[:64],
        before=before,
        after=_shown(row) | {"starts_on": str(starts_on)},
    )
    return Change.CHANGED if before else Change.CREATED


def _checked(
    rule: str, starts_on: dt.date, no_reason_days: int, claim_hours: int, sku: str, category_slug: str
) -> int | None:
    """Return the product, None without one; what is locked orders two callers."""
    if rule not in ReturnRule.values:
        raise ListingError(_("There is no such return rule."), code="unknown", field="rule")
    if starts_on <= clock.today():
        raise ListingError(
            _("New terms begin tomorrow at the earliest: buyers were promised today's."),
            code="past",
            field="starts_on",
        )
    if not 0 <= no_reason_days <= _MOST_DAYS or (no_reason_days == 0) == (rule == ReturnRule.SEVEN_DAYS):
        raise ListingError(
            _("Give 1 to 90 days for returns without cause, or choose a rule without them and give 0."),
            code="range",
            field="no_reason_days",
        )
    if not 1 <= claim_hours <= _MOST_HOURS:
        raise ListingError(_("Give 1 to 2160 hours for faults."), code="range", field="claim_hours")
    if sku:
        listing = lock(Listing.objects.filter(sku=sku)).first()
        if listing is None:
            raise ListingError(_("There is no product %(sku)s.") % {"sku": sku}, code="unknown", field="sku")
        return listing.product_id
    if category_slug:
        named = CategoryName.objects.filter(slug=category_slug).values("category_id")
        if lock(Category.objects.filter(pk__in=named)).first() is None:
            raise ListingError(_("There is no such category."), code="unknown", field="category_slug")
    return None


def _shown(row: ReturnTerms) -> dict[str, object]:
    return {"rule": row.rule, "no_reason_days": row.no_reason_days, "claim_hours": row.claim_hours}
