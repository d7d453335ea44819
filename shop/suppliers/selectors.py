"""Read suppliers, their applications and their papers."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import F, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from shop.accounts.scope import Scope
from shop.journal.models import JournalEntry
from shop.suppliers.admission_models import (
    SINGLE_KINDS,
    ApplicationState,
    DocumentKind,
    DocumentState,
    SupplierApplication,
    SupplierDocument,
    Suspension,
)
from shop.suppliers.models import Supplier, SupplierState

#: Steps of an application that its applicant reads.
STEPS: dict[str, Promise] = {
    "application.started": gettext_lazy("Application begun"),
    "application.submitted": gettext_lazy("Handed to the county"),
    "application.recommended": gettext_lazy("Recommended by the county"),
    "application.returned": gettext_lazy("Given back to be put right"),
    "application.refused": gettext_lazy("Refused"),
    "application.admitted": gettext_lazy("Admitted by the district"),
    "application.forgotten": gettext_lazy("Account closed: contact and bank account deleted"),
}


def suppliers(scope: Scope) -> QuerySet[Supplier]:
    """Return the suppliers that the scope may see: all, those of its regions, and its own."""
    found = Supplier.objects.select_related("region", "township").order_by("code")
    if scope.everything:
        return found
    return found.filter(code__in=scope.suppliers) | found.filter(region__slug__in=scope.regions)


def suppliers_by_code(codes: Iterable[str]) -> dict[str, Supplier]:
    """Return suppliers with region and township; an unknown code is absent. One query."""
    found = Supplier.objects.filter(code__in=set(codes)).select_related("region", "township", "partner")
    return {supplier.code: supplier for supplier in found}


def supplier_names(codes: Iterable[str]) -> dict[str, tuple[str, str]]:
    """Return the Chinese and the English name of suppliers by code. One query."""
    rows = Supplier.objects.filter(code__in=set(codes)).order_by("code")
    return {code: (zh, en) for code, zh, en in rows.values_list("code", "name_zh", "name_en")}


def is_admitted(supplier: Supplier, on: dt.date) -> bool:
    """Say whether the supplier was admitted and not suspended on that day."""
    if supplier.admitted_on is None or on < supplier.admitted_on:
        return False
    if supplier.state == SupplierState.ADMITTED:
        return True
    return supplier.suspended_on is not None and on < supplier.suspended_on


def applications(scope: Scope) -> QuerySet[SupplierApplication]:
    """Return the handed-in applications of the scope: all, those of its regions; a person's own in any state."""
    found = SupplierApplication.objects.select_related("region", "applicant", "supplier").order_by(
        F("submitted_at").desc(nulls_last=True), "-pk"
    )
    handed_in = Q(submitted_at__isnull=False)
    if scope.everything:
        return found.filter(handed_in)
    if scope.regions:
        return found.filter(handed_in, region__slug__in=scope.regions)
    return found.filter(applicant=scope.user_id) if scope.user_id is not None else found.none()


def applications_to_decide(scope: Scope) -> QuerySet[SupplierApplication]:
    """Return the applications that wait for the district, the longest waiting first."""
    return applications(scope).filter(state=ApplicationState.RECOMMENDED).order_by("recommended_at", "pk")


def applications_at_county(scope: Scope) -> QuerySet[SupplierApplication]:
    """Return the applications that wait for their county, the longest waiting first."""
    return applications(scope).filter(state=ApplicationState.SUBMITTED).order_by("submitted_at", "pk")


def documents(scope: Scope) -> QuerySet[SupplierDocument]:
    """Return the papers of the scope's suppliers, the newest first."""
    found = SupplierDocument.objects.filter(supplier__in=suppliers(scope)).select_related("supplier", "file")
    return found.order_by("-uploaded_at", "-pk")


def shown_licences(supplier: Supplier, on: dt.date) -> list[SupplierDocument]:
    """Return the licences of a supplier that were compared and hold on that day; everyone may know of them.

    Their numbers and files are not for everyone. One query.
    """
    found = SupplierDocument.objects.filter(
        Q(expires_on=None) | Q(expires_on__gte=on),
        supplier=supplier,
        state=DocumentState.VERIFIED,
        kind__in=SINGLE_KINDS,
    )
    return list(found.order_by("kind", "-pk").defer("number"))


def open_report(code: str, on: dt.date) -> SupplierDocument | None:
    """Return the newest test report of a supplier that everyone may read on that day, None without one. One query."""
    return open_reports(on).filter(supplier__code=code).first()


def open_reports(on: dt.date) -> QuerySet[SupplierDocument]:
    """Return the test reports of suppliers that sell, if they were compared and hold on that day, the newest first.

    Everyone may read them, number and file; a photo that is not encoded yet, or a file that was taken back, is none.
    """
    found = SupplierDocument.objects.filter(
        Q(expires_on=None) | Q(expires_on__gte=on),
        supplier__state=SupplierState.ADMITTED,
        state=DocumentState.VERIFIED,
        kind=DocumentKind.TEST_REPORT,
        file__ready_at__isnull=False,
        file__removed_at=None,
    )
    return found.select_related("file").order_by(F("issued_on").desc(nulls_last=True), "-pk")


def checked_reports(supplier: Supplier) -> QuerySet[SupplierDocument]:
    """Return the supplier's test reports that were compared, the newest first, those that have ended too."""
    found = supplier.documents.filter(kind=DocumentKind.TEST_REPORT, state=DocumentState.VERIFIED)
    return found.order_by(F("issued_on").desc(nulls_last=True), "-pk")


def public_supplier(code: str) -> Supplier | None:
    """Return a supplier that sells now, with region and township, or None: also for one that is suspended."""
    found = Supplier.objects.filter(code=code, state=SupplierState.ADMITTED)
    return found.select_related("region", "township").first()


def documents_to_check(scope: Scope) -> QuerySet[SupplierDocument]:
    """Return suppliers' papers that nobody has compared yet, the longest waiting first."""
    return documents(scope).filter(state=DocumentState.UPLOADED).order_by("uploaded_at", "pk")


def documents_ending(scope: Scope) -> QuerySet[SupplierDocument]:
    """Return papers whose end was told of and that no newer one has replaced, the earliest end first.

    A test report that has ended is not offered any more, and needs no newer one.
    """
    ending = documents(scope).filter(state=DocumentState.VERIFIED, reminded_at__isnull=False)
    ending = ending.exclude(kind=DocumentKind.TEST_REPORT)
    return ending.order_by("expires_on", "pk")


def open_suspension(supplier: Supplier) -> Suspension | None:
    """Return why the supplier may not sell now; None when it may. No query for one that may."""
    if supplier.state != SupplierState.SUSPENDED:
        return None
    return supplier.suspensions.filter(lifted_at=None).first()


@dataclass(frozen=True)
class ApplicationStep:
    """A step of an application as its applicant reads it; `actor_id` is for the staff's page only."""

    at: dt.datetime
    title: str
    detail: str
    actor_id: int | None


def timeline(application: SupplierApplication) -> list[ApplicationStep]:
    """Return what happened to an application, newest first. One query."""
    entries = JournalEntry.objects.filter(
        object_type="application", object_key=application.number, action__in=list(STEPS)
    ).order_by("-at", "-pk")
    return [ApplicationStep(one.at, str(STEPS[one.action]), one.reason, one.actor_id) for one in entries]
