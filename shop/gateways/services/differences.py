"""Where the books do not agree with a bank or a channel: somebody looks after it until it is resolved with a note."""

import datetime as dt

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from shop.accounts.models import Role, User
from shop.accounts.scope import scope_of
from shop.core import clock
from shop.core.exceptions import ShopError
from shop.core.locks import lock
from shop.gateways.bank_models import Difference, DifferenceKind, LineState, StatementLine
from shop.gateways.models import (
    BillLine,
    ExecutionState,
    Payment,
    RefundExecution,
    TransferClaim,
    TransferState,
)
from shop.journal import services as journal
from shop.ordering.holds import working_day_after

#: So long a transfer confirmed by hand may be missing on the statements.
PATIENCE_WORKING_DAYS = 3
_BATCH = 200


def open_difference(
    *,
    kind: DifferenceKind,
    key: str,
    fen: int,
    owner_id: int,
    line: StatementLine | None = None,
    claim: TransferClaim | None = None,
    execution: RefundExecution | None = None,
    bill_line: BillLine | None = None,
    payment: Payment | None = None,
    detail: str = "",
) -> Difference:
    """Write a difference down, once per key; call it in the transaction that found it."""
    difference, _made = Difference.objects.get_or_create(
        key=key,
        defaults={
            "kind": kind,
            "line": line,
            "claim": claim,
            "execution": execution,
            "bill_line": bill_line,
            "payment": payment,
            "fen": fen,
            "detail": detail[:300],
            "owner_id": owner_id,
            "opened_at": clock.now(),
        },
    )
    return difference


def close_difference(*, key: str, note: str, actor_id: int | None = None) -> None:
    """Resolve the open difference of a key, if there is one: the missing piece has come."""
    Difference.objects.filter(key=key, resolved_at=None).update(
        resolved_at=clock.now(), resolved_by=actor_id, note=note[:200]
    )


def claim_key(claim_id: int) -> str:
    """Return the key under which a hand confirmation without a line stands."""
    return f"claim:{claim_id}"


def execution_key(execution_id: int) -> str:
    """Return the key under which a transfer back without a line stands."""
    return f"payout:{execution_id}"


def payment_key(payment_id: int) -> str:
    """Return the key under which money without an order stands."""
    return f"payment:{payment_id}"


def find_missing_lines() -> int:
    """Open a difference for what people confirmed more than 3 working days ago and no statement shows.

    Whoever confirmed it looks after it. Returns how many are new. Safe to run twice.
    """
    claims = TransferClaim.objects.filter(
        state=TransferState.CONFIRMED, bank_line=None, differences=None, confirmed_by__isnull=False
    )
    found = 0
    for pk, confirmed_at in claims.order_by("confirmed_at").values_list("pk", "confirmed_at")[:_BATCH]:
        if confirmed_at is None or not _overdue(confirmed_at):
            break
        found += _miss_claim(pk)
    made = RefundExecution.objects.filter(
        state=ExecutionState.EXECUTED, sent_by__isnull=False, bank_line=None, differences=None
    )
    for pk, finished_at in made.order_by("finished_at").values_list("pk", "finished_at")[:_BATCH]:
        if finished_at is None or not _overdue(finished_at):
            break
        found += _miss_payout(pk)
    return found


def _overdue(confirmed_at: dt.datetime) -> bool:
    return clock.today() > working_day_after(clock.local_date(confirmed_at), PATIENCE_WORKING_DAYS)


def _miss_claim(claim_id: int) -> bool:
    with transaction.atomic():
        claim = lock(TransferClaim.objects.filter(pk=claim_id)).get()
        if claim.confirmed_by is None or StatementLine.objects.filter(claim=claim).exists():
            return False
        open_difference(
            kind=DifferenceKind.NO_LINE,
            key=claim_key(claim.pk),
            fen=claim.fen,
            owner_id=claim.confirmed_by,
            claim=claim,
            detail=f"{claim.booked_on:%Y-%m-%d} {claim.bank_serial} {claim.payer}",
        )
    return True


