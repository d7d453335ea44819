"""What the tests of admission start from: a person with a complete application, its county and its district."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from shop.accounts.models import Role, ScopeKind, User
from shop.core import clock
from shop.core.exceptions import ShopError
from shop.journal.models import JournalEntry
from shop.suppliers import services
from shop.suppliers.admission_models import (
    DocumentKind,
    LinkForm,
    SupplierApplication,
    SupplierDocument,
    SupplierKind,
)
from shop.suppliers.completeness import REQUIRED_PAPERS
from shop.suppliers.models import Supplier
from tests.factories import make_region, make_user

PDF = b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
CREDIT_CODE = "91510821MA00TEAT18"
OTHER_CREDIT_CODE = "91510821MA00TEAT2B"
CONTACT = "+8613800000077"
FILLED: dict[str, Any] = {
    "company_name": "旺苍山里茶业有限公司",
    "credit_code": CREDIT_CODE,
    "kind": SupplierKind.ENTERPRISE,
    "region": "wangcang",
    "township_zh": "木门镇",
    "contact_name": "苟青山",
    "contact_phone": "138 0000 0077",
    "contact_email": "tea@example.com",
    "bank_account_name": "旺苍山里茶业有限公司",
    "bank_name": "农业银行旺苍支行",
    "bank_account_number": "6228480000000000",
    "products": "黄茶 100g/罐",
    "link_form": LinkForm.ORDERS,
    "households": 36,
    "people": 110,
    "link_note": "保护价收购",
}


@dataclass(frozen=True)
class People:
    """Who takes part in an admission."""

    applicant: User
    liaison: User
    other_liaison: User
    staff: User
    second_staff: User


def make_people() -> People:
    """Return an applicant, the liaisons of two counties and two of the district's staff."""
    make_region(slug="wangcang")
    make_region(slug="longquan", name_zh="龙泉市")

    def person(number: int, name: str, *grant: Any) -> User:
        return make_user(phone=f"+861380000007{number}", name=name, grants=[grant] if grant else [])

    return People(
        applicant=person(0, "苟青山"),
        liaison=person(1, "冯联络", Role.LIAISON, ScopeKind.REGION, "wangcang"),
        other_liaison=person(2, "季联络", Role.LIAISON, ScopeKind.REGION, "longquan"),
        staff=person(3, "赵运营", Role.STAFF, ScopeKind.ALL, ""),
        second_staff=person(4, "钱运营", Role.STAFF, ScopeKind.ALL, ""),
    )


def paper(name: str = "证照.pdf") -> SimpleUploadedFile:
    """Return a small PDF."""
    return SimpleUploadedFile(name, PDF, content_type="application/pdf")


def about(kind: str = DocumentKind.FOOD_LICENCE, *, days: int = 400, **changes: Any) -> services.PaperDraft:
    """Return what is typed about a paper that holds for so many days more."""
    values = {"number": "JY15108210001", "expires_on": clock.today() + dt.timedelta(days=days)}
    return services.PaperDraft(kind=kind, **{**values, **changes})


def draft(people: People, /, **changes: Any) -> SupplierApplication:
    """Return a complete application of the applicant that was not handed in, with its papers."""
    started = services.start_application(applicant_id=people.applicant.pk, demo=True)
    values = services.ApplicationDraft(**{**FILLED, **changes})
    services.save_application(number=started.number, draft=values, actor_id=people.applicant.pk)
    for kind in REQUIRED_PAPERS:
        services.upload_document(
            upload=paper(),
            paper=about(kind),
            actor_id=people.applicant.pk,
            application_number=started.number,
        )
    started.refresh_from_db()
    return started


def submitted(people: People, /, **changes: Any) -> SupplierApplication:
    """Return an application that is with the county."""
    number = draft(people, **changes).number
    return services.submit_application(number=number, actor_id=people.applicant.pk)


def recommended(people: People, /, **changes: Any) -> SupplierApplication:
    """Return an application that is with the district."""
    number = submitted(people, **changes).number
    return services.recommend_application(number=number, actor_id=people.liaison.pk, reason="属实")


def checked(application: SupplierApplication, by: User) -> None:
    """Let a person check every paper of an application."""
    for document in application.documents.filter(state="uploaded"):
        services.verify_document(document_id=document.pk, actor_id=by.pk)


def admitted(people: People, /, **changes: Any) -> Supplier:
    """Return the supplier of an admitted application."""
    application = recommended(people, **changes)
    checked(application, people.staff)
    done = services.admit_application(number=application.number, actor_id=people.staff.pk)
    assert done.supplier is not None
    return done.supplier


def held(
    supplier: Supplier, kind: str = DocumentKind.FOOD_LICENCE, *, days: int, **fields: Any
) -> SupplierDocument:
    """Return a checked paper of a supplier that ends in so many days; it may have ended."""
    document = services.upload_document(
        upload=paper(),
        paper=about(kind, days=max(days, 0), **fields),
        actor_id=1,
        supplier_code=supplier.code,
    )
    services.verify_document(document_id=document.pk, actor_id=2)
    SupplierDocument.objects.filter(pk=document.pk).update(expires_on=clock.today() + dt.timedelta(days=days))
    document.refresh_from_db()
    return document


def refused(act: Callable[[], object]) -> tuple[str, str]:
    """Return code and field of the refusal."""
    with pytest.raises(ShopError) as error:
        act()
    return error.value.code, error.value.field


def steps(application: SupplierApplication) -> list[str]:
    """Return the actions in the journal of an application, but for its papers, in order."""
    found = JournalEntry.objects.filter(object_type="application", object_key=application.number)
    return [
        action for action in found.order_by("pk").values_list("action", flat=True) if "document" not in action
    ]


def submitted_application(applicant: User) -> SupplierApplication:
    """Return this person's application, which is with the county of Wangcang."""
    make_region(slug="wangcang")
    return submitted(People(applicant, applicant, applicant, applicant, applicant))
