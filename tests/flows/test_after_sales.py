"""A damaged jar from the photo to the money back, with the ledger of every step, to the fen."""

from typing import Any

import pytest
import time_machine
from django.test import Client

from shop.accounts.models import Role, ScopeKind
from shop.core import clock
from shop.fulfilment.models import SupplierOrder
from shop.fulfilment.returns.models import ReturnRequest
from shop.fulfilment.returns.services import watch_returns
from shop.gateways.models import HostedPayment
from shop.ordering.models import OrderRecord, StockBalance
from shop.ordering.reshipments import record_reshipped
from tests.factories import make_cast, make_user
from tests.flows.cast import check_out, fill, goods, ledger, work
from tests.fulfilment.returns_cast import photo
from tests.promises import assert_kept

pytestmark = [pytest.mark.django_db, pytest.mark.data]

TEA, PEARS, FREIGHT = 9_999, 5_000, 1_000
REST = {("longquan", "confirmed"): PEARS, ("freight", "none"): FREIGHT}


def supplier() -> Client:
    client = Client()
    client.force_login(
        make_user(phone="+8613800000051", grants=[(Role.SUPPLIER, ScopeKind.SUPPLIER, "tea-co")])
    )
    return client


def received_order(guest: Client) -> OrderRecord:
    """Return the guest's order: paid, shipped by both suppliers and received."""
    fill(guest, goods())
    record = check_out(guest)
    hosted = guest.post(f"/pay/{record.number}/start/", {"method": "demo"})["Location"]
    guest.post(hosted, {"choice": "succeed"})
    work()
    for order in SupplierOrder.objects.filter(record=record).select_related("supplier"):
        client = Client()
        who = [(Role.SUPPLIER, ScopeKind.SUPPLIER, order.supplier.code)]
        client.force_login(make_user(phone=f"+861380000006{order.pk % 10}", grants=who))
        page = f"/supplier/orders/{order.pk}/"
        fields = client.get(page).context["form"].fields
        units = {name: field.initial for name, field in fields.items() if name.startswith("units_")}
        client.post(page, {"courier": "邮政EMS", "tracking_number": f"EA{order.pk:09d}CN", **units})
    guest.post(f"/orders/{record.number}/receive/")
    stand(record, {("wangcang", "confirmed"): TEA})
    return record


def stand(record: OrderRecord, tea: dict[tuple[str, str], int]) -> None:
    """Assert where the order's fen stand once the worker has done its part, and that every promise holds."""
    work()
    assert ledger(record) == REST | tea
    assert_kept()


def ask(guest: Client, record: OrderRecord, **changes: Any) -> ReturnRequest:
    order = SupplierOrder.objects.get(record=record, supplier__code="tea-co")
    share = record.shares.get(dims__product="tea")
    typed = {
        "reason": "damaged",
        "kind": "refund_only",
        f"units_{share.pk}": "1",
        "details": "罐子碎了",
        "photos": [photo()],
    }
    page = f"/orders/{record.number}/returns/new/{order.pk}/"
    assert guest.post(page, typed | changes).status_code == 302
    return ReturnRequest.objects.latest("pk")


def on_hand() -> int:
    return StockBalance.objects.get(stockrecord__partner_sku="tea").on_hand


def test_a_damaged_jar_is_paid_back() -> None:
    guest = Client()
    record = received_order(guest)
    case = ask(guest, record)
    # It leaves the confirmed figure when it is asked for.
    stand(record, {("wangcang", "confirmed"): 6_666, ("wangcang", "refunding"): 3_333})
    record.refresh_from_db()
    assert (case.fen, record.refunded_fen) == (3_333, 0)
    assert supplier().post(f"/supplier/returns/{case.pk}/agree/", {"note": "抱歉"}).status_code == 302
    stand(record, {("wangcang", "confirmed"): 6_666})
    case.refresh_from_db()
    record.refresh_from_db()
    assert (case.state, record.refunded_fen, on_hand()) == ("refunded", 3_333, 17)
    assert list(HostedPayment.objects.get().refunds.values()) == [3_333]
    assert "已退款" in guest.get(f"/orders/{record.number}/returns/{case.number}/").content.decode()


