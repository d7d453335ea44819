"""The way in: an application, the county's recommendation, the district's decision by another person."""

from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from shop.accounts.models import Role, ScopeGrant, ScopeKind, User
from shop.accounts.scope import NOTHING, SYSTEM, Scope, own_scope
from shop.accounts.services import grant_role
from shop.core import clock
from shop.notifications.models import BuyerNotice
from shop.outbox.models import OutboxMessage
from shop.suppliers import services
from shop.suppliers.admission_models import ApplicationState, SupplierApplication, SupplierDocument
from shop.suppliers.models import Supplier, SupplierState
from shop.suppliers.selectors import applications, timeline
from tests.suppliers import cast
from tests.suppliers.cast import CONTACT, OTHER_CREDIT_CODE, People, refused
from tests.worker import drain

pytestmark = [pytest.mark.django_db, pytest.mark.data]


@pytest.fixture
def people() -> People:
    return cast.make_people()


def test_an_application_becomes_a_supplier_whose_contact_may_sign_in(people: People) -> None:
    application = cast.recommended(people)
    cast.checked(application, people.staff)
    done = services.admit_application(number=application.number, actor_id=people.staff.pk, reason="同意")
    again = services.admit_application(number=application.number, actor_id=people.staff.pk)
    supplier = Supplier.objects.select_related("partner", "township").get()
    assert (done.state, again.supplier_id, done.recommended_by, done.decided_by) == (
        ApplicationState.ADMITTED,
        supplier.pk,
        people.liaison.pk,
        people.staff.pk,
    )
    assert (supplier.code, supplier.state, supplier.admitted_on, supplier.partner.name) == (
        f"wangcang-{application.pk:04d}",
        SupplierState.ADMITTED,
        clock.today(),
        "旺苍山里茶业有限公司",
    )
    assert supplier.township is not None
    assert supplier.township.name_zh == "木门镇"
    contact = User.objects.get(phone=CONTACT)
    grant = ScopeGrant.objects.get(user=contact)
    assert (grant.role, grant.kind, grant.code) == (Role.SUPPLIER, ScopeKind.SUPPLIER, supplier.code)
    assert not contact.has_usable_password()
    assert set(supplier.documents.values_list("state", flat=True)) == {"verified"}
    assert supplier.identity.credit_code == cast.CREDIT_CODE
    assert cast.steps(application) == [
        "application.started",
        "application.saved",
        "application.submitted",
        "application.recommended",
        "application.admitted",
    ]
    drain()
    told = BuyerNotice.objects.order_by("pk").values_list("kind", "address")
    # The county is not asked any more once it has decided.
    assert list(told) == [
        ("application_decided", people.applicant.phone),
        ("supplier_invited", CONTACT),
    ]


def test_the_county_is_told_while_it_has_to_decide(people: People) -> None:
    application = cast.submitted(people)
    drain()
    notice = BuyerNotice.objects.get()
    assert (notice.kind, notice.user, application.number in notice.body) == (
        "application_submitted",
        people.liaison,
        True,
    )


def test_a_known_contact_keeps_their_account(people: People) -> None:
    supplier = cast.admitted(people, contact_phone=people.applicant.phone)
    assert User.objects.filter(phone=people.applicant.phone).count() == 1
    assert ScopeGrant.objects.get(code=supplier.code).user == people.applicant


def test_the_first_step_is_safe_to_repeat_and_bounded(people: People) -> None:
    first = services.start_application(applicant_id=people.applicant.pk, demo=True)
    assert services.start_application(applicant_id=people.applicant.pk, demo=True).pk == first.pk
    for number in range(5):
        started = services.start_application(applicant_id=people.applicant.pk, demo=True)
        services.save_application(
            number=started.number,
            draft=services.ApplicationDraft(company_name=f"公司{number}"),
            actor_id=people.applicant.pk,
        )
    assert refused(lambda: services.start_application(applicant_id=people.applicant.pk, demo=True)) == (
        "too_many_drafts",
        "",
    )
    assert SupplierApplication.objects.count() == 5


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"company_name": "公" * 81}, ("too_long", "company_name")),
        ({"credit_code": "91510821MA00TEAT19"}, ("credit_code", "credit_code")),
        ({"kind": "state"}, ("unknown", "kind")),
        ({"region": "nowhere"}, ("unknown", "region")),
        ({"contact_phone": "12"}, ("phone_invalid", "contact_phone")),
        ({"contact_email": "x@"}, ("email_invalid", "contact_email")),
        ({"link_form": "gift"}, ("unknown", "link_form")),
        ({"households": 1_000_001}, ("number", "households")),
        ({"people": -1}, ("number", "people")),
    ],
)
def test_what_cannot_be_names_its_field(
    people: People, changes: dict[str, Any], expected: tuple[str, str]
) -> None:
    started = services.start_application(applicant_id=people.applicant.pk, demo=True)
    values = services.ApplicationDraft(**{**cast.FILLED, **changes})
    save = lambda: services.save_application(
        number=started.number, draft=values, actor_id=people.applicant.pk
    )
    assert refused(save) == expected
    started.refresh_from_db()
    assert (started.company_name, cast.steps(started)) == ("", ["application.started"])


