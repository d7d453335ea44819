"""Surplus moved to another order of its payer, and money back to another account: two people, to the fen."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from shop.accounts.scope import SYSTEM
from shop.core.exceptions import ShopError
from shop.gateways import selectors, services
from shop.gateways.models import Payment, RefundExecution
from shop.gateways.money_models import MoneyMove, PayeeChange
from shop.gateways.providers import demo
from shop.gateways.services.payees import same_account
from shop.journal.models import JournalEntry
from shop.ledger.models import LedgerEntry
from shop.ledger.verification import payments as invariant_five
from shop.ordering import services as ordering
from shop.ordering.models import OrderRecord
from tests.factories import Cast, make_cast
from tests.gateways.bank import PAYER, bring, came, left
from tests.gateways.cast import DUE, bank_line, order, started, states, transfer_order
from tests.gateways.test_statements import open_kinds
from tests.promises import assert_kept
from tests.worker import drain

pytestmark = [pytest.mark.django_db, pytest.mark.data]


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def refused(act: Callable[[], Any]) -> str:
    with pytest.raises(ShopError) as error:
        act()
    return error.value.code


def surplus(cast: Cast, yuan: str = "500.00", **buyer: Any) -> tuple[OrderRecord, Payment]:
    """Return an order paid by a transfer of too much, and its payment."""
    record, attempt = transfer_order(**buyer)
    [line] = bring(cast, came("S1", yuan, attempt.reference))
    payment = line.payment
    assert payment is not None
    return record, payment


def propose(cast: Cast, payment: Payment, record: OrderRecord, fen: int | None = None) -> MoneyMove:
    return services.propose_move(
        payment_id=payment.pk,
        order_number=record.number,
        reason="同一买家多付",
        proposed_by=cast.finance.pk,
        fen=fen,
    )


def test_surplus_pays_another_order_of_the_buyer_and_goes_back_over_the_first_payment(cast: Cast) -> None:
    first, payment = surplus(cast, buyer=cast.resident)
    second, third = order(buyer=cast.resident), order(buyer=cast.resident)
    move = propose(cast, payment, second, fen=DUE)
    # Set aside at once: neither a third order nor a return can have it meanwhile.
    assert [selectors.unapplied_row(row).rest_fen for row in selectors.unapplied_money(SYSTEM)] == [10_000]
    assert refused(lambda: propose(cast, payment, third, fen=DUE)) == "nothing_left"
    assert (
        refused(lambda: services.approve_move(move_id=move.pk, approved_by=cast.finance.pk)) == "same_person"
    )
    assert states(second)[0] == "unpaid"
    part = services.approve_move(move_id=move.pk, approved_by=cast.second_finance.pk)
    assert services.approve_move(move_id=move.pk, approved_by=cast.staff.pk).pk == part.pk
    assert states(second) == ("paid", "released", DUE, "")
    payment.refresh_from_db()
    assert (payment.moved_fen, part.fen, part.applied_fen, part.origin) == (DUE, DUE, DUE, payment)
    drain()
    entries = LedgerEntry.objects.filter(leg="move", kind="unapplied").order_by("fen")
    assert list(entries.values_list("payment_key", "fen", "order_number")) == [
        (payment.key, -DUE, first.number),
        (part.key, DUE, second.number),
    ]
    assert list(invariant_five()) == []
    # A refund of the second order goes back to who paid the first.
    ordering.request_refund(
        record_id=second.pk, portions=[ordering.FenOf(3_000)], reason="坏果", actor_id=None
    )
    drain()
    [line] = bring(cast, left("S2", "30.00", f"退款{second.number}"))
    assert (line.state, line.execution.payment) == ("executed", part)  # type: ignore[union-attr]
    # What is left goes back, by two people as ever.
    services.return_unapplied(
        payment_id=payment.pk, requested_by=cast.finance.pk, approved_by=cast.second_finance.pk
    )
    bring(cast, left("S3", "100.00", f"退回{first.number}"))
    drain()
    assert_kept()
    assert JournalEntry.objects.filter(action="move.approved", reason="同一买家多付").count() == 1
    with pytest.raises(IntegrityError), transaction.atomic():
        Payment.objects.filter(pk=payment.pk).update(moved_fen=DUE + 1)
    with pytest.raises(IntegrityError), transaction.atomic():
        MoneyMove.objects.update(decided_by=cast.finance.pk)


def test_an_online_part_is_refunded_over_the_transaction_it_came_by(cast: Cast) -> None:
    first, attempt = transfer_order(buyer=cast.resident)
    hosted = started(first)
    bring(cast, came("S1", "200.00", attempt.reference))
    [notice] = demo.choose(hosted.token, demo.Choice.SUCCEED)
    services.receive_notice(provider="demo", raw=notice.raw, headers=notice.headers)
    second = order(buyer=cast.resident)
    move = propose(cast, Payment.objects.get(provider="demo"), second)
    services.approve_move(move_id=move.pk, approved_by=cast.second_finance.pk)
    ordering.request_refund(record_id=second.pk, whole=True, reason="不要了", actor_id=None)
    drain()
    services.execute_refunds()
    drain()
    hosted.refresh_from_db()
    assert list(hosted.refunds.values()) == [DUE]
    assert states(second) == ("paid", "released", DUE, "")
    assert_kept()


def test_what_may_not_be_moved(cast: Cast) -> None:
    first, payment = surplus(cast, buyer=cast.resident)
    other, paid = order(buyer=cast.other_resident), order(buyer=cast.resident)
    claim = bank_line(None, 700, by=cast.finance.pk, serial="S9")
    nobodys = services.confirm_transfer(claim_id=claim, confirmed_by=cast.second_finance.pk)
    for money, record, code in (
        (payment, other, "other_payer"),
        (payment, first, "same_order"),
        (nobodys, paid, "no_order"),
    ):
        assert refused(lambda money=money, record=record: propose(cast, money, record)) == code  # type: ignore[misc]
    assert refused(lambda: propose(cast, payment, paid, fen=0)) == "nothing_left"
    assert refused(lambda: propose(cast, payment, paid, fen=30_001)) == "nothing_left"
    move = propose(cast, payment, paid)
    services.withdraw_move(move_id=move.pk, actor_id=cast.finance.pk)
    assert refused(lambda: services.approve_move(move_id=move.pk, approved_by=cast.staff.pk)) == "withdrawn"
    services.close_order(record_id=paid.pk, reason="buyer", actor_id=None)
    assert refused(lambda: propose(cast, payment, paid)) == "order_not_waiting"
    assert (Payment.objects.filter(moved_from__isnull=False).count(), payment.moved_fen) == (0, 0)


def transfer_back(cast: Cast) -> tuple[OrderRecord, RefundExecution]:
    """Return an order whose transfer came from account 6222 of PAYER, and the 50.00 yuan that must go back there."""
    record, _payment = surplus(cast, "200.00")
    ordering.request_refund(
        record_id=record.pk, portions=[ordering.FenOf(5_000)], reason="坏果", actor_id=None
    )
    drain()
    return record, RefundExecution.objects.get()


def test_a_refund_goes_to_the_account_the_money_came_from_or_two_people_say_why(cast: Cast) -> None:
    record, execution = transfer_back(cast)
    assert (execution.payment.payer, execution.payment.payer_account) == (PAYER, "6222")
    # The right name and another account: the line moves nothing.
    day_row = list(left("S2", "50.00", f"退款{record.number}"))
    day_row[5] = "9999"
    [line] = bring(cast, tuple(day_row))
    assert (line.state, open_kinds()) == ("difference", ["payee"])
    assert (
        refused(
            lambda: services.record_payout(
                execution_id=execution.pk, bank_serial="S2", sent_by=cast.finance.pk, payee_account="9999"
            )
        )
        == "other_payee"
    )

    def ask(reason: str) -> PayeeChange:
        return services.propose_payee(
            execution_id=execution.pk,
            payee=PAYER,
            payee_account="9999",
            reason=reason,
            proposed_by=cast.finance.pk,
        )

    assert refused(lambda: ask(" ")) == "reason_missing"
    change = ask("原账户已销户")
    assert refused(lambda: ask("再来")) == "payee_known"
    assert (
        refused(lambda: services.approve_payee(change_id=change.pk, approved_by=cast.finance.pk))
        == "same_person"
    )
    services.approve_payee(change_id=change.pk, approved_by=cast.second_finance.pk)
    assert services.link_recorded_payouts() == 1
    execution.refresh_from_db()
    assert (execution.state, execution.payee_account, open_kinds()) == ("executed", "9999", [])
    said = JournalEntry.objects.get(action="payee.approved")
    assert (said.before["account"], said.after["account"], said.reason) == ("6222", "9999", "原账户已销户")
    drain()
    assert_kept()
    with pytest.raises(IntegrityError), transaction.atomic():
        PayeeChange.objects.update(decided_by=cast.finance.pk)


def test_stars_of_a_bank_stand_for_any_digit() -> None:
    assert same_account("6222 **** 1234", "622200001234")
    assert not same_account("6222****1235", "622200001234")
    assert not same_account("1234", "622200001234")


def test_the_queue_lets_two_people_move_surplus_and_name_a_payee(cast: Cast) -> None:
    _first, payment = surplus(cast, buyer=cast.resident)
    second = order(buyer=cast.resident)
    one, other = Client(), Client()
    one.force_login(cast.finance)
    other.force_login(cast.second_finance)
    queue = reverse("gateways:refund_queue")
    ask = {"order_number": second.number, "reason": "多付"}
    one.post(reverse("gateways:move_propose", args=[payment.pk]), ask | {"reason": ""})
    assert not MoneyMove.objects.exists()
    one.post(reverse("gateways:move_propose", args=[payment.pk]), ask)
    move = MoneyMove.objects.get()
    approve = reverse("gateways:move_approve", args=[move.pk])
    assert approve not in one.get(queue).content.decode()
    assert approve in other.get(queue).content.decode()
    other.post(approve)
    assert states(second)[0] == "paid"
    ordering.request_refund(record_id=second.pk, portions=[ordering.FenOf(100)], reason="坏果", actor_id=None)
    drain()
    execution = RefundExecution.objects.get()
    assert "6222" in one.get(queue).content.decode()
    one.post(
        reverse("gateways:payee_propose", args=[execution.pk]),
        {"payee": "某公司", "payee_account": "8888", "reason": "户名变更"},
    )
    change = PayeeChange.objects.get()
    assert "户名变更" in other.get(queue).content.decode()
    other.post(reverse("gateways:payee_approve", args=[change.pk]))
    assert "非原付款人" in one.get(queue).content.decode()
