"""Bank transfers: four eyes, parts that add up, surplus, and nothing twice."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
import time_machine

from shop.core import clock
from shop.core.exceptions import ShopError
from shop.gateways import services
from shop.gateways.models import Payment, PaymentAttempt, TransferClaim
from shop.ordering import services as ordering
from tests.factories import make_cast
from tests.gateways.cast import DUE, bank_line, paid_online, states, topics, transfer_order
from tests.worker import drain

pytestmark = [pytest.mark.django_db, pytest.mark.data]


def refused(act: Callable[[], Any]) -> tuple[str, str]:
    with pytest.raises(ShopError) as error:
        act()
    return error.value.code, error.value.field


def test_two_people_take_a_transfer() -> None:
    cast = make_cast()
    record, attempt = transfer_order()
    claim_id = bank_line(attempt, DUE, by=cast.finance.pk)
    assert states(record) == ("unpaid", "held", 0, "")
    payment = services.confirm_transfer(claim_id=claim_id, confirmed_by=cast.second_finance.pk)
    assert payment.key == f"bank:{clock.today():%Y%m%d}:S1"
    assert (payment.fen, payment.applied_fen, payment.payer) == (DUE, DUE, "杭州某单位")
    assert payment.verified_by == f"{cast.finance.pk}+{cast.second_finance.pk}"
    assert states(record) == ("paid", "released", DUE, "")


def test_confirming_twice_changes_nothing() -> None:
    cast = make_cast()
    _record, attempt = transfer_order()
    claim_id = bank_line(attempt, DUE, by=cast.finance.pk)
    first = services.confirm_transfer(claim_id=claim_id, confirmed_by=cast.second_finance.pk)
    assert services.confirm_transfer(claim_id=claim_id, confirmed_by=cast.staff.pk) == first
    assert TransferClaim.objects.get().confirmed_by == cast.second_finance.pk
    assert topics("payment.captured", "order.paid") == ["payment.captured", "order.paid"]


def test_the_same_person_cannot_confirm() -> None:
    cast = make_cast()
    record, attempt = transfer_order()
    claim_id = bank_line(attempt, DUE, by=cast.finance.pk)
    assert refused(lambda: services.confirm_transfer(claim_id=claim_id, confirmed_by=cast.finance.pk)) == (
        "same_person",
        "",
    )
    assert not Payment.objects.exists()
    assert states(record) == ("unpaid", "held", 0, "")


def test_who_placed_the_order_can_neither_enter_nor_confirm() -> None:
    cast = make_cast()
    record, attempt = transfer_order(buyer=cast.staff)
    assert refused(lambda: bank_line(attempt, DUE, by=cast.staff.pk)) == ("own_order", "")
    claim_id = bank_line(attempt, DUE, by=cast.finance.pk)
    assert refused(lambda: services.confirm_transfer(claim_id=claim_id, confirmed_by=cast.staff.pk)) == (
        "own_order",
        "",
    )
    assert not Payment.objects.exists()
    assert states(record)[0] == "unpaid"


def test_parts_add_up_to_the_order() -> None:
    cast = make_cast()
    record, attempt = transfer_order()
    for serial, fen in (("S1", 5_000), ("S2", 14_999)):
        claim_id = bank_line(attempt, fen, by=cast.finance.pk, serial=serial)
        services.confirm_transfer(claim_id=claim_id, confirmed_by=cast.staff.pk)
    assert states(record) == ("unpaid", "held", 0, "partial")
    assert services.to_pay_fen(record) == 1
    assert PaymentAttempt.objects.get().state == "open"
    claim_id = bank_line(attempt, 1, by=cast.finance.pk, serial="S3")
    services.confirm_transfer(claim_id=claim_id, confirmed_by=cast.staff.pk)
    assert states(record) == ("paid", "released", DUE, "")
    applied = Payment.objects.order_by("pk").values_list("fen", "applied_fen")
    assert list(applied) == [(5_000, 5_000), (14_999, 14_999), (1, 1)]
    assert PaymentAttempt.objects.get().state == "succeeded"


def test_a_lowered_amount_is_paid_by_the_money_that_waited() -> None:
    cast = make_cast()
    record, attempt = transfer_order()
    claim_id = bank_line(attempt, DUE - 500, by=cast.finance.pk)
    services.confirm_transfer(claim_id=claim_id, confirmed_by=cast.staff.pk)
    ordering.reduce_order(record_id=record.pk, portions=[ordering.FenOf(500)], reason="price", actor_id=None)
    drain()
    assert states(record) == ("paid", "released", DUE - 500, "")
    assert services.to_pay_fen(record) == 0


def test_surplus_stays_unapplied() -> None:
    cast = make_cast()
    record, attempt = transfer_order()
    claim_id = bank_line(attempt, DUE + 300, by=cast.finance.pk)
    payment = services.confirm_transfer(claim_id=claim_id, confirmed_by=cast.staff.pk)
    assert states(record) == ("paid", "released", DUE, "surplus")
    assert (payment.fen, payment.applied_fen) == (DUE + 300, DUE)


def test_a_second_payment_of_a_paid_order_is_surplus() -> None:
    cast = make_cast()
    record, attempt = transfer_order()
    paid_online(record)
    claim_id = bank_line(attempt, DUE, by=cast.finance.pk)
    payment = services.confirm_transfer(claim_id=claim_id, confirmed_by=cast.staff.pk)
    assert (payment.fen, payment.applied_fen) == (DUE, 0)
    assert states(record) == ("paid", "released", DUE, "surplus")
    assert topics("order.paid") == ["order.paid"]


def test_late_transfers_wait_for_the_staff() -> None:
    cast = make_cast()
    record, attempt = transfer_order(stock=2)
    services.close_order(record_id=record.pk, reason="buyer", actor_id=None)
    other, _attempt = transfer_order(stock=2)
    claim_id = bank_line(attempt, DUE, by=cast.finance.pk)
    payment = services.confirm_transfer(claim_id=claim_id, confirmed_by=cast.staff.pk)
    assert states(record) == ("closed", "held", 0, "late_no_stock")
    assert (payment.applied_fen, payment.executions.count()) == (0, 0)
    assert states(other)[0] == "unpaid"


def test_a_proposed_line_keeps_its_order_from_expiring() -> None:
    cast = make_cast()
    record, attempt = transfer_order()
    claim_id = bank_line(attempt, DUE, by=cast.finance.pk)
    with time_machine.travel(clock.now() + dt.timedelta(days=9), tick=False):
        assert services.expire_due_orders() == 0
        services.reject_transfer(claim_id=claim_id, rejected_by=cast.finance.pk, reason="mistyped")
        assert services.expire_due_orders() == 1
    assert states(record)[0] == "closed"


def test_money_without_a_code_is_taken_and_belongs_to_nobody() -> None:
    cast = make_cast()
    claim_id = bank_line(None, 700, by=cast.finance.pk)
    payment = services.confirm_transfer(claim_id=claim_id, confirmed_by=cast.staff.pk)
    assert (payment.record, payment.fen, payment.applied_fen) == (None, 700, 0)
    assert topics("payment.captured", "order.paid") == ["payment.captured"]


def test_input_is_refused_by_field_and_nothing_is_written() -> None:
    cast = make_cast()
    _record, attempt = transfer_order()
    line: dict[str, Any] = {
        "reference": attempt.reference,
        "bank_serial": "S1",
        "booked_on": clock.today(),
        "fen": DUE,
        "payer": "某单位",
        "proposed_by": cast.finance.pk,
    }
    wrong = attempt.reference[:-1] + ("0" if attempt.reference[-1] != "0" else "1")
    for change, expected in (
        ({"reference": wrong}, ("reference_mistyped", "reference")),
        ({"reference": "00000000"}, ("reference_unknown", "reference")),
        ({"fen": 0}, ("amount", "amount")),
        ({"booked_on": clock.today() + dt.timedelta(days=1)}, ("future", "booked_on")),
    ):
        assert refused(lambda change=change: services.propose_transfer(**{**line, **change})) == expected  # type: ignore[misc]
    assert not TransferClaim.objects.exists()
    claim = services.propose_transfer(**line)
    assert refused(lambda: services.propose_transfer(**line)) == ("line_known", "bank_serial")
    services.reject_transfer(claim_id=claim.pk, rejected_by=cast.staff.pk, reason="")
    assert services.propose_transfer(**line).state == "proposed"
    assert refused(lambda: services.confirm_transfer(claim_id=claim.pk, confirmed_by=cast.staff.pk)) == (
        "rejected",
        "",
    )


@pytest.mark.parametrize("again", ["ab-12 3", "ＡＢ-１２３", " AB-123 "])
def test_a_bank_line_is_known_however_it_is_typed(again: str) -> None:
    cast = make_cast()
    _record, attempt = transfer_order()
    bank_line(attempt, 10_000, by=cast.finance.pk, serial="AB-123")
    assert refused(lambda: bank_line(attempt, 10_000, by=cast.staff.pk, serial=again)) == (
        "line_known",
        "bank_serial",
    )
    assert TransferClaim.objects.count() == 1
