"""The staff's page of an order: refunds, reductions, signed-for dates and what was found, all with a reason."""

import datetime as dt

import pytest
from django.test import Client

from shop.accounts.models import Role, ScopeKind, User
from shop.core import clock
from shop.fulfilment.models import Parcel
from shop.gateways import services as gateways
from shop.gateways.models import PaymentNotice
from shop.journal.models import JournalEntry
from shop.ordering.models import OrderRecord, RefundRequest, StockBalance
from tests.factories import make_cast, make_product, make_user, place
from tests.fulfilment.cast import Mixed, mixed_order, ship
from tests.gateways.cast import bank_line, order, paid_online, started, states, transfer_order

pytestmark = pytest.mark.django_db


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def staff() -> Client:
    return client_of(make_cast().staff)


def address(record: OrderRecord, act: str = "") -> str:
    return f"/dashboard/orders/{record.number}/{act}"


def journalled(action: str) -> JournalEntry:
    return JournalEntry.objects.get(action=action)


def test_the_page_tells_everything(staff: Client) -> None:
    mixed = mixed_order()
    parcel = ship(mixed.first)
    text = staff.get(address(mixed.record)).content.decode()
    for word in ("黄茶", "翠冠梨", "木门茶业", parcel.tracking_number, "13800000001"):
        assert word in text
    found = staff.get("/dashboard/orders/", {"q": mixed.record.number[-8:]}).context["page_obj"]
    assert [record.number for record in found] == [mixed.record.number]
    assert mixed.record.number in staff.get("/dashboard/parcels/").content.decode()


def test_a_role_over_a_part_of_the_shop_opens_no_order() -> None:
    mixed = mixed_order()
    client = client_of(make_user(grants=[(Role.STAFF, ScopeKind.REGION, "wangcang")]))
    parcel = ship(mixed.first)
    assert client.get(address(mixed.record)).status_code == 404
    assert client.get("/dashboard/orders/").status_code == 404
    assert client.post(f"/dashboard/parcels/{parcel.pk}/stop/", {"note": "x"}).status_code == 404


def test_a_refund_on_the_buyers_behalf_needs_another_person() -> None:
    cast, record = make_cast(), order()
    paid_online(record)
    share, first, second = record.shares.get(), client_of(cast.staff), client_of(cast.second_staff)
    answer = first.post(address(record, "refund/"), {f"units_{share.pk}": 1, "reason": "坏了一罐"})
    assert (answer.status_code, answer["Location"]) == (302, address(record))
    wish = RefundRequest.objects.get()
    assert (wish.fen, wish.reason, wish.requested_by, wish.approved_at) == (
        10_000,
        "坏了一罐",
        cast.staff.pk,
        None,
    )
    assert gateways.execute_refunds() == 0
    first.post(f"/dashboard/refund-requests/{wish.pk}/approve/")
    wish.refresh_from_db()
    assert wish.approved_at is None
    second.post(f"/dashboard/refund-requests/{wish.pk}/approve/")
    assert gateways.execute_refunds() == 1
    record.refresh_from_db()
    assert record.refunded_fen == 10_000


def test_an_amount_of_a_line_and_of_the_freight_can_be_refunded(staff: Client) -> None:
    record = place(lines=[(make_product(price_fen=10_000, freight_free=False), 2)])
    paid_online(record)
    share, charge = record.shares.get(), record.charges.get()
    sent = {f"yuan_{share.line_id}": "12.34", f"charge_{charge.pk}": "3", "reason": "迟到补偿"}
    assert staff.post(address(record, "refund/"), sent).status_code == 302
    assert sorted(RefundRequest.objects.get().items.values_list("units", "fen")) == [(0, 300), (0, 1_234)]
    queue = staff.get("/dashboard/refunds/").content.decode()
    assert record.number in queue and "迟到补偿" in queue


@pytest.mark.parametrize(
    ("units", "reason", "field"),
    [("9", "x", "units"), ("", "x", "__all__"), ("1", "", "reason"), ("-1", "x", "units")],
)
def test_a_wrong_refund_is_named_and_nothing_is_written(
    staff: Client, units: str, reason: str, field: str
) -> None:
    record = order()
    paid_online(record)
    share = record.shares.get()
    answer = staff.post(address(record, "refund/"), {f"units_{share.pk}": units, "reason": reason})
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [f"units_{share.pk}" if field == "units" else field]
    assert not RefundRequest.objects.exists()


def test_nobody_refunds_or_reduces_an_order_of_their_own() -> None:
    cast = make_cast()
    record = order(buyer=cast.staff)
    share, client = record.shares.get(), client_of(cast.staff)
    answer = client.post(address(record, "reduce/"), {f"units_{share.pk}": 1, "reason": "x"})
    assert answer.status_code == 422
    record.refresh_from_db()
    assert (record.due_fen, record.reduced_fen) == (20_000, 0)


def test_a_shortage_lowers_what_is_due_and_frees_the_stock(staff: Client) -> None:
    record = order(stock=5)
    share = record.shares.get()
    staff.post(address(record, "reduce/"), {f"units_{share.pk}": 1, "reason": "只剩一罐"})
    record.refresh_from_db()
    assert (record.due_fen, record.reduced_fen, StockBalance.objects.get().allocated) == (10_000, 10_000, 1)
    entry = journalled("order.reduced")
    assert (entry.reason, entry.after["due_fen"]) == ("只剩一罐", 10_000)


