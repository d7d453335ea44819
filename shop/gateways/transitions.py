"""Which state may follow which: the tables of a payment attempt and of money going back, written to docs/states.md."""

from typing import Any

from shop.core import clock
from shop.core.states import BEGINNING, Move, StateTable
from shop.gateways.models import AttemptState, ExecutionState, PaymentAttempt, RefundExecution

_NEWS = ("gateways.apply_notice", "gateways.reconcile_attempts", "gateways.close_order")
_SENDING = ("gateways.send_planned_refunds", "gateways.execute_refunds")
_MONEY = ("gateways.capture", "gateways.approve_assignment")

ATTEMPT = StateTable(
    "Payment attempt",
    "gateways.PaymentAttempt.state",
    (
        Move(
            BEGINNING,
            AttemptState.CREATED,
            "before a provider hears of it",
            ("gateways.start_payment",),
            "created_at",
        ),
        Move(
            AttemptState.CREATED,
            AttemptState.OPEN,
            "the provider has opened a session",
            ("gateways.start_payment", "gateways.reconcile_attempts"),
            "reference",
        ),
        *(
            Move(
                old,
                AttemptState.SUCCEEDED,
                "its money has come, also late: captured money is never turned away",
                _MONEY,
                "finished_at, the payment row",
            )
            for old in (
                AttemptState.CREATED,
                AttemptState.OPEN,
                AttemptState.FAILED,
                AttemptState.EXPIRED,
            )
        ),
        *(
            Move(
                old,
                AttemptState.FAILED,
                "refused by the provider",
                (*_NEWS, "gateways.start_payment"),
                "finished_at",
            )
            for old in (AttemptState.CREATED, AttemptState.OPEN)
        ),
        *(
            Move(old, AttemptState.EXPIRED, "not paid in time, or no longer wanted", _NEWS, "finished_at")
            for old in (AttemptState.CREATED, AttemptState.OPEN)
        ),
    ),
)
EXECUTION = StateTable(
    "Money going back through one payment",
    "gateways.RefundExecution.state",
    (
        Move(
            BEGINNING,
            ExecutionState.PROPOSED,
            "one person asks to send unapplied money back",
            ("gateways.propose_return",),
            "requested_by, return.proposed",
        ),
        Move(
            BEGINNING,
            ExecutionState.CREATED,
            "planned for an approved refund, or late money",
            ("gateways.plan_refund", "gateways.return_unapplied"),
            "created_at",
        ),
        Move(
            ExecutionState.PROPOSED,
            ExecutionState.CREATED,
            "another person lets it go",
            ("gateways.approve_return",),
            "approved_by, return.approved",
        ),
        Move(
            ExecutionState.PROPOSED,
            ExecutionState.FAILED,
            "the proposal is taken back",
            ("gateways.withdraw_return",),
            "return.withdrawn",
        ),
        Move(
            ExecutionState.CREATED,
            ExecutionState.SENT,
            "asked of the provider, or made at the bank",
            (*_SENDING, "gateways.record_payout"),
            "sent_by, sent_on",
        ),
        *(
            Move(
                old,
                ExecutionState.EXECUTED,
                "the provider, or the bank's statement, says that it has gone out",
                (*_SENDING, "gateways.confirm_payout", "gateways.settle_lines"),
                "finished_at, confirmed_by",
            )
            for old in (ExecutionState.CREATED, ExecutionState.SENT)
        ),
        *(
            Move(
                old,
                ExecutionState.FAILED,
                "refused by the provider, or its refund was withdrawn",
                (*_SENDING, "gateways.record_payout"),
                "finished_at, last_error",
            )
            for old in (ExecutionState.CREATED, ExecutionState.SENT)
        ),
        Move(
            ExecutionState.FAILED,
            ExecutionState.CREATED,
            "sent again under a new key",
            ("gateways.retry_refund",),
            "refund.retried",
        ),
    ),
)
TABLES = (ATTEMPT, EXECUTION)


def end_attempt(attempt_id: int, new: AttemptState) -> bool:
    """End an attempt by one conditional UPDATE; False, and nothing is written, when it may not move there."""
    found = PaymentAttempt.objects.filter(pk=attempt_id, state__in=ATTEMPT.before(new))
    return bool(found.update(state=new, finished_at=clock.now()))


def move_execution(execution: RefundExecution, new: ExecutionState, **columns: Any) -> None:
    """Move a locked execution and write the given columns with it; raises WrongMove for what the table lacks."""
    EXECUTION.require(execution.state, new)
    for name, value in {**columns, "state": new}.items():
        setattr(execution, name, value)
    execution.save(update_fields=["state", *columns])
