"""To whom an invoice is made out."""

from typing import Any

import pytest

from shop.ordering.invoices import InvoiceWish, checked_wish, kept_wish, normalise_tax_number
from shop.ordering.models import OrderRecord
from shop.ordering.placing import place_order
from shop.ordering.quotes import quote_basket
from shop.ordering.services import InvoiceRefused
from shop.ordering.status import PayMethod
from tests.factories import RECIPIENT, make_basket, make_hold_rules, make_product, make_user

CREDIT_CODE = "91330100799655058B"


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("", ""),
        ("  ", ""),
        ("9133 0100 7996-55058b", CREDIT_CODE),
        ("９１３３０１００７９９６５５０５８Ｂ", CREDIT_CODE),
        ("330102123456789", "330102123456789"),
        ("33010219800101123x01", "33010219800101123X01"),
    ],
)
def test_a_tax_number_is_stored_plain(typed: str, stored: str) -> None:
    assert normalise_tax_number(typed) == stored


@pytest.mark.parametrize(
    "typed",
    ["1", "91330100799655058C", "33010212345678", "3301021234567890", "33010212345678é", "九" * 15, "1" * 21],
)
def test_what_is_no_tax_number_is_refused(typed: str) -> None:
    with pytest.raises(InvoiceRefused) as refused:
        normalise_tax_number(typed)
    assert (refused.value.code, refused.value.field) == ("tax_number", "invoice_tax_number")


def test_a_units_tax_number_is_its_credit_code() -> None:
    assert normalise_tax_number(CREDIT_CODE, credit_code_only=True) == CREDIT_CODE
    with pytest.raises(InvoiceRefused):
        normalise_tax_number("330102123456789", credit_code_only=True)


@pytest.mark.parametrize(
    ("wish", "needs", "field"),
    [
        (InvoiceWish("", CREDIT_CODE), False, "invoice_title"),
        (InvoiceWish("", "", "a@un.cn"), False, "invoice_title"),
        (InvoiceWish("工会"), True, "invoice_tax_number"),
        (InvoiceWish("工会", "12"), False, "invoice_tax_number"),
        (InvoiceWish("王芳", "", "a@b"), False, "invoice_email"),
    ],
)
def test_what_is_wrong_with_a_wish_is_named(wish: InvoiceWish, needs: bool, field: str) -> None:
    with pytest.raises(InvoiceRefused) as refused:
        checked_wish(wish, needs_tax_number=needs)
    assert refused.value.field == field


def test_an_order_keeps_what_was_written_and_no_empty_part() -> None:
    person = checked_wish(InvoiceWish(" 王芳 ", "", " a@un.cn "), needs_tax_number=False)
    assert person.as_kept() == {"title": "王芳", "email": "a@un.cn"}
    company = checked_wish(InvoiceWish("旺苍茶业", CREDIT_CODE.lower()), needs_tax_number=True)
    assert company.as_kept() == {"title": "旺苍茶业", "tax_number": CREDIT_CODE}
    assert InvoiceWish().as_kept() == {}
    assert kept_wish({}) == {}
    with pytest.raises(TypeError):
        kept_wish({"title": "王芳", "kind": "personal"})


@pytest.mark.data
@pytest.mark.django_db
def test_no_order_is_placed_with_an_invoice_for_nobody() -> None:
    make_hold_rules()
    user = make_user()
    basket = make_basket(lines=[(make_product(), 1)], owner=user)
    order: dict[str, Any] = {
        "basket": basket,
        "buyer": user,
        "guest_phone": "",
        "recipient": RECIPIENT,
        "method": PayMethod.DEMO,
        "messages": {},
        "quoted": quote_basket(basket=basket, province=RECIPIENT.province).digest,
        "demo": True,
    }
    with pytest.raises(InvoiceRefused) as refused:
        place_order(invoice_wish={"tax_number": CREDIT_CODE}, **order)
    assert refused.value.field == "invoice_title"
    assert OrderRecord.objects.count() == 0
    placed = place_order(invoice_wish={"title": "王芳", "email": ""}, **order)
    assert placed.record.invoice_wish == {"title": "王芳"}
