"""Refunds that were asked for: planned over the payments, sent, and told to ordering."""

import logging
import uuid

from django.db import transaction
from django.db.models import QuerySet, Sum
from django.utils.translation import gettext_lazy as _

from shop.core import clock
from shop.core.exceptions import ShopError
from shop.core.faultpoint import faultpoint
from shop.core.fen import split
from shop.core.locks import lock
from shop.gateways.models import ExecutionState, Payment, RefundExecution
from shop.gateways.providers import registry
from shop.gateways.providers.base import ProviderUnavailable, RefundNews, RefundResult
from shop.gateways.providers.base import RefundState as Answer
from shop.gateways.services.unapplied import OPEN_EXECUTIONS, lock_payment, refund_key
from shop.gateways.status import MoneyAttention
from shop.gateways.transitions import move_execution
from shop.journal import services as journal
from shop.ordering import services as ordering
from shop.ordering.models import OrderRecord, RefundRequest
from shop.ordering.status import PayMethod, RefundState
from shop.ordering.transitions import call_attention
from shop.outbox import services as outbox

logger = logging.getLogger(__name__)

_BATCH = 200


def plan_refund(*, request_id: int) -> list[RefundExecution]:
    """Split a requested refund over the order's payments in proportion to what is left of each.

    Largest remainder, captured first on ties. Safe to call twice: the plan there is, is returned. Nothing is
    planned before the request is approved. When
    the payments do not hold the sum (which ordering's caps prevent) the refund fails and a person is called.
    """
    with transaction.atomic():
        record_id = RefundRequest.objects.values_list("record_id", flat=True).get(pk=request_id)
        record = lock(OrderRecord.objects.filter(pk=record_id)).get()
        request = RefundRequest.objects.get(pk=request_id)
        planned = list(RefundExecution.objects.filter(request=request).order_by("pk"))
        if planned or request.state != RefundState.REQUESTED or request.approved_at is None:
            return planned
        list(lock(Payment.objects.filter(record_id=record_id)))
        left = _left_of_payments(record_id)
        if sum(fen for _payment, fen in left) < request.fen:
            call_attention(record, MoneyAttention.REFUND_UNCOVERED)
            ordering.record_refund_result(request_id=request.pk, ok=False, reason="payments do not cover it")
            return []
        parts = split(request.fen, [fen for _payment, fen in left])
        return [
            RefundExecution.objects.create(
                request=request,
                payment=payment,
                fen=part,
                idempotency_key=refund_key(request.number, request.requested_at, payment.key, part),
                created_at=clock.now(),
            )
            for (payment, _left), part in zip(left, parts, strict=True)
            if part
        ]


def _left_of_payments(record_id: int) -> list[tuple[Payment, int]]:
    """Return the payments and what of their applied money is neither refunded nor about to be.

    A failed part of an open refund keeps its money: it is tried again.
    """
    left: list[tuple[Payment, int]] = []
    for payment in Payment.objects.filter(record_id=record_id).order_by("captured_at", "pk"):
        parts = RefundExecution.objects.filter(payment=payment, request__state=RefundState.REQUESTED)
        leaving = parts.exclude(state=ExecutionState.EXECUTED).aggregate(fen=Sum("fen"))["fen"]
        rest = payment.applied_fen - payment.refunded_fen - (leaving or 0)
        if rest > 0:
            left.append((payment, rest))
    return left


def execute_refunds() -> int:
    """Plan what is not planned and send what is not finished; return how many executions ended.

    Transfers are sent by people and wait in their queue. Safe at any time: keys are stored first.
    """
    unplanned = RefundRequest.objects.filter(state=RefundState.REQUESTED, executions__isnull=True)
    for request_id in unplanned.order_by("pk").values_list("pk", flat=True)[:_BATCH]:
        plan_refund(request_id=request_id)
    return sum(bool(_send(pk)) for pk in _waiting(ExecutionState.CREATED, ExecutionState.SENT)[:_BATCH])


def send_planned_refunds() -> int:
    """Send what was planned and never tried; return how many executions ended.

    It costs one query when there is nothing, so that it may follow every delivery. What a provider does not
    take is tried again by `execute_refunds` only: a provider that is away is not asked with every order.
    """
    return sum(bool(_send(pk)) for pk in _waiting(ExecutionState.CREATED)[:_BATCH])


def _waiting(*states: ExecutionState) -> QuerySet[RefundExecution, int]:
    """Return the ids of parts in these states that a provider is to send back, the oldest first."""
    waiting = RefundExecution.objects.filter(state__in=states, payment__provider__in=registry.enabled())
    return (
        waiting.exclude(payment__provider=PayMethod.BANK_TRANSFER).order_by("pk").values_list("pk", flat=True)
    )


def unreachable_refunds() -> int:
    """Send or ask about every refund that is not finished; return of how many the provider said nothing at all.

    For a shop that was put back from a copy: one that the copy calls waiting has perhaps gone out. Providers are
    asked for it by its key first. Safe to call twice.
    """
    return sum(_send(pk) is None for pk in list(_waiting(ExecutionState.CREATED, ExecutionState.SENT)))


def may_leave(execution: RefundExecution) -> bool:
    """Tell ordering that money of a locked execution is about to leave; False when its request was withdrawn.

    The execution then ends without having moved anything.
    """
    if execution.request_id is None or ordering.begin_refund(request_id=execution.request_id):
        return True
    move_execution(execution, ExecutionState.FAILED, finished_at=clock.now(), last_error="withdrawn")
    return False


