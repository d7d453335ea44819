"""Units that a person writes down themselves, and runs from then on."""

import secrets

from django.db import transaction
from django.utils.translation import gettext as _

from shop.accounts.closing import hold_open
from shop.buyers.exceptions import BuyersError
from shop.buyers.keeping import locked, require_role
from shop.buyers.membership import add_member
from shop.buyers.models import (
    BuyerKind,
    MemberRole,
    Membership,
    MembershipState,
    Organisation,
    OrganisationState,
)
from shop.buyers.registering import register_organisation, set_parent
from shop.core import clock

#: So many units of one person may wait for the staff's look at their papers.
MOST_PENDING = 5
_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"


def register_own_unit(
    *,
    name: str,
    kind: BuyerKind | str,
    credit_code: str,
    demo: bool,
    person_id: int,
    parent_id: int | None = None,
) -> Organisation:
    """Write a unit down for the person who runs it; it can order once staff have verified it by its papers.

    With a parent it is a sub-unit of one that the person runs. Whether its purchases are direct follows from its kind.
    Raises ShopError naming the field (name, kind, credit_code), BuyersError not_a_member for another's parent,
    too_many while five wait, gone for a closed account; nothing is written then. Not safe to call twice.
    """
    with transaction.atomic():
        if not hold_open(user_id=person_id):
            raise BuyersError(_("Its owner has closed this account for good."), code="gone")
        if parent_id is not None:
            require_role(locked(parent_id), person_id, MemberRole.OWNER)
        waiting = Membership.objects.filter(
            user_id=person_id,
            role=MemberRole.OWNER,
            state=MembershipState.ACTIVE,
            organisation__state=OrganisationState.PENDING,
        )
        if waiting.count() >= MOST_PENDING:
            raise BuyersError(
                _("%(most)d of your units wait to be verified. Please wait for those first.")
                % {"most": MOST_PENDING},
                code="too_many",
            )
        made = register_organisation(
            code=_new_code(),
            name=name,
            kind=kind,
            credit_code=credit_code,
            of_district=str(kind) != BuyerKind.OUTSIDE,
            demo=demo,
            actor_id=person_id,
        )
        # Nobody gives a role to themselves: it comes with the unit.
        add_member(organisation_id=made.pk, user_id=person_id, role=MemberRole.OWNER, actor_id=None)
        if parent_id is not None:
            made = set_parent(organisation_id=made.pk, parent_id=parent_id, actor_id=person_id)
    return made


def _new_code() -> str:
    """Return a free code: un, the Shanghai date and 30 random bits, as un-20260301-7k2m9q."""
    while True:
        tail = "".join(secrets.choice(_ALPHABET) for _ in range(6))
        code = f"un-{clock.today():%Y%m%d}-{tail}"
        if not Organisation.objects.filter(code=code).exists():
            return code
