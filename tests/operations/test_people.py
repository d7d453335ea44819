"""The staff's pages of people: find, write down, give and take roles, free from a lost phone, close."""

import pytest
from django.test import Client

from shop.accounts.models import Role, ScopeKind, User
from shop.accounts.second_factor import has_second_factor
from shop.journal.models import JournalEntry
from tests.factories import Cast, make_cast, make_region, make_supplier, make_user

pytestmark = pytest.mark.django_db
WHY = "接替离职同事"


@pytest.fixture
def cast() -> Cast:
    return make_cast(supplier=make_supplier(code="wc-05", name_zh="木门茶业", region=make_region()))


@pytest.fixture
def desk(client: Client, cast: Cast) -> Client:
    client.force_login(cast.staff)
    return client


def address(person: User) -> str:
    return f"/dashboard/people/{person.pk}/"


def names(answer) -> list[str]:
    return [str(person) for person, _roles in answer.context["rows"]]


def test_the_list_shows_who_holds_a_role_and_whether_they_have_an_app(desk: Client, cast: Cast) -> None:
    make_user(
        phone="+8613800000020", name="未设置", grants=[(Role.AUDITOR, ScopeKind.ALL, "")], second_factor=False
    )
    answer = desk.get("/dashboard/people/")
    assert len(names(answer)) == 12
    assert str(cast.resident) not in names(answer)
    page = answer.content.decode()
    assert "尚未设置两步验证" in page
    assert "+8613800000007" not in page


def test_only_whose_role_needs_an_app_is_said_to_lack_one(desk: Client, cast: Cast) -> None:
    late = make_user(
        phone="+8613800000020", name="未设置", grants=[(Role.AUDITOR, ScopeKind.ALL, "")], second_factor=False
    )
    buyer = make_user(
        phone="+8613800000021", name="工会采", grants=[(Role.BUYER, ScopeKind.ORGANISATION, "un-001")]
    )
    rows = {
        str(person): person.lacks_app for person, _roles in desk.get("/dashboard/people/").context["rows"]
    }
    assert (rows["未设置"], rows["工会采"], rows[str(cast.staff)]) == (True, False, False)
    text = "尚未设置两步验证"
    assert text in desk.get(address(late)).content.decode()
    for without in (buyer, cast.resident):
        assert text not in desk.get(address(without)).content.decode()


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("0001", ["王芳"]),
        ("138 0000 0001", ["王芳"]),
        ("+86 13800000001", ["王芳"]),
        ("王芳", ["王芳"]),
        ("someone@EXAMPLE", ["张三"]),
        ("001", []),
        ("查无此人", []),
    ],
)
def test_anybody_is_found_by_number_name_and_address(desk: Client, typed: str, found: list[str]) -> None:
    make_user(phone=None, email="someone@example.com", name="张三")
    assert names(desk.get("/dashboard/people/", {"q": typed})) == found


def test_somebody_new_is_written_down_and_given_a_role(desk: Client, cast: Cast) -> None:
    answer = desk.post("/dashboard/people/", {"name": "新同事", "phone": "138 0013 8000", "is_staff": "1"})
    person = User.objects.get(phone="+8613800138000")
    assert answer["Location"] == address(person)
    assert (person.is_staff, person.is_superuser, person.grants.count()) == (False, False, 0)
    answer = desk.post(
        address(person), {"act": "appoint", "role": "supplier", "over": "supplier:wc-05", "reason": WHY}
    )
    assert (answer.status_code, answer["Location"]) == (302, address(person))
    assert list(person.grants.values_list("role", "kind", "code")) == [("supplier", "supplier", "wc-05")]
    page = desk.get(address(person)).content.decode()
    assert "木门茶业" in page
    assert WHY in page


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"name": "无联系方式"}, "phone"),
        ({"name": "错号", "phone": "12"}, "phone"),
        ({"name": "重号", "phone": "13800000001"}, "phone"),
        ({"phone": "13800138000"}, "name"),
    ],
)
def test_a_person_who_cannot_be_written_down_is_not(desk: Client, data: dict[str, str], field: str) -> None:
    people = User.objects.count()
    answer = desk.post("/dashboard/people/", data)
    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    assert User.objects.count() == people


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"role": "finance", "over": "all:", "reason": ""}, "reason"),
        ({"role": "finance", "over": "region:wangcang", "reason": WHY}, "over"),
        ({"role": "supplier", "over": "supplier:nobody", "reason": WHY}, "over"),
        ({"role": "buyer", "over": "all:", "reason": WHY}, "role"),
        ({"role": "auditor", "over": "all:", "reason": WHY}, "role"),
    ],
)
def test_a_role_that_may_not_be_given_is_said_at_its_field(
    desk: Client, cast: Cast, data: dict[str, str], field: str
) -> None:
    before = JournalEntry.objects.count()
    answer = desk.post(address(cast.finance), {"act": "appoint", **data})
    assert answer.status_code == 422
    assert field in answer.context["role_form"].errors
    assert cast.finance.grants.count() == 1
    assert JournalEntry.objects.count() == before


