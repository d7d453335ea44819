"""Read organisations, who acts for them and their terms."""

import datetime as dt
from collections.abc import Iterable

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from shop.accounts.models import User
from shop.accounts.scope import Scope
from shop.buyers.exceptions import BuyersError
from shop.buyers.models import (
    Invitation,
    Membership,
    MembershipState,
    Organisation,
    OrganisationPaper,
    OrganisationState,
    PaymentTerms,
)
from shop.buyers.paper_models import PaperState
from shop.buyers.units import ASSISTED, DIRECT, BuyingUnit
from shop.core import clock


def organisation_by_code(code: str) -> Organisation:
    """Return the organisation. Raises Organisation.DoesNotExist."""
    return Organisation.objects.get(code=code)


def organisations(scope: Scope) -> QuerySet[Organisation]:
    """Return the organisations that the scope covers, by code: all, or its own."""
    found = Organisation.objects.order_by("code")
    return found if scope.everything else found.filter(code__in=scope.organisations)


def organisations_to_verify(scope: Scope) -> QuerySet[Organisation]:
    """Return the organisations whose papers nobody has compared yet, the longest waiting first."""
    return organisations(scope).filter(state=OrganisationState.PENDING).order_by("registered_at", "pk")


def organisation_names(codes: Iterable[str]) -> dict[str, str]:
    """Return the names of organisations by code; an unknown code is absent. One query."""
    return dict(Organisation.objects.filter(code__in=set(codes)).values_list("code", "name"))


def memberships(user: User) -> QuerySet[Membership]:
    """Return the person's active memberships with their organisations, by organisation and role. One query."""
    found = Membership.objects.filter(user=user, state=MembershipState.ACTIVE)
    return found.select_related("organisation").order_by("organisation__code", "role")


def members(scope: Scope, organisation_id: int) -> QuerySet[Membership]:
    """Return who acts for an organisation that the scope covers. One query."""
    found = Membership.objects.filter(
        organisation__in=organisations(scope).filter(pk=organisation_id), state=MembershipState.ACTIVE
    )
    return found.select_related("user").order_by("role", "pk")


def sub_units(scope: Scope) -> QuerySet[Organisation]:
    """Return the organisations that stand directly under those that the scope names, by name."""
    return Organisation.objects.filter(parent__code__in=scope.organisations).order_by("name", "pk")


def papers(scope: Scope) -> QuerySet[OrganisationPaper]:
    """Return the papers of the organisations that the scope covers with their files, by kind, the newest first."""
    found = OrganisationPaper.objects.filter(organisation__in=organisations(scope))
    return found.select_related("file", "organisation").order_by("kind", "-uploaded_at", "-pk")


def papers_to_check(scope: Scope) -> QuerySet[OrganisationPaper]:
    """Return the papers that nobody of the shop has compared yet, the longest waiting first."""
    return papers(scope).filter(state=PaperState.UPLOADED).order_by("uploaded_at", "pk")


def invitations(scope: Scope) -> QuerySet[Invitation]:
    """Return the invitations of the organisations that the scope names, the newest first."""
    found = Invitation.objects.filter(organisation__code__in=scope.organisations)
    return found.order_by("-invited_at", "-pk")


def open_invitations(scope: Scope) -> QuerySet[Invitation]:
    """Return those of them that can still be accepted."""
    return invitations(scope).filter(closed_at=None, expires_at__gt=clock.now())


def terms_on(organisation_id: int, on: dt.date) -> PaymentTerms | None:
    """Return the approved terms that hold on a day: of several the one that started last."""
    found = PaymentTerms.objects.filter(
        organisation=organisation_id, approved_at__isnull=False, starts_on__lte=on
    )
    return found.filter(Q(ends_on=None) | Q(ends_on__gte=on)).order_by("-starts_on", "-pk").first()


def terms_of(code: str, on: dt.date) -> PaymentTerms | None:
    """Return the approved terms of a verified organisation that hold on a day, by its code; None without."""
    organisation = Organisation.objects.filter(code=code, state=OrganisationState.VERIFIED).first()
    return terms_on(organisation.pk, on) if organisation else None


def terms_proposed(scope: Scope) -> QuerySet[PaymentTerms]:
    """Return the terms that wait for a second person, oldest first, to those who see everything."""
    if not scope.everything:
        return PaymentTerms.objects.none()
    found = PaymentTerms.objects.filter(approved_at=None)
    return found.select_related("organisation").order_by("proposed_at", "pk")


def buying_unit(organisation: Organisation) -> BuyingUnit:
    """Return the organisation as an order snapshots it. Raises BuyersError when it is not verified now."""
    if organisation.state != OrganisationState.VERIFIED:
        raise BuyersError(
            _("“%(name)s” cannot order at present: it is not verified, or is suspended.")
            % {"name": organisation.name},
            code="not_verified",
        )
    return BuyingUnit(
        code=organisation.code,
        name=organisation.name,
        kind=str(organisation.kind),
        mode=DIRECT if organisation.of_district else ASSISTED,
        demo=organisation.demo,
    )
