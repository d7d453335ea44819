"""Outgoing lines of the statement: they execute the transfers back that wait, or are evidence of those made."""

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from shop.core.locks import lock
from shop.core.tabular import plain
from shop.gateways.bank_models import Difference, DifferenceKind, Direction, LineState, StatementLine
from shop.gateways.models import ExecutionState, RefundExecution
from shop.gateways.providers.base import RefundResult, RefundState
from shop.gateways.services.differences import close_difference, execution_key, open_difference
from shop.gateways.services.payees import is_payee, payee_of
from shop.gateways.services.refunds import may_leave, settle_execution
from shop.gateways.services.transfers import SLIP
from shop.gateways.services.unapplied import lock_payment, note
from shop.ordering.status import PayMethod

_WAITING = (DifferenceKind.OUTGOING, DifferenceKind.OUTGOING_AMBIGUOUS, DifferenceKind.PAYEE)
_BATCH = 200


def settle_outgoing(line: StatementLine) -> None:
    """Find the transfer back that a locked line made; what fits none, or several, becomes a difference.

    By the bank's serial if somebody has entered it, else by amount and the order's number, the refund's or the
    transfer code in the remark, else by amount and payee. The caller saves the line.
    """
    entered = _by_serial(line)
    if entered is not None and entered.fen == line.fen:
        return _execute_to_payee(line, entered)
    open_ones = RefundExecution.objects.filter(
        payment__provider=PayMethod.BANK_TRANSFER,
        state__in=(ExecutionState.CREATED, ExecutionState.SENT),
        fen=line.fen,
        bank_line=None,
    ).select_related("payment__record", "payment__attempt", "request")
    # A transfer back that somebody entered as made belongs to the line it names.
    waiting = [
        one for one in open_ones.order_by("pk") if one.state == ExecutionState.CREATED or _slipped(one, line)
    ]
    named = [one for one in waiting if _named_in(line.purpose, one)]
    payee = [one for one in waiting if line.payer and plain(payee_of(one)[0]) == plain(line.payer)]
    pool = named or payee
    if not pool:
        return _differ(line, DifferenceKind.OUTGOING)
    if len(pool) > 1:
        return _differ(line, DifferenceKind.OUTGOING_AMBIGUOUS)
    return _execute_to_payee(line, pool[0])


def _execute_to_payee(line: StatementLine, execution: RefundExecution) -> None:
    """Take the line for the transfer back, unless it went to another account than it belongs to."""
    if is_payee(execution, name=line.payer, account=line.payer_account):
        return _execute(line, execution)
    name, account = payee_of(execution)
    return _differ(
        line,
        DifferenceKind.PAYEE,
        detail=f"{name} {account} → {line.payer} {line.payer_account}",
        execution=execution,
    )


def _by_serial(line: StatementLine) -> RefundExecution | None:
    made = RefundExecution.objects.filter(
        payment__provider=PayMethod.BANK_TRANSFER,
        provider_reference=line.serial,
        state__in=(ExecutionState.SENT, ExecutionState.EXECUTED),
        bank_line=None,
    )
    near = made.filter(sent_on__range=(line.booked_on - SLIP, line.booked_on + SLIP)).order_by("pk")
    return near.first() or made.filter(sent_on=None).order_by("pk").first()


def _slipped(execution: RefundExecution, line: StatementLine) -> bool:
    """Return whether the line may be the one whose serial somebody mistyped: no line has the typed one."""
    if execution.sent_on is None or abs(execution.sent_on - line.booked_on) > SLIP:
        return False
    return not StatementLine.objects.filter(
        direction=Direction.OUT, serial=execution.provider_reference, booked_on=execution.sent_on
    ).exists()


def _named_in(purpose: str, execution: RefundExecution) -> bool:
    payment = execution.payment
    names = [
        payment.record.number if payment.record else "",
        execution.request.number if execution.request else "",
        payment.attempt.reference if payment.attempt else "",
    ]
    text = plain(purpose).replace("-", "")
    return any(plain(name).replace("-", "") in text for name in names if name)


