"""The buttons of the staff's order page: called off, replaced, moved money; each acts once, with a reason."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from shop.gateways import services as gateways
from shop.gateways.models import Payment
from shop.gateways.money_models import MoneyMove
from shop.journal.models import JournalEntry
from shop.ordering.desk_models import Reshipment
from shop.ordering.models import OrderRecord, RefundRequest, StockBalance
from tests.factories import Cast, make_cast, make_product, place
from tests.fulfilment.cast import ship
from tests.gateways.cast import bank_line, order, paid_online, started, states, transfer_order
from tests.promises import assert_kept
from tests.worker import drain

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def client_of(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def act(client: Client, record: OrderRecord, name: str, **data: Any) -> list[str]:
    """Send a button's form; return what the page says then."""
    answer = client.post(
        f"/dashboard/orders/{record.number}/{name}/", {"note": "电话沟通"} | data, follow=True
    )
    assert answer.status_code == 200
    return [str(message) for message in answer.context["messages"]]


def test_an_unpaid_order_is_called_off_with_its_session(cast: Cast) -> None:
    record, staff = order(stock=5), client_of(cast.staff)
    started(record)
    act(staff, record, "cancel", note="")
    assert states(record)[0] == "unpaid"
    for _ in range(2):
        act(staff, record, "cancel")
    record.refresh_from_db()
    assert (record.payment_state, record.close_reason, StockBalance.objects.get().allocated) == (
        "closed",
        "staff",
        0,
    )
    assert [row.reason for row in JournalEntry.objects.filter(action="order.closing")] == ["电话沟通"]


def test_a_paid_order_is_called_off_whole_by_two_people_and_once(cast: Cast) -> None:
    record = place(lines=[(make_product(price_fen=10_000, freight_free=False, stock=5), 3)])
    paid_online(record)
    drain()
    staff = client_of(cast.staff)
    said = [act(staff, record, "cancel", form_key="one-page") for _ in range(2)]
    assert said[1] == ["此表单已提交过，没有重复执行。"]
    [request] = RefundRequest.objects.all()
    assert (request.fen, request.approved_at) == (record.paid_fen, None)
    before = JournalEntry.objects.count()
    assert act(client_of(cast.second_staff), record, "cancel", form_key="other") == ["没有可退的金额。"]
    assert (RefundRequest.objects.count(), JournalEntry.objects.count()) == (1, before)
    client_of(cast.second_staff).post(f"/dashboard/refund-requests/{request.pk}/approve/")
    drain()
    gateways.execute_refunds()
    drain()
    record.refresh_from_db()
    assert (record.refunded_fen, StockBalance.objects.get().allocated) == (record.paid_fen, 0)
    assert record.supplier_orders.get().state == "cancelled"
    assert "供应商已无待发商品" in staff.get(f"/dashboard/orders/{record.number}/").content.decode()
    assert_kept()


def test_a_shipped_order_is_not_called_off(cast: Cast) -> None:
    record = order()
    paid_online(record)
    drain()
    ship(record.supplier_orders.get())
    before = JournalEntry.objects.count()
    act(client_of(cast.staff), record, "cancel", form_key="k")
    assert (RefundRequest.objects.count(), JournalEntry.objects.count()) == (0, before)


def test_amounts_are_capped_to_the_fen_and_spread_over_what_is_left(cast: Cast) -> None:
    tea = make_product(price_fen=3_334, stock=9, freight_free=False)
    honey = make_product(sku="h", name_zh="蜂蜜", price_fen=1_001, stock=9)
    record = place(lines=[(tea, 3), (honey, 1)])
    paid_online(record)
    drain()
    first, second = record.shares.order_by("number")
    charge, staff = record.charges.get(), client_of(cast.staff)
    url = f"/dashboard/orders/{record.number}/refund/"
    page = staff.get(f"/dashboard/orders/{record.number}/").content.decode()
    assert all(word in page for word in ("最多 110.03", "最多 100.02", "最多 10.01"))
    for field, yuan in (
        ("yuan_all", "110.04"),
        (f"yuan_{first.line_id}", "100.03"),
        (f"charge_{charge.pk}", f"{charge.fen + 1}"),
    ):
        answer = staff.post(url, {field: yuan, "reason": "降价", "form_key": "cap"})
        assert (answer.status_code, list(answer.context["form"].errors)) == (422, [field])
    both = {"yuan_all": "110.03", f"yuan_{second.line_id}": "0.01", "reason": "降价"}
    assert staff.post(url, both).status_code == 422
    assert not RefundRequest.objects.exists()
    for _ in range(2):
        staff.post(url, {"yuan_all": "11.00", "reason": "降价", "form_key": "page"})
    [request] = RefundRequest.objects.all()
    # 1100 over 10002 and 1001: 999.92… and 100.07…, the larger remainder takes the fen left over.
    assert list(request.items.order_by("pk").values_list("units", "fen")) == [(0, 1_000), (0, 100)]
    staff.post(url, {f"units_{first.pk}": 1, "reason": "少一罐"})
    # What is left of the tea is 9002 fen for three units: 3000, 3001, 3001.
    assert RefundRequest.objects.latest("pk").fen == 3_000
    assert (first.record.paid_fen, first.units) == (record.paid_fen, 3)


