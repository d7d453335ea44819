"""Papers of applicants and suppliers: upload, compare, accept or refuse. A new version never erases the old one."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from shop.core import clock
from shop.core.locks import lock
from shop.files.models import FileKind
from shop.files.services import remove_file, store_file
from shop.journal.services import record as journal
from shop.suppliers.admission_models import (
    SINGLE_KINDS,
    DocumentKind,
    DocumentState,
    SupplierApplication,
    SupplierDocument,
)
from shop.suppliers.completeness import ENDING, NUMBERED
from shop.suppliers.exceptions import SupplierError
from shop.suppliers.models import Supplier
from shop.suppliers.services.applications import OPEN_TO_APPLICANT
from shop.suppliers.transitions import move_document

NUMBER_LENGTH = 60
REASON_LENGTH = 200
#: A paper that ends before this is a slip of the pen.
FIRST_DAY = dt.date(1990, 1, 1)
LAST_DAY = dt.date(2199, 12, 31)


@dataclass(frozen=True, kw_only=True)
class PaperDraft:
    """What is typed about a paper; `expires_on` None: it has no end."""

    kind: str
    number: str = ""
    issued_on: dt.date | None = None
    expires_on: dt.date | None = None


def upload_document(
    *,
    upload: "UploadedFile[Any]",
    paper: PaperDraft,
    actor_id: int,
    application_number: str = "",
    supplier_code: str = "",
) -> SupplierDocument:
    """Store a paper of the actor's own open application, or of a supplier; it waits to be checked.

    A licence uploaded before and not looked at yet is replaced; one that holds stays in force until the new one is
    checked. Raises SupplierApplication.DoesNotExist for another person's, SupplierError or FileRefused naming the
    field; nothing is stored then. Not safe to call twice.
    """
    return _upload(upload, paper, actor_id, application_number, supplier_code)


def upload_for_supplier(
    *, upload: "UploadedFile[Any]", paper: PaperDraft, supplier_code: str, reason: str, actor_id: int
) -> SupplierDocument:
    """Staff store a paper that reached them another way; it says so, and another person must check it.

    Otherwise as `upload_document`. Raises SupplierError naming the reason when it is missing or too long; nothing is
    stored then.
    """
    reason = reason.strip()
    if not reason or len(reason) > REASON_LENGTH:
        raise SupplierError(
            _("Say how the paper reached you, in at most %(most)d characters.") % {"most": REASON_LENGTH},
            code="reason_missing",
            field="reason",
        )
    return _upload(upload, paper, actor_id, "", supplier_code, reason)


def _upload(
    upload: "UploadedFile[Any]",
    paper: PaperDraft,
    actor_id: int,
    application_number: str,
    supplier_code: str,
    reason: str = "",
) -> SupplierDocument:
    """Store a paper; a reason says that staff do it for the supplier."""
    values = _checked(paper) | {"on_behalf": bool(reason)}
    _owner(application_number, supplier_code, actor_id)
    # Reading a picture takes a moment: nobody waits for a lock meanwhile.
    stored = store_file(
        upload=upload,
        kind=FileKind.DOCUMENT,
        owner_type="application" if application_number else "supplier",
        owner_key=application_number or supplier_code,
        uploaded_by=actor_id,
        account=f"application:{application_number}" if application_number else f"supplier:{supplier_code}",
    )
    try:
        with transaction.atomic():
            owner = _owner(application_number, supplier_code, actor_id)
            _replace_waiting(owner, paper.kind, actor_id)
            document = SupplierDocument.objects.create(
                **owner, **values, file=stored, uploaded_by=actor_id, uploaded_at=clock.now()
            )
            action = "document.uploaded_for_supplier" if reason else "document.uploaded"
            _note(document, action, actor_id, reason=reason)
    except SupplierError:
        remove_file(file=stored, actor_id=actor_id)
        raise
    return document


def remove_document(*, document_id: int, application_number: str, actor_id: int) -> bool:
    """Take a paper out of the actor's own open application. False when it is not there (safe twice).

    Raises SupplierApplication.DoesNotExist for another person's, SupplierError (wrong_state) once it is
    handed in, or when the paper has been checked.
    """
    with transaction.atomic():
        owner = _owner(application_number, "", actor_id)
        document = lock(SupplierDocument.objects.filter(**owner, pk=document_id)).first()
        if document is None:
            return False
        if document.state != DocumentState.UPLOADED:
            raise SupplierError(
                _("This paper has been checked and stays in the file."), code="wrong_state", field="file"
            )
        file = document.file
        _note(document, "document.removed", actor_id)
        document.delete()
        remove_file(file=file, actor_id=actor_id)
    return True


def verify_document(*, document_id: int, actor_id: int) -> SupplierDocument:
    """A person has compared the paper with what is typed about it; safe to call twice.

    A licence that held before is replaced. Raises SupplierError (expired, own_paper, wrong_state).
    """
    with transaction.atomic():
        document = _locked(document_id)
        if document.state == DocumentState.VERIFIED:
            return document
        _refuse_own(document, actor_id)
        if document.expires_on is not None and document.expires_on < clock.today():
            raise SupplierError(
                _("The paper ended on %(day)s; ask for a new one.") % {"day": document.expires_on},
                code="expired",
            )
        _replace_licence(document, actor_id)
        move_document(document, DocumentState.VERIFIED, checked_by=actor_id, checked_at=clock.now())
        _note(document, "document.verified", actor_id)
    return document


def refuse_document(*, document_id: int, reason: str, actor_id: int) -> SupplierDocument:
    """A person cannot accept the paper; its owner reads why. Safe to call twice: the first reason stays.

    Raises SupplierError naming the reason when it is missing, (own_paper, wrong_state).
    """
    if not reason.strip():
        raise SupplierError(_("Say why the paper is not accepted."), code="reason_missing", field="reason")
    with transaction.atomic():
        document = _locked(document_id)
        if document.state == DocumentState.REFUSED:
            return document
        _refuse_own(document, actor_id)
        move_document(
            document,
            DocumentState.REFUSED,
            refusal=reason.strip()[:200],
            checked_by=actor_id,
            checked_at=clock.now(),
        )
        _note(document, "document.refused", actor_id, reason=reason.strip()[:200])
    return document


def _replace_licence(document: SupplierDocument, actor_id: int) -> None:
    """Let a new licence take the place of the one that held; the owner is locked."""
    if document.kind not in SINGLE_KINDS:
        return
    owner = {"supplier": document.supplier} if document.supplier else {"application": document.application}
    held = SupplierDocument.objects.filter(**owner, kind=document.kind, state=DocumentState.VERIFIED)
    for older in lock(held):
        move_document(older, DocumentState.REPLACED)
        _note(older, "document.replaced", actor_id)


def _checked(paper: PaperDraft) -> dict[str, Any]:
    number = paper.number.strip()
    if paper.kind not in DocumentKind.values:
        raise SupplierError(_("Choose what kind of paper it is."), code="kind", field="kind")
    if paper.kind in NUMBERED and not number:
        raise SupplierError(_("Give the number on the paper."), code="number", field="number")
    if len(number) > NUMBER_LENGTH:
        raise SupplierError(
            _("At most %(most)d characters fit here.") % {"most": NUMBER_LENGTH},
            code="too_long",
            field="number",
        )
    if paper.kind in ENDING and paper.expires_on is None:
        raise SupplierError(_("Give the last day on the paper."), code="expires_on", field="expires_on")
    if paper.issued_on is not None and not FIRST_DAY <= paper.issued_on <= clock.today():
        raise SupplierError(_("A paper is issued today or earlier."), code="issued_on", field="issued_on")
    if paper.expires_on is not None and not clock.today() <= paper.expires_on <= LAST_DAY:
        raise SupplierError(_("The paper has ended already."), code="expires_on", field="expires_on")
    return {
        "kind": paper.kind,
        "number": number,
        "issued_on": paper.issued_on,
        "expires_on": paper.expires_on,
    }


def _replace_waiting(owner: Mapping[str, Any], kind: str, actor_id: int) -> None:
    """Let a new licence take the place of one that nobody has looked at yet."""
    if kind not in SINGLE_KINDS:
        return
    for older in lock(SupplierDocument.objects.filter(**owner, kind=kind, state=DocumentState.UPLOADED)):
        move_document(older, DocumentState.REPLACED)
        _note(older, "document.replaced", actor_id)


def _owner(application_number: str, supplier_code: str, actor_id: int) -> dict[str, Any]:
    """Return whose the paper is, as a filter and as a column; the application is locked inside a transaction."""
    if not application_number:
        return {"supplier": Supplier.objects.get(code=supplier_code)}
    own = SupplierApplication.objects.filter(number=application_number, applicant=actor_id)
    application = (lock(own) if transaction.get_connection().in_atomic_block else own).get()
    if application.state not in OPEN_TO_APPLICANT:
        raise SupplierError(
            _("The application has been handed in; nothing in it can be changed now."), code="wrong_state"
        )
    return {"application": application}


def _locked(document_id: int) -> SupplierDocument:
    """Return a paper with its owner locked first, then itself."""
    found = SupplierDocument.objects.get(pk=document_id)
    if found.supplier_id is not None:
        lock(Supplier.objects.filter(pk=found.supplier_id)).get()
    else:
        lock(SupplierApplication.objects.filter(documents=found)).get()
    return lock(SupplierDocument.objects.filter(pk=document_id)).get()


def _refuse_own(document: SupplierDocument, actor_id: int) -> None:
    if document.uploaded_by == actor_id:
        raise SupplierError(
            _("You uploaded this paper yourself, so somebody else must check it."), code="own_paper"
        )


def _note(document: SupplierDocument, action: str, actor_id: int | None, *, reason: str = "") -> None:
    supplier, application = document.supplier, document.application
    journal(
        actor_id=actor_id,
        action=action,
        object_type="supplier" if supplier else "application",
        object_key=supplier.code if supplier else (application.number if application else ""),
        after={
            "document": document.pk,
            "kind": document.kind,
            "number": document.number,
            "expires_on": str(document.expires_on or ""),
            "state": str(document.state),
        },
        reason=reason,
    )
