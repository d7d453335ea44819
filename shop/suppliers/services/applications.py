"""The applicant's part: begin an application, fill it in, submit it. Each step is journalled without personal data."""

from dataclasses import asdict, dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from shop.accounts.models import User
from shop.accounts.phones import normalise_phone
from shop.core import clock
from shop.core.credit_codes import normalise_credit_code
from shop.core.exceptions import ShopError
from shop.core.locks import lock
from shop.journal.services import record as journal
from shop.outbox.services import append
from shop.regions.selectors import region_by_slug
from shop.suppliers.admission_models import ApplicationState, LinkForm, SupplierApplication, SupplierKind
from shop.suppliers.completeness import missing_parts
from shop.suppliers.exceptions import SupplierError
from shop.suppliers.numbers import new_application_number
from shop.suppliers.streams import application_stream
from shop.suppliers.transitions import APPLICATION, move_application, require

#: Drafts that one person may have at a time.
MOST_DRAFTS = 5
MOST_PEOPLE = 1_000_000
#: What is deleted when the applicant leaves the shop.
CONTACT = ("contact_name", "contact_phone", "contact_email")
BANK = ("bank_account_name", "bank_name", "bank_account_number")
OPEN_TO_APPLICANT = (ApplicationState.DRAFT, ApplicationState.RETURNED)
_LENGTHS = {
    "company_name": 80,
    "township_zh": 40,
    "contact_name": 60,
    "bank_account_name": 80,
    "bank_name": 80,
    "bank_account_number": 40,
    "products": 2000,
    "link_note": 500,
}


@dataclass(frozen=True, kw_only=True)
class ApplicationDraft:
    """What the applicant has typed so far; anything may be empty. `region` is a slug."""

    company_name: str = ""
    credit_code: str = ""
    kind: str = ""
    region: str = ""
    township_zh: str = ""
    contact_name: str = ""
    contact_phone: str = ""
    contact_email: str = ""
    bank_account_name: str = ""
    bank_name: str = ""
    bank_account_number: str = ""
    products: str = ""
    link_form: str = ""
    households: int | None = None
    people: int | None = None
    link_note: str = ""


def start_application(*, applicant_id: int, demo: bool) -> SupplierApplication:
    """Begin an application of a person; one that is still empty is returned again, so a double click makes one.

    Raises SupplierError (too_many_drafts).
    """
    with transaction.atomic():
        lock(User.objects.filter(pk=applicant_id)).get()
        drafts = SupplierApplication.objects.filter(applicant=applicant_id, state=ApplicationState.DRAFT)
        empty = drafts.filter(company_name="", documents=None).order_by("pk").first()
        if empty is not None:
            return empty
        if drafts.count() >= MOST_DRAFTS:
            raise SupplierError(
                _("You have %(most)d unfinished applications. Please finish one of them first.")
                % {"most": MOST_DRAFTS},
                code="too_many_drafts",
            )
        application = SupplierApplication.objects.create(
            number=new_application_number(), applicant_id=applicant_id, started_at=clock.now(), demo=demo
        )
        note(application, "application.started", applicant_id)
    return application


def save_application(*, number: str, draft: ApplicationDraft, actor_id: int) -> SupplierApplication:
    """Store what the applicant has typed; what is empty may stay so until it is submitted. Safe to call twice.

    Raises SupplierApplication.DoesNotExist for another person's, ShopError naming the field, SupplierError
    (wrong_state) once it is submitted; nothing is written then.
    """
    values = _checked(draft)
    with transaction.atomic():
        application = locked_own(number, actor_id)
        _require_open(application)
        changed = [name for name, value in values.items() if getattr(application, name) != value]
        if changed:
            for name in changed:
                setattr(application, name, values[name])
            application.save(update_fields=changed)
            note(application, "application.saved", actor_id, after={"fields": sorted(changed)})
    return application


