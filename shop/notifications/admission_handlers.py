"""Who is told of applications, of papers and origin claims that end, and of a suspension."""

from collections.abc import Iterable

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from shop.accounts.models import Role, ScopeKind, User
from shop.core import clock
from shop.listings.models import Listing
from shop.notifications.models import BuyerNotice
from shop.outbox.events import Event
from shop.suppliers.admission_models import ApplicationState, SupplierApplication, SupplierDocument
from shop.suppliers.models import Supplier, Suspension


def notify_county_of_application(event: Event) -> None:
    """On `application.submitted`: the liaisons of the region, unless somebody has decided meanwhile."""
    application = _application(event)
    if application.state != ApplicationState.SUBMITTED or application.region is None:
        return
    held = {
        "grants__role": Role.LIAISON,
        "grants__kind": ScopeKind.REGION,
        "grants__code": application.region.slug,
    }
    people = User.objects.filter(is_active=True, **held).distinct().order_by("pk")
    url = _absolute("operations:application", application.number)
    _tell(event, "application_submitted", people, url, application=application)


def notify_applicant_of_decision(event: Event) -> None:
    """On `application.decided`: who applied; when it is admitted also who may sign in for the supplier now."""
    application = _application(event)
    decision = event.payload["decision"]
    context = {"application": application, "decision": decision, "note": application.decision_note}
    url = _absolute("suppliers:application", application.number)
    applicants = User.objects.filter(pk=application.applicant_id, is_active=True)
    _tell(event, "application_decided", applicants, url, **context)
    if decision == ApplicationState.ADMITTED:
        contact = User.objects.filter(pk=event.payload["user_id"], is_active=True)
        url = _absolute("account_request_login_code") + "?next=" + reverse("suppliers:documents")
        _tell(event, "supplier_invited", contact, url, application=application)


def notify_supplier_of_suspension(event: Event) -> None:
    """On `supplier.suspended`: its people read why."""
    suspension = Suspension.objects.get(pk=event.payload["suspension_id"])
    _tell_supplier(event, "supplier_suspended", suspension=suspension)


def notify_supplier_of_resumption(event: Event) -> None:
    """On `supplier.resumed`."""
    _tell_supplier(event, "supplier_resumed")


def notify_supplier_of_document(event: Event) -> None:
    """On `supplier.document_ending`: a paper ends soon or has ended (days 0)."""
    document = SupplierDocument.objects.get(pk=event.payload["document_id"])
    _tell_supplier(event, "supplier_document_ending", document=document, days=event.payload["days"])


def notify_supplier_of_claim(event: Event) -> None:
    """On `claim.ending`: the proof of a product's origin ends soon or has ended (days 0)."""
    listing = Listing.objects.select_related("product__origin").get(sku=event.payload["sku"])
    _tell_supplier(event, "supplier_claim_ending", listing=listing, days=event.payload["days"])


def _application(event: Event) -> SupplierApplication:
    return SupplierApplication.objects.select_related("region", "supplier").get(
        number=event.payload["application"]
    )


def _tell_supplier(event: Event, kind: str, **context: object) -> None:
    """Tell everyone who acts for the supplier; without anybody, its mail address."""
    supplier = Supplier.objects.get(code=event.payload["supplier"])
    held = {"grants__role": Role.SUPPLIER, "grants__kind": ScopeKind.SUPPLIER, "grants__code": supplier.code}
    people = list(User.objects.filter(is_active=True, **held).distinct().order_by("pk"))
    url = _absolute("suppliers:documents")
    _tell(event, kind, people, url, supplier=supplier, **context)
    if not people and supplier.contact_email:
        shown = _render(kind, url, supplier=supplier, **context)
        _write(f"{event.event_id}:{kind}", kind, supplier.contact_email, None, *shown)


def _tell(event: Event, kind: str, people: Iterable[User], url: str, **context: object) -> None:
    """Write a notice to each, by e-mail or else by SMS; the same event again changes nothing."""
    subject, body = _render(kind, url, **context)
    for person in people:
        address = person.email or person.phone or ""
        _write(f"{event.event_id}:{kind}:{person.pk}", kind, address, person, subject, body)


def _render(kind: str, url: str, **context: object) -> tuple[str, str]:
    with translation.override(settings.LANGUAGE_CODE):
        text = render_to_string(
            f"emails/{kind}.txt", {"shop_name": settings.SHOP_NAME, "url": url, **context}
        )
    subject, _line, body = text.strip().partition("\n")
    return subject.strip()[:160], body.strip() + "\n"


def _write(key: str, kind: str, address: str, user: User | None, subject: str, body: str) -> None:
    now = clock.now()
    BuyerNotice.objects.get_or_create(
        key=key,
        defaults={
            "kind": kind,
            "channel": "email" if "@" in address else "sms",
            "address": address,
            "subject": subject,
            "body": body,
            "due_at": now,
            "created_at": now,
            "user": user,
        },
    )


def _absolute(name: str, *args: str) -> str:
    return settings.SHOP_BASE_URL.rstrip("/") + reverse(name, args=args)
