"""After placing: an order called off while nothing has left, its goods asked for anew, an address corrected."""

from dataclasses import replace
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from shop.core import clock
from shop.core.exceptions import ShopError
from shop.gateways.providers import demo
from shop.gateways.providers.base import ProviderUnavailable
from shop.gateways.providers.demo import DemoProvider
from shop.gateways.services import Cancelled, bundle_transfers, confirm_transfer, propose_transfer
from shop.journal.models import JournalEntry
from shop.notifications.models import BuyerNotice, SupplierNotice
from shop.ordering.models import OrderRecord, RefundRequest, StockBalance
from shop.ordering.services import approve_refund
from shop.outbox.models import OutboxMessage
from shop.procurement import services
from shop.procurement.drafts import lines_of, recipient_of
from shop.procurement.models import PayBy, PurchaseRequest
from tests.factories import RECIPIENT, make_cast, pay
from tests.fulfilment.cast import open_supplier_orders
from tests.gateways.cast import deliver, started
from tests.procurement.cast import Union, approved, give_terms, make_goods, make_union, shipped
from tests.promises import assert_kept
from tests.worker import drain

pytestmark = [pytest.mark.django_db, pytest.mark.data]


def refused(call: Any, **fields: Any) -> str:
    with pytest.raises(ShopError) as error:
        call(**fields)
    return error.value.code


def held_units() -> int:
    return sum(StockBalance.objects.filter(pool="bulk").values_list("allocated", flat=True))


def call_off(record: OrderRecord, union: Union, reason: str = "人数变了") -> Cancelled:
    done = services.cancel_order(record_id=record.pk, reason=reason, actor_id=union.buyer.pk)
    record.refresh_from_db()
    return done


def test_an_unpaid_order_closes_at_once_and_its_goods_are_free() -> None:
    union, goods = make_union(), make_goods()
    record = approved(union, goods, tea=20)
    assert call_off(record, union) == Cancelled.CLOSED
    assert (record.payment_state, record.close_reason, held_units()) == ("closed", "buyer", 0)
    assert call_off(record, union) == Cancelled.CLOSED
    drain()
    assert_kept()


def test_an_order_that_ships_on_terms_is_taken_back_to_nothing_while_nothing_has_left() -> None:
    union, goods = make_union(), make_goods()
    give_terms(union.unit)
    record = approved(union, goods, tea=20, pears=2, pay_by=PayBy.TERMS)
    drain()
    assert call_off(record, union) == Cancelled.CLOSED
    assert (record.payment_state, record.due_fen, held_units()) == ("closed", 0, 0)
    other = approved(union, goods, tea=5, pay_by=PayBy.TERMS)
    drain()
    shipped(other)
    assert refused(call_off, record=other, union=union) == "shipped"
    other.refresh_from_db()
    assert (other.payment_state, other.due_fen) == ("unpaid", other.goods_fen + other.charges_fen)
    drain()
    assert_kept()


def test_of_a_paid_order_all_is_asked_back_and_staff_approve() -> None:
    union, goods = make_union(), make_goods()
    record = approved(union, goods, tea=20)
    pay(record)
    assert call_off(record, union) == Cancelled.REFUND_ASKED
    request = RefundRequest.objects.get()
    assert (request.fen, request.approved_at, request.reason) == (record.paid_fen, None, "人数变了")
    assert refused(call_off, record=record, union=union) == "nothing"
    # While staff may still refuse, the goods are not asked for a second time.
    client, page = Client(), f"/unit/orders/{record.number}/"
    client.force_login(union.buyer)
    copy: dict[str, Any] = {"record_id": record.pk, "actor_id": union.buyer.pk}
    assert refused(services.copy_request, **copy) == "not_called_off"
    shown = client.get(page).content.decode()
    assert ("取消订单" in shown, "用这些商品新建申请" in shown) == (False, False)
    assert "工作人员" in client.post(f"{page}again/", follow=True).content.decode()
    approve_refund(request_id=request.pk, actor_id=99)
    assert "用这些商品新建申请" in client.get(page).content.decode()
    assert services.copy_request(**copy).replaces == record.purchase_request
    late = approved(union, goods, tea=3)
    pay(late)
    shipped(late)
    assert refused(call_off, record=late, union=union) == "shipped"
    assert RefundRequest.objects.count() == 1


