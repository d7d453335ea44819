"""Who may act for a unit: read at every step, so that a removal works at the next one."""

from collections.abc import Collection

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from shop.buyers.models import MemberRole, Membership, MembershipState, Organisation, OrganisationState
from shop.procurement.exceptions import ProcurementError

BUYER = frozenset({MemberRole.BUYER})
APPROVER = frozenset({MemberRole.APPROVER})
#: Who may agree to a request: who runs the unit agrees where they are an approver too.
APPROVING = APPROVER
#: Who sets what is asked of the others: how many agree to a request, and what may be spent.
RULING = APPROVER | {MemberRole.OWNER}
PLANNERS = RULING
#: Who counts what has arrived, and who lets the report of another count.
MAY_REPORT = BUYER | {MemberRole.ACCEPTOR}
MAY_APPROVE_REPORT = APPROVER | {MemberRole.OWNER}
#: Who pays for the unit, and is told of what is due.
PAYING = BUYER | {MemberRole.FINANCE, MemberRole.OWNER}
#: Who files the unit's purchases: everybody but those who only count goods.
FILERS = frozenset(MemberRole) - {MemberRole.ACCEPTOR}
ANY_MEMBER = frozenset(MemberRole)


def require_member(
    *, organisation: Organisation, user_id: int, roles: Collection[MemberRole] = ANY_MEMBER
) -> None:
    """Raise ProcurementError unless the unit is verified and the person holds one of the roles there now."""
    if organisation.state != OrganisationState.VERIFIED:
        raise ProcurementError(
            _("%(unit)s is not verified at present; nothing can be ordered for it.")
            % {"unit": organisation.name},
            code="unit_not_verified",
        )
    if not holds_one(organisation=organisation, user_id=user_id, roles=roles):
        raise ProcurementError(
            _("You do not hold the role that this step needs in %(unit)s.") % {"unit": organisation.name},
            code="not_a_member",
        )


def holds_one(*, organisation: Organisation, user_id: int, roles: Collection[MemberRole]) -> bool:
    """Say whether the person holds one of the roles in this unit now. One query."""
    return _held(organisation, roles).filter(user_id=user_id).exists()


def file_account(organisation_code: str) -> str:
    """Return the account on whose quota a unit's files are kept, whatever they belong to."""
    return f"organisation:{organisation_code}"


def report_approvers(*, organisation: Organisation, reported_by: int) -> Collection[MemberRole]:
    """Return the roles of which one lets this person's report count. One query.

    Where nobody but who counted holds one, every other member may: a report is never stuck. A person whose
    account is closed holds none.
    """
    others = _held(organisation, MAY_APPROVE_REPORT).exclude(user_id=reported_by)
    return MAY_APPROVE_REPORT if others.exists() else ANY_MEMBER


def may_approve_report(*, organisation: Organisation, reported_by: int, user_id: int) -> bool:
    """Say whether this person may let the report count. At most two queries."""
    if reported_by == user_id:
        return False
    roles = report_approvers(organisation=organisation, reported_by=reported_by)
    return holds_one(organisation=organisation, user_id=user_id, roles=roles)


def _held(organisation: Organisation, roles: Collection[MemberRole]) -> QuerySet[Membership]:
    """Return who holds one of the roles in a unit and can act: the membership and the account are both open."""
    return Membership.objects.filter(
        organisation=organisation, role__in=roles, state=MembershipState.ACTIVE, user__is_active=True
    )