def test_a_lowered_price_is_paid_by_the_money_that_waits(staff: Client) -> None:
    cast = make_cast()
    record, attempt = transfer_order()
    gateways.confirm_transfer(
        claim_id=bank_line(attempt, 19_000, by=cast.finance.pk), confirmed_by=cast.second_finance.pk
    )
    assert states(record) == ("unpaid", "held", 0, "partial")
    share = record.shares.get()
    staff.post(address(record, "reduce/"), {f"yuan_{share.line_id}": "10", "reason": "议价"})
    assert states(record) == ("paid", "released", 19_000, "")


def test_a_paid_order_is_not_reduced(staff: Client) -> None:
    record = order()
    paid_online(record)
    share = record.shares.get()
    answer = staff.post(address(record, "reduce/"), {f"units_{share.pk}": 1, "reason": "x"})
    assert answer.status_code == 422
    record.refresh_from_db()
    assert record.reduced_fen == 0


def test_what_was_looked_into_leaves_the_list_with_a_note(staff: Client) -> None:
    record = order()
    OrderRecord.objects.update(attention="surplus")
    staff.post(address(record, "checked/"), {"note": ""})
    assert states(record)[3] == "surplus"
    for _ in range(2):
        staff.post(address(record, "checked/"), {"note": "多付的已退回"})
    assert states(record)[3] == ""
    entry = journalled("order.attention_cleared")
    assert (entry.reason, entry.before) == ("多付的已退回", {"attention": "surplus"})
    assert "多付的已退回" in staff.get(address(record)).content.decode()


@pytest.fixture
def mixed() -> Mixed:
    return mixed_order()


def test_staff_record_the_day_a_parcel_was_signed_for(staff: Client, mixed: Mixed) -> None:
    parcel = ship(mixed.first)
    Parcel.objects.update(shipped_at=clock.now() - dt.timedelta(days=5))
    day = clock.today() - dt.timedelta(days=2)
    sent = {"signed_on": f"{day}", "note": "快递官网显示已签收"}
    answer = staff.post(f"/dashboard/parcels/{parcel.pk}/signed/", sent)
    assert (answer.status_code, answer["Location"]) == (302, address(mixed.record))
    parcel.refresh_from_db()
    end = dt.datetime.combine(day, dt.time(23, 59, 59), tzinfo=clock.SHANGHAI)
    assert (parcel.state, parcel.signed_at, parcel.confirm_due_at) == (
        "signed",
        end,
        end + dt.timedelta(days=7),
    )
    assert journalled("parcel.signed").reason == "快递官网显示已签收"


@pytest.mark.parametrize("days", [-9, 1])
def test_an_impossible_day_is_refused(staff: Client, mixed: Mixed, days: int) -> None:
    parcel = ship(mixed.first)
    day = clock.today() + dt.timedelta(days=days)
    answer = staff.post(
        f"/dashboard/parcels/{parcel.pk}/signed/", {"signed_on": f"{day}", "note": "x"}, follow=True
    )
    assert "签收" in answer.content.decode()
    parcel.refresh_from_db()
    assert (parcel.state, parcel.signed_at) == ("shipped", None)


def is_stopped(parcel: Parcel) -> bool:
    return Parcel.objects.get(pk=parcel.pk).clock_stopped_at is not None


def test_staff_stop_and_restart_the_clock(staff: Client, mixed: Mixed) -> None:
    parcel = ship(mixed.first)
    staff.post(f"/dashboard/parcels/{parcel.pk}/stop/", {"note": ""})
    assert not is_stopped(parcel)
    staff.post(f"/dashboard/parcels/{parcel.pk}/stop/", {"note": "大雪封路"})
    assert is_stopped(parcel)
    assert "已暂停计时" in staff.get("/dashboard/parcels/").content.decode()
    staff.post(f"/dashboard/parcels/{parcel.pk}/restart/", {"note": "路通了"})
    assert not is_stopped(parcel)
    reasons = [journalled(f"parcel.clock_{act}").reason for act in ("stopped", "restarted")]
    assert reasons == ["大雪封路", "路通了"]


def test_notices_nobody_knows_stand_in_the_queue_until_somebody_looks(staff: Client) -> None:
    fields = {"provider": "demo", "body": "{}", "body_digest": "0" * 64, "received_at": clock.now()}
    unknown = PaymentNotice.objects.create(
        provider_event_id="e1", reference="cs_unknown", outcome="unknown_reference", **fields
    )
    PaymentNotice.objects.create(
        provider_event_id="e2", reference="cs_dollars", outcome="foreign_currency", **fields
    )
    PaymentNotice.objects.create(provider_event_id="e3", reference="cs_fine", outcome="captured", **fields)
    answer = staff.get("/dashboard/desk/")
    assert [notice.reference for notice in answer.context["notices"]] == ["cs_unknown", "cs_dollars"]
    assert [item.count for item in answer.context["queue"] if item.url.endswith("#notices")] == [2]
    url = f"/dashboard/notices/{unknown.pk}/checked/"
    staff.post(url, {"note": ""})
    assert len(staff.get("/dashboard/desk/").context["notices"]) == 2
    staff.post(url, {"note": "对方测试环境误发"})
    assert len(staff.get("/dashboard/desk/").context["notices"]) == 1
    assert journalled("notice.checked").reason == "对方测试环境误发"
    assert staff.post(url, {"note": "x"}).status_code == 404


def test_a_session_of_an_order_with_nothing_left_is_no_secret(staff: Client) -> None:
    """All units taken off: the order closes; what its open session may still bring is late money."""
    record = order()
    started(record)
    share = record.shares.get()
    staff.post(address(record, "reduce/"), {f"units_{share.pk}": 2, "reason": "全部缺货"})
    record.refresh_from_db()
    assert (record.payment_state, record.close_reason, record.due_fen) == ("closed", "nothing_due", 0)
