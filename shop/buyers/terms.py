"""Payment after acceptance: proposed by one person, agreed to by another, ended early."""

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _

from shop.buyers.exceptions import BuyersError
from shop.buyers.keeping import locked, note, refuse_member
from shop.buyers.models import PaymentTerms
from shop.core import clock
from shop.core.fen import shown_yuan
from shop.core.locks import lock

LONGEST_DELAY = 365


def propose_terms(
    *,
    organisation_id: int,
    starts_on: dt.date,
    ends_on: dt.date | None,
    days_after_acceptance: int,
    limit_fen: int,
    proposed_by: int,
) -> PaymentTerms:
    """Write terms down; they hold once a second person approves them. Not safe to call twice.

    Raises BuyersError naming the field: ends_on, days_after_acceptance, limit_fen.
    """
    if ends_on is not None and ends_on < starts_on:
        raise BuyersError(_("The last day lies before the first."), code="ends", field="ends_on")
    if not 0 <= days_after_acceptance <= LONGEST_DELAY:
        raise BuyersError(
            _("Between 0 and %(most)d days after acceptance.") % {"most": LONGEST_DELAY},
            code="days",
            field="days_after_acceptance",
        )
    if limit_fen <= 0:
        raise BuyersError(_("The limit must be more than 0."), code="limit", field="limit_fen")
    with transaction.atomic():
        organisation = locked(organisation_id)
        terms = PaymentTerms.objects.create(
            organisation=organisation,
            starts_on=starts_on,
            ends_on=ends_on,
            days_after_acceptance=days_after_acceptance,
            limit_fen=limit_fen,
            proposed_by=proposed_by,
            proposed_at=clock.now(),
        )
        note(organisation, "terms.proposed", proposed_by, after=_terms(terms))
    return terms


def approve_terms(*, terms_id: int, approved_by: int) -> PaymentTerms:
    """Let proposed terms hold. Safe to call twice: the first approval stays.

    Raises BuyersError for the person who proposed them or acts for the organisation.
    """
    with transaction.atomic():
        organisation = locked(PaymentTerms.objects.values_list("organisation_id", flat=True).get(pk=terms_id))
        terms = lock(PaymentTerms.objects.filter(pk=terms_id)).get()
        if terms.approved_at is not None:
            return terms
        if terms.proposed_by == approved_by:
            raise BuyersError(
                _("You proposed these terms yourself. Another person must approve them."), code="same_person"
            )
        refuse_member(organisation, approved_by)
        terms.approved_by, terms.approved_at = approved_by, clock.now()
        terms.save(update_fields=["approved_by", "approved_at"])
        note(organisation, "terms.approved", approved_by, after=_terms(terms))
    return terms


def end_terms(*, terms_id: int, ends_on: dt.date, actor_id: int, reason: str) -> PaymentTerms:
    """Let terms hold no longer than that day; orders released on them stay as they are. Safe to call twice.

    Raises BuyersError for a day before the first, or later than the end there is.
    """
    with transaction.atomic():
        organisation = locked(PaymentTerms.objects.values_list("organisation_id", flat=True).get(pk=terms_id))
        terms = lock(PaymentTerms.objects.filter(pk=terms_id)).get()
        if ends_on < terms.starts_on or (terms.ends_on is not None and ends_on > terms.ends_on):
            raise BuyersError(
                _("Terms can only end earlier than now agreed, and not before they start."),
                code="ends",
                field="ends_on",
            )
        before = _terms(terms)
        terms.ends_on = ends_on
        terms.save(update_fields=["ends_on"])
        note(organisation, "terms.ended", actor_id, before=before, after=_terms(terms), reason=reason)
    return terms


def _terms(terms: PaymentTerms) -> dict[str, object]:
    return {
        "terms": terms.pk,
        "starts_on": str(terms.starts_on),
        "ends_on": str(terms.ends_on or ""),
        "days": terms.days_after_acceptance,
        "limit": shown_yuan(terms.limit_fen),
    }
