"""What pages and queues show of money on its way. Staff lists take the caller's scope."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from django.db.models import F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from shop.accounts.scope import Scope
from shop.buyers.models import Organisation
from shop.gateways.models import (
    AttemptState,
    ExecutionState,
    Payment,
    PaymentAttempt,
    PaymentNotice,
    RefundExecution,
    TransferClaim,
    TransferState,
)
from shop.gateways.money_models import MoneyMove, PayeeChange, PayerName, ProposalState
from shop.gateways.payer_models import PayerAccount
from shop.gateways.providers.bank_transfer import spelled
from shop.gateways.services import unapplied
from shop.gateways.services.notices import Outcome
from shop.gateways.services.unapplied import OPEN_EXECUTIONS, OrderMoney
from shop.ordering.models import OrderRecord, RefundRequest
from shop.ordering.status import PaymentState, PayMethod, RefundState


class PayStatus(StrEnum):
    """How the payment of an order stands, as its buyer reads it."""

    PAID = "paid"
    CONFIRMING = "confirming"
    AWAITING_TRANSFER = "awaiting_transfer"
    FAILED = "failed"
    UNPAID = "unpaid"
    CLOSED = "closed"


@dataclass(frozen=True)
class AwaitedTransfer:
    """An order that waits for a bank transfer; all amounts in fen."""

    attempt_id: int
    code: str
    order_number: str
    due_fen: int
    arrived_fen: int
    created_at: dt.datetime
    hold_until: dt.datetime | None
    payers: tuple[str, ...]


@dataclass(frozen=True)
class UnappliedMoney:
    """Captured money that belongs to no paid order yet: whose it is, how much, since when."""

    payment: Payment
    rest_fen: int
    owner: str
    captured_at: dt.datetime


def pay_status(record: OrderRecord, money: OrderMoney | None = None) -> PayStatus:
    """Return the state of an order's payment; reads only. `money`: its unapplied money, where it has been read."""
    if record.payment_state == PaymentState.PAID:
        return PayStatus.PAID
    if record.payment_state == PaymentState.CLOSED:
        return PayStatus.CLOSED
    if (money or unapplied.unapplied_money(record.pk)).held_fen:
        return PayStatus.CONFIRMING
    last = PaymentAttempt.objects.filter(record=record).order_by("-created_at", "-pk").first()
    if last is None or last.state == AttemptState.EXPIRED:
        return PayStatus.UNPAID
    if last.state == AttemptState.FAILED:
        return PayStatus.FAILED
    return PayStatus.AWAITING_TRANSFER if last.provider == PayMethod.BANK_TRANSFER else PayStatus.CONFIRMING


def transfer_attempt(record: OrderRecord) -> PaymentAttempt | None:
    """Return the order's open bank transfer, if it has one."""
    return PaymentAttempt.objects.filter(
        record=record, provider=PayMethod.BANK_TRANSFER, state=AttemptState.OPEN
    ).first()


def awaited_transfers(scope: Scope) -> QuerySet[PaymentAttempt]:
    """Return the bank transfers that orders wait for, oldest first; `shown_transfers` shows some."""
    attempts = PaymentAttempt.objects.filter(
        provider=PayMethod.BANK_TRANSFER,
        state=AttemptState.OPEN,
        record__payment_state=PaymentState.UNPAID,
    )
    attempts = attempts if scope.everything else attempts.none()
    return (
        attempts.select_related("record").annotate(arrived=Sum("payments__fen")).order_by("created_at", "pk")
    )


def shown_transfers(attempts: Iterable[PaymentAttempt]) -> list[AwaitedTransfer]:
    """Return rows of `awaited_transfers` as the staff read them, each with who is expected to pay. Two queries."""
    rows = list(attempts)
    payers = expected_payers([attempt.record for attempt in rows])
    return [_awaited(attempt, payers[attempt.record_id]) for attempt in rows]


def _awaited(attempt: PaymentAttempt, payers: tuple[str, ...]) -> AwaitedTransfer:
    arrived: int | None = getattr(attempt, "arrived", None)
    return AwaitedTransfer(
        payers=payers,
        attempt_id=attempt.pk,
        code=spelled(attempt.reference),
        order_number=attempt.record.number,
        due_fen=attempt.record.due_fen,
        arrived_fen=arrived or 0,
        created_at=attempt.created_at,
        hold_until=attempt.record.hold_until,
    )


def expected_payers(records: Iterable[OrderRecord]) -> dict[int, tuple[str, ...]]:
    """Return, by order, the names under which its money is expected: the unit's, or the recipient's. Two queries."""
    rows = list(records)
    codes = {row.credited_organisation for row in rows if row.by_acceptance}
    names: dict[str, list[str]] = {code: [] for code in codes}
    for code, name in Organisation.objects.filter(code__in=codes).values_list("code", "name"):
        names[code].append(name)
    registered = PayerName.objects.filter(organisation__code__in=codes, removed_at=None).order_by("name")
    for code, name in registered.values_list("organisation__code", "name"):
        names[code].append(name)
    return {
        row.pk: tuple(dict.fromkeys([row.credited_name, *names[row.credited_organisation]]))
        if row.by_acceptance
        else (row.recipient_name,)
        for row in rows
    }


