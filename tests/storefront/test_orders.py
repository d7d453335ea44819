import datetime as dt
import re

import pytest
from django.test import Client
from pytest_django import Settings

from shop.accounts.scope import SYSTEM
from shop.core import clock
from shop.fulfilment.models import Parcel, SupplierOrder
from shop.fulfilment.services import open_supplier_orders, ship_parcel
from shop.ordering.models import OrderRecord, RefundRequest, StockBalance
from shop.ordering.selectors import link_token
from tests.factories import make_user, place, place_paid
from tests.forks.shopping import shiitake, tea

pytestmark = pytest.mark.django_db


@pytest.fixture
def resident(client: Client):
    user = make_user()
    client.force_login(user)
    return user


def ship(record: OrderRecord) -> None:
    codes = {share.supplier.code for share in record.shares.all()}
    open_supplier_orders(order_number=record.number, supplier_codes=codes, opened_at=clock.now())
    for order in SupplierOrder.objects.filter(record=record):
        ship_parcel(
            scope=SYSTEM,
            supplier_order_id=order.pk,
            courier="中通",
            tracking_number=f"ZT{order.pk}",
            actor_id=1,
        )


def texts(answer) -> list[str]:
    return [action["text"] for action in answer.context["actions"]]


def test_tabs_count_and_filter(client: Client, resident) -> None:
    place(lines=[(tea(), 1)], buyer=resident)
    paid = place_paid(lines=[(tea(), 1)], buyer=resident)
    sent = place_paid(lines=[(tea(), 1)], buyer=resident)
    ship(sent)
    place(lines=[(tea(), 1)], buyer=make_user(phone="+8613800000002"))
    context = client.get("/orders/").context
    assert [(tab["name"], tab["count"]) for tab in context["tabs"]] == [
        ("全部", 0),
        ("待付款", 1),
        ("待发货", 1),
        ("待收货", 1),
        ("待评价", 0),
        ("退款/售后", 0),
    ]
    assert len(context["orders"]) == 3
    assert [row["number"] for row in client.get("/orders/?tab=to_ship").context["orders"]] == [paid.number]
    assert [row["number"] for row in client.get("/orders/?tab=to_receive").context["orders"]] == [sent.number]


def test_an_unpaid_order_can_be_paid_or_cancelled(client: Client, resident) -> None:
    record = place(lines=[(tea(), 2)], buyer=resident)
    page = client.get(f"/orders/{record.number}/")
    assert texts(page) == ["取消订单", "付款"]
    assert page.context["deadline_at"] == record.hold_until
    assert record.hold_until is not None
    for address in ("/orders/", f"/orders/{record.number}/", f"/pay/{record.number}/"):
        text = client.get(address).content.decode()
        # As words for everybody, and as a moment for the script that counts down.
        assert f"货品保留至 {record.hold_until.astimezone(clock.SHANGHAI):%m-%d %H:%M}" in text
        assert f'data-deadline="{record.hold_until.astimezone(clock.SHANGHAI):%Y-%m-%dT%H:%M}' in text
    client.post(f"/orders/{record.number}/cancel/")
    record.refresh_from_db()
    assert (record.payment_state, record.close_reason) == ("closed", "buyer")
    assert StockBalance.objects.get().allocated == 0


def test_asking_to_cancel_changes_nothing_yet(client: Client, resident) -> None:
    record = place(lines=[(tea(), 2)], buyer=resident)
    assert client.get(f"/orders/{record.number}/cancel/").status_code == 200
    record.refresh_from_db()
    assert record.payment_state == "unpaid"


def test_a_paid_unshipped_order_is_cancelled_by_a_whole_refund(client: Client, resident) -> None:
    record = place_paid(lines=[(shiitake(), 2)], buyer=resident)
    client.post(f"/orders/{record.number}/cancel/", {"reason": "买错了"})
    request = RefundRequest.objects.get()
    assert (request.fen, request.reason, request.state) == (2 * 5600 + 800, "买错了", "requested")
    assert texts(client.get(f"/orders/{record.number}/")) == []


def test_a_shipped_order_shows_its_parcels_and_is_confirmed_once(client: Client, resident) -> None:
    record = place_paid(lines=[(tea(), 2), (shiitake(), 1)], buyer=resident)
    ship(record)
    page = client.get(f"/orders/{record.number}/")
    assert [parcel["number"] for parcel in page.context["parcels"] if parcel["number"]] == list(
        Parcel.objects.order_by("pk").values_list("tracking_number", flat=True)
    )
    assert texts(page) == ["售后", "确认收货"]
    for _ in range(2):
        client.post(f"/orders/{record.number}/receive/")
    record.refresh_from_db()
    assert record.fulfilment_state == "received"
    received = client.get(f"/orders/{record.number}/").context["groups"]
    assert [group["state_text"] for group in received] == ["已收货", "已收货"]
    assert texts(client.get(f"/orders/{record.number}/")) == ["售后", "评价"]


def test_receipt_is_asked_for_once_more_with_what_it_means(client: Client, resident) -> None:
    record = place_paid(lines=[(tea(), 2)], buyer=resident)
    address = f"/orders/{record.number}/receive/"
    assert client.get(address).status_code == 302
    ship(record)
    page = client.get(address)
    parcel = Parcel.objects.get()
    assert f"包裹 1 · 2 件 · 中通 {parcel.tracking_number}" in page.content.decode()
    assert "售后期限从收货起算：七天无理由退货" in page.content.decode()
    record.refresh_from_db()
    assert record.fulfilment_state == "shipped"
    client.post(address)
    assert client.get(address).status_code == 302


