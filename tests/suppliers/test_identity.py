"""Who a supplier is to the law: kept by staff as its licence says."""

from typing import Any

import pytest
from django.test import Client

from shop.accounts.models import Role, ScopeKind
from shop.journal.models import JournalEntry
from shop.suppliers.models import SupplierIdentity
from tests.factories import make_region, make_supplier, make_user
from tests.suppliers.cast import CREDIT_CODE

pytestmark = [pytest.mark.django_db, pytest.mark.data]

PAGE = "/dashboard/suppliers/wc-1/identity/"
LICENCE = {"credit_code": CREDIT_CODE.lower(), "legal_person": " 苟  青山 ", "phone": "0839-4000000"}


@pytest.fixture
def desk() -> Client:
    make_supplier(code="wc-1", region=make_region())
    client = Client()
    client.force_login(make_user(phone="+8613800000061", grants=[(Role.STAFF, ScopeKind.ALL, "")]))
    return client


def test_staff_keep_what_the_licence_says_and_the_journal_knows(desk: Client) -> None:
    for _ in range(2):
        assert desk.post(PAGE, LICENCE)["Location"] == "/dashboard/suppliers/wc-1/#identity"
    kept = SupplierIdentity.objects.get()
    assert (kept.credit_code, kept.legal_person, kept.phone) == (CREDIT_CODE, "苟 青山", "0839-4000000")
    assert JournalEntry.objects.filter(action="supplier.identity_set").count() == 1
    assert CREDIT_CODE in desk.get("/dashboard/suppliers/wc-1/").content.decode()


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"credit_code": ""}, "credit_code"),
        ({"credit_code": "91510821MA00TEAT19"}, "credit_code"),
        ({"legal_person": "长" * 61}, "legal_person"),
    ],
)
def test_what_no_licence_says_is_named_and_not_kept(desk: Client, typed: dict[str, Any], field: str) -> None:
    answer = desk.post(PAGE, LICENCE | typed)
    assert (answer.status_code, list(answer.context["identity_form"].errors)) == (422, [field])
    assert not SupplierIdentity.objects.exists()