@pytest.mark.parametrize(
    "name",
    ["company_name", "credit_code", "kind", "region", "township_zh", "contact_phone", "products", "people"],
)
def test_an_incomplete_application_is_not_handed_in(people: People, name: str) -> None:
    application = cast.draft(people, **{name: None if name == "people" else ""})
    submit = lambda: services.submit_application(number=application.number, actor_id=people.applicant.pk)
    assert refused(submit) == ("missing", name)
    application.refresh_from_db()
    assert (application.state, application.submitted_at) == (ApplicationState.DRAFT, None)
    assert not OutboxMessage.objects.exists()


@pytest.mark.parametrize("kind", ["business_licence", "food_licence", "origin_proof", "linking"])
def test_every_paper_is_needed(people: People, kind: str) -> None:
    application = cast.draft(people)
    document = application.documents.get(kind=kind)
    services.remove_document(
        document_id=document.pk, application_number=application.number, actor_id=people.applicant.pk
    )
    document.file.refresh_from_db()
    assert document.file.removed_at is not None
    submit = lambda: services.submit_application(number=application.number, actor_id=people.applicant.pk)
    assert refused(submit) == ("missing", kind)


def test_a_company_applies_once(people: People) -> None:
    cast.submitted(people)
    second = cast.draft(people)
    submit = lambda: services.submit_application(number=second.number, actor_id=people.applicant.pk)
    assert refused(submit) == ("known", "credit_code")
    second.refresh_from_db()
    assert second.state == ApplicationState.DRAFT


def test_what_is_handed_in_stands_still(people: People) -> None:
    application = cast.submitted(people)
    number, own = application.number, people.applicant.pk
    assert services.submit_application(number=number, actor_id=own).state == ApplicationState.SUBMITTED
    values = services.ApplicationDraft(**{**cast.FILLED, "company_name": "另一家"})
    assert (
        refused(lambda: services.save_application(number=number, draft=values, actor_id=own))[0]
        == "wrong_state"
    )
    upload = lambda: services.upload_document(
        upload=cast.paper(), paper=cast.about(), actor_id=own, application_number=number
    )
    assert refused(upload)[0] == "wrong_state"
    document = application.documents.first()
    assert document is not None
    remove = lambda: services.remove_document(
        document_id=document.pk, application_number=number, actor_id=own
    )
    assert refused(remove)[0] == "wrong_state"
    application.refresh_from_db()
    assert (application.company_name, application.documents.count()) == ("旺苍山里茶业有限公司", 4)


def test_only_its_own_county_recommends(people: People) -> None:
    number = cast.submitted(people).number
    for actor in (people.other_liaison, people.staff):
        assert refused(partial(services.recommend_application, number=number, actor_id=actor.pk)) == (
            "not_county",
            "",
        )
    grant_role(
        user_id=people.applicant.pk, role=Role.LIAISON, kind=ScopeKind.REGION, code="wangcang", actor_id=None
    )
    own = lambda: services.recommend_application(number=number, actor_id=people.applicant.pk)
    assert refused(own) == ("own_application", "")
    assert SupplierApplication.objects.get().state == ApplicationState.SUBMITTED
    for _ in range(2):
        services.recommend_application(number=number, actor_id=people.liaison.pk)
    assert SupplierApplication.objects.get().recommended_by == people.liaison.pk


