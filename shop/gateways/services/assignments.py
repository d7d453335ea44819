"""Say which order money without a usable code is for: one person proposes, another approves."""

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from shop.core import clock
from shop.core.exceptions import ShopError
from shop.core.locks import lock
from shop.gateways.bank_models import AssignmentState, MoneyAssignment
from shop.gateways.models import AttemptState, Payment, PaymentAttempt
from shop.gateways.services.captures import apply_to_order, settle_attempt
from shop.gateways.services.differences import close_difference, payment_key
from shop.gateways.services.unapplied import unapplied_rest
from shop.journal import services as journal
from shop.ordering.models import OrderRecord
from shop.ordering.status import PayMethod


def propose_assignment(
    *, payment_id: int, order_number: str, proposed_by: int, note: str = ""
) -> MoneyAssignment:
    """Propose that money without an order is for this one; nothing moves yet.

    Raises ShopError: order_unknown, own_order, has_order, nothing_left, demo_mixed, assignment_known.
    """
    record = OrderRecord.objects.filter(number=order_number.strip()).first()
    if record is None:
        raise ShopError(_("There is no order of this number."), code="order_unknown", field="order_number")
    try:
        with transaction.atomic():
            payment = lock(Payment.objects.filter(pk=payment_id)).get()
            _refuse(payment, record, proposed_by)
            assignment = MoneyAssignment.objects.create(
                payment=payment,
                record=record,
                proposed_by=proposed_by,
                proposed_at=clock.now(),
                note=note.strip()[:200],
            )
            _note(assignment, "assignment.proposed", proposed_by)
    except IntegrityError as error:
        raise ShopError(
            _("An order has been proposed for this money already."), code="assignment_known"
        ) from error
    return assignment


def _refuse(payment: Payment, record: OrderRecord, user_id: int) -> None:
    if record.buyer_id == user_id:
        raise ShopError(
            _("You placed this order yourself, so other people must match its money."), code="own_order"
        )
    if payment.record_id is not None:
        raise ShopError(_("This money belongs to an order already."), code="has_order")
    if unapplied_rest(payment) <= 0:
        raise ShopError(_("Nothing is left of this money."), code="nothing_left")
    if payment.demo != record.demo:
        raise ShopError(
            _("Demonstration money and real orders are never mixed."), code="demo_mixed", field="order_number"
        )


def approve_assignment(*, assignment_id: int, approved_by: int) -> Payment:
    """Give the money to its order, which takes what it is due; the rest stays unapplied, now of this order.

    A second approval changes nothing. Raises ShopError: same_person, withdrawn, and as `propose_assignment`.
    """
    with transaction.atomic():
        asked = MoneyAssignment.objects.get(pk=assignment_id)
        record = lock(OrderRecord.objects.filter(pk=asked.record_id)).get()
        payment = lock(Payment.objects.filter(pk=asked.payment_id)).get()
        assignment = lock(MoneyAssignment.objects.filter(pk=assignment_id)).get()
        if assignment.state == AssignmentState.APPROVED:
            return payment
        if assignment.state == AssignmentState.WITHDRAWN:
            raise ShopError(_("This proposal has been withdrawn."), code="withdrawn")
        if assignment.proposed_by == approved_by:
            raise ShopError(
                _("You proposed this order yourself. Another person must approve it."), code="same_person"
            )
        _refuse(payment, record, approved_by)
        _decide(assignment, AssignmentState.APPROVED, approved_by)
        payment.record = record
        payment.attempt = PaymentAttempt.objects.filter(
            record=record, provider=PayMethod.BANK_TRANSFER, state=AttemptState.OPEN
        ).first()
        payment.save(update_fields=["record", "attempt"])
        settle_attempt(payment)
        apply_to_order(record)
        close_difference(key=payment_key(payment.pk), note=record.number, actor_id=approved_by)
    payment.refresh_from_db()
    return payment


def withdraw_assignment(*, assignment_id: int, actor_id: int) -> None:
    """Take a proposal back. Safe to call twice. Raises ShopError (code approved) when it was approved."""
    with transaction.atomic():
        assignment = lock(MoneyAssignment.objects.filter(pk=assignment_id)).get()
        if assignment.state == AssignmentState.APPROVED:
            raise ShopError(_("This proposal has already been approved."), code="approved")
        if assignment.state == AssignmentState.PROPOSED:
            _decide(assignment, AssignmentState.WITHDRAWN, actor_id)


def _decide(assignment: MoneyAssignment, state: AssignmentState, actor_id: int) -> None:
    assignment.state, assignment.decided_by, assignment.decided_at = state, actor_id, clock.now()
    assignment.save(update_fields=["state", "decided_by", "decided_at"])
    _note(assignment, f"assignment.{state}", actor_id)


def _note(assignment: MoneyAssignment, action: str, actor_id: int) -> None:
    journal.record(
        actor_id=actor_id,
        action=action,
        object_type="assignment",
        object_key=str(assignment.pk),
        after={"payment": assignment.payment.key, "order": assignment.record.number},
        reason=assignment.note,
    )
