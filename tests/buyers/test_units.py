"""Units that people register themselves, those that stand under one another, and what their invoices say."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from shop.accounts.models import User
from shop.buyers import services
from shop.buyers.models import InvoiceProfile, Membership, Organisation
from shop.buyers.services import InvoiceData
from shop.core.exceptions import ShopError
from shop.ordering.invoices import InvoiceWish
from shop.procurement.drafts import invoice_of
from shop.procurement.models import PayBy
from shop.procurement.services import create_request, save_delivery
from tests.buyers.cast import CREDIT_CODE, Unit, guest, make_unit
from tests.factories import RECIPIENT, make_organisation

pytestmark = [pytest.mark.django_db, pytest.mark.data]

JOIN, PAGE, INVOICE = "/unit/join/", "/unit/organisation/", "/unit/organisation/invoice/"
FORM = {"name": "萧山区园丁工会", "kind": "union", "credit_code": CREDIT_CODE}


def refused(act: Callable[..., object], **fields: Any) -> tuple[str, str]:
    with pytest.raises(ShopError) as error:
        act(**fields)
    return error.value.code, error.value.field


def as_(user: User) -> Client:
    client = Client()
    user.refresh_from_db()
    client.force_login(user)
    return client


def test_a_person_registers_a_unit_and_runs_it_and_staff_verify_it() -> None:
    person = guest()
    browser = as_(person)
    assert browser.get(JOIN).status_code == 200
    assert browser.post(JOIN, FORM)["Location"] == "/unit/organisation/papers/"
    made = Organisation.objects.get()
    assert (made.name, made.kind, made.credit_code, made.of_district, made.state) == (
        *("萧山区园丁工会", "union", CREDIT_CODE),
        *(True, "pending"),
    )
    assert list(Membership.objects.values_list("user", "role")) == [(person.pk, "owner")]
    # The session goes on, and acts for the new unit.
    shown = browser.get(PAGE)
    assert (shown.status_code, shown.context["organisation"], shown.context["is_owner"]) == (200, made, True)
    # It cannot order yet.
    assert browser.get("/unit/").context["units"] == []
    assert browser.post("/unit/requests/new/", {"unit": made.code}).status_code == 404
    # The same papers a second time: refused at the field, nothing more is kept.
    answer = browser.post(JOIN, FORM)
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["credit_code"])
    assert Organisation.objects.count() == 1
    outside = as_(guest("+8613900000096"))
    outside.post(JOIN, {"name": "杭州某公司", "kind": "outside"})
    assert Organisation.objects.get(kind="outside").of_district is False


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"name": ""}, "name"),
        ({"kind": "club"}, "kind"),
        ({"credit_code": "91330100799655058C"}, "credit_code"),
    ],
)
def test_a_unit_that_does_not_fit_its_papers_is_not_kept(typed: dict[str, str], field: str) -> None:
    answer = as_(guest()).post(JOIN, FORM | typed)
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, [field])
    assert not Organisation.objects.exists()
    assert not Membership.objects.exists()


def test_one_person_does_not_fill_the_staffs_queue() -> None:
    person = guest()
    register: dict[str, Any] = {"kind": "union", "credit_code": "", "demo": True, "person_id": person.pk}
    for number in range(5):
        services.register_own_unit(name=f"工会 {number}", **register)
    assert refused(services.register_own_unit, name="工会 6", **register)[0] == "too_many"
    assert Organisation.objects.count() == 5


def test_the_owner_registers_sub_units_and_others_of_the_unit_do_not() -> None:
    cast = make_unit()
    buyer = guest()
    make_organisation(code="un-001", buyer=buyer)
    form = {"name": "第一小学工会小组", "kind": "union"}
    assert as_(buyer).post(PAGE, form).status_code == 404
    owner = as_(cast.owner)
    assert owner.post(PAGE, form)["Location"] == PAGE
    made = Organisation.objects.get(parent=cast.unit)
    assert (made.name, made.state) == ("第一小学工会小组", "pending")
    assert list(made.memberships.values_list("user", "role")) == [(cast.owner.pk, "owner")]
    # The owner runs both now, and still acts for the first.
    shown = owner.get(PAGE)
    assert (shown.context["organisation"], shown.context["rows"]) == (cast.unit, [made])
    assert as_(buyer).get(PAGE).context["rows"] == [made]
    assert as_(buyer).post("/unit/acting/", {"unit": made.code}).status_code == 404


def test_units_stand_under_one_another_without_a_circle_and_four_deep_at_most() -> None:
    units = [make_organisation(code=f"un-{number}", name=f"工会 {number}") for number in range(6)]

    def put(child: int, parent: int | None) -> Organisation:
        above = units[parent].pk if parent is not None else None
        return services.set_parent(organisation_id=units[child].pk, parent_id=above, actor_id=1)

    for child in (1, 2, 3):
        put(child, child - 1)
        put(child, child - 1)
    for child, parent in ((0, 0), (0, 1), (0, 3)):
        assert refused(put, child=child, parent=parent) == ("circle", "parent")
    assert refused(put, child=4, parent=3) == ("too_deep", "parent")
    put(5, 4)
    assert refused(put, child=4, parent=2) == ("too_deep", "parent")
    assert put(4, 1).parent == units[1]
    assert put(3, None).parent is None
    Organisation.objects.filter(pk=units[3].pk).update(demo=False, credit_code=CREDIT_CODE)
    assert refused(put, child=3, parent=0) == ("demo", "parent")
    with pytest.raises(IntegrityError), transaction.atomic():
        Organisation.objects.filter(pk=units[0].pk).update(parent=units[0].pk)


def test_staff_put_a_unit_under_another_one() -> None:
    cast = make_unit()
    make_organisation(code="un-002", name="区总工会")
    desk, page = as_(cast.staff), "/dashboard/organisations/un-001/"
    assert desk.post(page, {"act": "parent", "parent": "un-404"}).status_code == 422
    assert desk.post(page, {"act": "parent", "parent": "un-001"}).status_code == 422
    assert desk.post(page, {"act": "parent", "parent": "un-002"}).status_code == 302
    cast.unit.refresh_from_db()
    assert cast.unit.parent is not None and cast.unit.parent.code == "un-002"
    assert desk.post(page, {"act": "parent", "parent": ""}).status_code == 302
    cast.unit.refresh_from_db()
    assert cast.unit.parent is None


# Invoice data

WHOLE = {
    "title": "萧山区教育工会",
    "tax_number": "9133 0100 7996-55058b",
    "address": "市心中路 1 号",
    "phone": "0571-82000000",
    "bank": "农业银行萧山支行",
    "account": "19000101040000000",
    "email": "caiwu@un.cn",
}


def test_invoice_data_are_kept_once_and_every_new_request_starts_with_them() -> None:
    cast, buyer, finance = make_unit(), guest(), guest("+8613900000096")
    make_organisation(code="un-001", buyer=buyer, finance=finance)
    assert as_(buyer).post(INVOICE, WHOLE).status_code == 404
    assert "萧山区教育工会" in as_(buyer).get(INVOICE).content.decode()
    first = create_request(organisation_id=cast.unit.pk, actor_id=buyer.pk)
    save_delivery(
        request_id=first.pk,
        recipient=RECIPIENT,
        pay_by=PayBy.TRANSFER,
        message="",
        purpose="",
        invoice=InvoiceWish("别的抬头"),
        actor_id=buyer.pk,
    )
    for _ in range(2):
        assert as_(finance).post(INVOICE, WHOLE)["Location"] == INVOICE
    kept = InvoiceProfile.objects.get()
    assert (kept.title, kept.tax_number, kept.account, kept.saved_by) == (
        *("萧山区教育工会", CREDIT_CODE),
        *("19000101040000000", finance.pk),
    )
    # What the unit keeps goes before what its last request had; recipients are the last one's.
    following = create_request(organisation_id=cast.unit.pk, actor_id=buyer.pk)
    assert invoice_of(following) == InvoiceWish("萧山区教育工会", CREDIT_CODE, "caiwu@un.cn")
    assert following.recipient_name == RECIPIENT.name
    first.refresh_from_db()
    assert invoice_of(first).title == "别的抬头"


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"title": ""}, "title"),
        ({"title": "长" * 81}, "title"),
        ({"tax_number": "91330100799655058C"}, "tax_number"),
        ({"account": ""}, "account"),
        ({"bank": ""}, "bank"),
        ({"email": "a@b"}, "email"),
    ],
)
def test_invoice_data_that_cannot_be_right_are_named_and_not_kept(typed: dict[str, str], field: str) -> None:
    answer = as_(make_unit().owner).post(INVOICE, WHOLE | typed)
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, [field])
    assert not InvoiceProfile.objects.exists()


def test_a_real_unit_needs_its_tax_number() -> None:
    cast: Unit = make_unit()
    Organisation.objects.filter(pk=cast.unit.pk).update(credit_code=CREDIT_CODE, demo=False)
    save = {"organisation_id": cast.unit.pk, "actor_id": cast.owner.pk}
    assert refused(services.save_invoice_data, data=InvoiceData("工会"), **save) == (
        "tax_number",
        "tax_number",
    )
    assert not InvoiceProfile.objects.exists()