def test_a_refusal_moves_the_fen_back_and_the_shop_moves_them_again() -> None:
    guest = Client()
    record = received_order(guest)
    case = ask(guest, record, amount="10.01")
    held = {("wangcang", "confirmed"): TEA - 1_001, ("wangcang", "refunding"): 1_001}
    stand(record, held)
    supplier().post(f"/supplier/returns/{case.pk}/refuse/", {"note": "包装完好"})
    stand(record, {("wangcang", "confirmed"): TEA})
    page = f"/orders/{record.number}/returns/{case.number}/"
    assert guest.post(f"{page}shop/", {"note": "照片看得清"}).status_code == 302
    stand(record, held)
    staff = Client()
    staff.force_login(make_cast().staff)
    staff.post(f"/dashboard/returns/{case.pk}/decide/", {"decision": "agree", "note": "照片清楚"})
    stand(record, {("wangcang", "confirmed"): TEA - 1_001})
    case.refresh_from_db()
    record.refresh_from_db()
    assert (case.state, record.refunded_fen) == ("refunded", 1_001)


def test_goods_come_back_into_stock_before_the_money_goes() -> None:
    guest, tea = Client(), supplier()
    record = received_order(guest)
    share = record.shares.get(dims__product="tea")
    case = ask(
        guest, record, kind="return_refund", reason="changed_mind", photos=[], **{f"units_{share.pk}": "3"}
    )
    stand(record, {("wangcang", "refunding"): TEA})
    tea.post(f"/supplier/returns/{case.pk}/agree/", {"note": "木门镇1号"})
    page = f"/orders/{record.number}/returns/{case.number}/"
    guest.post(f"{page}sent/", {"courier": "邮政EMS", "tracking_number": "EA123456789CN"})
    stand(record, {("wangcang", "refunding"): TEA})
    tea.post(f"/supplier/returns/{case.pk}/arrived/", {f"good_{share.pk}": "2", "note": "一罐开过"})
    stand(record, {})
    case.refresh_from_db()
    record.refresh_from_db()
    assert (case.state, record.refunded_fen, on_hand()) == ("refunded", TEA, 19)


def test_goods_leave_the_confirmed_figure_until_their_replacement_has_come() -> None:
    guest, tea = Client(), supplier()
    record = received_order(guest)
    case = ask(guest, record, kind="replace")
    held = {("wangcang", "confirmed"): 6_666, ("wangcang", "disputed"): 3_333}
    stand(record, held)
    tea.post(f"/supplier/returns/{case.pk}/agree/", {"note": ""})
    stand(record, held)
    sent = case.items.get().reshipment
    assert sent is not None
    record_reshipped(reshipment_id=sent.pk, courier="邮政EMS", tracking_number="EA123456780CN", actor_id=None)
    stand(record, held)
    case.refresh_from_db()
    assert (case.state, on_hand()) == ("reshipped", 16)
    page = f"/orders/{record.number}/returns/{case.number}/"
    assert "收到补发" in guest.get(page).content.decode()
    assert guest.post(f"{page}received/").status_code == 302
    stand(record, {("wangcang", "confirmed"): TEA})
    assert "已收到补发" in guest.get(page).content.decode()


def test_silence_of_the_supplier_brings_the_case_to_the_shop() -> None:
    guest = Client()
    record = received_order(guest)
    case = ask(guest, record)
    work()
    later = case.opened_at.timestamp() + 48 * 3600 + 1
    with time_machine.travel(later, tick=False):
        assert clock.now() > case.due_at  # type: ignore[operator]
        assert watch_returns() == 1
    case.refresh_from_db()
    assert case.state == "escalated"
    stand(record, {("wangcang", "confirmed"): 6_666, ("wangcang", "refunding"): 3_333})
