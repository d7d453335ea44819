"""The county recommends, the district decides: two people, neither of them the applicant."""

from django.db import transaction
from django.utils.translation import gettext as _

from shop.accounts.models import Role, ScopeGrant, ScopeKind, User
from shop.accounts.services import grant_role, save_user
from shop.core import clock
from shop.core.locks import lock
from shop.regions.services import save_township
from shop.suppliers.admission_models import ApplicationState, DocumentState, SupplierApplication
from shop.suppliers.completeness import REQUIRED_PAPERS
from shop.suppliers.exceptions import SupplierError
from shop.suppliers.models import Supplier
from shop.suppliers.services.applications import note, tell
from shop.suppliers.services.identity import IdentityDraft, save_identity
from shop.suppliers.services.keeping import SupplierDraft, admit_supplier, save_supplier
from shop.suppliers.transitions import APPLICATION, move_application, require

NOTE_LENGTH = 300


def recommend_application(*, number: str, actor_id: int, reason: str = "") -> SupplierApplication:
    """The county recommends an application to the district. A second call changes nothing.

    Raises SupplierError when the actor is not of the county's people (not_county), applied themselves
    (own_application), or it is not with the county (wrong_state).
    """
    with transaction.atomic():
        application = _locked(number, actor_id)
        if application.state == ApplicationState.RECOMMENDED:
            return application
        _require_county(application, actor_id)
        move_application(
            application,
            ApplicationState.RECOMMENDED,
            recommended_by=actor_id,
            recommended_at=clock.now(),
        )
        note(application, "application.recommended", actor_id, reason=_short(reason))
    return application


def return_application(*, number: str, reason: str, actor_id: int) -> SupplierApplication:
    """Give an application back to be put right; the applicant reads why. A second call changes nothing.

    Raises SupplierError (reason_missing, not_county, not_district, own_application, wrong_state).
    """
    return _decide(number, ApplicationState.RETURNED, reason, actor_id)


def refuse_application(*, number: str, reason: str, actor_id: int) -> SupplierApplication:
    """Refuse an application for good; the applicant reads why. A second call changes nothing.

    Raises SupplierError (reason_missing, not_county, not_district, own_application, wrong_state).
    """
    return _decide(number, ApplicationState.REFUSED, reason, actor_id)


def admit_application(*, number: str, actor_id: int, reason: str = "") -> SupplierApplication:
    """The district admits: the supplier with its partner exists and may sell, its contact may sign in for it.

    The papers become the supplier's. A second call changes nothing. Raises SupplierError when the actor is not of
    the district's staff (not_district), recommended it (same_person) or applied (own_application), when a paper
    is unchecked or has ended (papers), the applicant has left (forgotten), and (wrong_state).
    """
    with transaction.atomic():
        application = _locked(number, actor_id)
        if application.state == ApplicationState.ADMITTED:
            return application
        require(APPLICATION, application.state, ApplicationState.ADMITTED)
        _require_district(actor_id)
        if application.recommended_by == actor_id:
            raise SupplierError(
                _("You recommended this application yourself. Another person must decide."),
                code="same_person",
            )
        _require_contact(application)
        _require_papers(application)
        supplier = _open_supplier(application, actor_id)
        person = _first_login(application, supplier, actor_id)
        application.documents.update(supplier=supplier)
        _finish(application, ApplicationState.ADMITTED, reason, actor_id, supplier=supplier)
        note(
            application,
            "application.admitted",
            actor_id,
            after={"supplier": supplier.code},
            reason=_short(reason),
        )
        tell(
            application, "application.decided", decision="admitted", user_id=person.pk, supplier=supplier.code
        )
    return application


def _decide(number: str, state: ApplicationState, reason: str, actor_id: int) -> SupplierApplication:
    if not reason.strip():
        raise SupplierError(_("Say why; the applicant reads it."), code="reason_missing", field="reason")
    with transaction.atomic():
        application = _locked(number, actor_id)
        if application.state == state:
            return application
        require(APPLICATION, application.state, state)
        if application.state == ApplicationState.SUBMITTED:
            _require_county(application, actor_id)
        else:
            _require_district(actor_id)
        _finish(application, state, reason, actor_id)
        note(application, f"application.{state}", actor_id, reason=_short(reason))
        tell(application, "application.decided", decision=str(state))
    return application


