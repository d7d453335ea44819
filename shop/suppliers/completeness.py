"""What an application still lacks before it can be submitted, and a paper before it is taken."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from shop.suppliers.admission_models import DocumentKind, DocumentState, SupplierApplication, SupplierDocument

#: Without these nobody can judge an application.
REQUIRED_PAPERS = (
    DocumentKind.BUSINESS_LICENCE,
    DocumentKind.FOOD_LICENCE,
    DocumentKind.ORIGIN_PROOF,
    DocumentKind.LINKING,
)
#: Papers that have a number on them, and those that always end.
NUMBERED = (DocumentKind.BUSINESS_LICENCE, DocumentKind.FOOD_LICENCE, DocumentKind.TEST_REPORT)
ENDING = (DocumentKind.FOOD_LICENCE,)
_REQUIRED: dict[str, Promise] = {
    "company_name": _("Give the company's name as on its licence."),
    "credit_code": _("Give the unified social credit code of the company."),
    "kind": _("Choose what kind of company it is."),
    "region": _("Choose the region in which you produce."),
    "township_zh": _("Give the township in which you produce."),
    "contact_name": _("Give the name of the person we can talk to."),
    "contact_phone": _("Give the mobile number of that person; the first login goes to it."),
    "bank_account_name": _("Give the holder of the bank account."),
    "bank_name": _("Give the bank of the account."),
    "bank_account_number": _("Give the number of the bank account."),
    "products": _("Name what you want to sell."),
    "link_form": _("Choose how you let farmers share in what you earn."),
    "households": _("Say how many households take part."),
    "people": _("Say how many people take part."),
}
#: Fields without which an application is not handed in.
REQUIRED_FIELDS = tuple(_REQUIRED)
_PAPERS: dict[str, Promise] = {
    DocumentKind.BUSINESS_LICENCE: _("The business licence is missing."),
    DocumentKind.FOOD_LICENCE: _("The food production or sales licence is missing."),
    DocumentKind.ORIGIN_PROOF: _("The proof of origin is missing."),
    DocumentKind.LINKING: _("The evidence of linking farmers is missing."),
}


@dataclass(frozen=True)
class Missing:
    """A field or a kind of paper that is missing, with a sentence about it."""

    field: str
    text: str


def missing_parts(application: SupplierApplication, documents: Iterable[SupplierDocument]) -> list[Missing]:
    """Return what stands against submitting, fields first. No query."""
    missing = [
        Missing(name, str(text))
        for name, text in _REQUIRED.items()
        if getattr(application, _column(name)) in ("", None)
    ]
    alive = (DocumentState.UPLOADED, DocumentState.VERIFIED)
    there = {document.kind for document in documents if document.state in alive}
    return missing + [Missing(kind, str(_PAPERS[kind])) for kind in REQUIRED_PAPERS if kind not in there]


def _column(name: str) -> str:
    return "region_id" if name == "region" else name
