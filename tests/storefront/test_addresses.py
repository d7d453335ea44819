"""The pages of the addresses that a person keeps."""

from dataclasses import replace

import pytest
from django.contrib.messages import get_messages
from django.test import Client

from shop.accounts.models import User
from shop.ordering.address_models import SavedAddress
from shop.ordering.addresses import MOST_ADDRESSES
from shop.ordering.services import save_address
from tests.factories import RECIPIENT, make_user

pytestmark = pytest.mark.django_db

LIST = "/account/addresses/"
TYPED = {
    "recipient_name": "王芳",
    "phone": "138 1234 2046",
    "province": "浙江省",
    "city": "杭州市",
    "county": "萧山区",
    "street": "市心中路1号",
}


@pytest.fixture
def user(client: Client) -> User:
    user = make_user()
    client.force_login(user)
    return user


def test_an_address_is_added_changed_made_the_default_and_removed(client: Client, user: User) -> None:
    empty = client.get(LIST).content.decode()
    assert "还没有收货地址" in empty
    assert client.post(f"{LIST}new/", TYPED)["Location"] == LIST
    client.post(f"{LIST}new/", TYPED | {"street": "市心中路2号"})
    first, second = SavedAddress.objects.order_by("pk")
    assert (first.phone, first.is_default, second.is_default) == ("+8613812342046", True, False)
    page = client.get(LIST)
    assert page.context["addresses"] == [first, second]
    body = page.content.decode()
    assert "138****2046" in body and "13812342046" not in body
    assert client.post(f"{LIST}{second.pk}/default/")["Location"] == LIST
    assert client.get(LIST).context["addresses"] == [second, first]
    form = client.get(f"{LIST}{first.pk}/").context["form"]
    assert {name: form[name].value() for name in TYPED} == TYPED
    client.post(f"{LIST}{first.pk}/", TYPED | {"street": "市心中路3号", "is_default": "on"})
    assert [row.street for row in client.get(LIST).context["addresses"]] == ["市心中路3号", "市心中路2号"]
    assert client.post(f"{LIST}{first.pk}/remove/")["Location"] == LIST
    assert client.get(LIST).context["addresses"] == [second]
    second.refresh_from_db()
    assert second.is_default


@pytest.mark.parametrize("missing", list(TYPED))
def test_every_missing_field_is_named_and_nothing_is_written(
    client: Client, user: User, missing: str
) -> None:
    page = client.post(f"{LIST}new/", TYPED | {missing: ""})
    assert page.context["form"].errors == {missing: ["请填写此项。"]}
    assert SavedAddress.objects.count() == 0


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"phone": "12345"}, "phone"),
        ({"phone": "0571-88888888"}, "phone"),
        ({"county": "玄武区"}, "county"),
        ({"street": "长" * 201}, "street"),
        ({"recipient_name": "长" * 61}, "recipient_name"),
    ],
)
def test_a_wrong_field_is_named(client: Client, user: User, wrong: dict[str, str], field: str) -> None:
    page = client.post(f"{LIST}new/", TYPED | wrong)
    assert list(page.context["form"].errors) == [field]
    assert SavedAddress.objects.count() == 0


def test_the_twenty_first_is_refused_in_words(client: Client, user: User) -> None:
    for number in range(MOST_ADDRESSES):
        save_address(owner_id=user.pk, recipient=replace(RECIPIENT, street=f"市心中路{number + 9}号"))
    assert client.get(LIST).context["may_add"] is False
    page = client.post(f"{LIST}new/", TYPED)
    assert page.context["form"].non_field_errors() == ["最多保存 20 个地址，请先删除一个。"]
    assert SavedAddress.objects.count() == MOST_ADDRESSES


def test_a_change_into_another_kept_address_is_refused_at_its_name(client: Client, user: User) -> None:
    save_address(owner_id=user.pk, recipient=replace(RECIPIENT, phone="13812342046"))
    other = save_address(owner_id=user.pk, recipient=replace(RECIPIENT, street="市心中路2号"))
    page = client.post(f"{LIST}{other.pk}/", TYPED)
    assert page.context["form"].errors == {"recipient_name": ["这个地址已经保存过了。"]}
    other.refresh_from_db()
    assert other.street == "市心中路2号"


def test_a_pasted_text_fills_the_form_and_saves_nothing(client: Client, user: User) -> None:
    text = "收货人：王芳\n电话：13812342046\n地址：浙江杭州萧山市心中路1号"
    page = client.post(f"{LIST}new/", {"pasted": text, "recognise": "1"})
    form = page.context["form"]
    assert {name: form[name].value() for name in TYPED} == TYPED
    assert form.errors == {}
    assert "已全部识别，请核对。" in page.content.decode()
    assert SavedAddress.objects.count() == 0
    kept = save_address(owner_id=user.pk, recipient=RECIPIENT)
    page = client.post(f"{LIST}{kept.pk}/", TYPED | {"pasted": "李四", "recognise": "1"})
    assert page.context["form"]["recipient_name"].value() == "李四"
    assert page.context["form"]["street"].value() == "市心中路1号"
    assert "没有识别到手机号。" in page.content.decode()
    kept.refresh_from_db()
    assert kept.recipient_name == "王芳"


def test_another_persons_address_does_not_exist(client: Client, user: User) -> None:
    other = make_user(phone="+8613800000002")
    theirs = save_address(owner_id=other.pk, recipient=RECIPIENT)
    save_address(owner_id=other.pk, recipient=replace(RECIPIENT, street="市心中路2号"))
    newest = SavedAddress.objects.get(street="市心中路2号")
    assert client.get(f"{LIST}{theirs.pk}/").status_code == 404
    assert client.post(f"{LIST}{theirs.pk}/", TYPED).status_code == 404
    assert client.post(f"{LIST}{theirs.pk}/remove/").status_code == 404
    assert client.post(f"{LIST}{newest.pk}/default/").status_code == 404
    assert client.get(LIST).context["addresses"] == []
    assert list(SavedAddress.objects.order_by("pk").values_list("street", "is_default")) == [
        ("市心中路1号", True),
        ("市心中路2号", False),
    ]


def test_strangers_sign_in_first_and_the_account_leads_here(client: Client, user: User) -> None:
    assert LIST in client.get("/account/").content.decode()
    stranger = Client()
    assert stranger.get(LIST)["Location"] == f"/accounts/login/?next={LIST}"
    assert LIST not in stranger.get("/account/").content.decode()
    assert [str(message) for message in get_messages(stranger.get(LIST).wsgi_request)] == []