def _send(execution_id: int) -> bool | None:
    """Send one part, or ask what became of it; return whether it ended, None when the provider did not answer."""
    with transaction.atomic():
        _lock_order_and_payment(execution_id)
        execution = lock(RefundExecution.objects.filter(pk=execution_id)).get()
        if execution.state not in (ExecutionState.CREATED, ExecutionState.SENT) or not may_leave(execution):
            return False
        if execution.state != ExecutionState.SENT:
            move_execution(execution, ExecutionState.SENT)
        payment = execution.payment
        # The provider sends back what its own transaction took: also a part that another order has got.
        attempt = payment.origin.attempt
        reference = attempt.reference if attempt else ""
    try:
        result = registry.provider(payment.provider).refund(
            reference, execution.fen, execution.idempotency_key
        )
    except ProviderUnavailable as error:
        logger.warning("refund execution %s will be sent again: %s", execution_id, error)
        return None
    faultpoint("gateways.after_refund_sent")
    return settle_execution(execution_id=execution_id, result=result)


def _lock_order_and_payment(execution_id: int) -> Payment:
    """Lock from the order down, as every service does, so that two of them cannot wait for each other."""
    payment_id = RefundExecution.objects.values_list("payment_id", flat=True).get(pk=execution_id)
    return lock_payment(payment_id)


def settle_execution(*, execution_id: int, result: RefundResult, confirmed_by: int | None = None) -> bool:
    """Note the provider's answer (or the staff's) and tell ordering once all parts are known.

    Returns whether the execution ended now. Safe to call twice: an ended execution stays as it is.
    """
    if result.state in (Answer.PENDING, Answer.BY_HAND):
        return False
    with transaction.atomic():
        payment = _lock_order_and_payment(execution_id)
        execution = lock(RefundExecution.objects.filter(pk=execution_id)).get()
        if execution.state not in (ExecutionState.CREATED, ExecutionState.SENT):
            return False
        done = result.state is Answer.DONE
        move_execution(
            execution,
            ExecutionState.EXECUTED if done else ExecutionState.FAILED,
            finished_at=clock.now(),
            confirmed_by=confirmed_by,
            provider_reference=result.reference or execution.provider_reference,
            last_error=result.message[:200],
        )
        if done:
            _take_out(payment, execution)
        if execution.request_id is not None:
            _finish_request(execution.request_id)
    return True


def note_refund_news(*, provider: str, news: RefundNews) -> bool:
    """Note what a provider says of a refund; False when the shop did not ask for it. Safe to call twice.

    A refund that comes back after it went out stays booked; a person is called, who pays the buyer another way.
    """
    if not news.idempotency_key:
        return False
    execution = (
        RefundExecution.objects.filter(idempotency_key=news.idempotency_key, payment__provider=provider)
        .select_related("payment")
        .first()
    )
    if execution is None:
        return False
    if execution.state == ExecutionState.EXECUTED and news.result.state is Answer.FAILED:
        if execution.payment.record_id is not None:
            record = lock(OrderRecord.objects.filter(pk=execution.payment.record_id)).get()
            call_attention(record, MoneyAttention.REFUND_BOUNCED)
        return True
    settle_execution(execution_id=execution.pk, result=news.result)
    return True


def _take_out(payment: Payment, execution: RefundExecution) -> None:
    if execution.request_id is not None:
        payment.refunded_fen += execution.fen
        payment.save(update_fields=["refunded_fen"])
        return
    payment.returned_fen += execution.fen
    payment.save(update_fields=["returned_fen"])
    outbox.append(
        topic="unapplied.returned",
        stream=payment.key,
        payload={
            "payment_key": payment.key,
            "order": payment.record.number if payment.record else None,
            "fen": execution.fen,
        },
    )


def _finish_request(request_id: int) -> None:
    """Tell ordering when every part has ended; a failure calls a person, a mixed result waits for a new try."""
    executions = list(
        RefundExecution.objects.filter(request_id=request_id)
        .select_related("payment", "request")
        .order_by("payment__captured_at", "payment_id")
    )
    if any(execution.state in OPEN_EXECUTIONS for execution in executions):
        return
    parts = [(one.payment.key, one.fen) for one in executions if one.state == ExecutionState.EXECUTED]
    if len(parts) == len(executions):
        ordering.record_refund_result(request_id=request_id, ok=True, parts=parts)
        return
    attention = MoneyAttention.REFUND_PART_FAILED
    if not parts:
        attention = MoneyAttention.REFUND_FAILED
        ordering.record_refund_result(request_id=request_id, ok=False, reason=executions[0].last_error)
    call_attention(RefundRequest.objects.select_related("record").get(pk=request_id).record, attention)


def retry_refund(*, execution_id: int, actor_id: int) -> None:
    """Send a failed part again under a new key; for the parts of a refund of which others went through.

    Raises ShopError (code not_failed) when the part has not failed or its request has ended.
    """
    with transaction.atomic():
        execution = lock(RefundExecution.objects.filter(pk=execution_id)).get()
        request = execution.request
        if (
            execution.state != ExecutionState.FAILED
            or request is None
            or request.state != RefundState.REQUESTED
        ):
            raise ShopError(_("This refund is not waiting for a new try."), code="not_failed")
        move_execution(
            execution,
            ExecutionState.CREATED,
            idempotency_key=uuid.uuid4().hex,
            sent_by=None,
            sent_on=None,
            finished_at=None,
        )
        journal.record(
            actor_id=actor_id,
            action="refund.retried",
            object_type="refund_execution",
            object_key=str(execution.pk),
        )
