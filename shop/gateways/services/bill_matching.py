"""What a line of a channel's bill stands for: the payment or the refund it means, and why they do not agree."""

from decimal import Decimal

from django.db import transaction
from django.db.models import Q

from shop.core import clock
from shop.core.fen import round_half_up
from shop.gateways.bill_models import FeeRule
from shop.gateways.models import BillDifference, BillLine, ExecutionState, Payment, RefundExecution
from shop.gateways.providers.base import CURRENCY, LineKind

#: What is a difference whatever the books say.
NAMED = {
    LineKind.REFUND_FAILED: BillDifference.REFUND_FAILED,
    LineKind.DISPUTE: BillDifference.DISPUTE,
    LineKind.OTHER: BillDifference.OTHER,
}
_RETRIED = (BillDifference.UNKNOWN_PAYMENT, BillDifference.UNKNOWN_REFUND, BillDifference.NOT_EXECUTED)
_BATCH = 500
#: Channels round a fee in their own way.
_FEE_SLIP = 1


def compare_again(provider: str) -> None:
    """Look again at lines whose counterpart was not there when they came."""
    waiting = BillLine.objects.filter(provider=provider, difference__in=_RETRIED)
    waiting = waiting.order_by("occurred_at", "line_id")
    for line in waiting[:_BATCH]:
        with transaction.atomic():
            compare_line(line)


def compare_line(line: BillLine) -> None:
    """Find what a stored line means and note what differs; other kinds of lines stay as they are. Safe to repeat."""
    if line.kind == LineKind.PAYMENT:
        _compare_payment(line)
    elif line.kind == LineKind.REFUND:
        _compare_refund(line)


def _compare_payment(line: BillLine) -> None:
    payment = _payment_of(line)
    line.payment = payment
    if payment is None:
        line.difference = BillDifference.UNKNOWN_PAYMENT
    elif BillLine.objects.filter(payment=payment, kind=LineKind.PAYMENT).exclude(pk=line.pk).exists():
        line.difference = BillDifference.TWICE
    else:
        line.difference = _money_difference(line, payment.fen) or _fee_difference(line)
    line.save(update_fields=["payment", "difference"])


def _payment_of(line: BillLine) -> Payment | None:
    """Return the payment by the shop's own key, else by the channel's transaction id; parts of one are not it."""
    came_in = Payment.objects.filter(provider=line.provider, moved_from=None)
    if line.key:
        own = came_in.filter(attempt__idempotency_key=line.key).first()
        if own is not None:
            return own
    if not line.source:
        return None
    named = Q(key=f"{line.provider}:{line.source}") | Q(attempt__reference=line.source)
    return came_in.filter(named).first()


def _compare_refund(line: BillLine) -> None:
    execution = _execution_of(line)
    line.execution = execution
    if execution is None:
        line.difference = BillDifference.UNKNOWN_REFUND
    elif BillLine.objects.filter(execution=execution, kind=LineKind.REFUND).exclude(pk=line.pk).exists():
        line.difference = BillDifference.TWICE
    else:
        line.difference = _money_difference(line, -execution.fen)
        if not line.difference and execution.state != ExecutionState.EXECUTED:
            line.difference = BillDifference.NOT_EXECUTED
    line.save(update_fields=["execution", "difference"])


def _execution_of(line: BillLine) -> RefundExecution | None:
    """Return the refund by the shop's own key, else by the channel's number of it."""
    made = RefundExecution.objects.filter(payment__provider=line.provider)
    own = made.filter(idempotency_key=line.key).first() if line.key else None
    return own or made.filter(provider_reference=line.line_id).first()


def _money_difference(line: BillLine, fen: int) -> str:
    if line.source_currency != CURRENCY:
        return BillDifference.CURRENCY
    return "" if line.source_minor == fen else BillDifference.AMOUNT


def _fee_difference(line: BillLine) -> str:
    """Compare the fee with the one agreed on that day; without a rule, or in another currency, nothing is said."""
    if line.settled_currency != CURRENCY:
        return ""
    rules = FeeRule.objects.filter(
        provider=line.provider, starts_on__lte=clock.local_date(line.occurred_at)
    ).order_by("-starts_on")
    rule = rules.first()
    if rule is None:
        return ""
    agreed = round_half_up(Decimal(line.source_minor) * rule.millionths / 1_000_000)
    return "" if abs(line.fee_minor - agreed) <= _FEE_SLIP else BillDifference.FEE
