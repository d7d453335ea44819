"""Keep organisations, their people and their terms. Each call is one transaction and journalled."""

import datetime as dt
from collections.abc import Mapping

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from shop.accounts.models import Role, ScopeKind
from shop.accounts.services import grant_role, revoke_role
from shop.buyers.exceptions import BuyersError
from shop.buyers.models import (
    BuyerKind,
    MemberRole,
    Membership,
    MembershipState,
    Organisation,
    OrganisationState,
    PaymentTerms,
)
from shop.core import clock
from shop.core.credit_codes import normalise_credit_code
from shop.core.fen import shown_yuan
from shop.core.locks import lock
from shop.journal.services import record as journal

LONGEST_DELAY = 365


def register_organisation(
    *,
    code: str,
    name: str,
    kind: BuyerKind | str,
    credit_code: str,
    of_district: bool,
    demo: bool,
    actor_id: int | None,
) -> Organisation:
    """Write an organisation down as pending; it cannot order before it is verified.

    Raises ShopError naming the field: code, name, kind, credit_code, of_district. A known code or credit code
    is refused, nothing is changed then.
    """
    code, name, credit = code.strip(), name.strip(), normalise_credit_code(credit_code)
    _require_sensible(code, name, str(kind), credit, of_district=of_district, demo=demo)
    try:
        with transaction.atomic():
            organisation = Organisation.objects.create(
                code=code,
                name=name,
                kind=str(kind),
                credit_code=credit,
                of_district=of_district,
                registered_at=clock.now(),
                demo=demo,
            )
            _note(organisation, "organisation.registered", actor_id, after={"name": name, "kind": str(kind)})
    except IntegrityError as error:
        field = "code" if Organisation.objects.filter(code=code).exists() else "credit_code"
        raise BuyersError(_("This organisation is registered already."), code="known", field=field) from error
    return organisation


def verify_organisation(*, organisation_id: int, actor_id: int) -> Organisation:
    """Let an organisation order: somebody of the operator has compared its papers. Safe to call twice.

    A suspended one is let back in. Raises BuyersError without a credit code (a demonstration needs none), and
    when the person acts for the organisation.
    """
    with transaction.atomic():
        organisation = _locked(organisation_id)
        if organisation.state == OrganisationState.VERIFIED:
            return organisation
        _refuse_member(organisation, actor_id)
        if not organisation.credit_code and not organisation.demo:
            raise BuyersError(
                _("An organisation needs its unified social credit code before it is verified."),
                code="credit_code",
                field="credit_code",
            )
        organisation.verified_by, organisation.verified_at = actor_id, clock.now()
        _move(organisation, OrganisationState.VERIFIED, actor_id=actor_id)
    return organisation


def suspend_organisation(*, organisation_id: int, actor_id: int | None, reason: str) -> Organisation:
    """Let an organisation place no more orders; those it has stay as they are. Safe to call twice.

    Raises BuyersError without a reason.
    """
    if not reason.strip():
        raise BuyersError(_("Say why the organisation is suspended."), code="reason_missing", field="reason")
    with transaction.atomic():
        organisation = _locked(organisation_id)
        if organisation.state != OrganisationState.SUSPENDED:
            _move(organisation, OrganisationState.SUSPENDED, actor_id=actor_id, reason=reason)
    return organisation


def add_member(
    *, organisation_id: int, user_id: int, role: MemberRole | str, actor_id: int | None
) -> Membership:
    """Let a person act for an organisation, and open its pages to them. Safe to call twice.

    Raises BuyersError for a role that does not exist.
    """
    if role not in MemberRole.values:
        raise BuyersError(_("Choose buyer or approver."), code="role", field="role")
    with transaction.atomic():
        organisation = _locked(organisation_id)
        known = _active(organisation, user_id, role).first()
        if known is not None:
            return known
        member = Membership.objects.create(
            organisation=organisation,
            user_id=user_id,
            role=str(role),
            added_by=actor_id,
            added_at=clock.now(),
        )
        grant_role(
            user_id=user_id,
            role=Role(str(role)),
            kind=ScopeKind.ORGANISATION,
            code=organisation.code,
            actor_id=actor_id,
        )
        _note(organisation, "organisation.member_added", actor_id, after={"user": user_id, "role": str(role)})
    return member


