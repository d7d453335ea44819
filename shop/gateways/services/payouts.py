"""Money sent back by people: bank transfers out, and money that never found an order. Always two people."""

import datetime as dt

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from shop.core import clock
from shop.core.exceptions import ShopError
from shop.core.locks import lock
from shop.gateways.bank_models import Direction, StatementLine
from shop.gateways.models import ExecutionState, Payment, RefundExecution
from shop.gateways.providers.base import RefundResult, RefundState
from shop.gateways.services.captures import offer_waiting_money
from shop.gateways.services.payees import is_payee
from shop.gateways.services.refunds import may_leave, settle_execution
from shop.gateways.services.transfers import plain_serial
from shop.gateways.services.unapplied import lock_payment, note, set_aside
from shop.gateways.transitions import move_execution
from shop.ordering.status import PayMethod


def _refuse_own_order(payment: Payment, user_id: int) -> None:
    if payment.record is not None and payment.record.buyer_id == user_id:
        raise ShopError(
            _("You placed this order yourself, so other people must send its money back."), code="own_order"
        )


def propose_return(
    *, payment_id: int, requested_by: int, fen: int | None = None, reason: str = ""
) -> RefundExecution:
    """Ask that unapplied money goes back to its payer (all that is left, or `fen`); it is set aside at once.

    Raises ShopError: own_order, nothing_left (more than the unapplied rest of the payment).
    """
    with transaction.atomic():
        payment = lock_payment(payment_id)
        _refuse_own_order(payment, requested_by)
        execution = set_aside(payment, fen=fen, state=ExecutionState.PROPOSED, requested_by=requested_by)
        note(execution, "return.proposed", requested_by, reason)
        return execution


def approve_return(*, execution_id: int, approved_by: int) -> RefundExecution:
    """Let proposed money go back: online by the worker, a transfer by the staff. Safe to call twice.

    Raises ShopError: same_person, own_order, withdrawn.
    """
    with transaction.atomic():
        execution = lock(RefundExecution.objects.filter(pk=execution_id, request=None)).get()
        if execution.state == ExecutionState.FAILED:
            raise ShopError(_("This return has been withdrawn."), code="withdrawn")
        if execution.state != ExecutionState.PROPOSED:
            return execution
        if execution.requested_by == approved_by:
            raise ShopError(
                _("You proposed this return yourself. Another person must approve it."), code="same_person"
            )
        _refuse_own_order(execution.payment, approved_by)
        move_execution(execution, ExecutionState.CREATED, approved_by=approved_by)
        note(execution, "return.approved", approved_by)
        return execution


def withdraw_return(*, execution_id: int, actor_id: int) -> None:
    """Take a proposed return back: its money is free again and offered to its order, if that still waits.

    Safe to call twice. Raises ShopError when it was approved.
    """
    with transaction.atomic():
        returns = RefundExecution.objects.filter(pk=execution_id, request=None)
        payment = lock_payment(returns.values_list("payment_id", flat=True).get())
        execution = lock(returns).get()
        if execution.state == ExecutionState.FAILED:
            return
        if execution.state != ExecutionState.PROPOSED:
            raise ShopError(_("This return has already been approved."), code="approved")
        move_execution(execution, ExecutionState.FAILED, finished_at=clock.now())
        note(execution, "return.withdrawn", actor_id)
        if payment.record_id is not None:
            offer_waiting_money(record_id=payment.record_id)


def return_unapplied(
    *, payment_id: int, requested_by: int, approved_by: int, fen: int | None = None
) -> RefundExecution:
    """Propose and approve in one step, for two people at one desk. Raises as the two services do."""
    with transaction.atomic():
        execution = propose_return(payment_id=payment_id, requested_by=requested_by, fen=fen)
        return approve_return(execution_id=execution.pk, approved_by=approved_by)


def _by_hand(execution_id: int) -> RefundExecution:
    payment_id = RefundExecution.objects.values_list("payment_id", flat=True).get(pk=execution_id)
    lock_payment(payment_id)
    execution = lock(RefundExecution.objects.filter(pk=execution_id)).get()
    if execution.payment.provider != PayMethod.BANK_TRANSFER:
        raise ShopError(_("This money goes back through its payment service."), code="not_by_hand")
    return execution


def record_payout(
    *,
    execution_id: int,
    bank_serial: str,
    sent_by: int,
    sent_on: dt.date | None = None,
    payee_account: str = "",
) -> RefundExecution:
    """Note that the transfer back was made at the bank (today, unless a day is given); a second person confirms it.

    `payee_account` is where it went, when somebody has typed it. Raises ShopError: serial_missing, future,
    serial_known (a line pays back once), own_order, not_by_hand, not_waiting, other_payee.
    """
    serial, day = plain_serial(bank_serial), sent_on or clock.today()
    if day > clock.today():
        raise ShopError(_("The booking day lies in the future."), code="future", field="sent_on")
    try:
        with transaction.atomic():
            execution = _by_hand(execution_id)
            _refuse_own_order(execution.payment, sent_by)
            if execution.state != ExecutionState.CREATED or not may_leave(execution):
                raise ShopError(_("This transfer back is not waiting to be made."), code="not_waiting")
            if not is_payee(execution, name="", account=payee_account):
                raise ShopError(
                    _("This is not the account the money came from. Propose another payee first."),
                    code="other_payee",
                    field="payee_account",
                )
            _refuse_used(serial, day)
            move_execution(
                execution, ExecutionState.SENT, sent_by=sent_by, provider_reference=serial, sent_on=day
            )
            note(execution, "payout.sent", sent_by)
            return execution
    except IntegrityError as error:
        raise _serial_known() from error


def _refuse_used(serial: str, day: dt.date) -> None:
    """Refuse the serial of a statement's line that has another meaning already."""
    lines = StatementLine.objects.filter(serial=serial, booked_on=day)
    if lines.filter(Q(direction=Direction.IN) | Q(execution__isnull=False)).exists():
        raise _serial_known()


def _serial_known() -> ShopError:
    return ShopError(
        _("This line of the bank statement has already been entered."),
        code="serial_known",
        field="bank_serial",
    )


def confirm_payout(*, execution_id: int, confirmed_by: int) -> bool:
    """Confirm a transfer back as seen on the statement; returns False when it already was.

    Raises ShopError: same_person, own_order, not_by_hand, not_sent.
    """
    with transaction.atomic():
        execution = _by_hand(execution_id)
        if execution.state == ExecutionState.EXECUTED:
            return False
        if execution.state != ExecutionState.SENT:
            raise ShopError(_("This transfer back has not been made yet."), code="not_sent")
        if execution.sent_by == confirmed_by:
            raise ShopError(
                _("You made this transfer yourself. Another person must confirm it."), code="same_person"
            )
        _refuse_own_order(execution.payment, confirmed_by)
        note(execution, "payout.confirmed", confirmed_by)
        result = RefundResult(state=RefundState.DONE, reference=execution.provider_reference)
        return settle_execution(execution_id=execution_id, result=result, confirmed_by=confirmed_by)
