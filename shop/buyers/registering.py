"""Organisations themselves: written down, verified by their papers, suspended, put under one another."""

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from shop.buyers.exceptions import BuyersError
from shop.buyers.keeping import locked, note, refuse_member
from shop.buyers.models import BuyerKind, Organisation, OrganisationState
from shop.buyers.paper_models import PaperKind, PaperState
from shop.buyers.transitions import ORGANISATION, require
from shop.core import clock
from shop.core.credit_codes import normalise_credit_code
from shop.core.locks import lock

#: A unit, its sub-units and theirs: no tree of units here is deeper.
DEEPEST = 4


def register_organisation(
    *,
    code: str,
    name: str,
    kind: BuyerKind | str,
    credit_code: str,
    of_district: bool,
    demo: bool,
    actor_id: int | None,
) -> Organisation:
    """Write an organisation down as pending; it cannot order before it is verified.

    Raises ShopError naming the field: code, name, kind, credit_code, of_district. A known code or credit code
    is refused, nothing is changed then.
    """
    code, name, credit = code.strip(), name.strip(), normalise_credit_code(credit_code)
    _require_sensible(code, name, str(kind), credit, of_district=of_district, demo=demo)
    try:
        with transaction.atomic():
            organisation = Organisation.objects.create(
                code=code,
                name=name,
                kind=str(kind),
                credit_code=credit,
                of_district=of_district,
                registered_at=clock.now(),
                demo=demo,
            )
            note(organisation, "organisation.registered", actor_id, after={"name": name, "kind": str(kind)})
    except IntegrityError as error:
        field = "code" if Organisation.objects.filter(code=code).exists() else "credit_code"
        raise BuyersError(_("This organisation is registered already."), code="known", field=field) from error
    return organisation


def verify_organisation(*, organisation_id: int, actor_id: int) -> Organisation:
    """Let an organisation order: somebody of the operator has compared its papers. Safe to call twice.

    A suspended one is let back in. Raises BuyersError without a credit code and a checked certificate that holds
    (a demonstration needs none), and when the person acts for the organisation.
    """
    with transaction.atomic():
        organisation = locked(organisation_id)
        if organisation.state == OrganisationState.VERIFIED:
            return organisation
        refuse_member(organisation, actor_id)
        if not organisation.credit_code and not organisation.demo:
            raise BuyersError(
                _("An organisation needs its unified social credit code before it is verified."),
                code="credit_code",
                field="credit_code",
            )
        if not organisation.demo and not _has_certificate(organisation):
            raise BuyersError(
                _("Check the certificate with the credit code first: it is not uploaded, or it has ended."),
                code="no_certificate",
            )
        organisation.verified_by, organisation.verified_at = actor_id, clock.now()
        _move(organisation, OrganisationState.VERIFIED, actor_id=actor_id)
    return organisation


def suspend_organisation(*, organisation_id: int, actor_id: int | None, reason: str) -> Organisation:
    """Let an organisation place no more orders; those it has stay as they are. Safe to call twice.

    Raises BuyersError without a reason.
    """
    if not reason.strip():
        raise BuyersError(_("Say why the organisation is suspended."), code="reason_missing", field="reason")
    with transaction.atomic():
        organisation = locked(organisation_id)
        if organisation.state != OrganisationState.SUSPENDED:
            _move(organisation, OrganisationState.SUSPENDED, actor_id=actor_id, reason=reason)
    return organisation


def set_parent(*, organisation_id: int, parent_id: int | None, actor_id: int) -> Organisation:
    """Put an organisation under another one, or under none. Safe to call twice.

    Raises BuyersError (field parent): itself or one below it, too deep a tree, a demonstration under a real one.
    """
    with transaction.atomic():
        # With the first row of all: calls that would make a circle together wait for each other.
        first = Organisation.objects.order_by("pk").values_list("pk", flat=True)[0]
        held = {first, organisation_id, *([] if parent_id is None else [parent_id])}
        list(lock(Organisation.objects.filter(pk__in=held)))
        organisation = Organisation.objects.select_related("parent").get(pk=organisation_id)
        parent = Organisation.objects.get(pk=parent_id) if parent_id is not None else None
        if organisation.parent_id == parent_id:
            return organisation
        if parent is not None:
            _require_above(organisation, parent)
        before = {"parent": organisation.parent.code if organisation.parent else ""}
        organisation.parent = parent
        organisation.save(update_fields=["parent"])
        after = {"parent": parent.code if parent else ""}
        note(organisation, "organisation.parent_set", actor_id, before=before, after=after)
    return organisation


def _require_above(organisation: Organisation, parent: Organisation) -> None:
    """Raise BuyersError unless the parent may stand above: neither it nor anything above it is the organisation."""
    if parent.demo != organisation.demo:
        raise BuyersError(
            _("A demonstration and a real organisation do not belong together."), code="demo", field="parent"
        )
    above: Organisation | None = parent
    chain: list[Organisation] = []
    while above is not None:
        if above.pk == organisation.pk:
            raise BuyersError(_("An organisation cannot stand under itself."), code="circle", field="parent")
        chain.append(above)
        above = above.parent
    if _levels_below(organisation) + len(chain) > DEEPEST:
        raise BuyersError(
            _("Units stand under one another %(most)d levels deep at most.") % {"most": DEEPEST},
            code="too_deep",
            field="parent",
        )


def _levels_below(organisation: Organisation) -> int:
    """Return how many levels an organisation and what stands under it make."""
    levels, row = 0, {organisation.pk}
    while row and levels <= DEEPEST:
        levels += 1
        row = set(Organisation.objects.filter(parent__in=row).values_list("pk", flat=True))
    return levels


def _has_certificate(organisation: Organisation) -> bool:
    held = organisation.papers.filter(kind=PaperKind.CREDIT_CERTIFICATE, state=PaperState.VERIFIED)
    return held.filter(Q(expires_on=None) | Q(expires_on__gte=clock.today())).exists()


def _require_sensible(code: str, name: str, kind: str, credit: str, *, of_district: bool, demo: bool) -> None:
    if not code or len(code) > 40:
        raise BuyersError(_("Give the organisation a code."), code="code", field="code")
    if not name or len(name) > 80:
        raise BuyersError(_("Give the organisation's name (1 to 80 characters)."), code="name", field="name")
    if kind not in BuyerKind.values:
        raise BuyersError(_("Choose what kind of organisation it is."), code="kind", field="kind")
    if not credit and not demo:
        raise BuyersError(
            _("Give the organisation's unified social credit code."), code="credit_code", field="credit_code"
        )
    if kind == BuyerKind.OUTSIDE and of_district:
        raise BuyersError(
            _("An organisation outside the district is not one of the district."),
            code="of_district",
            field="of_district",
        )


def _move(
    organisation: Organisation, state: OrganisationState, *, actor_id: int | None, reason: str = ""
) -> None:
    require(ORGANISATION, organisation.state, state)
    before = {"state": str(organisation.state)}
    organisation.state = state
    organisation.save(update_fields=["state", "verified_by", "verified_at"])
    note(
        organisation,
        f"organisation.{state}",
        actor_id,
        before=before,
        after={"state": str(state)},
        reason=reason,
    )
