"""The pages of an applicant and of a supplier's own papers."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from shop.suppliers.admission_models import ApplicationState, SupplierApplication, SupplierDocument
from shop.suppliers.models import Supplier
from tests.factories import make_user
from tests.factories.people import make_app
from tests.suppliers import cast
from tests.suppliers.cast import FILLED, People, held, paper

pytestmark = pytest.mark.django_db
PAPER = {"kind": "food_licence", "number": "JY15108210001", "expires_on": "2199-01-01"}


@pytest.fixture
def people() -> People:
    return cast.make_people()


def client_of(user: object) -> Client:
    client = Client()
    client.force_login(user)  # type: ignore[arg-type]
    return client


def typed(**changes: Any) -> dict[str, Any]:
    """Return what a browser sends of the form."""
    return {name: str(value) for name, value in {**FILLED, **changes}.items()}


def test_everybody_may_read_how_and_a_stranger_signs_in_first(people: People) -> None:
    stranger = Client()
    assert stranger.get("/join/").status_code == 200
    answer = stranger.post("/join/")
    assert answer["Location"] == f"{reverse('account_login')}?next=/join/"
    assert not SupplierApplication.objects.exists()


def test_a_draft_is_filled_in_piece_by_piece_and_handed_in(people: People) -> None:
    client = client_of(people.applicant)
    address = client.post("/join/")["Location"]
    assert [part.field for part in client.get(address).context["missing"]][:2] == [
        "company_name",
        "credit_code",
    ]
    assert client.post(address, {"company_name": "旺苍山里茶业有限公司", "save": "1"}).status_code == 302
    wrong = client.post(address, typed(credit_code="91510821MA00TEAT19", submit="1"))
    assert (wrong.status_code, "credit_code" in wrong.context["form"].errors) == (422, True)
    early = client.post(address, typed(submit="1"))
    assert early.status_code == 422
    # What was typed is kept although it could not be handed in.
    application = SupplierApplication.objects.get()
    assert (application.state, application.bank_name) == (ApplicationState.DRAFT, "农业银行旺苍支行")
    for kind in ("business_licence", "food_licence", "origin_proof", "linking"):
        sent = client.post(f"{address}papers/", {**PAPER, "kind": kind, "file": paper()})
        assert sent["Location"] == f"{address}#papers"
    assert client.get(address).context["missing"] == []
    assert client.post(address, typed(submit="1")).status_code == 302
    page = client.get(address)
    assert (page.context["is_open"], page.context["application"].state) == (False, ApplicationState.SUBMITTED)
    assert page.context["events"][0].title == "已提交县级初审"
    assert "6228480000000000" in page.content.decode()
    listed = client.get("/join/").context["applications"]
    assert [one.number for one in listed] == [application.number]


def test_a_paper_is_refused_at_its_field_and_may_be_taken_out(people: People) -> None:
    client = client_of(people.applicant)
    address = client.post("/join/")["Location"]
    for changes, field in (
        ({"number": ""}, "number"),
        ({"expires_on": ""}, "expires_on"),
        ({"expires_on": "2000-01-01"}, "expires_on"),
        ({"file": ""}, "file"),
    ):
        answer = client.post(f"{address}papers/", {**PAPER, "file": paper(), **changes})
        assert (answer.status_code, field in answer.context["paper_form"].errors) == (422, True)
    assert not SupplierDocument.objects.exists()
    client.post(f"{address}papers/", {**PAPER, "file": paper()})
    document = SupplierDocument.objects.get()
    other = client_of(make_user(phone="+8613800000099", name="别人"))
    assert other.post(f"{address}papers/{document.pk}/remove/").status_code == 404
    for _ in range(2):
        assert client.post(f"{address}papers/{document.pk}/remove/").status_code == 302
    assert not SupplierDocument.objects.exists()


def test_a_given_back_application_says_why(people: People) -> None:
    from_county = cast.submitted(people)
    client_of(people.liaison).post(
        reverse("operations:application", args=[from_county.number]),
        {"act": "return", "reason": "许可证看不清"},
    )
    page = client_of(people.applicant).get(f"/join/{from_county.number}/")
    assert page.context["is_open"]
    assert "许可证看不清" in page.content.decode()


def test_an_applicant_sees_nobody_elses(people: People) -> None:
    mine = cast.draft(people)
    other = client_of(make_user(phone="+8613800000099", name="别人"))
    assert other.get(f"/join/{mine.number}/").status_code == 404
    assert other.post(f"/join/{mine.number}/", typed(company_name="抢注")).status_code == 404
    assert other.post(f"/join/{mine.number}/papers/", {**PAPER, "file": paper()}).status_code == 404
    mine.refresh_from_db()
    assert (mine.company_name, mine.documents.count()) == ("旺苍山里茶业有限公司", 4)


def test_a_supplier_keeps_its_papers_itself(people: People) -> None:
    supplier: Supplier = cast.admitted(people)
    held(supplier, "food_licence", days=20)
    person = make_user(phone=cast.CONTACT)
    make_app(person)
    contact = client_of(person)
    page = contact.get("/supplier/documents/")
    assert [(one.document.kind, one.document.state, one.ends_soon) for one in page.context["papers"]] == [
        ("business_licence", "verified", False),
        ("food_licence", "verified", True),
        ("food_licence", "replaced", False),
        ("linking", "verified", False),
        ("origin_proof", "verified", False),
    ]
    wrong = contact.post("/supplier/documents/", {**PAPER, "number": "", "file": paper()})
    assert (wrong.status_code, "number" in wrong.context["form"].errors) == (422, True)
    assert contact.post("/supplier/documents/", {**PAPER, "file": paper()}).status_code == 302
    newest = supplier.documents.order_by("pk").last()
    assert newest is not None
    assert (newest.state, newest.uploaded_by) == ("uploaded", make_user(phone=cast.CONTACT).pk)
    file = contact.get("/supplier/documents/").context["papers"][1].file.url
    answer = contact.get(file)
    assert (answer.status_code, b"".join(answer)[:5]) == (200, b"%PDF-")
    assert client_of(people.other_liaison).get(file).status_code == 404
