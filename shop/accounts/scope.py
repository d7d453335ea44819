"""What a caller may see: a required argument of every list selector."""

from dataclasses import dataclass, field

from django.contrib.auth.models import AnonymousUser

from shop.accounts.models import Role, ScopeKind, User


@dataclass(frozen=True)
class Scope:
    """Rows of every owner (`everything`), or of the named regions, suppliers, organisations, or of one person."""

    everything: bool = False
    regions: frozenset[str] = field(default_factory=frozenset)
    suppliers: frozenset[str] = field(default_factory=frozenset)
    organisations: frozenset[str] = field(default_factory=frozenset)
    user_id: int | None = None


#: For the shop's own jobs and checks.
SYSTEM = Scope(everything=True)
NOTHING = Scope()


def own_scope(user: User | AnonymousUser) -> Scope:
    """Return the scope of a person acting for themselves."""
    return Scope(user_id=user.pk) if user.is_authenticated else NOTHING


def scope_of(user: User | AnonymousUser, *roles: Role) -> Scope:
    """Return what the user may see in one of these roles; NOTHING when they hold none of them.

    One query. A grant is read at every request, so a removal works at the next one.
    """
    if not isinstance(user, User) or not user.is_active:
        return NOTHING
    grants = [grant for grant in user.grants.all() if grant.role in roles]

    def codes(kind: ScopeKind) -> frozenset[str]:
        return frozenset(grant.code for grant in grants if grant.kind == kind)

    return Scope(
        everything=any(grant.kind == ScopeKind.ALL for grant in grants),
        regions=codes(ScopeKind.REGION),
        suppliers=codes(ScopeKind.SUPPLIER),
        organisations=codes(ScopeKind.ORGANISATION),
        user_id=user.pk if grants else None,
    )
