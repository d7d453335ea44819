"""Who may act for a unit: read at every step, so that a removal works at the next one."""

from collections.abc import Collection

from django.utils.translation import gettext as _

from shop.accounts.models import Role
from shop.buyers.models import Membership, MembershipState, Organisation, OrganisationState
from shop.procurement.exceptions import ProcurementError

BUYER = frozenset({Role.BUYER})
APPROVER = frozenset({Role.APPROVER})
ANY_MEMBER = BUYER | APPROVER


def require_member(*, organisation: Organisation, user_id: int, roles: Collection[Role] = ANY_MEMBER) -> None:
    """Raise ProcurementError unless the unit is verified and the person holds one of the roles there now."""
    if organisation.state != OrganisationState.VERIFIED:
        raise ProcurementError(
            _("%(unit)s is not verified at present; nothing can be ordered for it.")
            % {"unit": organisation.name},
            code="unit_not_verified",
        )
    held = Membership.objects.filter(
        organisation=organisation, user_id=user_id, role__in=roles, state=MembershipState.ACTIVE
    )
    if not held.exists():
        raise ProcurementError(
            _("You do not hold the role that this step needs in %(unit)s.") % {"unit": organisation.name},
            code="not_a_member",
        )
