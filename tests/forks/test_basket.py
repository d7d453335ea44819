import re

import pytest
from django.test import Client
from oscar.apps.basket.models import Basket, Line

from shop.listings.models import Listing, ListingState
from shop.ordering.services import set_stock
from tests.factories import make_user
from tests.forks.shopping import put_in, shiitake, tea

pytestmark = pytest.mark.django_db


def lines() -> dict[str, int]:
    return dict(Line.objects.order_by("pk").values_list("product__title", "quantity"))


def test_adding_keeps_price_and_quantity_and_gives_a_cookie(client: Client) -> None:
    answer = put_in(client, tea(), 2, next="/catalogue/")
    assert (answer.status_code, answer["Location"]) == (302, "/catalogue/")
    assert lines() == {"旺苍黄茶": 2}
    assert str(Line.objects.get().price_incl_tax) == "128.00"
    assert "oscar_open_basket" in answer.cookies


def test_adding_again_adds_up(client: Client) -> None:
    put_in(client, tea(), 2)
    put_in(client, tea(), 3)
    assert lines() == {"旺苍黄茶": 5}


@pytest.mark.parametrize(
    ("quantity", "message"),
    [
        ("", "请填写数量。"),
        ("0", "数量至少为 1。"),
        ("1.5", "数量必须是整数。"),
        ("x", "数量必须是整数。"),
        ("1000", "数量最多为 999。"),
        ("11", "“旺苍黄茶”只剩 10 件，您要的是 11 件。"),
    ],
)
def test_a_wrong_quantity_is_named_and_nothing_is_written(
    client: Client, quantity: str, message: str
) -> None:
    page = client.post(f"/basket/add/{tea().pk}/", {"quantity": quantity}, follow=True)
    assert message in page.content.decode()
    assert Basket.objects.count() == 0


def test_an_address_of_another_site_is_not_followed(client: Client) -> None:
    product = tea()
    answer = put_in(client, product, next="https://elsewhere.example.com/")
    assert answer["Location"] == product.get_absolute_url()


def test_withdrawn_goods_cannot_be_added(client: Client) -> None:
    product = tea(state=ListingState.WITHDRAWN)
    page = client.post(f"/basket/add/{product.pk}/", {"quantity": 1}, follow=True)
    assert "暂时不能购买" in page.content.decode()
    assert Basket.objects.count() == 0


def test_unknown_goods_are_not_found(client: Client) -> None:
    assert client.post("/basket/add/999/", {"quantity": 1}).status_code == 404


def test_the_basket_groups_by_supplier_with_freight(client: Client) -> None:
    put_in(client, tea(), 1)
    put_in(client, shiitake(), 2)
    context = client.get("/basket/").context
    assert [group["supplier_name"] for group in context["groups"]] == ["旺苍茶业", "龙泉菌菇"]
    assert (context["freight_fen"], context["selected_fen"]) == (800, 12800 + 2 * 5600 + 800)


def test_one_form_changes_quantities_steps_and_removes(client: Client) -> None:
    put_in(client, tea(), 1)
    put_in(client, shiitake(), 2)
    first, second = Line.objects.order_by("pk")
    post = {f"quantity_{first.pk}": "3", f"quantity_{second.pk}": "2", "selected": [first.pk, second.pk]}
    client.post("/basket/", post)
    assert lines() == {"旺苍黄茶": 3, "龙泉香菇": 2}
    client.post("/basket/", post | {"step": f"{second.pk}:+1"})
    assert lines() == {"旺苍黄茶": 3, "龙泉香菇": 3}
    client.post("/basket/", post | {"remove": str(first.pk)})
    assert lines() == {"龙泉香菇": 3}


def test_a_change_beyond_the_stock_changes_nothing(client: Client) -> None:
    put_in(client, tea(), 1)
    put_in(client, shiitake(), 1)
    first, second = Line.objects.order_by("pk")
    post = {f"quantity_{first.pk}": "2", f"quantity_{second.pk}": "99", "selected": [first.pk, second.pk]}
    page = client.post("/basket/", post, follow=True)
    assert "“龙泉香菇”只剩 10 件" in page.content.decode()
    assert lines() == {"旺苍黄茶": 1, "龙泉香菇": 1}


