"""After placing: a unit's order is called off while nothing has left, and its goods go into a new request."""

from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from shop.core.locks import lock
from shop.gateways.services import Cancelled, close_order, require_no_transfer
from shop.ordering.address_corrections import correct_address, has_left
from shop.ordering.models import OrderRecord
from shop.ordering.recipients import Recipient
from shop.ordering.services import UnitsOf, reduce_order, request_refund
from shop.ordering.status import CloseReason, PaymentState, RefundState
from shop.procurement.drafts import (
    create_request,
    invoice_of,
    recipient_of,
    save_delivery,
    save_quantities,
    write_step,
)
from shop.procurement.exceptions import ProcurementError
from shop.procurement.members import BUYER, require_member
from shop.procurement.models import PayBy, PurchaseRequest, RequestState
from shop.procurement.rosters import copy_roster


def is_cancellable(record: OrderRecord) -> bool:
    """Say whether a unit may call an order off now: it stands, and nothing of it has left. Two queries at most."""
    if record.payment_state not in (PaymentState.UNPAID, PaymentState.PAID) or has_left(record):
        return False
    return record.payment_state == PaymentState.UNPAID or not calling_off(record).is_asked


@dataclass(frozen=True)
class CallingOff:
    """How far an order is called off: `is_asked` when it is being closed or all of its money is asked or gone back.

    `is_done` when nobody can refuse it any more: it is closed, or staff have approved what was asked. Money that a
    provider's session turns out to have taken still wins over an order that is only being closed.
    """

    is_asked: bool
    is_done: bool


def calling_off(record: OrderRecord) -> CallingOff:
    """Return how far an order is called off. One query at most."""
    if record.payment_state in (PaymentState.CLOSED, PaymentState.CLOSING):
        return CallingOff(is_asked=True, is_done=record.payment_state == PaymentState.CLOSED)
    wishes = record.refunds.filter(state=RefundState.REQUESTED).values_list("fen", "approved_at")
    asked = [(fen, approved_at is not None) for fen, approved_at in wishes]
    allowed_fen = record.refunded_fen + sum(fen for fen, is_approved in asked if is_approved)
    asked_fen = record.refunded_fen + sum(fen for fen, _is_approved in asked)
    return CallingOff(0 < record.paid_fen <= asked_fen, 0 < record.paid_fen <= allowed_fen)


def cancel_order(*, record_id: int, reason: str, actor_id: int) -> Cancelled:
    """Call a unit's order off while nothing of it has left.

    Unpaid it closes at once, also where it may ship on terms; of a paid one all the money is asked back, which
    staff approve. A provider is asked outside any transaction. Safe to call again on a closed order. Raises
    ProcurementError (reason_missing, not_a_member, shipped), ShopError (transfer_waits: its money has been seen at the
    bank) and what ordering refuses, with nothing written.
    """
    record = OrderRecord.objects.select_related("purchase_request__organisation").get(pk=record_id)
    require_member(organisation=record.purchase_request.organisation, user_id=actor_id, roles=BUYER)
    reason = reason.strip()[:200]
    if not reason:
        raise ProcurementError(_("Please say why."), code="reason_missing", field="reason")
    if record.payment_state == PaymentState.PAID:
        request_refund(
            record_id=record_id,
            whole=True,
            unshipped_only=True,
            by_buyer=True,
            to_decide=True,
            reason=reason,
            actor_id=actor_id,
        )
        return Cancelled.REFUND_ASKED
    if record.is_on_terms:
        require_no_transfer(record_id)
        return _reduce_to_nothing(record_id, reason, actor_id)
    closed = close_order(record_id=record_id, reason=CloseReason.BUYER, actor_id=actor_id, note=reason)
    return Cancelled.CLOSED if closed else Cancelled.CLOSING


@transaction.atomic
def copy_request(*, record_id: int, actor_id: int) -> PurchaseRequest:
    """Return a draft with goods, recipient and way of paying of an order's request, which it is to replace.

    Safe to call twice: the draft that replaces it already is returned, unless it was withdrawn. Raises
    ProcurementError: not_a_member, not_called_off (the order stands, is only being closed, or staff have not decided
    about its money).
    """
    record = lock(OrderRecord.objects.filter(pk=record_id)).get()
    old = lock(PurchaseRequest.objects.filter(record_id=record_id)).get()
    require_member(organisation=old.organisation, user_id=actor_id, roles=BUYER)
    known = PurchaseRequest.objects.filter(replaces=old).exclude(state=RequestState.CANCELLED)
    if found := known.order_by("-pk").first():
        return found
    _require_called_off(record)
    new = create_request(organisation_id=old.organisation_id, actor_id=actor_id, purpose=old.purpose)
    new.replaces = old
    new.save(update_fields=["replaces"])
    save_quantities(
        request_id=new.pk, quantities=dict(old.lines.values_list("product_id", "quantity")), actor_id=actor_id
    )
    save_delivery(
        request_id=new.pk,
        recipient=recipient_of(old),
        pay_by=PayBy(old.pay_by),
        message=old.message,
        purpose=old.purpose,
        invoice=invoice_of(old),
        actor_id=actor_id,
    )
    copy_roster(source=old, target=new)
    new.refresh_from_db()
    write_step(new, "request.copied", actor_id, after={"replaces": old.number})
    return new


def correct_recipient(*, record_id: int, recipient: Recipient, actor_id: int) -> bool:
    """Correct where a unit's order goes, as `ordering.correct_address`: the approval stands. False: it was so already.

    Raises ProcurementError (not_a_member) and what that refuses.
    """
    record = OrderRecord.objects.select_related("purchase_request__organisation").get(pk=record_id)
    require_member(organisation=record.purchase_request.organisation, user_id=actor_id, roles=BUYER)
    return correct_address(record_id=record_id, recipient=recipient, actor_id=actor_id)


def _require_called_off(record: OrderRecord) -> None:
    off = calling_off(record)
    if off.is_done:
        return
    if record.payment_state == PaymentState.CLOSING:
        text = _("The order is still being closed: a payment that was begun has to end first.")
    elif off.is_asked:
        text = _(
            "The shop's staff have not confirmed the cancellation yet; the goods can be asked for anew after that."
        )
    else:
        text = _("Cancel the order first: its goods are still on the way to you.")
    raise ProcurementError(text, code="not_called_off")


@transaction.atomic
def _reduce_to_nothing(record_id: int, reason: str, actor_id: int) -> Cancelled:
    record = lock(OrderRecord.objects.filter(pk=record_id)).get()
    if has_left(record):
        raise ProcurementError(
            _("Goods of this order have been shipped already; count them when they arrive."), code="shipped"
        )
    portions = [UnitsOf(share.pk, share.left_units) for share in record.shares.all() if share.left_units]
    reduce_order(record_id=record_id, portions=portions, reason=reason, actor_id=actor_id)
    return Cancelled.CLOSED