def payer_names(scope: Scope) -> QuerySet[PayerName]:
    """Return the other names under which units pay, by unit."""
    names = PayerName.objects.filter(removed_at=None).select_related("organisation")
    return (names if scope.everything else names.none()).order_by("organisation__name", "name")


def payer_accounts(scope: Scope) -> QuerySet[PayerAccount]:
    """Return the accounts that units pay from, by unit."""
    accounts = PayerAccount.objects.filter(removed_at=None).select_related("organisation")
    return (accounts if scope.everything else accounts.none()).order_by("organisation__name", "account")


def proposed_moves(scope: Scope) -> QuerySet[MoneyMove]:
    """Return surplus that a second person must give to another order, oldest first."""
    moves = MoneyMove.objects.filter(state=ProposalState.PROPOSED).select_related("payment__record", "record")
    return (moves if scope.everything else moves.none()).order_by("proposed_at")


def proposed_payees(scope: Scope) -> QuerySet[PayeeChange]:
    """Return other payees of transfers back that a second person must allow, oldest first."""
    changes = PayeeChange.objects.filter(state=ProposalState.PROPOSED)
    changes = changes.select_related("execution__payment__record")
    return (changes if scope.everything else changes.none()).order_by("proposed_at")


def proposed_transfers(scope: Scope) -> QuerySet[TransferClaim]:
    """Return the bank lines that wait for a second person, oldest first."""
    if not scope.everything:
        return TransferClaim.objects.none()
    return (
        TransferClaim.objects.filter(state=TransferState.PROPOSED)
        .select_related("attempt__record")
        .order_by("proposed_at")
    )


def unapplied_money(scope: Scope) -> QuerySet[Payment]:
    """Return captured money that is neither applied nor sent back nor moved nor set aside for either, oldest first.

    `unapplied_row` shows one.
    """
    payments = Payment.objects.all() if scope.everything else Payment.objects.none()
    leaving = Sum(
        "executions__fen",
        filter=Q(executions__request=None, executions__state__in=OPEN_EXECUTIONS),
    )
    moving = MoneyMove.objects.filter(payment=OuterRef("pk"), state=ProposalState.PROPOSED)
    aside = moving.order_by().values("payment").annotate(total=Sum("fen")).values("total")
    return (
        payments.select_related("record")
        .annotate(leaving=Coalesce(leaving, 0) + Coalesce(Subquery(aside), 0))
        .filter(fen__gt=F("applied_fen") + F("returned_fen") + F("moved_fen") + F("leaving"))
        .order_by("captured_at", "pk")
    )


def unapplied_row(payment: Payment) -> UnappliedMoney:
    """Return a row of `unapplied_money` as the staff read it; no query."""
    leaving: int = getattr(payment, "leaving", 0)
    return UnappliedMoney(
        payment=payment,
        rest_fen=payment.fen - payment.applied_fen - payment.returned_fen - payment.moved_fen - leaving,
        owner=payment.record.number if payment.record else payment.payer,
        captured_at=payment.captured_at,
    )


def notices_to_check(scope: Scope) -> QuerySet[PaymentNotice]:
    """Return what providers told of payments that nobody here knows or can write down, oldest first."""
    notices = PaymentNotice.objects.filter(
        outcome__in=(Outcome.UNKNOWN_REFERENCE, Outcome.FOREIGN_CURRENCY), checked_at=None
    )
    return (notices if scope.everything else notices.none()).order_by("received_at", "pk")


def _executions(scope: Scope) -> QuerySet[RefundExecution]:
    if not scope.everything:
        return RefundExecution.objects.none()
    return RefundExecution.objects.select_related("payment__record", "request").order_by("created_at", "pk")


def proposed_returns(scope: Scope) -> QuerySet[RefundExecution]:
    """Return unapplied money that a second person must let go."""
    return _executions(scope).filter(state=ExecutionState.PROPOSED)


def payouts_to_make(scope: Scope) -> QuerySet[RefundExecution]:
    """Return the transfers back that somebody must make at the bank; those of withdrawn requests left out."""
    return _executions(scope).filter(
        Q(request=None) | Q(request__state=RefundState.REQUESTED),
        state=ExecutionState.CREATED,
        payment__provider=PayMethod.BANK_TRANSFER,
    )


def payouts_to_confirm(scope: Scope) -> QuerySet[RefundExecution]:
    """Return the transfers back that a second person must see on the statement."""
    return _executions(scope).filter(state=ExecutionState.SENT, payment__provider=PayMethod.BANK_TRANSFER)


def failed_refunds(scope: Scope) -> QuerySet[RefundExecution]:
    """Return the failed parts of refunds that are not over: others of their parts went through."""
    return _executions(scope).filter(state=ExecutionState.FAILED, request__state=RefundState.REQUESTED)


def refunds_to_decide(scope: Scope) -> QuerySet[RefundRequest]:
    """Return the refunds that a person must decide about, oldest first, with order and items.

    Those of after-sales cases are decided there.
    """
    waiting = refund_requests(scope).filter(state=RefundState.REQUESTED, approved_at=None, of_return="")
    return (
        waiting.select_related("record")
        .prefetch_related("items__share__line", "items__charge")
        .order_by("requested_at", "pk")
    )


def refund_requests(scope: Scope) -> QuerySet[RefundRequest]:
    """Return every refund that was asked for, to those who see everything."""
    return RefundRequest.objects.all() if scope.everything else RefundRequest.objects.none()
