"""Money back: caps, parts in proportion, two people, and nothing twice."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
import time_machine

from shop.core import clock
from shop.core.exceptions import ShopError
from shop.gateways import services
from shop.gateways.models import HostedPayment, Payment, RefundExecution
from shop.gateways.providers import demo
from shop.gateways.providers.base import ProviderUnavailable, RefundResult, RefundState
from shop.gateways.providers.demo import DemoProvider
from shop.gateways.services.refunds import settle_execution
from shop.notifications.models import BuyerNotice
from shop.ordering import services as ordering
from shop.ordering.models import OrderRecord, RefundRequest
from shop.outbox.models import OutboxMessage
from tests.factories import make_cast, make_product, place
from tests.gateways.cast import DUE, bank_line, order, paid_online, started, states, topics, transfer_order
from tests.worker import drain

pytestmark = [pytest.mark.django_db, pytest.mark.data]


def ask(record: OrderRecord, fen: int | None = None) -> RefundRequest:
    """Ask for a refund of the whole order or of some fen."""
    if fen is None:
        return ordering.request_refund(record_id=record.pk, whole=True, reason="return", actor_id=None)
    return ordering.request_refund(
        record_id=record.pk, portions=[ordering.FenOf(fen)], reason="price", actor_id=None
    )


def executions(**filters: Any) -> list[tuple[int, str]]:
    rows = RefundExecution.objects.filter(**filters).order_by("pk")
    return list(rows.values_list("fen", "state"))


def paid_in_three_transfers() -> tuple[OrderRecord, Any]:
    cast = make_cast()
    record, attempt = transfer_order()
    for serial, fen in (("S1", 10_000), ("S2", 6_667), ("S3", 3_333)):
        claim_id = bank_line(attempt, fen, by=cast.finance.pk, serial=serial)
        services.confirm_transfer(claim_id=claim_id, confirmed_by=cast.staff.pk)
    return record, cast


def test_an_online_refund_is_planned_by_the_handler_and_sent_by_the_job() -> None:
    record = order()
    payment = paid_online(record)
    request = ask(record)
    drain()
    assert executions() == [(DUE, "created")]
    assert services.execute_refunds() == 1
    assert services.execute_refunds() == 0
    assert executions() == [(DUE, "executed")]
    payment.refresh_from_db()
    request.refresh_from_db()
    record.refresh_from_db()
    assert (payment.applied_fen, payment.refunded_fen, record.refunded_fen) == (DUE, DUE, DUE)
    assert request.state == "executed"
    [item] = OutboxMessage.objects.get(topic="refund.executed").payload["items"]
    assert (item["fen"], item["parts"]) == (DUE, [{"payment_key": payment.key, "fen": DUE}])
    assert sum(HostedPayment.objects.get().refunds.values()) == DUE


def test_the_job_repairs_a_plan_that_no_handler_made() -> None:
    record = order()
    paid_online(record)
    ask(record, 1)
    assert services.execute_refunds() == 1
    assert executions() == [(1, "executed")]


def test_a_refund_is_split_in_proportion_to_what_is_left_of_each_payment() -> None:
    record, _cast = paid_in_three_transfers()
    request = ask(record, 101)
    services.plan_refund(request_id=request.pk)
    # 101 × 10000, 6667, 3333 of 20000: 50.5, 33.66…, 16.83…; the two left go to the largest remainders.
    assert executions() == [(50, "created"), (34, "created"), (17, "created")]
    assert services.plan_refund(request_id=request.pk) == list(RefundExecution.objects.order_by("pk"))


def test_refunds_never_exceed_what_was_paid() -> None:
    record = order()
    paid_online(record)
    ask(record, 15_000)
    with pytest.raises(ShopError):
        ask(record, 5_001)
    ask(record, 5_000)
    services.execute_refunds()
    payment = Payment.objects.get()
    assert (payment.refunded_fen, executions()) == (DUE, [(15_000, "executed"), (5_000, "executed")])


def test_a_refused_refund_gives_the_request_back(monkeypatch: pytest.MonkeyPatch) -> None:
    record = order()
    paid_online(record)
    request = ask(record)
    no = RefundResult(state=RefundState.FAILED, message="account closed")
    with monkeypatch.context() as refusing:
        refusing.setattr(DemoProvider, "refund", lambda *_args: no)
        assert services.execute_refunds() == 1
    request.refresh_from_db()
    assert (request.state, executions()) == ("failed", [(DUE, "failed")])
    assert Payment.objects.get().refunded_fen == 0
    assert topics("refund.failed", "refund.executed") == ["refund.failed"]
    ask(record)
    services.execute_refunds()
    assert executions() == [(DUE, "failed"), (DUE, "executed")]


def test_a_lost_answer_is_asked_for_again_with_the_same_key(monkeypatch: pytest.MonkeyPatch) -> None:
    record = order()
    paid_online(record)
    ask(record)
    really = DemoProvider.refund

    def lost(self: DemoProvider, reference: str, fen: int, key: str) -> RefundResult:
        really(self, reference, fen, key)
        raise ProviderUnavailable("the line broke after the money had left")

    with monkeypatch.context() as broken:
        broken.setattr(DemoProvider, "refund", lost)
        assert services.execute_refunds() == 0
    assert executions() == [(DUE, "sent")]
    assert services.execute_refunds() == 1
    assert HostedPayment.objects.get().refunds == {RefundExecution.objects.get().idempotency_key: DUE}


def test_what_is_planned_goes_out_with_the_deliveries_and_is_tried_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    record = order()
    paid_online(record)
    ask(record)
    drain()
    tried: list[str] = []

    def away(self: DemoProvider, reference: str, fen: int, key: str) -> RefundResult:
        tried.append(key)
        raise ProviderUnavailable("nobody answers")

    with monkeypatch.context() as broken:
        broken.setattr(DemoProvider, "refund", away)
        assert (services.send_planned_refunds(), services.send_planned_refunds()) == (0, 0)
    assert (executions(), len(tried)) == ([(DUE, "sent")], 1)
    assert services.execute_refunds() == 1
    assert executions() == [(DUE, "executed")]


def test_what_is_planned_is_sent_without_another_turn_of_the_clock() -> None:
    record = order()
    paid_online(record)
    request = ask(record)
    drain()
    assert services.send_planned_refunds() == 1
    assert (executions(request=request), HostedPayment.objects.get().refunds.keys()) == (
        [(DUE, "executed")],
        {RefundExecution.objects.get().idempotency_key},
    )


def test_a_withdrawn_refund_moves_nothing() -> None:
    record = order()
    paid_online(record)
    request = ask(record)
    services.plan_refund(request_id=request.pk)
    ordering.withdraw_refund(request_id=request.pk, reason="kept it", actor_id=None)
    assert services.execute_refunds() == 0
    assert (executions(), HostedPayment.objects.get().refunds) == ([(DUE, "failed")], {})


def test_transfers_go_back_by_two_people() -> None:
    record, cast = paid_in_three_transfers()
    request = ask(record)
    assert services.execute_refunds() == 0
    assert executions() == [(10_000, "created"), (6_667, "created"), (3_333, "created")]
    for number, execution in enumerate(RefundExecution.objects.order_by("pk")):
        assert not services_confirm_refused(execution.pk, cast.finance.pk, "not_sent")
        services.record_payout(execution_id=execution.pk, bank_serial=f"R{number}", sent_by=cast.finance.pk)
        assert not services_confirm_refused(execution.pk, cast.finance.pk, "same_person")
        assert services.confirm_payout(execution_id=execution.pk, confirmed_by=cast.staff.pk)
        assert not services.confirm_payout(execution_id=execution.pk, confirmed_by=cast.staff.pk)
    request.refresh_from_db()
    assert request.state == "executed"
    assert list(Payment.objects.order_by("pk").values_list("refunded_fen", flat=True)) == [
        10_000,
        6_667,
        3_333,
    ]
    assert topics("refund.executed") == ["refund.executed"]


def services_confirm_refused(execution_id: int, user_id: int, code: str) -> bool:
    """Check that a confirmation is refused for this reason; return False."""
    with pytest.raises(ShopError) as refused:
        services.confirm_payout(execution_id=execution_id, confirmed_by=user_id)
    assert refused.value.code == code
    return False


def surplus_of(fen: int) -> tuple[Payment, Any]:
    cast = make_cast()
    _record, attempt = transfer_order()
    claim_id = bank_line(attempt, DUE + fen, by=cast.finance.pk)
    return services.confirm_transfer(claim_id=claim_id, confirmed_by=cast.staff.pk), cast


def test_unapplied_money_goes_back_by_two_people_and_no_more_than_is_left() -> None:
    payment, cast = surplus_of(300)
    with pytest.raises(ShopError) as same:
        services.return_unapplied(
            payment_id=payment.pk, requested_by=cast.finance.pk, approved_by=cast.finance.pk
        )
    with pytest.raises(ShopError) as more:
        services.return_unapplied(
            payment_id=payment.pk, requested_by=cast.finance.pk, approved_by=cast.staff.pk, fen=301
        )
    assert (same.value.code, more.value.code, executions()) == ("same_person", "nothing_left", [])
    execution = services.return_unapplied(
        payment_id=payment.pk, requested_by=cast.finance.pk, approved_by=cast.staff.pk, fen=200
    )
    with pytest.raises(ShopError):
        services.propose_return(payment_id=payment.pk, requested_by=cast.finance.pk, fen=101)
    services.record_payout(execution_id=execution.pk, bank_serial="R1", sent_by=cast.finance.pk)
    services.confirm_payout(execution_id=execution.pk, confirmed_by=cast.second_finance.pk)
    payment.refresh_from_db()
    assert (payment.applied_fen, payment.returned_fen, payment.refunded_fen) == (DUE, 200, 0)
    assert OutboxMessage.objects.get(topic="unapplied.returned").payload == {
        "payment_key": payment.key,
        "order": OrderRecord.objects.get().number,
        "fen": 200,
    }


def test_a_withdrawn_return_frees_its_money() -> None:
    payment, cast = surplus_of(300)
    execution = services.propose_return(payment_id=payment.pk, requested_by=cast.finance.pk)
    services.withdraw_return(execution_id=execution.pk, actor_id=cast.staff.pk)
    with pytest.raises(ShopError) as refused:
        services.approve_return(execution_id=execution.pk, approved_by=cast.staff.pk)
    assert refused.value.code == "withdrawn"
    assert services.propose_return(payment_id=payment.pk, requested_by=cast.staff.pk).fen == 300


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_two_staff_return_the_same_money_at_once(together: Callable[..., list[Any]]) -> None:
    payment, cast = surplus_of(300)
    results = together(
        [
            lambda: services.propose_return(payment_id=payment.pk, requested_by=cast.finance.pk),
            lambda: services.propose_return(payment_id=payment.pk, requested_by=cast.staff.pk),
        ]
    )
    assert sorted(type(result).__name__ for result in results) == ["RefundExecution", "ShopError"]
    assert executions() == [(300, "proposed")]


def test_a_refund_of_an_order_paid_twice_takes_only_applied_money() -> None:
    cast = make_cast()
    record, attempt = transfer_order()
    online = paid_online(record)
    claim_id = bank_line(attempt, DUE, by=cast.finance.pk)
    extra = services.confirm_transfer(claim_id=claim_id, confirmed_by=cast.staff.pk)
    ask(record)
    assert services.execute_refunds() == 1
    online.refresh_from_db()
    extra.refresh_from_db()
    assert (online.refunded_fen, extra.refunded_fen, extra.applied_fen) == (DUE, 0, 0)
    assert states(record)[0] == "paid"


def test_a_failed_part_keeps_its_money_from_the_next_refund() -> None:
    record, cast = paid_in_three_transfers()
    first = ask(record, 10_000)
    services.plan_refund(request_id=first.pk)
    one, two, three = RefundExecution.objects.order_by("pk")
    for execution, serial in ((one, "OUT1"), (three, "OUT3")):
        services.record_payout(execution_id=execution.pk, bank_serial=serial, sent_by=cast.staff.pk)
        services.confirm_payout(execution_id=execution.pk, confirmed_by=cast.finance.pk)
    settle_execution(execution_id=two.pk, result=RefundResult(RefundState.FAILED, message="closed"))
    second = ask(record, 10_000)
    services.plan_refund(request_id=second.pk)
    for payment in Payment.objects.all():
        leaving = sum(row.fen for row in payment.executions.exclude(state="executed"))
        assert payment.refunded_fen + leaving <= payment.applied_fen


def test_a_refund_that_failed_whole_calls_a_person() -> None:
    record = order()
    paid_online(record)
    ask(record)
    drain()
    HostedPayment.objects.update(outcome="expired")
    services.execute_refunds()
    assert RefundRequest.objects.get().state == "failed"
    assert states(record)[3] == "refund_failed"


def test_a_withdrawn_return_offers_its_money_to_the_order_again() -> None:
    cast = make_cast()
    record, attempt = transfer_order()
    for serial in ("S1", "S2"):
        claim_id = bank_line(attempt, DUE // 2, by=cast.finance.pk, serial=serial)
        payment = services.confirm_transfer(claim_id=claim_id, confirmed_by=cast.staff.pk)
        if serial == "S1":
            back = services.propose_return(payment_id=payment.pk, requested_by=cast.staff.pk)
    assert states(record) == ("unpaid", "held", 0, "partial")
    services.withdraw_return(execution_id=back.pk, actor_id=cast.staff.pk)
    assert states(record) == ("paid", "released", DUE, "")
    services.withdraw_return(execution_id=back.pk, actor_id=cast.staff.pk)


def test_the_buyer_is_told_when_late_money_goes_back() -> None:
    product = make_product(price_fen=10_000, stock=2)
    record = place(lines=[(product, 2)])
    hosted = started(record)
    demo.choose(hosted.token, demo.Choice.LATE)
    services.close_order(record_id=record.pk, reason="expired", actor_id=None)
    place(lines=[(product, 2)])
    with time_machine.travel(clock.now() + dt.timedelta(minutes=3), tick=False):
        services.deliver_late_callbacks()
        drain()
        assert services.execute_refunds() == 1
        drain()
    assert states(record)[0] == "closed"
    told = BuyerNotice.objects.filter(record=record, kind="buyer_refunded")
    assert ["¥200.00" in row.body for row in told] == [True]


def test_a_bank_line_pays_out_one_transfer_back_only() -> None:
    cast = make_cast()
    record, attempt = transfer_order()
    for serial in ("S1", "S2"):
        claim_id = bank_line(attempt, DUE, by=cast.finance.pk, serial=serial)
        services.confirm_transfer(claim_id=claim_id, confirmed_by=cast.second_finance.pk)
    surplus = Payment.objects.get(record=record, applied_fen=0)
    first, second = (
        services.return_unapplied(
            payment_id=surplus.pk, requested_by=cast.staff.pk, approved_by=cast.finance.pk, fen=DUE // 2
        )
        for _ in range(2)
    )
    services.record_payout(execution_id=first.pk, bank_serial="out 7", sent_by=cast.finance.pk)
    with pytest.raises(ShopError) as refused:
        services.record_payout(execution_id=second.pk, bank_serial="ＯＵＴ7", sent_by=cast.staff.pk)
    assert (refused.value.code, refused.value.field) == ("serial_known", "bank_serial")
    second.refresh_from_db()
    assert (second.state, second.sent_on, second.sent_by) == ("created", None, None)
