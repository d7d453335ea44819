"""Surplus of a payment for another order of the same payer: one person proposes, another approves."""

from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from shop.core import clock
from shop.core.exceptions import ShopError
from shop.core.locks import lock
from shop.core.tabular import plain
from shop.gateways.models import Payment
from shop.gateways.money_models import MoneyMove, ProposalState
from shop.gateways.services.captures import apply_to_order, offer_waiting_money
from shop.gateways.services.payers import units_of_payer
from shop.gateways.services.unapplied import lock_payment, unapplied_rest
from shop.journal import services as journal
from shop.ordering.models import OrderRecord
from shop.outbox import services as outbox


def propose_move(
    *, payment_id: int, order_number: str, proposed_by: int, reason: str, fen: int | None = None
) -> MoneyMove:
    """Propose surplus (all that is left, or `fen`) for another order of the same payer; it is set aside at once.

    The order waits for money, or was closed because none came in time: then its goods are held anew, if they are
    still there, and what it cannot take goes back from it.

    Raises ShopError naming the field: reason_missing, order_unknown, same_order, no_order (that is an assignment),
    held, demo_mixed, own_order, order_not_waiting, other_payer, nothing_left.
    """
    if not reason.strip():
        raise ShopError(_("Please say why."), code="reason_missing", field="reason")
    record = OrderRecord.objects.filter(number=order_number.strip()).first()
    if record is None:
        raise ShopError(_("There is no order of this number."), code="order_unknown", field="order_number")
    with transaction.atomic():
        payment = lock_payment(payment_id)
        _refuse(payment, record, proposed_by)
        rest = unapplied_rest(payment)
        wanted = rest if fen is None else fen
        if wanted <= 0 or wanted > rest:
            raise ShopError(
                _("More cannot be moved than is left unapplied of this payment."),
                code="nothing_left",
                field="amount",
            )
        move = MoneyMove.objects.create(
            payment=payment,
            record=record,
            fen=wanted,
            reason=reason.strip()[:200],
            proposed_by=proposed_by,
            proposed_at=clock.now(),
        )
        _note(move, "move.proposed", proposed_by)
    return move


def _refuse(payment: Payment, record: OrderRecord, user_id: int) -> None:
    own = payment.record
    if own is None:
        raise ShopError(_("This money has no order yet: say first which one it is for."), code="no_order")
    if own.pk == record.pk:
        raise ShopError(_("The money is this order's already."), code="same_order", field="order_number")
    if payment.held_reason:
        raise ShopError(_("This money is held until somebody has looked into it."), code="held")
    if payment.demo != record.demo:
        raise ShopError(
            _("Demonstration money and real orders are never mixed."), code="demo_mixed", field="order_number"
        )
    if user_id in (own.buyer_id, record.buyer_id):
        raise ShopError(
            _("You placed one of these orders yourself, so other people must move its money."),
            code="own_order",
        )
    if not record.takes_money:
        raise ShopError(
            _("This order does not wait for money."), code="order_not_waiting", field="order_number"
        )
    if not _same_payer(payment, own, record):
        raise ShopError(
            _("This order is another buyer's: money is only moved between orders of one payer."),
            code="other_payer",
            field="order_number",
        )


def _same_payer(payment: Payment, own: OrderRecord, other: OrderRecord) -> bool:
    """Return whether both orders are one buyer's: the unit's, the account's, the guest's phone, or the payer's name."""
    if own.by_acceptance or other.by_acceptance:
        units = {own.credited_organisation} if own.by_acceptance else set()
        units |= units_of_payer(payment.payer, payment.payer_account)
        return other.by_acceptance and other.credited_organisation in units
    if own.buyer_id is not None:
        return own.buyer_id == other.buyer_id
    phones = own.guest_phone and own.guest_phone == other.guest_phone
    return bool(phones) and plain(own.recipient_name) == plain(other.recipient_name)


def approve_move(*, move_id: int, approved_by: int) -> Payment:
    """Make the sum a payment of the other order, which takes what it is due; tell of it (`unapplied.moved`).

    A second approval changes nothing and returns the same payment. Raises ShopError: same_person, withdrawn, and
    as `propose_move`.
    """
    with transaction.atomic():
        asked = MoneyMove.objects.select_related("payment").get(pk=move_id)
        both = Q(pk=asked.payment.record_id) | Q(pk=asked.record_id)
        locked = {row.pk: row for row in lock(OrderRecord.objects.filter(both).order_by("pk"))}
        payment = lock(Payment.objects.filter(pk=asked.payment_id)).get()
        move = lock(MoneyMove.objects.filter(pk=move_id)).get()
        if move.part is not None:
            return move.part
        if move.state == ProposalState.WITHDRAWN:
            raise ShopError(_("This proposal has been withdrawn."), code="withdrawn")
        if move.proposed_by == approved_by:
            raise ShopError(
                _("You proposed this yourself. Another person must approve it."), code="same_person"
            )
        record = locked[asked.record_id]
        _refuse(payment, record, approved_by)
        move.part = _part(move, payment, record)
        _decide(move, ProposalState.APPROVED, approved_by)
        # The sum was set aside until here, so the payment holds it.
        Payment.objects.filter(pk=payment.pk).update(moved_fen=F("moved_fen") + move.fen)
        _tell(move.part, payment, record)
        apply_to_order(record)
    move.part.refresh_from_db()
    return move.part


def _part(move: MoneyMove, payment: Payment, record: OrderRecord) -> Payment:
    return Payment.objects.create(
        key=f"moved:{move.pk}",
        provider=payment.provider,
        record=record,
        fen=move.fen,
        moved_from=payment,
        captured_at=payment.captured_at,
        payer=payment.payer,
        payer_account=payment.payer_account,
        verified_by=payment.verified_by,
        demo=payment.demo,
    )


def _tell(part: Payment, payment: Payment, record: OrderRecord) -> None:
    """Tell on the stream of the payment it is taken from: its capture has been told there before."""
    outbox.append(
        topic="unapplied.moved",
        stream=payment.key,
        payload={
            "payment_key": payment.key,
            "payments": [{"payment_key": part.key}],
            "order": record.number,
            "fen": part.fen,
            "demo": part.demo,
        },
    )


def withdraw_move(*, move_id: int, actor_id: int) -> None:
    """Take a proposal back: the sum is free again and offered to its order, if that still waits. Safe to call twice.

    Raises ShopError (code approved) when it was approved.
    """
    with transaction.atomic():
        payment = lock_payment(MoneyMove.objects.values_list("payment_id", flat=True).get(pk=move_id))
        move = lock(MoneyMove.objects.filter(pk=move_id)).get()
        if move.state == ProposalState.APPROVED:
            raise ShopError(_("This proposal has already been approved."), code="approved")
        if move.state == ProposalState.PROPOSED:
            _decide(move, ProposalState.WITHDRAWN, actor_id)
            if payment.record_id is not None:
                offer_waiting_money(record_id=payment.record_id)


def _decide(move: MoneyMove, state: ProposalState, actor_id: int) -> None:
    move.state, move.decided_by, move.decided_at = state, actor_id, clock.now()
    move.save(update_fields=["state", "decided_by", "decided_at", "part"])
    _note(move, f"move.{state}", actor_id)


def _note(move: MoneyMove, action: str, actor_id: int) -> None:
    journal.record(
        actor_id=actor_id,
        action=action,
        object_type="money_move",
        object_key=str(move.pk),
        after={"payment": move.payment.key, "order": move.record.number, "fen": move.fen},
        reason=move.reason,
    )
