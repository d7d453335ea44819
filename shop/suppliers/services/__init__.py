"""What may be done to suppliers, their applications and their papers; each service is one transaction."""

from shop.suppliers.services.admission import (
    admit_application,
    recommend_application,
    refuse_application,
    return_application,
)
from shop.suppliers.services.applications import (
    ApplicationDraft,
    forget_applicant,
    save_application,
    start_application,
    submit_application,
)
from shop.suppliers.services.documents import (
    PaperDraft,
    refuse_document,
    remove_document,
    upload_document,
    upload_for_supplier,
    verify_document,
)
from shop.suppliers.services.expiry import remind_of_documents, suspend_expired
from shop.suppliers.services.identity import IdentityDraft, save_identity
from shop.suppliers.services.keeping import SupplierDraft, admit_supplier, save_supplier
from shop.suppliers.services.suspension import lift_suspension, suspend_supplier

__all__ = [
    "ApplicationDraft",
    "IdentityDraft",
    "PaperDraft",
    "SupplierDraft",
    "admit_application",
    "admit_supplier",
    "forget_applicant",
    "lift_suspension",
    "recommend_application",
    "refuse_application",
    "refuse_document",
    "remind_of_documents",
    "remove_document",
    "return_application",
    "save_application",
    "save_identity",
    "save_supplier",
    "start_application",
    "submit_application",
    "suspend_expired",
    "suspend_supplier",
    "upload_document",
    "upload_for_supplier",
    "verify_document",
]
