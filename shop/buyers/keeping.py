"""What every step about an organisation needs: its row held, its member kept out of the decision, the journal."""

from collections.abc import Mapping

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from shop.buyers.exceptions import BuyersError
from shop.buyers.models import MemberRole, Membership, MembershipState, Organisation
from shop.core.locks import lock
from shop.journal.services import record as journal


def locked(organisation_id: int) -> Organisation:
    """Return the organisation, its row held until the transaction ends."""
    return lock(Organisation.objects.filter(pk=organisation_id)).get()


def active(organisation: Organisation, user_id: int, role: MemberRole | str) -> QuerySet[Membership]:
    """Return a person's membership in a role, while it holds."""
    return Membership.objects.filter(
        organisation=organisation, user_id=user_id, role=str(role), state=MembershipState.ACTIVE
    )


def require_role(organisation: Organisation, user_id: int, *roles: MemberRole) -> None:
    """Raise BuyersError (not_a_member) unless the person holds one of the roles in the organisation now."""
    held = Membership.objects.filter(
        organisation=organisation, user_id=user_id, role__in=roles, state=MembershipState.ACTIVE
    )
    if not held.exists():
        raise BuyersError(
            _("You do not hold the role that this step needs in %(unit)s.") % {"unit": organisation.name},
            code="not_a_member",
        )


def refuse_member(organisation: Organisation, user_id: int) -> None:
    """Raise BuyersError (own_organisation) for who acts for the organisation in whatever role."""
    if organisation.memberships.filter(user_id=user_id, state=MembershipState.ACTIVE).exists():
        raise BuyersError(
            _("You act for this organisation yourself, so somebody else must decide."),
            code="own_organisation",
        )


def note(
    organisation: Organisation,
    action: str,
    actor_id: int | None,
    *,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
    reason: str = "",
) -> None:
    """Write a step down in the journal, under the organisation's code."""
    journal(
        actor_id=actor_id,
        action=action,
        object_type="organisation",
        object_key=organisation.code,
        before=before,
        after=after,
        reason=reason,
    )
