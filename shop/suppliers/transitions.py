"""Which state may follow which: of an application, a paper and a supplier. docs/states.md is written from them."""

from typing import Any

from django.utils.translation import gettext as _

from shop.core.states import BEGINNING, Move, StateTable
from shop.suppliers.admission_models import (
    ApplicationState,
    DocumentState,
    SupplierApplication,
    SupplierDocument,
)
from shop.suppliers.exceptions import SupplierError
from shop.suppliers.models import SupplierState

APPLICATION = StateTable(
    "Application of a supplier",
    "suppliers.SupplierApplication.state",
    (
        Move(
            BEGINNING,
            ApplicationState.DRAFT,
            "somebody begins to fill it in",
            ("suppliers.start_application",),
            "application.started",
        ),
        *(
            Move(
                old,
                ApplicationState.SUBMITTED,
                "it is complete, with its papers",
                ("suppliers.submit_application",),
                "application.submitted",
            )
            for old in (ApplicationState.DRAFT, ApplicationState.RETURNED)
        ),
        Move(
            ApplicationState.SUBMITTED,
            ApplicationState.RECOMMENDED,
            "the county recommends it",
            ("suppliers.recommend_application",),
            "application.recommended",
        ),
        *(
            Move(
                old,
                ApplicationState.RETURNED,
                "something has to be put right",
                ("suppliers.return_application",),
                "application.returned",
            )
            for old in (ApplicationState.SUBMITTED, ApplicationState.RECOMMENDED)
        ),
        *(
            Move(
                old,
                ApplicationState.REFUSED,
                "it cannot be admitted",
                ("suppliers.refuse_application",),
                "application.refused",
            )
            for old in (ApplicationState.SUBMITTED, ApplicationState.RECOMMENDED)
        ),
        Move(
            ApplicationState.RECOMMENDED,
            ApplicationState.ADMITTED,
            "another person has checked its papers",
            ("suppliers.admit_application",),
            "application.admitted",
        ),
    ),
)
DOCUMENT = StateTable(
    "Paper of a supplier",
    "suppliers.SupplierDocument.state",
    (
        Move(
            BEGINNING,
            DocumentState.UPLOADED,
            "uploaded by the applicant or the supplier",
            ("suppliers.upload_document",),
            "document.uploaded",
        ),
        Move(
            DocumentState.UPLOADED,
            DocumentState.VERIFIED,
            "a person has compared it",
            ("suppliers.verify_document",),
            "document.verified",
        ),
        Move(
            DocumentState.UPLOADED,
            DocumentState.REFUSED,
            "a person cannot accept it",
            ("suppliers.refuse_document",),
            "document.refused",
        ),
        Move(
            DocumentState.UPLOADED,
            DocumentState.REPLACED,
            "a newer one was uploaded before anybody looked",
            ("suppliers.upload_document",),
            "document.replaced",
        ),
        Move(
            DocumentState.VERIFIED,
            DocumentState.REPLACED,
            "a newer one holds in its place",
            ("suppliers.verify_document",),
            "document.replaced",
        ),
    ),
)
SUPPLIER = StateTable(
    "Supplier",
    "suppliers.Supplier.state",
    (
        Move(
            BEGINNING,
            SupplierState.PENDING,
            "written down",
            ("suppliers.save_supplier",),
            "supplier.created",
        ),
        Move(
            SupplierState.PENDING,
            SupplierState.ADMITTED,
            "its application is admitted",
            ("suppliers.admit_supplier", "suppliers.admit_application"),
            "supplier.admitted",
        ),
        Move(
            SupplierState.ADMITTED,
            SupplierState.SUSPENDED,
            "it may not sell for now; its goods leave the shop at once",
            ("suppliers.suspend_supplier", "suppliers.suspend_expired"),
            "supplier.suspended",
        ),
        Move(
            SupplierState.SUSPENDED,
            SupplierState.ADMITTED,
            "it may sell again; its goods come back at once",
            ("suppliers.lift_suspension", "suppliers.admit_supplier"),
            "supplier.admitted",
        ),
    ),
)
TABLES = (APPLICATION, DOCUMENT, SUPPLIER)


def require(table: StateTable, old: str, new: str) -> None:
    """Raise SupplierError (wrong_state) when the table has no such move."""
    if not table.allows(old, new):
        raise SupplierError(
            _("This is no longer possible: somebody has changed it meanwhile. Please reload the page."),
            code="wrong_state",
        )


def move_application(application: SupplierApplication, new: ApplicationState, **columns: Any) -> None:
    """Move a locked application and write the given columns with it. Raises SupplierError (wrong_state)."""
    require(APPLICATION, application.state, new)
    _save(application, state=new, **columns)


def move_document(document: SupplierDocument, new: DocumentState, **columns: Any) -> None:
    """Move a locked paper and write the given columns with it. Raises SupplierError (wrong_state)."""
    require(DOCUMENT, document.state, new)
    _save(document, state=new, **columns)


def _save(row: SupplierApplication | SupplierDocument, **columns: Any) -> None:
    for name, value in columns.items():
        setattr(row, name, value)
    row.save(update_fields=list(columns))
