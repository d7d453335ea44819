"""The supplier's pages: own orders only, the receiver only while there is something to ship."""

from typing import Any

import pytest
from django.test import Client

from shop.accounts.models import Role, ScopeKind, User
from shop.fulfilment.models import Parcel, SupplierOrder
from shop.ordering.models import StockBalance
from tests.factories import make_user
from tests.fulfilment.cast import Mixed, mixed_order, ship, states
from tests.pages import alike

pytestmark = pytest.mark.django_db

RECEIVER = ("王芳", "13800000001", "市心中路1号")
LIST = "/supplier/"
NUMBER = "EA123456789CN"


@pytest.fixture
def mixed() -> Mixed:
    return mixed_order(messages={"tea-co": "请放门卫", "pear-co": "要熟一点的"})


def person(code: str, phone: str = "+8613800000021") -> User:
    return make_user(phone=phone, name="陈供应", grants=[(Role.SUPPLIER, ScopeKind.SUPPLIER, code)])


@pytest.fixture
def tea_client() -> Client:
    client = Client()
    client.force_login(person("tea-co"))
    return client


@pytest.fixture
def pear_client() -> Client:
    client = Client()
    client.force_login(person("pear-co", "+8613800000022"))
    return client


def page(client: Client, url: str, status: int = 200) -> str:
    response = client.get(url)
    assert response.status_code == status
    return response.content.decode()


def address(order: SupplierOrder) -> str:
    return f"/supplier/orders/{order.pk}/"


def shipment(mixed: Mixed, **changes: Any) -> dict[str, Any]:
    units = {f"units_{mixed.tea.pk}": 3, f"units_{mixed.honey.pk}": 2}
    return {"courier": "邮政EMS", "tracking_number": NUMBER, **units, **changes}


def test_a_supplier_sees_own_lines_only(mixed: Mixed, tea_client: Client, pear_client: Client) -> None:
    for client, order, own, foreign in (
        (tea_client, mixed.first, ("黄茶", "土蜂蜜", "请放门卫"), ("翠冠梨", "龙泉果业", "要熟一点的")),
        (pear_client, mixed.second, ("翠冠梨", "要熟一点的"), ("黄茶", "土蜂蜜", "木门茶业", "请放门卫")),
    ):
        text = page(client, address(order))
        assert all(word in text for word in own)
        assert not any(word in text for word in foreign)
        listed = page(client, LIST)
        assert mixed.record.number in listed
        assert not any(word in listed for word in foreign)


def test_the_receiver_shows_only_while_there_is_something_to_ship(mixed: Mixed, tea_client: Client) -> None:
    assert all(word in page(tea_client, address(mixed.first)) for word in RECEIVER)
    listed = page(tea_client, LIST)
    assert "王**" in listed
    assert not any(word in listed for word in RECEIVER)
    ship(mixed.first)
    for url in (address(mixed.first), LIST, f"{LIST}?tab=shipped"):
        assert not any(word in page(tea_client, url) for word in RECEIVER)


def test_another_suppliers_order_is_not_found_and_not_touched(mixed: Mixed, pear_client: Client) -> None:
    nowhere, foreign = "/supplier/orders/987654/", address(mixed.first)
    missing = alike(page(pear_client, nowhere, 404), nowhere)
    assert alike(page(pear_client, foreign, 404), foreign) == missing
    assert pear_client.post(address(mixed.first), shipment(mixed)).status_code == 404
    assert pear_client.post(f"{address(mixed.first)}confirm/").status_code == 404
    assert states(mixed) == ("none", "new", "new")
    assert not Parcel.objects.exists()


def test_extra_fields_of_a_post_are_ignored(mixed: Mixed, tea_client: Client) -> None:
    forged = {f"units_{mixed.pears.pk}": 4, "supplier": mixed.second.supplier_id, "state": "cancelled"}
    forged |= {"record": 1, "ship_by": "2030-01-01", "actor_id": 1, "shipped_at": "2020-01-01"}
    response = tea_client.post(address(mixed.first), shipment(mixed, **forged))
    assert response.status_code == 302
    assert states(mixed) == ("part", "shipped", "new")
    items = Parcel.objects.get().items.all()
    assert {item.share_id: item.units for item in items} == {mixed.tea.pk: 3, mixed.honey.pk: 2}
    assert StockBalance.objects.get(stockrecord__partner_sku="pears").allocated == 4
    assert Parcel.objects.get().events.get().at == Parcel.objects.get().shipped_at


