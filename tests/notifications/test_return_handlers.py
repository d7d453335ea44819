"""After-sales by notice: the supplier reads of what it has to answer, the buyer of every answer, each once."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine

from shop.fulfilment.returns import services
from shop.fulfilment.returns.models import ReturnRequest
from shop.notifications.models import BuyerNotice, NoticeState, SupplierNotice
from shop.notifications.services import pass_on
from shop.ordering import services as ordering
from shop.ordering.reshipments import record_reshipped, request_reshipment
from shop.outbox import relay
from shop.outbox.models import OutboxDelivery
from tests.factories import make_user
from tests.fulfilment.cast import Mixed
from tests.fulfilment.returns_cast import STAFF, SUPPLIER, TEA_CO, delivered, opened
from tests.notifications.cast import make_channel
from worker.routes import ROUTES

pytestmark = [pytest.mark.django_db, pytest.mark.data]
NOON = dt.datetime(2026, 3, 2, 4, 0, tzinfo=dt.UTC)
#: Notices alone: these orders have no payment for the ledger.
NOTICES = {
    topic: tuple(route for route in routes if route.name.startswith("notifications."))
    for topic, routes in ROUTES.items()
}


@pytest.fixture(autouse=True)
def noon() -> Iterator[None]:
    with at():
        yield


@pytest.fixture
def mixed() -> Mixed:
    """Return a guest's delivered order, all its notices written."""
    found = delivered()
    deliver()
    return found


def at(**later: float) -> Any:
    return time_machine.travel(NOON + dt.timedelta(**later), tick=False)


def deliver() -> None:
    while relay.drain(NOTICES):
        pass
    assert not OutboxDelivery.objects.exclude(last_error="").exists()


def told() -> list[tuple[str, str]]:
    """Deliver, and return kind and receiver of every notice about after-sales, the suppliers' first."""
    deliver()
    rows: list[tuple[str, str]] = list(
        SupplierNotice.objects.filter(kind__startswith="supplier_return")
        .order_by("pk")
        .values_list("kind", "supplier__code")
    )
    mine = BuyerNotice.objects.exclude(kind__in=("buyer_paid", "buyer_shipped")).order_by("pk")
    return rows + list(mine.values_list("kind", "address"))


def latest(model: type[SupplierNotice] | type[BuyerNotice]) -> Any:
    return model._default_manager.latest("pk")


def agree(case: ReturnRequest, **fields: Any) -> None:
    services.agree_return(scope=TEA_CO, case_id=case.pk, actor_id=SUPPLIER, **fields)


def decide(case: ReturnRequest, decision: str) -> None:
    services.decide_return(
        case_id=case.pk, decision=services.Decision(decision), note="照片清楚", actor_id=STAFF
    )


def test_the_supplier_reads_of_a_new_case_once_and_nothing_of_the_buyer(mixed: Mixed) -> None:
    with at(hours=1):
        case = opened(mixed, details="请打 13811112222 联系我")
        assert told() == [("supplier_return_opened", "tea-co")]
    row = latest(SupplierNotice)
    assert row.subject == f"售后单 {case.number}：请尽快处理"
    assert "诉求为仅退款（原因：破损）" in row.body
    assert "请在 03-04 13:00 前处理" in row.body
    assert row.body.splitlines()[1].endswith(f"/supplier/returns/{case.pk}/")
    personal = (mixed.record.recipient_name, mixed.record.recipient_phone, mixed.record.street, "13811112222")
    assert not any(word in row.subject + row.body for word in personal)
    # The same deliveries again change nothing.
    OutboxDelivery.objects.filter(message__topic="return.requested").update(state="pending")
    assert told() == [("supplier_return_opened", "tea-co")]


def test_nobody_is_asked_about_a_case_that_is_answered_already(mixed: Mixed) -> None:
    case = opened(mixed)
    services.withdraw_return(case_id=case.pk, actor_id=None)
    assert told() == [("supplier_return_withdrawn", "tea-co")]


def test_the_next_channel_says_the_same(mixed: Mixed) -> None:
    make_channel(mixed.first.supplier, "email", "shop@tea.example.com")
    make_channel(mixed.first.supplier, "sms", "+8613800000055")
    case = opened(mixed)
    told()
    first = latest(SupplierNotice)
    SupplierNotice.objects.filter(pk=first.pk).update(state=NoticeState.DEAD)
    second = pass_on(notice_id=first.pk)
    assert second is not None
    assert (first.channel, second.channel) == ("email", "sms")
    assert case.number in second.body
    assert second.body.strip().endswith(f"/supplier/returns/{case.pk}/")
    assert second.params["deadline"] == first.params["deadline"] != ""


