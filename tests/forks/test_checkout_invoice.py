"""An invoice wished for at the checkout, and where it is seen."""

import re

import pytest
from django.test import Client

from shop.ordering.models import OrderRecord
from tests.factories import make_user
from tests.forks.shopping import open_checkout, put_in, tea

pytestmark = pytest.mark.django_db

CREDIT_CODE = "91330100799655058B"
PERSON = {"invoice_kind": "personal", "invoice_title": "王芳", "invoice_email": "wang@example.com"}
COMPANY = {
    "invoice_kind": "company",
    "invoice_title": "旺苍茶业",
    "invoice_tax_number": "9133 0100 7996 55058b",
}


def test_no_invoice_is_chosen_beforehand_and_none_is_kept(client: Client) -> None:
    put_in(client, tea(), 1)
    page = client.get("/checkout/").content.decode()
    assert re.findall(r'name="invoice_kind" value="(\w+)"[^>]* checked', page) == ["none"]
    client.post("/checkout/", open_checkout(client) | {"invoice_kind": "none"})
    assert OrderRecord.objects.get().invoice_wish == {}


@pytest.mark.parametrize(
    ("typed", "kept", "shown"),
    [
        (PERSON, {"title": "王芳", "email": "wang@example.com"}, "王芳 · wang@example.com"),
        (COMPANY, {"title": "旺苍茶业", "tax_number": CREDIT_CODE}, f"旺苍茶业 · {CREDIT_CODE}"),
    ],
)
@pytest.mark.parametrize("member", [True, False])
def test_the_wish_is_kept_and_shown_to_the_buyer(
    client: Client, typed: dict[str, str], kept: dict[str, str], shown: str, member: bool
) -> None:
    if member:
        client.force_login(make_user())
    put_in(client, tea(), 1)
    client.post("/checkout/", open_checkout(client) | typed)
    record = OrderRecord.objects.get()
    assert record.invoice_wish == kept
    assert ("发票", shown) in client.get(f"/orders/{record.number}/").context["rows"]


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"invoice_kind": "none", "invoice_title": "王芳"}, "invoice_kind"),
        ({"invoice_title": "王芳"}, "invoice_kind"),
        ({"invoice_kind": "nobody"}, "invoice_kind"),
        ({"invoice_kind": "personal"}, "invoice_title"),
        (PERSON | {"invoice_title": "长" * 81}, "invoice_title"),
        (PERSON | {"invoice_tax_number": CREDIT_CODE}, "invoice_tax_number"),
        (PERSON | {"invoice_email": "wang@"}, "invoice_email"),
        (COMPANY | {"invoice_title": " "}, "invoice_title"),
        (COMPANY | {"invoice_tax_number": ""}, "invoice_tax_number"),
        (COMPANY | {"invoice_tax_number": "91330100799655058C"}, "invoice_tax_number"),
        (COMPANY | {"invoice_tax_number": "3301021234567890"}, "invoice_tax_number"),
    ],
)
def test_a_wrong_wish_is_named_and_nothing_is_written(
    client: Client, typed: dict[str, str], field: str
) -> None:
    put_in(client, tea(), 1)
    form = open_checkout(client)
    page = client.post("/checkout/", form | typed)
    assert list(page.context["form"].errors) == [field]
    assert re.search(r"<details class=\"details\" open>", page.context["invoice_html"])
    assert OrderRecord.objects.count() == 0


def test_nobody_sees_what_another_person_wished_for(client: Client) -> None:
    put_in(client, tea(), 1)
    form = open_checkout(client)
    page = client.post("/checkout/", form | COMPANY | {"requote": "1"})
    assert page.context["form"]["invoice_title"].value() == "旺苍茶业"
    assert "旺苍茶业" in page.context["invoice_html"]
    guest = Client()
    put_in(guest, tea(), 1)
    assert "旺苍茶业" not in guest.get("/checkout/").context["invoice_html"]
