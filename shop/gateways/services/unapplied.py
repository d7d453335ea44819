"""Money that has come in and is not applied: how much of it, and setting it aside to go back."""

import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import F
from django.utils.translation import gettext_lazy as _

from shop.core import clock
from shop.core.exceptions import ShopError
from shop.core.locks import lock
from shop.gateways.models import ExecutionState, Payment, RefundExecution
from shop.gateways.money_models import MoneyMove, ProposalState
from shop.journal import services as journal
from shop.ordering.models import OrderRecord
from shop.ordering.status import PayMethod

#: The shop's own name space for keys of money going back.
_KEYS = uuid.UUID("6f1d5f1a-3c83-4f0e-9d53-0b8a5c9f7e21")
#: Executions that have taken nothing out of the payment yet but will.
OPEN_EXECUTIONS = (ExecutionState.PROPOSED, ExecutionState.CREATED, ExecutionState.SENT)


@dataclass(frozen=True)
class OrderMoney:
    """Of an order: its payments with a rest in the order they were captured, and the fen that a person must look at."""

    free: tuple[tuple[Payment, int], ...]
    held_fen: int

    @property
    def free_fen(self) -> int:
        """Return what can be applied."""
        return sum(rest for _payment, rest in self.free)


def lock_payment(payment_id: int) -> Payment:
    """Lock a payment, its order first: the sequence in which every service of this app takes locks."""
    record_id = Payment.objects.values_list("record_id", flat=True).get(pk=payment_id)
    list(lock(OrderRecord.objects.filter(pk=record_id)))
    return lock(Payment.objects.filter(pk=payment_id)).get()


def unapplied_rest(payment: Payment) -> int:
    """Return the fen of a payment that are neither applied, nor sent back, nor moved, nor set aside for either."""
    return _spare(payment) - _set_aside([payment]).get(payment.pk, 0)


def unapplied_money(record_id: int, *, fresh: Payment | None = None) -> OrderMoney:
    """Return what of the order's money is not applied. One query, and two more when there is any.

    `fresh` is a payment of this transaction: nothing of it can be set aside yet, so it alone costs no more.
    """
    whole = F("applied_fen") + F("returned_fen") + F("moved_fen")
    payments = Payment.objects.filter(record_id=record_id, fen__gt=whole).order_by("captured_at", "pk")
    free, held_fen = [], 0
    aside = _set_aside([payment for payment in payments if payment != fresh])
    for payment in payments:
        rest = _spare(payment) - aside.get(payment.pk, 0)
        if payment.held_reason:
            held_fen += rest
        elif rest > 0:
            free.append((payment, rest))
    return OrderMoney(tuple(free), held_fen)


def to_pay_of(records: Sequence[OrderRecord]) -> dict[int, int]:
    """Return, by order, the fen still missing: due, less what is paid and what waits for it. Three queries at most."""
    whole = F("applied_fen") + F("returned_fen") + F("moved_fen")
    ids = [record.pk for record in records]
    payments = list(Payment.objects.filter(record__in=ids, held_reason="", fen__gt=whole))
    aside = _set_aside(payments)
    free: dict[int | None, int] = defaultdict(int)
    for payment in payments:
        free[payment.record_id] += max(_spare(payment) - aside.get(payment.pk, 0), 0)
    return {record.pk: max(record.due_fen - record.paid_fen - free[record.pk], 0) for record in records}


def _set_aside(payments: list[Payment]) -> dict[int, int]:
    """Return the fen of each payment that will go back or be moved but have not yet."""
    if not payments:
        return {}
    leaving = RefundExecution.objects.filter(
        payment__in=payments, request=None, state__in=OPEN_EXECUTIONS
    ).values_list("payment_id", "fen")
    moving = MoneyMove.objects.filter(payment__in=payments, state=ProposalState.PROPOSED).values_list(
        "payment_id", "fen"
    )
    sums: dict[int, int] = {}
    for payment_id, fen in (*leaving, *moving):
        sums[payment_id] = sums.get(payment_id, 0) + fen
    return sums


def _spare(payment: Payment) -> int:
    return payment.fen - payment.applied_fen - payment.returned_fen - payment.moved_fen


def refund_key(*words: object) -> str:
    """Return the key of money going back, made from what it is about.

    A shop that was put back from a copy makes the same key again, so that the provider knows what has gone out.
    """
    return uuid.uuid5(_KEYS, "|".join(map(str, words))).hex


def set_aside(
    payment: Payment, *, fen: int | None, state: ExecutionState, requested_by: int | None
) -> RefundExecution:
    """Set unapplied money of a locked payment aside to go back (all that is left, or `fen`).

    Raises ShopError (nothing_left) for more than the unapplied rest.
    """
    rest = unapplied_rest(payment)
    wanted = rest if fen is None else fen
    if wanted <= 0 or wanted > rest:
        raise ShopError(
            _("More cannot be returned than is left unapplied of this payment."),
            code="nothing_left",
            field="amount",
        )
    earlier = RefundExecution.objects.filter(payment=payment, request=None).count()
    return RefundExecution.objects.create(
        payment=payment,
        fen=wanted,
        state=state,
        idempotency_key=refund_key(payment.key, "unapplied", earlier, wanted),
        requested_by=requested_by,
        created_at=clock.now(),
    )


def note(execution: RefundExecution, action: str, actor_id: int | None, reason: str = "") -> None:
    """Journal a step of money going back."""
    journal.record(
        actor_id=actor_id,
        action=action,
        object_type="refund_execution",
        object_key=str(execution.pk),
        after={"payment": execution.payment.key, "fen": execution.fen, "state": execution.state},
        reason=reason,
    )


def return_late_money(record_id: int) -> None:
    """Send free online money of a closed order back at once; transfers wait for the staff.

    Runs in the caller's transaction under the order's lock. Safe to call twice: nothing is left then.
    """
    for payment, _rest in unapplied_money(record_id).free:
        if payment.provider != PayMethod.BANK_TRANSFER:
            execution = set_aside(payment, fen=None, state=ExecutionState.CREATED, requested_by=None)
            note(execution, "return.late_money", None)
