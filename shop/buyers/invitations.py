"""Invitations: by the owner of a unit, to a mobile number; whoever proves the number accepts, once."""

import datetime as dt
import hashlib
import secrets

from django.db import transaction
from django.utils.translation import gettext as _

from shop.accounts.closing import hold_open
from shop.accounts.models import User
from shop.accounts.phones import masked_phone, normalise_phone
from shop.buyers.exceptions import BuyersError
from shop.buyers.keeping import active, locked, note, require_role
from shop.buyers.membership import add_member
from shop.buyers.models import Invitation, MemberRole, Membership, Organisation
from shop.core import clock
from shop.outbox.services import append

VALID = dt.timedelta(days=7)
#: So many may be open in one unit.
MOST_OPEN = 100
TOKEN_BYTES = 16


def invite(
    *, organisation_id: int, phone: str, role: MemberRole | str, actor_id: int
) -> tuple[Invitation, str]:
    """Invite whoever has this mobile number to act for the unit; return the invitation and its link's token.

    Emits `organisation.invited`, of which a text message tells. The token is kept nowhere. Inviting the same number in
    the same role again withdraws the earlier invitation. Raises ShopError naming the field: phone, role; BuyersError
    not_a_member, member, too_many; nothing is written then.
    """
    number = normalise_phone(phone)
    if role not in MemberRole.values:
        raise BuyersError(_("Choose one of the roles of a unit."), code="role", field="role")
    token = secrets.token_urlsafe(TOKEN_BYTES)
    with transaction.atomic():
        organisation = locked(organisation_id)
        require_role(organisation, actor_id, MemberRole.OWNER)
        person = User.objects.filter(phone=number).first()
        if person is not None and person.pk == actor_id:
            raise BuyersError(
                _("Nobody gives a role to themselves. Ask a colleague."), code="own_role", field="phone"
            )
        if person is not None and active(organisation, person.pk, role).exists():
            raise BuyersError(
                _("This person acts for your unit in this role already."), code="member", field="phone"
            )
        before = organisation.invitations.filter(closed_at=None, phone=number, role=str(role)).first()
        if before is not None:
            _close(before)
        if organisation.invitations.filter(closed_at=None).count() >= MOST_OPEN:
            raise BuyersError(
                _("%(most)d invitations are open. Withdraw some first.") % {"most": MOST_OPEN},
                code="too_many",
                field="phone",
            )
        now = clock.now()
        made = Invitation.objects.create(
            organisation=organisation,
            role=str(role),
            phone=number,
            digest=digest_of(token),
            invited_by=actor_id,
            invited_at=now,
            expires_at=now + VALID,
        )
        _note(organisation, made, "organisation.invited", actor_id, phone=masked_phone(number))
        payload = {"invitation_id": made.pk}
        append(topic="organisation.invited", stream=f"unit:{organisation.code}", payload=payload)
    return made, token


def accept_invitation(*, invitation_id: int, user_id: int) -> Membership:
    """Let the person whom an invitation names act for the unit, and close it. Once only.

    Raises BuyersError (no_invitation) alike for one that is closed or has run out, for another number, for a number
    that is not proved, and where who invited no longer runs the unit.
    """
    with transaction.atomic():
        if not hold_open(user_id=user_id):
            raise _gone()
        unit_ids = Invitation.objects.filter(pk=invitation_id).values_list("organisation_id", flat=True)
        unit_id = unit_ids.first()
        if unit_id is None:
            raise _gone()
        organisation = locked(unit_id)
        found = Invitation.objects.filter(pk=invitation_id, closed_at=None).first()
        if found is None or not _is_for(found, User.objects.get(pk=user_id)):
            raise _gone()
        if not active(organisation, found.invited_by, MemberRole.OWNER).exists():
            raise _gone()
        _close(found, accepted_by=user_id)
        # The owner gives the role; the person only says yes to it.
        member = add_member(
            organisation_id=organisation.pk, user_id=user_id, role=found.role, actor_id=found.invited_by
        )
        _note(organisation, found, "organisation.invitation_accepted", user_id)
    return member


def withdraw_invitation(*, organisation_id: int, invitation_id: int, actor_id: int) -> bool:
    """Take an invitation back: its link opens nothing from now on. False when it is closed already (safe twice).

    Raises BuyersError (not_a_member) for who does not run the unit.
    """
    with transaction.atomic():
        organisation = locked(organisation_id)
        require_role(organisation, actor_id, MemberRole.OWNER)
        found = organisation.invitations.filter(pk=invitation_id, closed_at=None).first()
        if found is None:
            return False
        _close(found)
        _note(organisation, found, "organisation.invitation_withdrawn", actor_id)
    return True


def close_invitations() -> int:
    """Close the invitations that have run out, whose numbers go with that; return how many; a job."""
    now = clock.now()
    return Invitation.objects.filter(closed_at=None, expires_at__lte=now).update(closed_at=now, phone="")


def invitation_of(token: str, person: User) -> Invitation | None:
    """Return the open invitation that a link's token opens to this person, None for every other. One query."""
    found = Invitation.objects.filter(digest=digest_of(token), closed_at=None).select_related("organisation")
    invitation = found.first()
    return invitation if invitation is not None and _is_for(invitation, person) else None


def invitations_for(person: User) -> list[Invitation]:
    """Return the open invitations to the number that a person has proved, the newest first. One query."""
    if not person.phone or not person.phone_verified:
        return []
    found = Invitation.objects.filter(phone=person.phone, closed_at=None, expires_at__gt=clock.now())
    return list(found.select_related("organisation").order_by("-invited_at", "-pk"))


def digest_of(token: str) -> str:
    """Return what is kept of a link's token."""
    return hashlib.sha256(token.encode()).hexdigest()


def _is_for(invitation: Invitation, person: User) -> bool:
    return (
        person.is_active
        and person.phone_verified
        and invitation.phone == person.phone
        and invitation.expires_at > clock.now()
    )


def _close(invitation: Invitation, *, accepted_by: int | None = None) -> None:
    invitation.closed_at, invitation.phone, invitation.accepted_by = clock.now(), "", accepted_by
    invitation.save(update_fields=["closed_at", "phone", "accepted_by"])


def _gone() -> BuyersError:
    return BuyersError(
        _("This invitation does not hold: it was used, withdrawn, has run out, or is for another number."),
        code="no_invitation",
    )


def _note(
    organisation: Organisation, invitation: Invitation, action: str, actor_id: int, *, phone: str = ""
) -> None:
    after = {"invitation": invitation.pk, "role": invitation.role} | ({"phone": phone} if phone else {})
    note(organisation, action, actor_id, after=after)
