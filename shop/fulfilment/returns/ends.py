"""How cases end or move on by themselves: money went out, a replacement was sent, a time ran out."""

import logging

from django.db import transaction
from django.utils.translation import gettext as _

from shop.core import clock
from shop.fulfilment.returns.models import ReturnItem, ReturnRequest, ReturnState
from shop.fulfilment.returns.steps import By, items_of, let_go, locked_case, move, settle_goods
from shop.ordering.status import RefundState, ReshipState

logger = logging.getLogger(__name__)

#: States whose time can run out, and what then becomes of the case.
_AFTER_TIME = {
    ReturnState.REQUESTED: ReturnState.ESCALATED,
    ReturnState.AGREED: ReturnState.CLOSED,
    ReturnState.SENT_BACK: ReturnState.ESCALATED,
}

#: A replacement that has left, whether it has come or not.
_SENT = (ReshipState.SHIPPED, ReshipState.SIGNED)


@transaction.atomic
def finish_refunded_return(*, refund_number: str) -> ReturnRequest | None:
    """The money of a case has gone out: it is over. None for a refund of no case; safe to call twice."""
    case = _case_of_refund(refund_number)
    if case is None or case.state == ReturnState.REFUNDED:
        return case
    move(case, ReturnState.REFUNDED, by=By.CLOCK, actor_id=None)
    return case


@transaction.atomic
def finish_reshipped_return(*, reshipment_id: int) -> ReturnRequest | None:
    """A replacement was sent: the case is over once all of its are. None for one of no case; safe to call twice."""
    case = _case_of_reshipment(reshipment_id)
    if case is None or case.state == ReturnState.RESHIPPED:
        return case
    sent = [item.reshipment is not None and item.reshipment.state in _SENT for item in items_of(case)]
    if all(sent):
        move(case, ReturnState.RESHIPPED, by=By.SUPPLIER, actor_id=None)
    return case


@transaction.atomic
def settle_replaced_goods(*, reshipment_id: int) -> ReturnRequest | None:
    """A replacement has come: what it stands for is no longer in dispute.

    None for one of no case; safe to call twice.
    """
    case = _case_of_reshipment(reshipment_id)
    if case is not None:
        settle_goods(case, reshipment_id=reshipment_id)
    return case


@transaction.atomic
def return_to_shop(*, refund_number: str = "", reshipment_id: int = 0) -> ReturnRequest | None:
    """The money could not go out, or the replacement was called off: the shop has to look. Safe to call twice.

    None when it is of no case, or the case has moved on since.
    """
    case = _case_of_refund(refund_number) if refund_number else _case_of_reshipment(reshipment_id)
    if case is None or case.state not in (ReturnState.AGREED, ReturnState.ARRIVED):
        return None
    if refund_number and (case.refund is None or case.refund.state != RefundState.FAILED):
        return None
    note = _("The money could not be sent back.") if refund_number else _("The replacement was called off.")
    move(case, ReturnState.ESCALATED, by=By.CLOCK, actor_id=None, note=note)
    return case


def watch_returns(*, limit: int = 200) -> int:
    """Move cases whose time has run out: unanswered ones and goods nobody has looked at go to the shop, goods never
    sent back close the case and give its money back. A job.

    Each case is its own transaction; one that fails is logged and holds up no other. Returns how many were moved, at
    most `limit`. Safe to run twice.
    """
    due = ReturnRequest.objects.filter(due_at__lte=clock.now(), state__in=_AFTER_TIME).order_by(
        "due_at", "pk"
    )
    done = 0
    for pk in list(due.values_list("pk", flat=True)):
        try:
            done += _move_if_due(pk)
        except Exception:  # Whatever is wrong with one case is its own: the others go on.
            logger.exception("after-sales case %s was not moved", pk)
        if done >= limit:
            break
    return done


@transaction.atomic
def _move_if_due(case_id: int) -> bool:
    """Move a case that is still due under the lock: it may have been answered meanwhile."""
    case = locked_case(case_id)
    if case.state not in _AFTER_TIME or case.due_at is None or case.due_at > clock.now():
        return False
    notes = {
        ReturnState.REQUESTED: _("The supplier did not answer in time."),
        ReturnState.AGREED: _("The goods were not sent back in time."),
        ReturnState.SENT_BACK: _("The supplier did not confirm the goods in time."),
    }
    note = notes[ReturnState(case.state)]
    new = _AFTER_TIME[ReturnState(case.state)]
    move(case, new, by=By.CLOCK, actor_id=None, note=note)
    if new == ReturnState.CLOSED:
        let_go(case, note=note, actor_id=None)
    return True


def _case_of_refund(number: str) -> ReturnRequest | None:
    pk = ReturnRequest.objects.filter(refund__number=number).values_list("pk", flat=True).first()
    return None if pk is None else locked_case(pk)


def _case_of_reshipment(reshipment_id: int) -> ReturnRequest | None:
    pk = ReturnItem.objects.filter(reshipment=reshipment_id).values_list("request_id", flat=True).first()
    return None if pk is None else locked_case(pk)
