"""Who acts for an organisation; the grant that pages read is written with the membership."""

from collections.abc import Collection, Mapping

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from shop.accounts.models import Role, ScopeKind
from shop.accounts.services import grant_role, revoke_role
from shop.buyers.exceptions import BuyersError
from shop.buyers.keeping import active, locked, note, require_role
from shop.buyers.models import MemberRole, Membership, MembershipState, Organisation
from shop.core import clock

#: The role of the account that a membership opens the unit's pages with. The operator's own finance is another.
GRANT_OF: Mapping[MemberRole, Role] = {
    MemberRole.BUYER: Role.BUYER,
    MemberRole.APPROVER: Role.APPROVER,
    MemberRole.ACCEPTOR: Role.ACCEPTOR,
    MemberRole.FINANCE: Role.UNIT_FINANCE,
    MemberRole.OWNER: Role.OWNER,
}


def add_member(
    *, organisation_id: int, user_id: int, role: MemberRole | str, actor_id: int | None
) -> Membership:
    """Let a person act for an organisation, and open its pages to them. Safe to call twice.

    Raises BuyersError for a role that does not exist.
    """
    if role not in MemberRole.values:
        raise BuyersError(_("Choose one of the roles of a unit."), code="role", field="role")
    with transaction.atomic():
        organisation = locked(organisation_id)
        known = active(organisation, user_id, role).first()
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
            role=GRANT_OF[MemberRole(role)],
            kind=ScopeKind.ORGANISATION,
            code=organisation.code,
            actor_id=actor_id,
        )
        note(organisation, "organisation.member_added", actor_id, after={"user": user_id, "role": str(role)})
    return member


def remove_member(
    *, organisation_id: int, user_id: int, role: MemberRole | str, actor_id: int | None, reason: str = ""
) -> bool:
    """Let a person act no more; their next request is refused. False when they did not (safe twice)."""
    with transaction.atomic():
        organisation = locked(organisation_id)
        removed = active(organisation, user_id, role).update(
            state=MembershipState.REMOVED, removed_by=actor_id, removed_at=clock.now()
        )
        if not removed:
            return False
        revoke_role(
            user_id=user_id,
            role=GRANT_OF[MemberRole(role)],
            kind=ScopeKind.ORGANISATION,
            code=organisation.code,
            actor_id=actor_id,
            reason=reason,
        )
        before = {"user": user_id, "role": str(role)}
        note(organisation, "organisation.member_removed", actor_id, before=before, reason=reason)
    return True


def change_roles(
    *, organisation_id: int, user_id: int, roles: Collection[MemberRole | str], actor_id: int
) -> None:
    """Give a member these roles in the unit and no others; without any they act for it no more. Safe to repeat.

    The owner does it, and everybody may give up their own. Raises BuyersError: role, not_a_member (the actor runs the
    unit no more), no_member (new people are invited), own_role, last_owner; nothing is changed then.
    """
    if not set(map(str, roles)) <= set(MemberRole.values):
        raise BuyersError(_("Choose one of the roles of a unit."), code="role", field="roles")
    wanted = {MemberRole(role) for role in roles}
    with transaction.atomic():
        organisation = locked(organisation_id)
        held = {MemberRole(row.role) for row in _held(organisation).filter(user_id=user_id)}
        if actor_id != user_id:
            require_role(organisation, actor_id, MemberRole.OWNER)
        if not held:
            raise BuyersError(_("This person does not act for the unit. Invite them."), code="no_member")
        if actor_id == user_id and wanted - held:
            raise BuyersError(
                _("Nobody gives a role to themselves. Ask a colleague."), code="own_role", field="roles"
            )
        owners = _held(organisation).filter(role=MemberRole.OWNER).exclude(user_id=user_id)
        if MemberRole.OWNER in held - wanted and not owners.exists():
            raise BuyersError(
                _("Somebody must run the unit. Make another member its owner first."), code="last_owner"
            )
        for role in sorted(held - wanted):
            remove_member(organisation_id=organisation_id, user_id=user_id, role=role, actor_id=actor_id)
        for role in sorted(wanted - held):
            add_member(organisation_id=organisation_id, user_id=user_id, role=role, actor_id=actor_id)


def _held(organisation: Organisation) -> QuerySet[Membership]:
    return Membership.objects.filter(organisation=organisation, state=MembershipState.ACTIVE)
