"""The checkout with addresses that a person keeps, and with one that is pasted."""

import re
from dataclasses import replace

import pytest
from django.contrib.messages import get_messages
from django.test import Client

from shop.accounts.models import User
from shop.listings.models import FreightRate
from shop.ordering.address_models import SavedAddress
from shop.ordering.addresses import MOST_ADDRESSES
from shop.ordering.models import OrderRecord
from shop.ordering.recipients import Recipient
from shop.ordering.services import remove_address, save_address
from tests.factories import RECIPIENT, make_user
from tests.forks.shopping import ADDRESS, open_checkout, put_in, shiitake, tea

pytestmark = pytest.mark.django_db

NANJING = Recipient("李四", "13900139000", "江苏省", "南京市", "玄武区", "北京东路1号")
#: What a browser posts of the form of another address, which is not seen.
UNSEEN = {
    "recipient_name": "",
    "phone": "",
    "province": "",
    "city": "",
    "county": "",
    "street": "",
    "method": "demo",
    "consent": "on",
}
NOBODY = {name: value for name, value in UNSEEN.items() if name not in ("method", "consent")}


def signed_in(client: Client) -> User:
    user = make_user()
    client.force_login(user)
    return user


def to_jiangsu() -> None:
    """Let the mushrooms go to Jiangsu too, for 12.00 yuan."""
    rate = FreightRate.objects.get(template__supplier__code="longquan-fungi", province="浙江省")
    FreightRate.objects.create(template=rate.template, province="江苏省", first_kg_fen=1200, next_kg_fen=300)


def test_the_default_address_is_chosen_and_freight_is_for_it(client: Client) -> None:
    user = signed_in(client)
    put_in(client, shiitake(), 1)
    to_jiangsu()
    save_address(owner_id=user.pk, recipient=RECIPIENT)
    default = save_address(owner_id=user.pk, recipient=NANJING, default=True)
    form = open_checkout(client) | UNSEEN | {"address_id": str(default.pk)}
    page = client.get("/checkout/")
    assert [(row["name"], row["is_current"]) for row in page.context["addresses"]] == [
        ("李四", True),
        ("王芳", False),
    ]
    assert page.context["freight_fen"] == 1200
    assert "139****9000" in page.content.decode()
    answer = client.post("/checkout/", form)
    record = OrderRecord.objects.get()
    assert answer["Location"] == f"/pay/{record.number}/"
    assert (record.recipient_name, record.recipient_phone) == ("李四", "+8613900139000")
    assert (record.province, record.city, record.county, record.street) == (
        "江苏省",
        "南京市",
        "玄武区",
        "北京东路1号",
    )
    assert record.charges_fen == 1200


def test_the_fields_of_another_address_are_empty_and_kept(client: Client) -> None:
    user = signed_in(client)
    put_in(client, tea(), 1)
    open_checkout(client)
    save_address(owner_id=user.pk, recipient=RECIPIENT)
    page = client.get("/checkout/").content.decode()
    for name in ("recipient_name", "phone", "province", "city", "county", "street"):
        assert re.search(rf'<input[^>]* name="{name}"', page)
        assert not re.search(rf'<input[^>]* name="{name}"[^>]* value=', page)
    assert 'value="new" checked' not in page
    guest = Client()
    put_in(guest, tea(), 1)
    others = guest.get("/checkout/").content.decode()
    assert "address_id" not in others and "王芳" not in others


def test_freight_follows_the_chosen_address_without_scripts(client: Client) -> None:
    user = signed_in(client)
    put_in(client, shiitake(), 1)
    to_jiangsu()
    save_address(owner_id=user.pk, recipient=RECIPIENT)
    other = save_address(owner_id=user.pk, recipient=NANJING)
    form = open_checkout(client) | UNSEEN
    page = client.post("/checkout/", form | {"address_id": str(other.pk), "requote": "1"})
    assert (page.context["freight_fen"], page.context["form"].errors) == (1200, {})
    assert [row["is_current"] for row in page.context["addresses"]] == [False, True]
    assert OrderRecord.objects.count() == 0
    # Sent at once, the page says first what it costs to go there.
    told = client.post("/checkout/", form | {"address_id": str(other.pk)})
    assert told.context["changes"][0] == "收货地已改为江苏省，请看过运费后再次提交。"
    assert OrderRecord.objects.count() == 0


def test_another_address_is_typed_beside_the_kept_ones(client: Client) -> None:
    user = signed_in(client)
    put_in(client, tea(), 1)
    save_address(owner_id=user.pk, recipient=NANJING)
    client.get("/checkout/")
    form = open_checkout(client) | {"address_id": "new", "province": "浙江省"}
    told = client.post("/checkout/", form | {"street": ""})
    assert list(told.context["form"].errors) == ["street"]
    assert told.context["is_new"] is True
    page = client.post("/checkout/", form | {"requote": "1"})
    signs = {name: page.context["form"][name].value() for name in ("basket", "digest", "seen")}
    client.post("/checkout/", form | signs)
    assert OrderRecord.objects.get().county == "萧山区"
    assert SavedAddress.objects.count() == 1


def test_a_ticked_address_is_kept_with_the_order(client: Client) -> None:
    user = signed_in(client)
    put_in(client, tea(), 1)
    page = client.get("/checkout/")
    assert page.context["may_keep"] is True
    assert page.context["form"]["keep_address"].value() in (None, False)
    client.post("/checkout/", open_checkout(client) | {"keep_address": "on"})
    kept = SavedAddress.objects.get()
    assert (kept.owner, kept.phone, kept.county, kept.is_default) == (user, "+8613812342046", "萧山区", True)