def test_silence_tells_both_sides_that_the_shop_decides(mixed: Mixed) -> None:
    with at():
        opened(mixed)
        told()
    with at(hours=49):
        assert services.watch_returns() == 1
        assert told()[1:] == [
            ("supplier_return_escalated", "tea-co"),
            ("buyer_return_escalated", mixed.record.guest_phone),
        ]
    assert "原因：供应商未按时处理。" in latest(SupplierNotice).body


def test_a_guest_reads_of_a_refusal_by_text_with_a_link_and_the_way_to_the_shop(mixed: Mixed) -> None:
    with at():
        case = opened(mixed)
        services.refuse_return(scope=TEA_CO, case_id=case.pk, note="包装完好", actor_id=SUPPLIER)
        assert told() == [("buyer_return_refused", mixed.record.guest_phone)]
    row = latest(BuyerNotice)
    assert (row.channel, row.state, row.params["deadline"]) == ("sms", "pending", "03-09 12:00")
    assert case.number in row.body
    assert "03-09 12:00" in row.body
    assert "/t/" in row.body
    with at(hours=1):
        services.escalate_return(case_id=case.pk, by=services.By.BUYER, note="不公平", actor_id=None)
        # Whoever has asked the shop knows it.
        assert told() == [
            ("supplier_return_escalated", "tea-co"),
            ("buyer_return_refused", mixed.record.guest_phone),
        ]
    assert "不公平" not in latest(SupplierNotice).body


def test_an_account_reads_where_the_goods_go_and_that_they_are_back() -> None:
    with at():
        mixed = delivered(buyer=make_user(email="wang@example.com"))
        case = opened(mixed, kind="return_refund")
        agree(case, note="木门镇1号 <周> & 收")
        assert told() == [("buyer_return_agreed", "wang@example.com")]
        row = latest(BuyerNotice)
        assert row.subject == f"售后单 {case.number} 已同意"
        assert "请在 03-09 12:00 前寄回商品" in row.body
        assert "木门镇1号 <周> & 收" in row.body
        assert f"/orders/{mixed.record.number}/returns/{case.number}/" in row.body
        services.send_goods_back(
            case_id=case.pk, courier="邮政EMS", tracking_number="EA123456789CN", actor_id=None
        )
        services.receive_goods_back(
            scope=TEA_CO, case_id=case.pk, good_units={mixed.tea.pk: 1}, note="", actor_id=SUPPLIER
        )
        assert told() == [
            ("supplier_return_sent_back", "tea-co"),
            ("buyer_return_agreed", "wang@example.com"),
            ("buyer_return_arrived", "wang@example.com"),
        ]
        assert "¥100.00" in latest(BuyerNotice).body


def test_money_that_went_out_is_told_once(mixed: Mixed) -> None:
    case = opened(mixed)
    agree(case)
    deliver()
    case.refresh_from_db()
    assert case.refund is not None
    assert BuyerNotice.objects.get(kind="buyer_return_agreed").params["amount"] == "100.00"
    ordering.record_refund_result(request_id=case.refund.pk, ok=True, parts=[("demo:x", 10_000)])
    phone = mixed.record.guest_phone
    assert told() == [("buyer_return_agreed", phone), ("buyer_refunded", phone)]


@pytest.mark.parametrize(
    ("decision", "kind"), [("agree", "buyer_return_agreed"), ("close", "buyer_return_closed")]
)
def test_what_the_shop_decides_is_told_to_both_with_its_words(mixed: Mixed, decision: str, kind: str) -> None:
    case = opened(mixed)
    services.escalate_return(case_id=case.pk, by=services.By.SUPPLIER, note="请商城看", actor_id=SUPPLIER)
    decide(case, decision)
    phone = mixed.record.guest_phone
    assert told() == [
        ("supplier_return_escalated", "tea-co"),
        ("supplier_return_decided", "tea-co"),
        ("buyer_return_escalated", phone),
        (kind, phone),
    ]
    assert "照片清楚" in latest(SupplierNotice).body


def test_a_replacement_is_told_with_its_number_whoever_gave_it(mixed: Mixed) -> None:
    case = opened(mixed, kind="replace")
    agree(case)
    sent = case.items.get().reshipment
    assert sent is not None
    record_reshipped(reshipment_id=sent.pk, courier="邮政EMS", tracking_number="EA123456780CN", actor_id=None)
    given = request_reshipment(
        record_id=mixed.record.pk, share_id=mixed.pears.pk, units=1, reason="补发", actor_id=STAFF
    )
    record_reshipped(
        reshipment_id=given.pk, courier="邮政EMS", tracking_number="EA123456781CN", actor_id=None
    )
    phone = mixed.record.guest_phone
    assert told() == [
        ("buyer_return_agreed", phone),
        ("buyer_replacement", phone),
        ("buyer_replacement", phone),
    ]