def test_nobody_gives_themselves_a_role_here_either(desk: Client, cast: Cast) -> None:
    answer = desk.post(
        address(cast.staff), {"act": "appoint", "role": "finance", "over": "all:", "reason": WHY}
    )
    assert answer.status_code == 422
    assert cast.staff.grants.count() == 1


def test_a_role_taken_away_is_refused_at_the_next_request(desk: Client, cast: Cast) -> None:
    theirs = Client()
    theirs.force_login(cast.finance)
    assert theirs.get("/dashboard/desk/").status_code == 200
    grant = cast.finance.grants.get()
    answer = desk.post(address(cast.finance), {"act": "dismiss", "grant": grant.pk, "reason": "调岗"})
    assert answer.status_code == 302
    assert theirs.get("/dashboard/desk/")["Location"].startswith("/accounts/login/")
    assert not cast.finance.grants.exists()


def test_another_persons_role_is_not_taken_by_its_number(desk: Client, cast: Cast) -> None:
    desk.post(address(cast.finance), {"act": "dismiss", "grant": cast.auditor.grants.get().pk, "reason": "x"})
    assert cast.auditor.grants.count() == cast.finance.grants.count() == 1


def test_a_lost_phone_is_reset_with_a_reason(desk: Client, cast: Cast) -> None:
    assert desk.post(address(cast.auditor), {"act": "reset_factor", "reason": ""}).status_code == 422
    assert has_second_factor(cast.auditor.pk)
    assert desk.post(address(cast.auditor), {"act": "reset_factor", "reason": "已回拨"}).status_code == 302
    assert not has_second_factor(cast.auditor.pk)
    assert desk.post(address(cast.staff), {"act": "reset_factor", "reason": "自己"}).status_code == 422
    assert has_second_factor(cast.staff.pk)


def test_an_account_is_closed_and_opened_again(desk: Client, cast: Cast) -> None:
    desk.post(address(cast.finance), {"act": "close", "reason": "离职"})
    assert not User.objects.get(pk=cast.finance.pk).is_active
    assert "已停用" in desk.get(address(cast.finance)).content.decode()
    desk.post(address(cast.finance), {"act": "reopen", "reason": "返岗"})
    assert User.objects.get(pk=cast.finance.pk).is_active


def test_an_act_that_does_not_exist_and_a_person_who_does_not(desk: Client, cast: Cast) -> None:
    assert desk.post(address(cast.finance), {"act": "promote", "reason": "x"}).status_code == 404
    assert desk.get("/dashboard/people/999999/").status_code == 404
    assert desk.get("/dashboard/people/99999999999999999999/").status_code == 404


@pytest.mark.parametrize("act", ["appoint", "dismiss", "close", "reopen", "reset_factor"])
@pytest.mark.parametrize(
    "value", ["", "-1", "9" * 40, "²", "长" * 500, "'\"><script>", "all", "::", "region:"]
)
def test_junk_in_any_act_is_said_or_refused(desk: Client, cast: Cast, act: str, value: str) -> None:
    sent = dict.fromkeys(("role", "over", "grant", "reason"), value)
    assert desk.post(address(cast.finance), {**sent, "act": act}).status_code in (302, 422)
    assert list(cast.finance.grants.values_list("role", flat=True)) == ["finance"]
