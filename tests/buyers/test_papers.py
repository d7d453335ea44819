"""Papers of an organisation: its owner uploads, another person compares, and only then it is verified."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.test import Client
from pytest_django import Settings

from shop.accounts.models import User
from shop.buyers import services
from shop.buyers.models import MemberRole, Organisation, OrganisationPaper, OrganisationState
from shop.core import clock
from shop.core.exceptions import ShopError
from shop.files.models import StoredFile
from shop.journal.models import JournalEntry
from tests.buyers.cast import CREDIT_CODE, Unit, make_unit, uploaded
from tests.files.uploads import paper, photo

pytestmark = [pytest.mark.django_db, pytest.mark.data]

PAGE, DESK = "/unit/organisation/papers/", "/dashboard/organisations/un-001/"


@pytest.fixture(autouse=True)
def own_folder(settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = str(tmp_path)


@pytest.fixture
def cast() -> Unit:
    found = make_unit(state=OrganisationState.PENDING)
    Organisation.objects.filter(pk=found.unit.pk).update(credit_code=CREDIT_CODE, demo=False)
    return found


def refused(act: Callable[..., object], **fields: Any) -> tuple[str, str]:
    with pytest.raises(ShopError) as error:
        act(**fields)
    return error.value.code, error.value.field


def as_(user: User) -> Client:
    client = Client()
    user.refresh_from_db()
    client.force_login(user)
    return client


def verify(cast: Unit) -> Organisation:
    return services.verify_organisation(organisation_id=cast.unit.pk, actor_id=cast.staff.pk)


def test_a_real_organisation_is_verified_by_a_certificate_that_another_person_checked(cast: Unit) -> None:
    assert refused(verify, cast=cast)[0] == "no_certificate"
    made = uploaded(cast, number=CREDIT_CODE)
    assert refused(verify, cast=cast)[0] == "no_certificate"
    assert refused(services.verify_paper, paper_id=made.pk, actor_id=cast.owner.pk)[0] == "own_organisation"
    for _ in range(2):
        assert services.verify_paper(paper_id=made.pk, actor_id=cast.staff.pk).checked_by == cast.staff.pk
    assert refused(services.refuse_paper, paper_id=made.pk, reason="糊", actor_id=cast.second.pk)[0] == (
        "wrong_state"
    )
    assert verify(cast).state == OrganisationState.VERIFIED
    actions = JournalEntry.objects.filter(object_key="un-001").order_by("pk")
    assert list(actions.values_list("action", flat=True))[-3:] == [
        "organisation.paper_uploaded",
        "organisation.paper_verified",
        "organisation.verified",
    ]


def test_a_certificate_that_has_ended_verifies_nothing(cast: Unit) -> None:
    made = uploaded(cast, expires_on=clock.today() + dt.timedelta(days=3))
    services.verify_paper(paper_id=made.pk, actor_id=cast.staff.pk)
    with time_machine.travel(clock.now() + dt.timedelta(days=5), tick=False):
        assert refused(verify, cast=cast)[0] == "no_certificate"
        other = uploaded(cast)
        OrganisationPaper.objects.filter(pk=other.pk).update(expires_on=clock.today() - dt.timedelta(days=1))
        assert refused(services.verify_paper, paper_id=other.pk, actor_id=cast.staff.pk)[0] == "expired"
    cast.unit.refresh_from_db()
    assert cast.unit.state == OrganisationState.PENDING


def test_staff_do_not_check_what_they_uploaded_themselves(cast: Unit) -> None:
    made = services.upload_paper(
        upload=paper(),
        paper=services.PaperDraft(kind="union_registration"),
        organisation_id=cast.unit.pk,
        actor_id=cast.staff.pk,
        by_staff=True,
    )
    assert refused(services.verify_paper, paper_id=made.pk, actor_id=cast.staff.pk)[0] == "own_paper"
    with pytest.raises(IntegrityError, match="organisation_paper_checked_by_another"), transaction.atomic():
        OrganisationPaper.objects.update(state="verified", checked_by=cast.staff.pk, checked_at=clock.now())
    assert services.verify_paper(paper_id=made.pk, actor_id=cast.second.pk).state == "verified"


def test_a_newer_certificate_takes_the_place_of_the_one_before(cast: Unit) -> None:
    first, second = uploaded(cast), uploaded(cast)
    services.verify_paper(paper_id=second.pk, actor_id=cast.staff.pk)
    third = uploaded(cast)
    states = OrganisationPaper.objects.order_by("pk").values_list("state", flat=True)
    assert list(states) == ["replaced", "verified", "uploaded"]
    services.verify_paper(paper_id=third.pk, actor_id=cast.staff.pk)
    assert list(states.all()) == ["replaced", "replaced", "verified"]
    assert refused(services.verify_paper, paper_id=first.pk, actor_id=cast.staff.pk)[0] == "wrong_state"
    other = uploaded(cast, kind="other")
    services.refuse_paper(paper_id=other.pk, reason=" 看不清 ", actor_id=cast.staff.pk)
    other.refresh_from_db()
    assert (other.state, other.refusal) == ("refused", "看不清")


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"kind": "passport"}, "kind"),
        ({"kind": "other", "number": "9" * 61}, "number"),
        ({"kind": "other", "issued_on": dt.date(2199, 1, 1)}, "issued_on"),
        ({"kind": "other", "expires_on": dt.date(2020, 1, 1)}, "expires_on"),
    ],
)
def test_what_cannot_be_a_paper_is_named_and_nothing_is_stored(
    cast: Unit, fields: dict[str, Any], field: str
) -> None:
    assert refused(uploaded, cast=cast, **fields)[1] == field
    assert not OrganisationPaper.objects.exists()
    assert not StoredFile.objects.exists()


def test_only_the_owner_uploads_and_only_members_and_staff_see(cast: Unit) -> None:
    other = make_unit(code="un-002", first_phone=80)
    assert refused(
        services.upload_paper,
        upload=paper(),
        paper=services.PaperDraft(kind="other"),
        organisation_id=cast.unit.pk,
        actor_id=other.owner.pk,
    ) == ("not_a_member", "")
    buyer = User.objects.create_user(phone="+8613900000081", last_name="周")
    services.add_member(
        organisation_id=cast.unit.pk, user_id=buyer.pk, role=MemberRole.BUYER, actor_id=cast.staff.pk
    )
    form = {"kind": "credit_certificate", "number": CREDIT_CODE, "file": paper(name="证书.pdf")}
    assert as_(cast.owner).post(PAGE, form)["Location"] == PAGE
    assert as_(buyer).post(PAGE, form | {"file": paper()}).status_code == 404
    shown = as_(buyer).get(PAGE)
    assert [row.file.name for row in shown.context["papers"]] == ["证书.pdf"]
    address = shown.context["papers"][0].file.url
    assert as_(buyer).get(address).status_code == 200
    # The address is its reader's alone.
    assert as_(other.owner).get(address).status_code == 404
    assert as_(other.owner).get(PAGE).context["papers"] == []
    for junk in ({"kind": "other"}, {"kind": "other", "file": paper(b"no paper", "a.pdf")}):
        assert as_(cast.owner).post(PAGE, junk).status_code == 422
    assert OrganisationPaper.objects.count() == 1


def test_staff_check_papers_on_the_organisations_page(cast: Unit) -> None:
    made = uploaded(cast)
    desk = as_(cast.staff)
    assert desk.get("/dashboard/organisations/").context["to_check"].get() == made
    assert desk.post(DESK, {"act": "refuse_paper", "pk": made.pk, "reason": ""}).status_code == 302
    made.refresh_from_db()
    assert made.state == "uploaded"
    # Another organisation's page does not reach it.
    make_unit(code="un-002", first_phone=80)
    act = {"act": "verify_paper", "pk": made.pk}
    assert desk.post("/dashboard/organisations/un-002/", act).status_code == 404
    assert desk.post(DESK, act).status_code == 302
    assert desk.post(DESK, {"act": "verify"}).status_code == 302
    cast.unit.refresh_from_db()
    assert cast.unit.state == OrganisationState.VERIFIED
    upload = {"act": "paper", "kind": "authorisation", "file": photo()}
    assert desk.post(DESK, upload).status_code == 302
    rows = desk.get(DESK).context["papers"]
    assert [(row["paper"].document.kind, row["is_own"]) for row in rows] == [
        ("authorisation", True),
        ("credit_certificate", False),
    ]