def remove_member(
    *, organisation_id: int, user_id: int, role: MemberRole | str, actor_id: int | None, reason: str = ""
) -> bool:
    """Let a person act no more; their next request is refused. False when they did not (safe twice)."""
    with transaction.atomic():
        organisation = _locked(organisation_id)
        removed = _active(organisation, user_id, role).update(
            state=MembershipState.REMOVED, removed_by=actor_id, removed_at=clock.now()
        )
        if not removed:
            return False
        revoke_role(
            user_id=user_id,
            role=Role(str(role)),
            kind=ScopeKind.ORGANISATION,
            code=organisation.code,
            actor_id=actor_id,
            reason=reason,
        )
        before = {"user": user_id, "role": str(role)}
        _note(organisation, "organisation.member_removed", actor_id, before=before, reason=reason)
    return True


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
        organisation = _locked(organisation_id)
        terms = PaymentTerms.objects.create(
            organisation=organisation,
            starts_on=starts_on,
            ends_on=ends_on,
            days_after_acceptance=days_after_acceptance,
            limit_fen=limit_fen,
            proposed_by=proposed_by,
            proposed_at=clock.now(),
        )
        _note(organisation, "terms.proposed", proposed_by, after=_terms(terms))
    return terms


def approve_terms(*, terms_id: int, approved_by: int) -> PaymentTerms:
    """Let proposed terms hold. Safe to call twice: the first approval stays.

    Raises BuyersError for the person who proposed them or acts for the organisation.
    """
    with transaction.atomic():
        organisation = _locked(
            PaymentTerms.objects.values_list("organisation_id", flat=True).get(pk=terms_id)
        )
        terms = lock(PaymentTerms.objects.filter(pk=terms_id)).get()
        if terms.approved_at is not None:
            return terms
        if terms.proposed_by == approved_by:
            raise BuyersError(
                _("You proposed these terms yourself. Another person must approve them."), code="same_person"
            )
        _refuse_member(organisation, approved_by)
        terms.approved_by, terms.approved_at = approved_by, clock.now()
        terms.save(update_fields=["approved_by", "approved_at"])
        _note(organisation, "terms.approved", approved_by, after=_terms(terms))
    return terms


def end_terms(*, terms_id: int, ends_on: dt.date, actor_id: int, reason: str) -> PaymentTerms:
    """Let terms hold no longer than that day; orders released on them stay as they are. Safe to call twice.

    Raises BuyersError for a day before the first, or later than the end there is.
    """
    with transaction.atomic():
        organisation = _locked(
            PaymentTerms.objects.values_list("organisation_id", flat=True).get(pk=terms_id)
        )
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
        _note(organisation, "terms.ended", actor_id, before=before, after=_terms(terms), reason=reason)
    return terms


def _require_sensible(code: str, name: str, kind: str, credit: str, *, of_district: bool, demo: bool) -> None:
    if not code or len(code) > 40:
        raise BuyersError(_("Give the organisation a code."), code="code", field="code")
    if not name or len(name) > 80:
        raise BuyersError(_("Give the organisation's name (1 to 80 characters)."), code="name", field="name")
    if kind not in BuyerKind.values:
        raise BuyersError(_("Choose what kind of organisation it is."), code="kind", field="kind")
    if not credit and not demo:
        raise BuyersError(
            _("Give the organisation's unified social credit code."), code="credit_code", field="credit_code"
        )
    if kind == BuyerKind.OUTSIDE and of_district:
        raise BuyersError(
            _("An organisation outside the district is not one of the district."),
            code="of_district",
            field="of_district",
        )


def _locked(organisation_id: int) -> Organisation:
    return lock(Organisation.objects.filter(pk=organisation_id)).get()


def _active(organisation: Organisation, user_id: int, role: MemberRole | str) -> QuerySet[Membership]:
    return Membership.objects.filter(
        organisation=organisation, user_id=user_id, role=str(role), state=MembershipState.ACTIVE
    )


def _refuse_member(organisation: Organisation, user_id: int) -> None:
    if organisation.memberships.filter(user_id=user_id, state=MembershipState.ACTIVE).exists():
        raise BuyersError(
            _("You act for this organisation yourself, so somebody else must decide."),
            code="own_organisation",
        )


def _move(
    organisation: Organisation, state: OrganisationState, *, actor_id: int | None, reason: str = ""
) -> None:
    before = {"state": str(organisation.state)}
    organisation.state = state
    organisation.save(update_fields=["state", "verified_by", "verified_at"])
    _note(
        organisation,
        f"organisation.{state}",
        actor_id,
        before=before,
        after={"state": str(state)},
        reason=reason,
    )


def _terms(terms: PaymentTerms) -> dict[str, object]:
    return {
        "terms": terms.pk,
        "starts_on": str(terms.starts_on),
        "ends_on": str(terms.ends_on or ""),
        "days": terms.days_after_acceptance,
        "limit": shown_yuan(terms.limit_fen),
    }


def _note(
    organisation: Organisation,
    action: str,
    actor_id: int | None,
    *,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
    reason: str = "",
) -> None:
    journal(
        actor_id=actor_id,
        action=action,
        object_type="organisation",
        object_key=organisation.code,
        before=before,
        after=after,
        reason=reason,
    )