def test_only_a_buyer_of_the_unit_and_only_with_a_reason() -> None:
    union, goods = make_union(), make_goods()
    record = approved(union, goods, tea=20)
    assert refused(call_off, record=record, union=union, reason=" ") == "reason_missing"
    fields: dict[str, Any] = {"record_id": record.pk, "actor_id": union.approver.pk}
    assert refused(services.cancel_order, reason="不", **fields) == "not_a_member"
    assert refused(services.copy_request, **fields) == "not_a_member"
    assert refused(services.correct_recipient, recipient=RECIPIENT, **fields) == "not_a_member"
    record.refresh_from_db()
    assert (record.payment_state, PurchaseRequest.objects.count()) == ("unpaid", 1)


def test_the_goods_go_into_one_new_request_that_names_the_old() -> None:
    union, goods = make_union(), make_goods()
    record = approved(union, goods, tea=20, pears=3)
    call_off(record, union)
    old = record.purchase_request
    new = services.copy_request(record_id=record.pk, actor_id=union.buyer.pk)
    assert lines_of(new) == {goods.tea.pk: 20, goods.pears.pk: 3}
    assert (new.replaces, new.state, new.purpose, recipient_of(new)) == (
        old,
        "draft",
        "中秋慰问",
        recipient_of(old),
    )
    assert services.copy_request(record_id=record.pk, actor_id=union.second.pk) == new
    services.cancel_request(request_id=new.pk, actor_id=union.buyer.pk)
    assert services.copy_request(record_id=record.pk, actor_id=union.buyer.pk) not in (new, old)


def test_an_order_that_is_only_being_closed_is_not_asked_for_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    union, goods = make_union(), make_goods()
    record = approved(union, goods, tea=20, pay_by=PayBy.ONLINE)
    hosted = started(record)
    silent = lambda *_args: (_ for _ in ()).throw(ProviderUnavailable("silent"))
    with monkeypatch.context() as patch:
        patch.setattr(DemoProvider, "expire", silent)
        assert call_off(record, union) == Cancelled.CLOSING
    client, page = Client(), f"/unit/orders/{record.number}/"
    client.force_login(union.buyer)
    shown = client.get(page).content.decode()
    assert ("取消订单" in shown, "用这些商品新建申请" in shown) == (False, False)
    copy: dict[str, Any] = {"record_id": record.pk, "actor_id": union.buyer.pk}
    assert refused(services.copy_request, **copy) == "not_called_off"
    # The payment that was begun wins: the goods come, and nothing was asked for twice.
    [notice] = demo.choose(hosted.token, demo.Choice.SUCCEED)
    deliver(notice)
    record.refresh_from_db()
    assert (record.payment_state, PurchaseRequest.objects.count()) == ("paid", 1)


def test_an_order_on_terms_is_not_called_off_while_its_money_waits_for_the_second_person() -> None:
    union, goods, people = make_union(), make_goods(), make_cast()
    give_terms(union.unit)
    orders = [approved(union, goods, tea=20, pay_by=PayBy.TERMS) for _number in range(2)]
    drain()
    bundle = bundle_transfers(
        organisation=union.unit, numbers=[one.number for one in orders], actor_id=union.buyer.pk
    )
    claim = propose_transfer(
        reference=bundle.reference,
        bank_serial="S1",
        booked_on=clock.today(),
        fen=sum(one.due_fen for one in orders),
        payer=union.unit.name,
        proposed_by=people.finance.pk,
    )
    assert refused(call_off, record=orders[1], union=union) == "transfer_waits"
    confirm_transfer(claim_id=claim.pk, confirmed_by=people.second_finance.pk)
    states = [OrderRecord.objects.get(pk=one.pk).payment_state for one in orders]
    assert states == ["paid", "paid"]


def test_a_corrected_address_is_told_to_the_suppliers_that_have_the_order_and_to_who_agreed() -> None:
    union, goods = make_union(), make_goods()
    record = approved(union, goods, tea=20, pears=2)
    drain()
    BuyerNotice.objects.all().delete()
    fields: dict[str, Any] = {"record_id": record.pk, "actor_id": union.buyer.pk}
    services.correct_recipient(recipient=replace(RECIPIENT, street="文三路 9 号"), **fields)
    drain()
    # Unpaid it is with no supplier yet. The second approver did not agree to it.
    assert not SupplierNotice.objects.filter(kind="supplier_address_corrected").exists()
    told = BuyerNotice.objects.get()
    assert (told.kind, told.user, told.record) == ("unit_address_corrected", union.approver, record)
    assert told.subject == f"订单 {record.number} 的地址已更正"
    pay(record)
    open_supplier_orders(record)
    to = replace(RECIPIENT, name="李雷", street="文三路 9 号")
    services.correct_recipient(recipient=to, **fields)
    assert not services.correct_recipient(recipient=to, **fields)
    drain(failures_expected=True)
    rows = SupplierNotice.objects.filter(kind="supplier_address_corrected")
    assert {row.supplier.code for row in rows} == {"tea-co", "pear-co"}
    assert BuyerNotice.objects.filter(kind="unit_address_corrected").count() == 2
    written = str(list(BuyerNotice.objects.values())) + str(list(rows.values()))
    assert not any(word in written for word in ("文三路", "李雷"))
    assert "文三路" not in str(list(OutboxMessage.objects.values("payload")))