def test_rows_of_another_basket_are_not_touched(client: Client) -> None:
    put_in(client, tea(), 1)
    theirs = Line.objects.get()
    other = Client()
    put_in(other, shiitake(), 1)
    other.post("/basket/", {f"quantity_{theirs.pk}": "9", "remove": str(theirs.pk)})
    theirs.refresh_from_db()
    assert theirs.quantity == 1


def test_only_ticked_rows_are_summed(client: Client) -> None:
    put_in(client, tea(), 1)
    put_in(client, shiitake(), 1)
    first, second = Line.objects.order_by("pk")
    client.post(
        "/basket/", {f"quantity_{first.pk}": "1", f"quantity_{second.pk}": "1", "selected": [first.pk]}
    )
    context = client.get("/basket/").context
    assert (context["selected_count"], context["selected_fen"], context["all_selected"]) == (1, 12800, False)


def test_the_head_of_a_supplier_is_ticked_while_all_its_rows_are(client: Client) -> None:
    put_in(client, tea(), 1)
    put_in(client, tea(sku="tea-002", name_zh="旺苍绿茶"), 1)
    put_in(client, shiitake(), 1)
    first, _second, third = Line.objects.order_by("pk")

    def heads() -> list[tuple[str, bool]]:
        html = client.get("/basket/").content.decode()
        found = re.findall(r'data-check-all="selected"( checked)? aria-label="选择([^"]+)的全部商品"', html)
        return [(supplier, bool(checked)) for checked, supplier in found]

    assert heads() == [("旺苍茶业", True), ("龙泉菌菇", True)]
    client.post("/basket/", {"selected": [first.pk, third.pk]})
    assert heads() == [("旺苍茶业", False), ("龙泉菌菇", True)]


def test_checkout_without_a_tick_stays(client: Client) -> None:
    put_in(client, tea(), 1)
    page = client.post("/basket/", {f"quantity_{Line.objects.get().pk}": "1", "checkout": "1"}, follow=True)
    assert "请先勾选" in page.content.decode()


def test_withdrawn_and_sold_out_rows_stand_apart_and_can_be_cleared(client: Client) -> None:
    put_in(client, tea(), 1)
    put_in(client, shiitake(), 1)
    Listing.objects.filter(sku="tea-001").update(state=ListingState.WITHDRAWN)
    stockrecord = Line.objects.get(product__title="龙泉香菇").stockrecord
    set_stock(stockrecord=stockrecord, on_hand=0)
    context = client.get("/basket/").context
    assert [line["title"] for line in context["invalid_lines"]] == ["旺苍黄茶", "龙泉香菇"]
    assert (context["groups"], context["selected_fen"]) == ([], 0)
    client.post("/basket/", {"clear_invalid": "1"})
    assert lines() == {}


def test_a_changed_price_and_a_short_stock_are_told(client: Client) -> None:
    put_in(client, tea(), 5)
    Listing.objects.update(price_fen=13000)
    set_stock(stockrecord=Line.objects.get().stockrecord, on_hand=3)
    notice = client.get("/basket/").context["groups"][0]["lines"][0]["notice"]
    assert "加入时 ¥128.00，现在 ¥130.00" in notice
    assert "3" in notice


def test_a_page_view_makes_no_basket(client: Client) -> None:
    client.force_login(make_user())
    assert client.get("/basket/").status_code == 200
    assert Basket.objects.count() == 0


def test_signing_in_brings_the_guests_basket_along(client: Client) -> None:
    put_in(client, tea(), 2)
    user = make_user()
    client.force_login(user)
    assert client.get("/basket/").context["count"] == 1
    assert Basket.open.get(owner=user).lines.get().quantity == 2
