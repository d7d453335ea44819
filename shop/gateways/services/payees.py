"""A transfer back goes to the account the money came from; to another one only with a reason and by two people."""

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from shop.core import clock
from shop.core.exceptions import ShopError
from shop.core.locks import lock
from shop.core.tabular import plain
from shop.gateways.models import ExecutionState, RefundExecution
from shop.gateways.money_models import PayeeChange, ProposalState
from shop.gateways.services.unapplied import lock_payment
from shop.journal import services as journal
from shop.ordering.status import PayMethod


def payee_of(execution: RefundExecution) -> tuple[str, str]:
    """Return name and account that a transfer back belongs to; "" for what nobody knows."""
    if execution.payee:
        return execution.payee, execution.payee_account
    payment = execution.payment
    return payment.payer, payment.payer_account


def is_payee(execution: RefundExecution, *, name: str, account: str) -> bool:
    """Return whether a line of the bank went to whom this transfer back belongs; what is not known is not compared."""
    wanted_name, wanted_account = payee_of(execution)
    if name and wanted_name and plain(name) != plain(wanted_name):
        return False
    return not account or not wanted_account or same_account(account, wanted_account)


def same_account(one: str, other: str) -> bool:
    """Return whether two account numbers may be the same: banks put stars in the place of digits."""
    one, other = plain(one).replace("-", ""), plain(other).replace("-", "")
    if len(one) != len(other):
        return False
    return all(a == b or "*" in (a, b) for a, b in zip(one, other, strict=True))


def propose_payee(
    *, execution_id: int, payee: str, payee_account: str, reason: str, proposed_by: int
) -> PayeeChange:
    """Propose another payee for a transfer back that has not been made; nothing changes before it is approved.

    Raises ShopError naming the field: payee_missing, account_missing, reason_missing, own_order, not_by_hand,
    not_waiting, payee_known (there is a proposal).
    """
    for name, value in (("payee", payee), ("payee_account", payee_account), ("reason", reason)):
        if not value.strip():
            raise ShopError(
                _("Enter name, account and reason of another payee."), code=f"{name}_missing", field=name
            )
    try:
        with transaction.atomic():
            execution = _waiting(execution_id, proposed_by)
            change = PayeeChange.objects.create(
                execution=execution,
                payee=payee.strip()[:80],
                payee_account="".join(payee_account.split())[:40],
                reason=reason.strip()[:200],
                proposed_by=proposed_by,
                proposed_at=clock.now(),
            )
            _note(change, "payee.proposed", proposed_by)
    except IntegrityError as error:
        raise ShopError(
            _("Another payee has been proposed for this transfer already."), code="payee_known"
        ) from error
    return change


def _waiting(execution_id: int, actor_id: int) -> RefundExecution:
    lock_payment(RefundExecution.objects.values_list("payment_id", flat=True).get(pk=execution_id))
    execution = lock(RefundExecution.objects.filter(pk=execution_id)).get()
    payment = execution.payment
    if payment.provider != PayMethod.BANK_TRANSFER:
        raise ShopError(
            _("This money goes back the way it came, through its payment service."), code="not_by_hand"
        )
    if execution.state not in (ExecutionState.CREATED, ExecutionState.SENT):
        raise ShopError(_("This transfer back does not wait any more."), code="not_waiting")
    if payment.record is not None and payment.record.buyer_id == actor_id:
        raise ShopError(
            _("You placed this order yourself, so other people must send its money back."), code="own_order"
        )
    return execution


def approve_payee(*, change_id: int, approved_by: int) -> RefundExecution:
    """Let a transfer back go to the proposed payee. Safe to call twice.

    Raises ShopError: same_person, withdrawn, own_order, not_waiting.
    """
    with transaction.atomic():
        asked = PayeeChange.objects.get(pk=change_id)
        execution = asked.execution
        if asked.state == ProposalState.APPROVED:
            return execution
        execution = _waiting(asked.execution_id, approved_by)
        change = lock(PayeeChange.objects.filter(pk=change_id)).get()
        if change.state == ProposalState.WITHDRAWN:
            raise ShopError(_("This proposal has been withdrawn."), code="withdrawn")
        if change.proposed_by == approved_by:
            raise ShopError(
                _("You proposed this yourself. Another person must approve it."), code="same_person"
            )
        execution.payee, execution.payee_account = change.payee, change.payee_account
        execution.save(update_fields=["payee", "payee_account"])
        _decide(change, ProposalState.APPROVED, approved_by)
    return execution


def withdraw_payee(*, change_id: int, actor_id: int) -> None:
    """Take a proposal back. Safe to call twice. Raises ShopError (code approved) when it was approved."""
    with transaction.atomic():
        change = lock(PayeeChange.objects.filter(pk=change_id)).get()
        if change.state == ProposalState.APPROVED:
            raise ShopError(_("This proposal has already been approved."), code="approved")
        if change.state == ProposalState.PROPOSED:
            _decide(change, ProposalState.WITHDRAWN, actor_id)


def _decide(change: PayeeChange, state: ProposalState, actor_id: int) -> None:
    change.state, change.decided_by, change.decided_at = state, actor_id, clock.now()
    change.save(update_fields=["state", "decided_by", "decided_at"])
    _note(change, f"payee.{state}", actor_id)


def _note(change: PayeeChange, action: str, actor_id: int) -> None:
    journal.record(
        actor_id=actor_id,
        action=action,
        object_type="refund_execution",
        object_key=str(change.execution_id),
        before={"payee": change.execution.payment.payer, "account": change.execution.payment.payer_account},
        after={"payee": change.payee, "account": change.payee_account},
        reason=change.reason,
    )
