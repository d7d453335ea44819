"""Who may give which role to whom, by a person and with a reason. The shop always keeps an administrator.

An administrator is a member of staff over the whole shop. The roles of an organisation's members (`UNIT_ROLES`)
come and go with their membership (`buyers`), not here.
"""

from collections.abc import Collection, Mapping

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from shop.accounts.models import Role, ScopeGrant, ScopeKind, User
from shop.accounts.scope import scope_of
from shop.accounts.services import drop_sessions, grant_role, revoke_role
from shop.core.exceptions import ShopError
from shop.core.locks import lock
from shop.journal.services import record
from shop.outbox.services import append

#: What each role that is given here may be over. A role that is missing is given to nobody.
KINDS: Mapping[Role, tuple[ScopeKind, ...]] = {
    Role.STAFF: (ScopeKind.ALL,),
    Role.FINANCE: (ScopeKind.ALL,),
    Role.LIAISON: (ScopeKind.REGION, ScopeKind.ALL),
    Role.AUDITOR: (ScopeKind.ALL, ScopeKind.REGION),
    Role.SUPPLIER: (ScopeKind.SUPPLIER,),
    Role.PREPARER: (ScopeKind.ALL,),
    Role.REVIEWER: (ScopeKind.ALL,),
    Role.RELEASER: (ScopeKind.ALL,),
}
#: Who holds a role over the whole shop may give these.
MAY_GIVE: Mapping[Role, Collection[Role]] = {Role.STAFF: tuple(KINDS)}
#: Whoever looks at what the operator does, or sells to the shop, does not also run it.
_OPERATORS = frozenset({Role.STAFF, Role.FINANCE, Role.LIAISON, Role.PREPARER, Role.REVIEWER, Role.RELEASER})
_APART = {Role.AUDITOR: _OPERATORS | {Role.SUPPLIER}, Role.SUPPLIER: _OPERATORS | {Role.AUDITOR}}


class AppointmentError(ShopError):
    """A change of roles that is not allowed; `field` names what to correct."""


def roles_to_give(user: User) -> frozenset[Role]:
    """Return the roles that a person may give to others and take from them. A query for each of `MAY_GIVE`."""
    return frozenset(
        role for own, given in MAY_GIVE.items() if scope_of(user, own).everything for role in given
    )


def appoint(*, user_id: int, role: Role, kind: ScopeKind, code: str, actor_id: int, reason: str) -> bool:
    """Give another person a role; their sessions end. False when they hold it already (safe twice).

    Raises AppointmentError: no reason, a role that the actor may not give, a role over something that it cannot be
    over, a role that does not go together with one they hold, a person who may not log in; ShopError for oneself.
    """
    with transaction.atomic():
        _require_administrator(actor_id, role, reason)
        if kind not in KINDS[role]:
            raise AppointmentError(
                _("This role cannot be over that. Choose another area."), code="kind", field="over"
            )
        person = lock(User.objects.filter(pk=user_id)).get()
        if not person.is_active:
            raise AppointmentError(_("This account is closed. Open it again first."), code="inactive")
        held = set(ScopeGrant.objects.filter(user_id=user_id).values_list("role", flat=True))
        if held & {str(other) for other in _apart(role)}:
            raise AppointmentError(
                _(
                    "Whoever audits the shop or sells to it holds no other role in it. Take the other role away first."
                ),
                code="apart",
                field="role",
            )
        return grant_role(
            user_id=user_id, role=role, kind=kind, code=code, actor_id=actor_id, reason=reason.strip()
        )


def dismiss(*, user_id: int, role: Role, kind: ScopeKind, code: str, actor_id: int, reason: str) -> bool:
    """Take a role from a person, or give up one's own. False when it was not held (safe twice).

    The next request of the person is refused and their sessions end. Raises AppointmentError: no reason, a role
    that the actor may not take away, the last administrator.
    """
    with transaction.atomic():
        _require_administrator(actor_id, role, reason)
        if (role, kind) == (Role.STAFF, ScopeKind.ALL):
            _keep_an_administrator(user_id)
        return revoke_role(
            user_id=user_id, role=role, kind=kind, code=code, actor_id=actor_id, reason=reason.strip()
        )


def close_account(*, user_id: int, actor_id: int, reason: str) -> bool:
    """Let a person log in no more; sessions end, roles stay written down. False when closed already (safe twice).

    `account.closed` tells whoever keeps more of the person than their orders. Raises AppointmentError: no reason, an
    actor who is no administrator, the last administrator.
    """
    with transaction.atomic():
        _require_administrator(actor_id, None, reason)
        _keep_an_administrator(user_id)
        closed = _set_active(user_id, False, actor_id, reason)
        if closed:
            append(topic="account.closed", stream=f"user:{user_id}", payload={"user_id": user_id})
        return closed


def reopen_account(*, user_id: int, actor_id: int, reason: str) -> bool:
    """Let a person log in again, with the roles that they kept. False when they may already (safe twice).

    Raises AppointmentError: no reason, oneself, an actor who is no administrator, an account that its owner closed.
    """
    if actor_id == user_id:
        raise AppointmentError(
            _("Nobody opens their own account again. Ask a colleague."), code="own_account"
        )
    with transaction.atomic():
        _require_administrator(actor_id, None, reason)
        if User.objects.filter(pk=user_id, closed_at__isnull=False).exists():
            raise AppointmentError(
                _("Its owner has closed this account for good. They can sign up again."), code="gone"
            )
        return _set_active(user_id, True, actor_id, reason)


def _set_active(user_id: int, active: bool, actor_id: int, reason: str) -> bool:
    changed = User.objects.filter(pk=user_id, is_active=not active).update(is_active=active)
    if changed:
        drop_sessions(user_id=user_id)
        record(
            actor_id=actor_id,
            action="accounts.reopened" if active else "accounts.closed",
            object_type="user",
            object_key=str(user_id),
            before={"is_active": not active},
            after={"is_active": active},
            reason=reason.strip(),
        )
    return bool(changed)


def _administrators() -> "list[int]":
    """Return the people who are administrators and may log in; their grants stay locked until the end."""
    held = ScopeGrant.objects.filter(role=Role.STAFF, kind=ScopeKind.ALL)
    locked = [grant.user_id for grant in lock(held)]
    active = User.objects.filter(pk__in=locked, is_active=True)
    return list(active.values_list("pk", flat=True))


def _require_administrator(actor_id: int, role: Role | None, reason: str) -> None:
    """Refuse an act without a reason, and by people who may not do it at this moment."""
    if not reason.strip():
        raise AppointmentError(
            _("Give a reason; it stands in the journal."), code="reason_missing", field="reason"
        )
    administrators = _administrators()
    actor = User.objects.get(pk=actor_id)
    if actor_id not in administrators or (role is not None and role not in roles_to_give(actor)):
        raise AppointmentError(_("You may not give or take away this role."), code="not_yours", field="role")


def _keep_an_administrator(user_id: int) -> None:
    if not set(_administrators()) - {user_id}:
        raise AppointmentError(
            _("This is the last administrator. Appoint another one first."), code="last_administrator"
        )


def _apart(role: Role) -> frozenset[Role]:
    """Return the roles that do not go together with this one."""
    others = {other for other, excluded in _APART.items() if role in excluded}
    return frozenset(_APART.get(role, frozenset()) | others)