def test_the_district_decides_by_another_person(people: People) -> None:
    application = cast.recommended(people)
    cast.checked(application, people.staff)
    admit = services.admit_application
    for actor, code in ((people.liaison, "not_district"), (people.applicant, "own_application")):
        assert refused(partial(admit, number=application.number, actor_id=actor.pk))[0] == code
    # Whoever recommended it may become staff; the admission is still another person's.
    grant_role(user_id=people.liaison.pk, role=Role.STAFF, actor_id=None)
    assert refused(lambda: admit(number=application.number, actor_id=people.liaison.pk))[0] == "same_person"
    assert not Supplier.objects.exists()
    assert not User.objects.filter(phone=CONTACT).exists()
    with pytest.raises(IntegrityError), transaction.atomic():
        SupplierApplication.objects.update(decided_by=people.liaison.pk, state="admitted")


def test_a_district_does_not_decide_before_the_county(people: People) -> None:
    application = cast.submitted(people)
    cast.checked(application, people.staff)
    assert refused(
        lambda: services.admit_application(number=application.number, actor_id=people.staff.pk)
    ) == ("wrong_state", "")
    assert not Supplier.objects.exists()


def test_unchecked_refused_and_ended_papers_stand_against_admission(people: People) -> None:
    application = cast.recommended(people)
    admit = lambda: services.admit_application(number=application.number, actor_id=people.staff.pk)
    assert refused(admit)[0] == "papers"
    cast.checked(application, people.staff)
    SupplierDocument.objects.filter(kind="food_licence").update(expires_on="2020-01-01")
    assert refused(admit)[0] == "papers"
    SupplierDocument.objects.filter(kind="food_licence").update(state="refused")
    assert refused(admit)[0] == "papers"
    assert not Supplier.objects.exists()


def test_it_goes_back_with_a_reason_and_comes_again(people: People) -> None:
    application = cast.recommended(people)
    number = application.number
    assert refused(
        lambda: services.return_application(number=number, reason=" ", actor_id=people.staff.pk)
    ) == (
        "reason_missing",
        "reason",
    )
    document = application.documents.get(kind="food_licence")
    services.refuse_document(document_id=document.pk, reason="看不清", actor_id=people.staff.pk)
    for _ in range(2):
        services.return_application(number=number, reason="许可证看不清", actor_id=people.staff.pk)
    drain()
    assert "许可证看不清" in BuyerNotice.objects.get(kind="application_decided").body
    application.refresh_from_db()
    assert (application.state, application.decision_note) == (ApplicationState.RETURNED, "许可证看不清")
    submit = lambda: services.submit_application(number=number, actor_id=people.applicant.pk)
    assert refused(submit) == ("missing", "food_licence")
    services.upload_document(
        upload=cast.paper(), paper=cast.about(), actor_id=people.applicant.pk, application_number=number
    )
    assert submit().state == ApplicationState.SUBMITTED
    services.recommend_application(number=number, actor_id=people.liaison.pk)
    cast.checked(application, people.second_staff)
    done = services.admit_application(number=number, actor_id=people.second_staff.pk)
    assert done.state == ApplicationState.ADMITTED
    shown = [(step.title, step.detail) for step in timeline(done)]
    assert len(shown) == 7
    assert shown[3][1] == "许可证看不清"


def test_the_county_may_refuse_for_good(people: People) -> None:
    number = cast.submitted(people).number
    for actor, code in ((people.staff, "not_county"), (people.other_liaison, "not_county")):
        assert (
            refused(partial(services.refuse_application, number=number, reason="非本县", actor_id=actor.pk))[
                0
            ]
            == code
        )
    services.refuse_application(number=number, reason="非本县", actor_id=people.liaison.pk)
    assert (
        refused(lambda: services.recommend_application(number=number, actor_id=people.liaison.pk))[0]
        == "wrong_state"
    )
    # The company may apply again.
    assert cast.submitted(people).state == ApplicationState.SUBMITTED


def test_everyone_sees_their_own_part(people: People) -> None:
    mine = cast.submitted(people)
    cast.draft(people, credit_code=OTHER_CREDIT_CODE)
    assert list(applications(Scope(regions=frozenset({"wangcang"})))) == [mine]
    assert list(applications(Scope(regions=frozenset({"longquan"})))) == []
    assert list(applications(SYSTEM)) == [mine]
    assert applications(own_scope(people.applicant)).count() == 2
    assert list(applications(own_scope(people.liaison))) == []
    assert list(applications(NOTHING)) == []
    with pytest.raises(SupplierApplication.DoesNotExist):
        services.submit_application(number=mine.number, actor_id=people.staff.pk)