def submit_application(*, number: str, actor_id: int) -> SupplierApplication:
    """Hand a complete application to the county, and tell its people. A second call changes nothing.

    Raises SupplierApplication.DoesNotExist for another person's, SupplierError naming the first field or paper
    that is missing, (known) when the company has applied already, (wrong_state).
    """
    try:
        with transaction.atomic():
            application = locked_own(number, actor_id)
            if application.state == ApplicationState.SUBMITTED:
                return application
            require(APPLICATION, application.state, ApplicationState.SUBMITTED)
            for missing in missing_parts(application, application.documents.all()):
                raise SupplierError(missing.text, code="missing", field=missing.field)
            move_application(application, ApplicationState.SUBMITTED, submitted_at=clock.now())
            note(application, "application.submitted", actor_id)
            tell(application, "application.submitted")
    except IntegrityError as error:
        raise SupplierError(
            _("A company with this credit code has applied already."), code="known", field="credit_code"
        ) from error
    return application


def forget_applicant(*, user_id: int) -> int:
    """Delete contact and bank account from the applications of a person whose account is closed; return of how many.

    Of an admitted one the bank account stays: it is the company's, and what it earned is owed to it. Journalled
    without what was deleted. Safe to call twice; an account that is open again keeps what it has.
    """
    with transaction.atomic():
        if User.objects.filter(pk=user_id, is_active=True).exists():
            return 0
        own = lock(SupplierApplication.objects.filter(applicant=user_id))
        return sum(_forget(application) for application in own)


def _forget(application: SupplierApplication) -> bool:
    names = CONTACT if application.state == ApplicationState.ADMITTED else (*CONTACT, *BANK)
    gone = [name for name in names if getattr(application, name)]
    if not gone:
        return False
    for name in gone:
        setattr(application, name, "")
    application.save(update_fields=gone)
    note(application, "application.forgotten", None, after={"fields": sorted(gone)})
    return True


def locked_own(number: str, applicant_id: int) -> SupplierApplication:
    """Return the applicant's own application, locked. Raises SupplierApplication.DoesNotExist."""
    return lock(SupplierApplication.objects.filter(number=number, applicant=applicant_id)).get()


def note(
    application: SupplierApplication,
    action: str,
    actor_id: int | None,
    *,
    after: dict[str, Any] | None = None,
    reason: str = "",
) -> None:
    """Journal a step of an application; its timeline is read from these."""
    journal(
        actor_id=actor_id,
        action=action,
        object_type="application",
        object_key=application.number,
        after={"state": str(application.state), **(after or {})},
        reason=reason,
    )


def tell(application: SupplierApplication, topic: str, **payload: object) -> None:
    """Leave a message about a step of an application behind."""
    append(
        topic=topic,
        stream=application_stream(application.number),
        payload={"application": application.number, **payload},
    )


def _require_open(application: SupplierApplication) -> None:
    if application.state not in OPEN_TO_APPLICANT:
        raise SupplierError(
            _("The application has been handed in; nothing in it can be changed now."), code="wrong_state"
        )


def _checked(draft: ApplicationDraft) -> dict[str, Any]:
    values = asdict(draft)
    for name, value in values.items():
        if isinstance(value, str):
            values[name] = value.strip()
    for name, most in _LENGTHS.items():
        if len(values[name]) > most:
            raise SupplierError(
                _("At most %(most)d characters fit here.") % {"most": most}, code="too_long", field=name
            )
    values["credit_code"] = normalise_credit_code(values["credit_code"])
    values["contact_phone"] = _phone(values["contact_phone"])
    values["contact_email"] = _email(values["contact_email"])
    for name, known in (("kind", SupplierKind.values), ("link_form", LinkForm.values)):
        if values[name] and values[name] not in known:
            raise SupplierError(_("Choose one of the choices."), code="unknown", field=name)
    for name in ("households", "people"):
        if values[name] is not None and not 0 <= values[name] <= MOST_PEOPLE:
            raise SupplierError(
                _("A number from 0 to %(most)d.") % {"most": MOST_PEOPLE}, code="number", field=name
            )
    slug = values.pop("region")
    region = region_by_slug(slug) if slug else None
    if slug and region is None:
        raise SupplierError(_("Choose one of the choices."), code="unknown", field="region")
    return values | {"region": region}


def _phone(typed: str) -> str:
    if not typed:
        return ""
    try:
        return normalise_phone(typed)
    except ShopError as refused:
        raise SupplierError(str(refused), code=refused.code, field="contact_phone") from refused


def _email(typed: str) -> str:
    if not typed:
        return ""
    try:
        validate_email(typed)
    except ValidationError as error:
        raise SupplierError(
            _("This is not an e-mail address."), code="email_invalid", field="contact_email"
        ) from error
    return typed
