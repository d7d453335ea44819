"""Money sent back by bank transfer: a line of the statement executes it, or two people with the bank's serial."""

import datetime as dt

import pytest
import time_machine
from django.db import IntegrityError, transaction

from shop.core import clock
from shop.core.exceptions import ShopError
from shop.gateways import services
from shop.gateways.bank_models import Difference, StatementLine
from shop.gateways.models import RefundExecution
from shop.journal.models import JournalEntry
from shop.ordering import services as ordering
from shop.ordering.models import OrderRecord, RefundRequest
from tests.factories import Cast, make_cast
from tests.gateways.bank import PAYER, bring, came, left
from tests.gateways.cast import states, topics, transfer_order
from tests.gateways.test_statements import open_kinds
from tests.promises import assert_kept
from tests.worker import drain

pytestmark = [pytest.mark.django_db, pytest.mark.data]


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def refund(cast: Cast, serial: str, fen: int = 5_000) -> tuple[OrderRecord, RefundExecution]:
    """Return an order paid by a bank line, and the part of its refund that must be transferred back."""
    record, attempt = transfer_order()
    bring(cast, came(serial, "200.00", attempt.reference))
    request = ordering.request_refund(
        record_id=record.pk, portions=[ordering.FenOf(fen)], reason="坏果", actor_id=None
    )
    drain()
    return record, RefundExecution.objects.get(request=request)


@pytest.mark.parametrize("remark", ["order", "refund", "payee"])
def test_a_line_executes_a_refund(cast: Cast, remark: str) -> None:
    record, execution = refund(cast, "S1")
    assert execution.request is not None
    purpose = {
        "order": f"退款{record.number.lower()}",
        "refund": f"退 {execution.request.number}",
        "payee": "退款",
    }
    [line] = bring(cast, left("S2", "50.00", purpose[remark]))
    execution.refresh_from_db()
    assert (line.state, line.execution) == ("executed", execution)
    assert (execution.state, execution.provider_reference, execution.confirmed_by) == (
        "executed",
        "S2",
        cast.second_finance.pk,
    )
    assert RefundRequest.objects.get().state == "executed"
    assert topics("refund.executed") == ["refund.executed"]
    record.refresh_from_db()
    assert (states(record)[0], record.refunded_fen) == ("paid", 5_000)
    drain()
    assert_kept()


def test_lines_that_fit_none_or_several_or_another_payee_move_nothing(cast: Cast) -> None:
    record, _execution = refund(cast, "S1")
    other, _execution = refund(cast, "S2")
    bring(
        cast,
        left("S3", "49.99", record.number),
        left("S4", "50.00", "退款"),
        left("S5", "50.00", record.number, payee="别家公司"),
    )
    assert open_kinds() == ["outgoing", "ambiguous", "payee"]
    assert set(RefundExecution.objects.values_list("state", flat=True)) == {"created"}
    bring(cast, left("S6", "50.00", f"退款 {other.number}"))
    assert RefundExecution.objects.get(payment__record=other).state == "executed"
    drain()
    assert_kept()


def test_without_a_line_two_people_record_it_once_and_the_line_is_evidence(cast: Cast) -> None:
    _record, first = refund(cast, "S1")
    _record, second = refund(cast, "S2", fen=4_000)
    services.record_payout(execution_id=first.pk, bank_serial="s 9", sent_by=cast.finance.pk)
    for serial in ("S9", "S1"):
        with pytest.raises(ShopError) as error:
            services.record_payout(execution_id=second.pk, bank_serial=serial, sent_by=cast.finance.pk)
        assert (error.value.code, error.value.field) == ("serial_known", "bank_serial")
    with pytest.raises(IntegrityError), transaction.atomic():
        RefundExecution.objects.update(provider_reference="S9", sent_on=clock.today())
    services.confirm_payout(execution_id=first.pk, confirmed_by=cast.staff.pk)
    [line] = bring(cast, left("S9", "50.00", "退款"))
    assert (line.state, line.execution, topics("refund.executed")) == ("evidence", first, ["refund.executed"])
    drain()
    assert_kept()


def test_a_line_confirms_what_one_person_recorded(cast: Cast) -> None:
    _record, execution = refund(cast, "S1")
    services.record_payout(execution_id=execution.pk, bank_serial="S9", sent_by=cast.second_finance.pk)
    [line] = bring(cast, left("S9", "50.00", "退款"))
    execution.refresh_from_db()
    assert (line.state, execution.state, execution.confirmed_by) == ("executed", "executed", cast.finance.pk)


def test_a_line_that_waited_finds_the_transfer_that_people_recorded_later(cast: Cast) -> None:
    _record, execution = refund(cast, "S1")
    bring(cast, left("S9", "50.00", "退款", payee="法定代表人"))
    assert (open_kinds(), services.link_recorded_payouts()) == (["outgoing"], 0)
    services.record_payout(execution_id=execution.pk, bank_serial="S9", sent_by=cast.finance.pk)
    # It went to somebody who has not paid: recorded or not, two people must say why.
    assert (services.link_recorded_payouts(), open_kinds()) == (0, ["payee"])
    change = services.propose_payee(
        execution_id=execution.pk,
        payee="法定代表人",
        payee_account="6222",
        reason="付款户已销户",
        proposed_by=cast.finance.pk,
    )
    with pytest.raises(ShopError) as refused:
        services.approve_payee(change_id=change.pk, approved_by=cast.finance.pk)
    assert (refused.value.code, services.link_recorded_payouts()) == ("same_person", 0)
    services.approve_payee(change_id=change.pk, approved_by=cast.second_finance.pk)
    services.approve_payee(change_id=change.pk, approved_by=cast.second_finance.pk)
    said = JournalEntry.objects.get(action="payee.approved")
    assert (said.before["payee"], said.after["payee"], said.reason) == (PAYER, "法定代表人", "付款户已销户")
    assert services.link_recorded_payouts() == 1
    line = StatementLine.objects.get(serial="S9")
    assert (line.state, line.execution, open_kinds()) == ("executed", execution, [])


def test_a_recorded_transfer_without_a_line_is_a_difference_after_three_working_days(cast: Cast) -> None:
    with time_machine.travel(dt.datetime(2026, 11, 12, 2, tzinfo=dt.UTC), tick=False):
        _record, execution = refund(cast, "S1")
        services.record_payout(execution_id=execution.pk, bank_serial="S9", sent_by=cast.finance.pk)
        services.confirm_payout(execution_id=execution.pk, confirmed_by=cast.staff.pk)
    with time_machine.travel(dt.datetime(2026, 11, 18, 2, tzinfo=dt.UTC), tick=False):
        assert services.find_missing_lines() == 1
        difference = Difference.objects.get()
        assert (difference.kind, difference.owner_id, difference.fen) == (
            "no_payout_line",
            cast.staff.pk,
            5_000,
        )
        assert PAYER in difference.detail
        bring(cast, left("S9", "50.00", "退款", day="2026-11-12"))
        assert open_kinds() == []