def test_nothing_is_kept_without_the_tick_without_an_order_or_of_a_guest(client: Client) -> None:
    put_in(client, tea(), 1)
    page = client.get("/checkout/")
    assert page.context["may_keep"] is False
    assert 'name="keep_address"' not in page.content.decode()
    client.post("/checkout/", open_checkout(client) | {"keep_address": "on"})
    member = Client()
    signed_in(member)
    put_in(member, tea(), 1)
    form = open_checkout(member)
    member.post("/checkout/", form | {"keep_address": "on", "phone": "123"})
    member.post("/checkout/", form)
    assert OrderRecord.objects.count() == 2
    assert SavedAddress.objects.count() == 0


def test_a_full_address_book_does_not_stop_an_order(client: Client) -> None:
    user = signed_in(client)
    put_in(client, tea(), 1)
    form = open_checkout(client) | {"address_id": "new", "keep_address": "on"}
    for number in range(MOST_ADDRESSES):
        save_address(owner_id=user.pk, recipient=replace(RECIPIENT, street=f"市心中路{number + 2}号"))
    assert client.get("/checkout/").context["may_keep"] is False
    answer = client.post("/checkout/", form)
    assert OrderRecord.objects.count() == 1
    assert SavedAddress.objects.count() == MOST_ADDRESSES
    assert [str(message) for message in get_messages(answer.wsgi_request)] == [
        "订单已提交，但地址没有保存：最多保存 20 个地址，请先删除一个。"
    ]


@pytest.mark.parametrize("chosen", ["gone", "another person's", "junk"])
def test_an_address_that_is_not_kept_is_refused(client: Client, chosen: str) -> None:
    user = signed_in(client)
    put_in(client, tea(), 1)
    gone = save_address(owner_id=user.pk, recipient=RECIPIENT)
    theirs = save_address(owner_id=make_user(phone="+8613800000002").pk, recipient=RECIPIENT)
    form = open_checkout(client) | UNSEEN
    remove_address(owner_id=user.pk, address_id=gone.pk)
    wanted = {"gone": str(gone.pk), "another person's": str(theirs.pk), "junk": "1 or 1"}[chosen]
    page = client.post("/checkout/", form | {"address_id": wanted})
    assert page.context["form"].non_field_errors() == ["所选地址已不在您的地址簿中，请重新选择。"]
    assert OrderRecord.objects.count() == 0


def test_where_a_supplier_does_not_deliver_is_said_above_a_chosen_address(client: Client) -> None:
    user = signed_in(client)
    put_in(client, shiitake(), 1)
    far = save_address(
        owner_id=user.pk,
        recipient=replace(RECIPIENT, province="新疆维吾尔自治区", city="乌鲁木齐市", county="天山区"),
    )
    form = open_checkout(client) | UNSEEN | {"address_id": str(far.pk)}
    page = client.post("/checkout/", form)
    assert page.context["form"].non_field_errors()
    assert page.context["groups"][0]["undeliverable"]
    assert OrderRecord.objects.count() == 0


def test_a_pasted_text_fills_the_form_without_scripts(client: Client) -> None:
    put_in(client, shiitake(), 1)
    form = open_checkout(client) | NOBODY
    to_jiangsu()
    text = "李四 139-0013-9000 江苏南京玄武区北京东路1号"
    page = client.post(
        "/checkout/", form | {"pasted": text, "recognise": "1", "message_longquan-fungi": "请早发"}
    )
    shown = page.context["form"]
    assert {name: shown[name].value() for name in NOBODY} == {
        "recipient_name": "李四",
        "phone": "139 0013 9000",
        "province": "江苏省",
        "city": "南京市",
        "county": "玄武区",
        "street": "北京东路1号",
    }
    assert shown.errors == {}
    assert page.context["freight_fen"] == 1200
    assert page.context["groups"][0]["message_value"] == "请早发"
    assert "已全部识别，请核对。" in page.content.decode()
    assert (OrderRecord.objects.count(), SavedAddress.objects.count()) == (0, 0)


def test_what_a_pasted_text_does_not_say_is_told_and_stays_as_typed(client: Client) -> None:
    put_in(client, tea(), 1)
    form = open_checkout(client)
    text = "李四 0571-88888888 浙江省杭州市余杭区"
    page = client.post("/checkout/", form | {"pasted": text, "recognise": "1"})
    shown = page.context["form"]
    assert (shown["recipient_name"].value(), shown["county"].value()) == ("李四", "余杭区")
    assert (shown["phone"].value(), shown["street"].value()) == (ADDRESS["phone"], ADDRESS["street"])
    body = page.content.decode()
    assert "文字中的号码不是手机号，请填写能收短信的手机号。" in body
    assert "没有识别到详细地址。" in body
    assert "0571-88888888" in body
    assert "0571-88888888" not in Client().get("/checkout/", follow=True).content.decode()


def test_a_pasted_text_chooses_another_address(client: Client) -> None:
    user = signed_in(client)
    put_in(client, tea(), 1)
    kept = save_address(owner_id=user.pk, recipient=RECIPIENT)
    form = open_checkout(client) | UNSEEN | {"address_id": str(kept.pk)}
    page = client.post("/checkout/", form | {"pasted": "<b>李四</b>", "recognise": "1"})
    assert page.context["is_new"] is True
    assert "<b>李四" not in page.content.decode()
    empty = client.post("/checkout/", form | {"pasted": " ", "recognise": "1"})
    assert "请先粘贴姓名、手机号和地址。" in empty.content.decode()