def test_a_number_is_taken_as_people_paste_it(mixed: Mixed, tea_client: Client) -> None:
    tea_client.post(address(mixed.first), shipment(mixed, tracking_number=" ea１２３-456 789 cn "))
    assert Parcel.objects.get().tracking_number == NUMBER


@pytest.mark.parametrize(
    "changes",
    [
        {"tracking_number": ""},
        {"tracking_number": "12"},
        {"tracking_number": "SF1234567890123"},
        {"tracking_number": "<script>alert(1)</script>"},
        {"courier": "骑马"},
        {"courier": ""},
    ],
)
def test_what_cannot_be_shipped_is_said_at_its_field(
    mixed: Mixed, tea_client: Client, changes: dict[str, str]
) -> None:
    response = tea_client.post(address(mixed.first), shipment(mixed, **changes))
    assert response.status_code == 422
    assert list(response.context["form"].errors) == list(changes)
    assert not Parcel.objects.exists()
    assert states(mixed) == ("none", "new", "new")


@pytest.mark.parametrize("units", ["4", "-1", "1.5", "viele", ""])
def test_wrong_units_are_said_at_their_line(mixed: Mixed, tea_client: Client, units: str) -> None:
    field = f"units_{mixed.tea.pk}"
    response = tea_client.post(address(mixed.first), shipment(mixed, **{field: units}))
    assert response.status_code == 422
    assert list(response.context["form"].errors) == [field]
    assert not Parcel.objects.exists()


def test_a_taken_number_is_said_at_its_field(mixed: Mixed, tea_client: Client) -> None:
    ship(mixed.second, number=NUMBER)
    response = tea_client.post(address(mixed.first), shipment(mixed))
    assert response.status_code == 422
    assert list(response.context["form"].errors) == ["tracking_number"]
    assert Parcel.objects.count() == 1


def test_the_button_confirms(mixed: Mixed, tea_client: Client) -> None:
    response = tea_client.post(f"{address(mixed.first)}confirm/")
    assert (response.status_code, response["Location"]) == (302, address(mixed.first))
    assert states(mixed) == ("none", "confirmed", "new")


def test_tabs_and_numbers(mixed: Mixed, tea_client: Client) -> None:
    def numbers() -> tuple[int, ...]:
        counts = tea_client.get(LIST).context["counts"]
        return (counts.new, counts.to_ship, counts.late, counts.shipped, counts.after_sales)

    assert numbers() == (1, 0, 0, 0, 0)
    tea_client.post(f"{LIST}confirm/", {"order": mixed.first.pk})
    assert numbers() == (0, 1, 0, 0, 0)
    ship(mixed.first)
    assert numbers() == (0, 0, 0, 1, 0)
    assert mixed.record.number in page(tea_client, f"{LIST}?tab=shipped")
    assert mixed.record.number not in page(tea_client, LIST)
    page(tea_client, f"{LIST}?tab=everything", 404)


def test_a_shop_without_orders_has_an_empty_page(mixed: Mixed) -> None:
    SupplierOrder.objects.all().delete()
    client = Client()
    client.force_login(person("tea-co"))
    assert mixed.record.number not in page(client, LIST)


def test_a_cancelled_order_is_not_confirmed(mixed: Mixed, tea_client: Client) -> None:
    SupplierOrder.objects.filter(pk=mixed.first.pk).update(state="cancelled")
    answer = tea_client.post(f"{address(mixed.first)}confirm/", follow=True)
    assert "请不要发货" in answer.content.decode()
    assert states(mixed)[1] == "cancelled"


def test_an_empty_list_says_where_there_is_something(mixed: Mixed, tea_client: Client) -> None:
    ship(mixed.first)
    opened = tea_client.get(LIST)
    assert (opened.context["tab"], opened.context["rows"]) == ("to_ship", [])
    assert opened.context["elsewhere"] == [("已发货 1", "?tab=shipped")]
    text = opened.content.decode()
    assert "这里暂时没有要处理的" in text and 'href="?tab=shipped" class="chip">已发货 1' in text
    assert tea_client.get(f"{LIST}?tab=shipped").context["elsewhere"] == []


def test_a_month_without_sales_leads_to_the_last_orders(mixed: Mixed, tea_client: Client) -> None:
    empty = tea_client.get(f"{LIST}sales/?start=2020-01-01&end=2020-01-31")
    assert len(empty.context["elsewhere"]) == 1
    assert 'href="/supplier/sales/" class="chip">最近的订单：' in empty.content.decode()


def test_no_open_case_leads_to_all_of_them(mixed: Mixed, tea_client: Client) -> None:
    assert tea_client.get(f"{LIST}returns/").context["elsewhere"] == []