def test_an_address_is_corrected_within_the_province_before_anything_leaves() -> None:
    union, goods = make_union(), make_goods()
    record = approved(union, goods, tea=20)
    due, fields = record.due_fen, {"record_id": record.pk, "actor_id": union.buyer.pk}
    to = replace(RECIPIENT, name="李雷", county="西湖区", street="文三路 9 号")
    correct = services.correct_recipient
    assert refused(correct, recipient=replace(to, province="四川省"), **fields) == "other_province"
    assert refused(correct, recipient=replace(to, street=""), **fields) == "required"
    record.refresh_from_db()
    assert record.recipient_name == RECIPIENT.name
    assert correct(recipient=to, **fields)
    assert not correct(recipient=to, **fields)
    record.refresh_from_db()
    address = record.order.shipping_address
    assert (record.recipient_name, record.county, record.street) == ("李雷", "西湖区", "文三路 9 号")
    assert (address.first_name, address.line2, address.line1) == ("李雷", "西湖区", "文三路 9 号")
    assert (record.due_fen, record.purchase_request.state) == (due, "placed")
    entry = JournalEntry.objects.get(action="order.address_corrected")
    assert entry.after["parts"] == ["name", "county", "street"]
    assert "李雷" not in str(entry.after) + str(entry.before)
    pay(record)
    shipped(record)
    assert refused(correct, recipient=RECIPIENT, **fields) == "shipped"


def test_a_closed_order_keeps_its_address() -> None:
    union, goods = make_union(), make_goods()
    record = approved(union, goods, tea=20)
    call_off(record, union)
    to = replace(RECIPIENT, street="文三路 9 号")
    code = refused(services.correct_recipient, record_id=record.pk, recipient=to, actor_id=union.buyer.pk)
    assert code == "wrong_state"


def test_the_pages_call_off_ask_anew_and_correct() -> None:
    union, goods = make_union(), make_goods()
    record = approved(union, goods, tea=20)
    client, page = Client(), f"/unit/orders/{record.number}/"
    client.force_login(union.buyer)
    shown = client.get(page).content.decode()
    assert ("取消订单" in shown, "更正收货地址" in shown, "用这些商品新建申请" in shown) == (
        True,
        True,
        False,
    )
    refusal = client.post(f"{page}again/", follow=True).content.decode()
    assert "请先取消订单" in refusal
    posted = {
        "recipient_name": "李雷",
        "phone": RECIPIENT.phone,
        "province": RECIPIENT.province,
        "city": RECIPIENT.city,
        "county": RECIPIENT.county,
        "street": "文三路 9 号",
    }
    assert f'value="{RECIPIENT.street}"' in client.get(f"{page}address/").content.decode()
    wrong = client.post(f"{page}address/", posted | {"street": ""})
    assert (wrong.status_code, list(wrong.context["form"].errors)) == (422, ["street"])
    assert client.post(f"{page}address/", posted).status_code == 302
    assert "文三路 9 号" in client.get(page).content.decode()
    assert client.post(f"{page}cancel/", {"reason": ""}).status_code == 422
    assert client.post(f"{page}cancel/", {"reason": "人数变了"}).status_code == 302
    record.refresh_from_db()
    assert record.payment_state == "closed"
    assert "用这些商品新建申请" in client.get(page).content.decode()
    assert client.get(f"{page}cancel/").status_code == 302
    draft = client.post(f"{page}again/")["Location"]
    assert client.post(f"{page}again/")["Location"] == draft
    assert client.get(draft).status_code == 200


def test_the_order_page_asks_as_often_with_many_lines() -> None:
    union, goods = make_union(), make_goods()
    client, counts = Client(), []
    client.force_login(union.buyer)
    for pears in (0, 2):
        record = approved(union, goods, tea=2, pears=pears)
        with CaptureQueriesContext(connection) as captured:
            client.get(f"/unit/orders/{record.number}/cancel/")
        counts.append(len(captured))
    assert counts[0] == counts[1] <= 12