def test_the_list_offers_what_the_orders_own_page_does(client: Client, resident) -> None:
    placed = [place(lines=[(tea(), 1)], buyer=resident)]
    placed += [place_paid(lines=[(tea(), 1)], buyer=resident) for _ in range(3)]
    _unpaid, _paid, sent, received = (record.number for record in placed)
    ship(placed[2])
    ship(placed[3])
    client.post(f"/orders/{received}/receive/")
    page = client.get("/orders/")
    shown = {row["number"]: [action["text"] for action in row["actions"]] for row in page.context["orders"]}
    assert [shown[record.number] for record in placed] == [
        ["取消订单", "付款"],
        ["取消订单"],
        ["查看物流", "售后", "确认收货"],
        ["查看物流", "售后", "评价"],
    ]
    for row in page.context["orders"]:
        own = texts(client.get(f"/orders/{row['number']}/"))
        assert [text for text in shown[row["number"]] if text != "查看物流"] == own
        assert all(f'href="{action["url"]}"' in page.content.decode() for action in row["actions"])
    assert 'id="parcels"' in client.get(f"/orders/{sent}/").content.decode()


def test_a_shipped_order_cannot_be_cancelled(client: Client, resident) -> None:
    record = place_paid(lines=[(tea(), 2)], buyer=resident)
    ship(record)
    page = client.post(f"/orders/{record.number}/cancel/", follow=True)
    assert "已不能取消" in page.content.decode()
    assert RefundRequest.objects.count() == 0


def test_some_pieces_can_be_refunded(client: Client, resident) -> None:
    record = place_paid(lines=[(tea(), 3)], buyer=resident)
    share = record.shares.get()
    client.post(f"/orders/{record.number}/refund/", {f"units_{share.pk}": "1", "reason": "破损"})
    assert RefundRequest.objects.get().fen == 12800
    line = client.get(f"/orders/{record.number}/").context["groups"][0]["lines"][0]
    assert line["tag_text"] == "1 件退款处理中"


@pytest.mark.parametrize(
    ("units", "reason", "field"), [("4", "破损", "units"), ("0", "破损", "__all__"), ("1", "", "reason")]
)
def test_a_wrong_refund_is_named_and_nothing_is_written(
    client: Client, resident, units: str, reason: str, field: str
) -> None:
    record = place_paid(lines=[(tea(), 3)], buyer=resident)
    share = record.shares.get()
    page = client.post(f"/orders/{record.number}/refund/", {f"units_{share.pk}": units, "reason": reason})
    expected = f"units_{share.pk}" if field == "units" else field
    assert list(page.context["form"].errors) == [expected]
    assert RefundRequest.objects.count() == 0


def test_others_find_nothing(client: Client, resident) -> None:
    record = place_paid(lines=[(tea(), 1)], buyer=make_user(phone="+8613800000002"))
    for path in ("", "cancel/", "refund/"):
        assert client.get(f"/orders/{record.number}/{path}").status_code == 404
    assert client.post(f"/orders/{record.number}/receive/").status_code == 404


def test_a_guests_link_opens_the_order_for_this_browser(client: Client) -> None:
    record = place(lines=[(tea(), 1)])
    assert client.get(f"/orders/{record.number}/").status_code == 404
    wrong = client.get(f"/o/{record.number}/wrong-token/")
    assert wrong.status_code == client.get("/o/YS20260101-00000000/wrong-token/").status_code == 404
    opened = client.get(f"/o/{record.number}/{link_token(record)}/", follow=True)
    assert opened.context["order"]["number"] == record.number
    assert [row["number"] for row in client.get("/orders/").context["orders"]] == [record.number]


def test_the_link_to_an_order_never_follows_the_requests_host(client: Client, settings: Settings) -> None:
    settings.SHOP_BASE_URL, settings.ALLOWED_HOSTS = "http://127.0.0.1:8123", ["*"]
    record = place(lines=[(tea(), 1)])
    client.get(f"/o/{record.number}/{link_token(record)}/")
    page = client.get(f"/orders/{record.number}/", headers={"host": "evil.example.com"}).content.decode()
    assert f"http://127.0.0.1:8123/o/{record.number}/{link_token(record)}/" in page
    assert "evil.example.com" not in page


def test_phone_numbers_are_masked(client: Client, resident) -> None:
    record = place(lines=[(tea(), 1)], buyer=resident)
    page = client.get(f"/orders/{record.number}/").content.decode()
    assert "138****0001" in page
    assert "13800000001" not in page


def test_the_newest_step_of_a_parcel_stands_first_and_its_number_can_be_copied(
    client: Client, resident
) -> None:
    record = place_paid(lines=[(tea(), 1)], buyer=resident)
    ship(record)
    parcel = Parcel.objects.get()
    for hours in (9, 3, 27):
        at = parcel.shipped_at + dt.timedelta(hours=hours)
        parcel.tracking_events.create(at=at, digest=f"{hours}", text=f"第{hours}小时", recorded_at=at)
    text = client.get(f"/orders/{record.number}/").content.decode()
    timeline = text[text.index("<ol>") : text.index("</ol>")]
    assert re.findall("第([0-9]+)小时", timeline) == ["27", "9", "3"]
    moments = re.findall(r'<time datetime="([^"]+)"', timeline)
    assert len(moments) >= 4
    assert moments == sorted(moments, reverse=True)
    assert timeline.count('aria-current="step"') == 1
    assert timeline.index('aria-current="step"') < timeline.index("第27小时")
    assert re.findall(r'data-copy="([^"]+)"', text) == [parcel.tracking_number, record.number]
