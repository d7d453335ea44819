import re

import pytest
from django.test import Client, override_settings
from oscar.apps.basket.models import Line

from shop.listings.models import FreightRate, Listing
from shop.ordering.models import OrderRecord
from shop.ordering.services import set_stock
from tests.factories import make_user
from tests.forks.shopping import ADDRESS, open_checkout, put_in, shiitake, tea

pytestmark = pytest.mark.django_db


def test_a_guest_places_an_order_and_goes_to_pay(client: Client) -> None:
    put_in(client, tea(), 2)
    put_in(client, shiitake(), 1)
    answer = client.post("/checkout/", open_checkout(client) | {"message_longquan-fungi": "请早发"})
    record = OrderRecord.objects.get()
    assert answer["Location"] == f"/pay/{record.number}/"
    assert (record.goods_fen, record.charges_fen, record.due_fen) == (31200, 800, 32000)
    assert (record.guest_phone, record.recipient_phone, record.county) == (
        "+8613812342046",
        "+8613812342046",
        "萧山区",
    )
    assert record.messages == {"longquan-fungi": "请早发"}
    assert client.session["guest_orders"] == [record.number]
    assert client.get("/basket/").context["count"] == 0


def test_the_cookie_of_an_ordered_basket_goes_with_it(client: Client) -> None:
    put_in(client, tea(), 1)
    client.post("/checkout/", open_checkout(client))
    assert client.cookies["oscar_open_basket"].value == ""


def test_nobody_sees_what_another_person_typed(client: Client) -> None:
    user, product = make_user(), tea()
    client.force_login(user)
    for _ in range(2):
        put_in(client, product, 1)
        own = client.get("/checkout/").content.decode()
        client.post("/checkout/", open_checkout(client))
    assert 'value="王芳"' in own
    guest = Client()
    put_in(guest, product, 1)
    page = guest.get("/checkout/").content.decode()
    for name in ("recipient_name", "phone", "city", "county", "street"):
        assert re.search(rf'<input[^>]* name="{name}"', page)
        assert not re.search(rf'<input[^>]* name="{name}"[^>]* value=', page)
    refused = guest.post("/checkout/", {"recipient_name": "李四"}).content.decode()
    assert 'value="李四"' in refused
    assert "李四" not in guest.get("/checkout/").content.decode()


def test_a_signed_in_buyer_owns_the_order(client: Client) -> None:
    user = make_user()
    client.force_login(user)
    put_in(client, tea(), 1)
    client.post("/checkout/", open_checkout(client))
    record = OrderRecord.objects.get()
    assert (record.buyer, record.guest_phone) == (user, "")
    assert "guest_orders" not in client.session


def test_a_second_submit_leads_to_the_same_order(client: Client) -> None:
    put_in(client, tea(), 1)
    form = open_checkout(client)
    first = client.post("/checkout/", form)
    second = client.post("/checkout/", form)
    assert first["Location"] == second["Location"]
    assert OrderRecord.objects.count() == 1


def test_only_ticked_rows_are_ordered_and_the_rest_stays(client: Client) -> None:
    put_in(client, tea(), 1)
    put_in(client, shiitake(), 2)
    first, second = Line.objects.order_by("pk")
    client.post(
        "/basket/", {f"quantity_{first.pk}": "1", f"quantity_{second.pk}": "2", "selected": [first.pk]}
    )
    client.post("/checkout/", open_checkout(client))
    assert OrderRecord.objects.get().due_fen == 12800
    rest = client.get("/basket/").context
    assert [line["title"] for group in rest["groups"] for line in group["lines"]] == ["龙泉香菇"]
    assert rest["selected_count"] == 1


def test_buy_now_orders_that_product_alone(client: Client) -> None:
    put_in(client, tea(), 1)
    answer = put_in(client, shiitake(), 1, buy_now=1)
    assert answer["Location"] == "/checkout/"
    assert [
        line["title"] for group in client.get("/checkout/").context["groups"] for line in group["lines"]
    ] == ["龙泉香菇"]


@pytest.mark.parametrize(
    "missing", ["recipient_name", "phone", "province", "city", "county", "street", "consent"]
)
def test_every_missing_field_is_named_and_nothing_is_written(client: Client, missing: str) -> None:
    put_in(client, tea(), 1)
    form = open_checkout(client)
    del form[missing]
    page = client.post("/checkout/", form)
    assert list(page.context["form"].errors) == [missing]
    assert OrderRecord.objects.count() == 0


@pytest.mark.parametrize(
    ("field", "value", "at"),
    [("phone", "12345", "phone"), ("county", "玄武区", "county"), ("method", "stripe", "method")],
)
def test_a_wrong_field_is_named(client: Client, field: str, value: str, at: str) -> None:
    put_in(client, tea(), 1)
    page = client.post("/checkout/", open_checkout(client) | {field: value})
    assert list(page.context["form"].errors) == [at]
    assert OrderRecord.objects.count() == 0