def _miss_payout(execution_id: int) -> bool:
    with transaction.atomic():
        execution = lock(RefundExecution.objects.filter(pk=execution_id)).get()
        owner = execution.confirmed_by or execution.sent_by
        if owner is None or StatementLine.objects.filter(execution=execution).exists():
            return False
        open_difference(
            kind=DifferenceKind.NO_PAYOUT_LINE,
            key=execution_key(execution.pk),
            fen=execution.fen,
            owner_id=owner,
            execution=execution,
            detail=f"{execution.provider_reference} {execution.payment.payer}",
        )
    return True


def close_spent_money() -> int:
    """Resolve what was money without an order and has been applied or sent back since; return how many."""
    waiting = Difference.objects.filter(kind=DifferenceKind.NO_ORDER, resolved_at=None)
    spent = waiting.filter(
        line__payment__fen=F("line__payment__applied_fen")
        + F("line__payment__returned_fen")
        + F("line__payment__moved_fen")
    )
    keys = list(spent.values_list("key", flat=True)[:_BATCH])
    for key in keys:
        close_difference(key=key, note="")
    return len(keys)


def assign_difference(*, difference_id: int, owner_id: int, actor_id: int) -> None:
    """Hand a difference to another person of the money desk. Safe to call twice.

    Raises ShopError: not_desk (the person may not handle money), resolved.
    """
    user = User.objects.filter(pk=owner_id).first()
    if user is None or not scope_of(user, Role.STAFF, Role.FINANCE).everything:
        raise ShopError(_("This person does not handle money here."), code="not_desk", field="owner")
    with transaction.atomic():
        difference = _open(difference_id)
        before = difference.owner_id
        difference.owner_id = owner_id
        difference.save(update_fields=["owner_id"])
        journal.record(
            actor_id=actor_id,
            action="difference.assigned",
            object_type="difference",
            object_key=str(difference_id),
            before={"owner": before},
            after={"owner": owner_id},
        )


def resolve_difference(*, difference_id: int, note: str, actor_id: int) -> None:
    """Close a difference with a note of why it is none; a line that waited for this counts as nobody's money.

    Money without an order cannot be talked away: it is assigned or sent back. Raises ShopError: note_missing,
    resolved, money_waits.
    """
    with transaction.atomic():
        difference = close_by_hand(difference_id, note=note, actor_id=actor_id)
        if difference.kind == DifferenceKind.NO_ORDER and _rest(difference) > 0:
            raise ShopError(
                _("This money still waits: say which order it is for, or send it back."), code="money_waits"
            )
        if difference.line is not None and difference.line.state == LineState.DIFFERENCE:
            StatementLine.objects.filter(pk=difference.line.pk).update(state=LineState.IGNORED)


def close_by_hand(difference_id: int, *, note: str, actor_id: int) -> Difference:
    """Resolve an open difference in the caller's transaction and journal it. Raises ShopError as its callers do."""
    if not note.strip():
        raise ShopError(_("Please say how it was resolved."), code="note_missing", field="note")
    difference = _open(difference_id)
    difference.resolved_at, difference.resolved_by = clock.now(), actor_id
    difference.note = note.strip()[:200]
    difference.save(update_fields=["resolved_at", "resolved_by", "note"])
    journal.record(
        actor_id=actor_id,
        action="difference.resolved",
        object_type="difference",
        object_key=str(difference_id),
        after={"kind": difference.kind, "fen": difference.fen},
        reason=difference.note,
    )
    return difference


def _open(difference_id: int) -> Difference:
    line_id = Difference.objects.values_list("line_id", flat=True).get(pk=difference_id)
    list(lock(StatementLine.objects.filter(pk=line_id)))
    difference = lock(Difference.objects.select_related("line").filter(pk=difference_id)).get()
    if difference.resolved_at is not None:
        raise ShopError(_("This difference has been resolved already."), code="resolved")
    return difference


def _rest(difference: Difference) -> int:
    payment = Payment.objects.filter(bank_lines=difference.line_id).first()
    if payment is None:
        return 0
    return payment.fen - payment.applied_fen - payment.returned_fen - payment.moved_fen