def test_a_replacement_is_asked_for_and_called_off_on_the_page(cast: Cast) -> None:
    record, staff = order(stock=9), client_of(cast.staff)
    paid_online(record)
    drain()
    ship(record.supplier_orders.get())
    share = record.shares.get()
    for _ in range(2):
        act(staff, record, "reship", share=share.pk, units=1, form_key="page")
    made = Reshipment.objects.get()
    supplier = client_of(make_supplier_user(cast, share.supplier.code))
    assert made.number in supplier.get("/supplier/replacements/").content.decode()
    act(staff, record, f"reship/{made.pk}/cancel")
    made.refresh_from_db()
    assert made.state == "cancelled"
    act(staff, record, "stop")
    record.refresh_from_db()
    assert record.shipping_stopped_at is None, "it has been shipped"


def make_supplier_user(cast: Cast, code: str) -> Any:
    """Return the cast's supplier, acting for this one."""
    cast.supplier_user.grants.update(code=code)
    return cast.supplier_user


def test_a_stopped_order_is_shown_as_stopped(cast: Cast) -> None:
    record, staff = order(), client_of(cast.staff)
    paid_online(record)
    drain()
    act(staff, record, "stop")
    act(staff, record, "note", note="买家周五后收货", form_key="n")
    supplier = client_of(make_supplier_user(cast, record.shares.get().supplier.code))
    own = record.supplier_orders.get()
    page = supplier.get(f"/supplier/orders/{own.pk}/")
    assert "商城已暂停此订单发货" in page.content.decode()
    sent = {"courier": "邮政EMS", "tracking_number": "EA123456789CN", f"units_{record.shares.get().pk}": 2}
    assert supplier.post(f"/supplier/orders/{own.pk}/", sent).status_code == 422
    text = staff.get(f"/dashboard/orders/{record.number}/").content.decode()
    assert "买家周五后收货" in text and "已暂停发货" in text
    act(staff, record, "resume")
    assert supplier.post(f"/supplier/orders/{own.pk}/", sent).status_code == 302


@pytest.fixture
def two_orders(cast: Cast) -> Callable[[], tuple[OrderRecord, OrderRecord, Payment]]:
    """Give two transfer orders of one buyer, and 90.00 yuan that came for the first."""

    def make() -> tuple[OrderRecord, OrderRecord, Payment]:
        first, attempt = transfer_order(buyer=cast.resident)
        second = place(
            lines=[(make_product(sku="honey", price_fen=9_000), 1)],
            buyer=cast.resident,
            method="bank_transfer",
        )
        claim = bank_line(attempt, 9_000, by=cast.finance.pk)
        payment = gateways.confirm_transfer(claim_id=claim, confirmed_by=cast.second_finance.pk)
        drain()
        return first, second, payment

    return make


def test_waiting_money_of_the_same_payer_is_moved_by_two_people(cast: Cast, two_orders: Any) -> None:
    first, second, payment = two_orders()
    staff = client_of(cast.staff)
    page = staff.get(f"/dashboard/orders/{second.number}/")
    assert [(row.pk, row.rest) for row in page.context["other_money"]] == [(payment.pk, 9_000)]
    for _ in range(2):
        act(staff, second, "move-money", payment=payment.pk, form_key="page")
    move = MoneyMove.objects.get()
    assert (move.fen, move.record_id, states(second)) == (9_000, second.pk, ("unpaid", "held", 0, ""))
    assert not staff.get(f"/dashboard/orders/{second.number}/").context["other_money"]
    gateways.approve_move(move_id=move.pk, approved_by=cast.finance.pk)
    drain()
    assert (states(second), states(first)[0]) == (("paid", "released", 9_000, ""), "unpaid")
    assert_kept()


def test_money_of_somebody_else_stays_where_it_is(cast: Cast, two_orders: Any) -> None:
    first, second, payment = two_orders()
    OrderRecord.objects.filter(pk=second.pk).update(buyer=cast.other_resident)
    before = JournalEntry.objects.count()
    act(client_of(cast.staff), second, "move-money", payment=payment.pk, form_key="page")
    payment.refresh_from_db()
    assert (payment.record_id, JournalEntry.objects.count()) == (first.pk, before)
    assert not MoneyMove.objects.exists()
