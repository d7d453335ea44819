"""A unit with its owner and two of the staff, and papers as its owner uploads them."""

from dataclasses import dataclass
from typing import Any

from shop.accounts.models import Role, ScopeKind, User
from shop.buyers import services
from shop.buyers.models import MemberRole, Organisation, OrganisationPaper, OrganisationState
from tests.factories import make_organisation, make_user
from tests.files.uploads import paper

#: The example of the standard's check character in wide use: 阿里巴巴 (public register).
CREDIT_CODE = "91330100799655058B"
INVITED = "+8613900000095"


@dataclass(frozen=True)
class Unit:
    """A unit, who runs it, and two of the staff."""

    unit: Organisation
    owner: User
    staff: User
    second: User


def make_unit(
    *, code: str = "un-001", state: OrganisationState = OrganisationState.VERIFIED, first_phone: int = 90
) -> Unit:
    """Return a unit with its owner."""
    owner = make_user(phone=f"+86139000000{first_phone}", name="唐负责")
    staff, second = (
        make_user(phone=f"+861380000006{number}", name="赵运营", grants=[(Role.STAFF, ScopeKind.ALL, "")])
        for number in (1, 2)
    )
    unit = make_organisation(code=code, state=state, owner=owner)
    return Unit(unit, owner, staff, second)


def uploaded(cast: Unit, kind: str = "credit_certificate", **fields: Any) -> OrganisationPaper:
    """Return a paper that the owner has uploaded."""
    return services.upload_paper(
        upload=paper(),
        paper=services.PaperDraft(kind=kind, **fields),
        organisation_id=cast.unit.pk,
        actor_id=cast.owner.pk,
    )


def invited(cast: Unit, role: MemberRole = MemberRole.BUYER, phone: str = INVITED) -> tuple[int, str]:
    """Return the id and the token of an invitation."""
    made, token = services.invite(
        organisation_id=cast.unit.pk, phone=phone, role=role, actor_id=cast.owner.pk
    )
    return made.pk, token


def guest(phone: str = INVITED, *, proved: bool = True) -> User:
    """Return the person of that number."""
    user = make_user(phone=phone, name="新来的")
    User.objects.filter(pk=user.pk).update(phone_verified=proved)
    user.refresh_from_db()
    return user
