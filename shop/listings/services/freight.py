"""Keep what suppliers ask for freight."""

import datetime as dt
from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from shop.journal import services as journal_services
from shop.journal.upsert import Change
from shop.listings.areas import provinces
from shop.listings.drafts import RateDraft
from shop.listings.exceptions import ListingError
from shop.listings.models import FreightRate, FreightTemplate
from shop.suppliers.models import Supplier


@transaction.atomic
def save_freight_template(
    *, supplier_code: str, starts_on: dt.date, rates: Sequence[RateDraft], actor_id: int | None
) -> Change:
    """Let these rates hold for the supplier from that day on, journalled; the same again changes nothing.

    A province without a rate is not delivered to. Raises ListingError for an unknown supplier or
    province, a province given twice, or a rate below zero.
    """
    supplier = Supplier.objects.filter(code=supplier_code).first()
    if supplier is None:
        raise ListingError(
            _("“%(value)s” is not known.") % {"value": supplier_code}, code="unknown", field="supplier_key"
        )
    _check(rates)
    template, created = FreightTemplate.objects.get_or_create(supplier=supplier, starts_on=starts_on)
    stored = {_draft(rate) for rate in template.rates.all()}
    if stored == set(rates):
        return Change.UNCHANGED
    template.rates.all().delete()
    FreightRate.objects.bulk_create(FreightRate(template=template, **vars(rate)) for rate in rates)
    journal_services.record(
        actor_id=actor_id,
        action="freight_template.saved",
        object_type="freighttemplate",
        object_key=f"{supplier_code}/{starts_on}",
        before={"rates": [_plain(rate) for rate in sorted(stored, key=_plain)]},
        after={"rates": [_plain(rate) for rate in rates]},
    )
    return Change.CREATED if created else Change.CHANGED


def _check(rates: Sequence[RateDraft]) -> None:
    seen: set[str] = set()
    for rate in rates:
        if rate.province not in provinces():
            raise ListingError(
                _("“%(value)s” is not known.") % {"value": rate.province}, code="unknown", field="province"
            )
        if rate.province in seen:
            raise ListingError(
                _("%(province)s is given twice.") % {"province": rate.province},
                code="twice",
                field="province",
            )
        seen.add(rate.province)
        if min(rate.first_kg_fen, rate.next_kg_fen, rate.free_from_fen or 0) < 0:
            raise ListingError(
                _("Freight must not be below zero."), code="freight_negative", field="first_kg_fen"
            )


def _draft(rate: FreightRate) -> RateDraft:
    return RateDraft(rate.province, rate.deliverable, rate.first_kg_fen, rate.next_kg_fen, rate.free_from_fen)


def _plain(rate: RateDraft) -> str:
    fees = f"{rate.first_kg_fen}+{rate.next_kg_fen}/kg, free from {rate.free_from_fen}"
    return f"{rate.province}: {fees if rate.deliverable else 'not delivered'}"