def _finish(
    application: SupplierApplication,
    state: ApplicationState,
    reason: str,
    actor_id: int,
    *,
    supplier: Supplier | None = None,
) -> None:
    columns: dict[str, object] = {"supplier": supplier} if supplier else {}
    move_application(
        application,
        state,
        decided_by=actor_id,
        decided_at=clock.now(),
        decision_note=_short(reason),
        **columns,
    )


def _locked(number: str, actor_id: int) -> SupplierApplication:
    application = lock(SupplierApplication.objects.filter(number=number)).get()
    if application.applicant_id == actor_id:
        raise SupplierError(_("You applied yourself, so somebody else must decide."), code="own_application")
    return application


def _require_county(application: SupplierApplication, actor_id: int) -> None:
    grants = ScopeGrant.objects.filter(user=actor_id, user__is_active=True, role=Role.LIAISON)
    of_region = grants.filter(
        kind=ScopeKind.REGION, code=application.region.slug if application.region else ""
    )
    if not (of_region | grants.filter(kind=ScopeKind.ALL)).exists():
        raise SupplierError(
            _("Only the liaison of the county can decide on this application now."), code="not_county"
        )


def _require_district(actor_id: int) -> None:
    grants = ScopeGrant.objects.filter(user=actor_id, user__is_active=True, role=Role.STAFF)
    if not grants.filter(kind=ScopeKind.ALL).exists():
        raise SupplierError(
            _("Only the district's staff can decide on this application now."), code="not_district"
        )


def _require_contact(application: SupplierApplication) -> None:
    """Refuse one whose applicant has left: nobody could sign in for the supplier."""
    if not application.contact_phone:
        raise SupplierError(
            _(
                "The applicant's account is closed and the contact is deleted; this application can only be refused."
            ),
            code="forgotten",
        )


def _require_papers(application: SupplierApplication) -> None:
    today = clock.today()
    papers = list(application.documents.exclude(state__in=[DocumentState.REFUSED, DocumentState.REPLACED]))
    for paper in papers:
        if paper.state != DocumentState.VERIFIED:
            raise SupplierError(
                _("“%(paper)s” has not been checked yet.") % {"paper": paper.get_kind_display()},
                code="papers",
            )
        if paper.expires_on is not None and paper.expires_on < today:
            raise SupplierError(
                _("“%(paper)s” ended on %(day)s; give the application back for a new one.")
                % {"paper": paper.get_kind_display(), "day": paper.expires_on},
                code="papers",
            )
    there = {paper.kind for paper in papers}
    for kind in REQUIRED_PAPERS:
        if kind not in there:
            raise SupplierError(
                _("“%(paper)s” is missing; give the application back for it.") % {"paper": kind.label},
                code="papers",
            )


def _open_supplier(application: SupplierApplication, actor_id: int) -> Supplier:
    region = application.region
    assert region is not None  # submit_application asks for it
    code = f"{region.slug}-{application.pk:04d}"
    draft = SupplierDraft(
        code=code,
        region=region,
        township=save_township(region=region, name_zh=application.township_zh).row,
        kind=application.kind,
        name_zh=application.company_name,
        name_en="",
        contact_email=application.contact_email,
        is_sourced=False,
        source="",
        demo=application.demo,
    )
    save_supplier(draft=draft, actor_id=actor_id)
    save_identity(code=code, draft=IdentityDraft(credit_code=application.credit_code), actor_id=actor_id)
    return admit_supplier(code=code, on=clock.today(), actor_id=actor_id, reason=application.number)


def _first_login(application: SupplierApplication, supplier: Supplier, actor_id: int) -> User:
    """Return the contact, who signs in with a code sent to their phone and sees the supplier's pages."""
    person = User.objects.filter(phone=application.contact_phone).first() or save_user(
        actor_id=actor_id, phone=application.contact_phone, last_name=application.contact_name
    )
    grant_role(
        user_id=person.pk,
        role=Role.SUPPLIER,
        kind=ScopeKind.SUPPLIER,
        code=supplier.code,
        actor_id=actor_id,
        reason=application.number,
    )
    return person


def _short(reason: str) -> str:
    return reason.strip()[:NOTE_LENGTH]
