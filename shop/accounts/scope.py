"""What a caller may see: a required argument of every list selector."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from allauth.mfa.models import Authenticator
from django.contrib.auth.models import AnonymousUser
from django.db.models import Exists, OuterRef

from shop.accounts.models import Role, ScopeGrant, ScopeKind, User

#: The roles of those who act for a unit that buys. They come and go with a membership (`buyers`).
UNIT_ROLES = frozenset({Role.BUYER, Role.APPROVER, Role.ACCEPTOR, Role.UNIT_FINANCE, Role.OWNER})
#: The roles that a password or a code by text message opens. Every other one, and every one that is still to
#: come, counts only for a person with an authenticator app.
ROLES_WITHOUT_SECOND_FACTOR = UNIT_ROLES


@dataclass(frozen=True)
class Scope:
    """Rows of every owner (`everything`), or of the named regions, suppliers, organisations, or of one person."""

    everything: bool = False
    regions: frozenset[str] = field(default_factory=frozenset)
    suppliers: frozenset[str] = field(default_factory=frozenset)
    organisations: frozenset[str] = field(default_factory=frozenset)
    user_id: int | None = None


#: Roles that count now, each with whether it is over the whole shop.
Held = tuple[tuple[Role, bool], ...]
#: Roles that count now over one organisation, each with its code.
InUnits = frozenset[tuple[Role, str]]

#: For the shop's own jobs and checks.
SYSTEM = Scope(everything=True)
NOTHING = Scope()


@dataclass(frozen=True)
class Entry:
    """What a person may see, whether a second factor would show them more, and every role that counts now."""

    scope: Scope = NOTHING
    lacks_second_factor: bool = False
    held: Held = ()
    in_units: InUnits = frozenset()


def own_scope(user: User | AnonymousUser) -> Scope:
    """Return the scope of a person acting for themselves."""
    return Scope(user_id=user.pk) if user.is_authenticated else NOTHING


def scope_of(user: User | AnonymousUser, *roles: Role) -> Scope:
    """Return what the user may see in one of these roles; NOTHING when they hold none of them.

    One query. A grant is read at every request, so a removal works at the next one. A role that needs a second
    factor counts for nothing while there is none.
    """
    return entry_of(user, *roles).scope


def entry_of(user: User | AnonymousUser, *roles: Role) -> Entry:
    """Return what these roles open to the user now. One query."""
    if not isinstance(user, User) or not user.is_active:
        return Entry()
    apps = Authenticator.objects.filter(user_id=OuterRef("user_id"), type=Authenticator.Type.TOTP)
    grants = list(user.grants.annotate(proved=Exists(apps)))
    counting = [grant for grant in grants if grant.proved or grant.role in ROLES_WITHOUT_SECOND_FACTOR]
    asked = [grant for grant in counting if grant.role in roles]
    return Entry(
        _over(user, asked),
        lacks_second_factor=len(asked) < sum(grant.role in roles for grant in grants),
        held=tuple((Role(grant.role), grant.kind == ScopeKind.ALL) for grant in counting),
        in_units=frozenset(
            (Role(grant.role), grant.code) for grant in counting if grant.kind == ScopeKind.ORGANISATION
        ),
    )


def _over(user: User, grants: Sequence[ScopeGrant]) -> Scope:
    def codes(kind: ScopeKind) -> frozenset[str]:
        return frozenset(grant.code for grant in grants if grant.kind == kind)

    return Scope(
        everything=any(grant.kind == ScopeKind.ALL for grant in grants),
        regions=codes(ScopeKind.REGION),
        suppliers=codes(ScopeKind.SUPPLIER),
        organisations=codes(ScopeKind.ORGANISATION),
        user_id=user.pk if grants else None,
    )