def _execute(line: StatementLine, execution: RefundExecution) -> None:
    """Let the line be what made the transfer, or its evidence when two people have recorded it."""
    lock_payment(execution.payment_id)
    execution = lock(RefundExecution.objects.filter(pk=execution.pk)).get()
    if execution.state == ExecutionState.EXECUTED:
        line.state = LineState.EVIDENCE
    elif execution.state not in (ExecutionState.CREATED, ExecutionState.SENT) or not may_leave(execution):
        return _differ(
            line, DifferenceKind.OUTGOING, detail=_("The refund was withdrawn, and the money has left.")
        )
    else:
        people = (line.file.confirmed_by, line.file.imported_by)
        person = next(one for one in people if one != execution.sent_by)
        done = RefundResult(state=RefundState.DONE, reference=line.serial)
        settle_execution(execution_id=execution.pk, result=done, confirmed_by=person)
        note(execution, "payout.on_statement", person)
        line.state = LineState.EXECUTED
    line.execution = execution
    close_difference(key=execution_key(execution.pk), note="")
    close_difference(key=f"line:{line.pk}", note="")
    return None


def _differ(
    line: StatementLine,
    kind: DifferenceKind,
    *,
    detail: str = "",
    execution: RefundExecution | None = None,
) -> None:
    line.state = LineState.DIFFERENCE
    open_difference(
        kind=kind,
        key=f"line:{line.pk}",
        fen=line.fen,
        owner_id=line.file.confirmed_by or line.file.imported_by,
        line=line,
        execution=execution,
        detail=detail or f"{line.payer} {line.purpose}",
    )


def link_recorded_payouts() -> int:
    """Give the outgoing lines that waited to the transfers back that people have recorded since with their serial,

    or whose payee two people have changed since to the line's. Returns how many lines found theirs. Safe to run twice.
    """
    waiting = Difference.objects.filter(
        kind__in=_WAITING, resolved_at=None, line__state=LineState.DIFFERENCE
    ).order_by("opened_at")
    found = 0
    for line_id, execution_id in waiting.values_list("line_id", "execution_id")[:_BATCH]:
        with transaction.atomic():
            lines = StatementLine.objects.select_related("file").defer("file__raw")
            line = lock(lines.filter(pk=line_id)).get()
            meant = RefundExecution.objects.filter(pk=execution_id, bank_line=None)
            entered = _by_serial(line) or meant.select_related("payment").first()
            if line.state != LineState.DIFFERENCE or entered is None or entered.fen != line.fen:
                continue
            if not is_payee(entered, name=line.payer, account=line.payer_account):
                waits = Difference.objects.filter(key=f"line:{line.pk}", resolved_at=None)
                waits.update(kind=DifferenceKind.PAYEE, execution=entered)
                continue
            _execute(line, entered)
            line.save()
            found += line.state != LineState.DIFFERENCE
    return found


def outgoing_without_refund() -> QuerySet[StatementLine]:
    """Return the outgoing lines that no refund asks for: differences, and those to payees who are no buyers."""
    lines = StatementLine.objects.filter(
        direction=Direction.OUT,
        state__in=(LineState.DIFFERENCE, LineState.IGNORED),
        execution=None,
    )
    return lines.select_related("account").order_by("pk")


def take_as_payout(*, line_id: int) -> StatementLine | None:
    """Let an outgoing line be the payment of a supplier, in the caller's transaction; its difference is resolved.

    Returns the locked line, None when it has another meaning by now. Safe to call twice.
    """
    with transaction.atomic():
        line = lock(StatementLine.objects.filter(pk=line_id)).get()
        if line.direction != Direction.OUT or line.execution_id is not None:
            return None
        if line.state not in (LineState.DIFFERENCE, LineState.IGNORED):
            return None
        line.state = LineState.PAYOUT
        line.save(update_fields=["state"])
        close_difference(key=f"line:{line.pk}", note=_("Paid to a supplier"))
    return line