def test_consent_is_not_ticked_beforehand(client: Client) -> None:
    put_in(client, tea(), 1)
    assert client.get("/checkout/").context["form"]["consent"].value() in (None, False)


@pytest.mark.data
def test_a_changed_price_is_told_in_a_sentence_and_the_new_page_can_be_sent(client: Client) -> None:
    put_in(client, tea(), 2)
    form = open_checkout(client)
    Listing.objects.update(price_fen=13000)
    page = client.post("/checkout/", form)
    assert page.context["changes"] == ["“旺苍黄茶”单价由 ¥128.00 变为 ¥130.00。"]
    assert OrderRecord.objects.count() == 0
    fresh = page.context["form"]
    signs = {name: fresh[name].value() for name in ("basket", "digest", "seen")}
    client.post("/checkout/", form | signs)
    assert OrderRecord.objects.get().due_fen == 26000


def test_changed_freight_and_province_are_told(client: Client) -> None:
    product = shiitake()
    put_in(client, product, 1)
    form = open_checkout(client)
    rate = FreightRate.objects.get(template__supplier__code="longquan-fungi", province="浙江省")
    FreightRate.objects.create(template=rate.template, province="江苏省", first_kg_fen=1200, next_kg_fen=300)
    elsewhere = {"province": "江苏省", "city": "南京市", "county": "玄武区"}
    page = client.post("/checkout/", form | elsewhere)
    assert page.context["changes"] == [
        "收货地已改为江苏省，请看过运费后再次提交。",
        "龙泉菌菇的运费由 ¥8.00 变为 ¥12.00。",
    ]
    assert OrderRecord.objects.count() == 0


def test_freight_can_be_asked_for_another_address_without_scripts(client: Client) -> None:
    put_in(client, shiitake(), 1)
    form = open_checkout(client)
    rate = FreightRate.objects.get(template__supplier__code="longquan-fungi", province="浙江省")
    FreightRate.objects.create(template=rate.template, province="江苏省", first_kg_fen=1200, next_kg_fen=300)
    page = client.post("/checkout/", {"basket": form["basket"], "province": "江苏省", "requote": "1"})
    assert (page.context["freight_fen"], page.context["form"].errors) == (1200, {})
    assert page.context["form"]["province"].value() == "江苏省"


def test_where_a_supplier_does_not_deliver_is_said_at_its_goods(client: Client) -> None:
    put_in(client, shiitake(), 1)
    form = open_checkout(client)
    there = {"province": "新疆维吾尔自治区", "city": "乌鲁木齐市", "county": "天山区"}
    page = client.post("/checkout/", form | there)
    assert page.context["groups"][0]["undeliverable"]
    assert list(page.context["form"].errors) == ["province"]
    assert OrderRecord.objects.count() == 0


def test_a_shortage_is_said_at_its_line_and_nothing_is_written(client: Client) -> None:
    put_in(client, tea(), 5)
    form = open_checkout(client)
    set_stock(stockrecord=Line.objects.get().stockrecord, on_hand=3)
    page = client.post("/checkout/", form)
    assert "3" in page.context["groups"][0]["lines"][0]["notice"]
    assert page.context["form"].non_field_errors() or page.context["form"].errors
    assert OrderRecord.objects.count() == 0


def test_what_counts_is_said_by_place(client: Client) -> None:
    put_in(client, tea(), 1)
    put_in(client, shiitake(), 1)
    assert client.get("/checkout/").context["contribution_text"] == "收货后计入：旺苍 ¥128.00 · 龙泉 ¥56.00"


def test_the_demonstration_payment_needs_its_flag(client: Client) -> None:
    put_in(client, tea(), 1)
    with override_settings(SHOP_DEMO=False):
        page = client.post("/checkout/", open_checkout(client))
    assert "method" in page.context["form"].errors
    assert OrderRecord.objects.count() == 0


def test_a_form_of_another_person_opens_nothing(client: Client) -> None:
    owner = Client()
    owner.force_login(make_user())
    put_in(owner, tea(), 1)
    form = open_checkout(owner)
    answer = client.post("/checkout/", form)
    assert answer["Location"] == "/basket/"
    assert OrderRecord.objects.count() == 0


def test_an_empty_basket_leads_back(client: Client) -> None:
    assert client.get("/checkout/")["Location"] == "/basket/"
    assert client.post("/checkout/", ADDRESS)["Location"] == "/basket/"


def test_places_come_as_names_that_may_be_cached(client: Client) -> None:
    answer = client.get("/checkout/areas.json")
    assert "萧山区" in answer.json()["浙江省"]["杭州市"]
    assert "max-age=86400" in answer["Cache-Control"]
