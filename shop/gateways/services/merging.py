"""One payer, two orders: money that waits at one of them is proposed for the other."""

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from shop.buyers.units import RESIDENT
from shop.core.exceptions import ShopError
from shop.core.locks import lock
from shop.gateways.bank_models import MoneyAssignment
from shop.gateways.models import Payment
from shop.gateways.services.assignments import propose_assignment
from shop.gateways.services.unapplied import free_money, unapplied_rest
from shop.journal import services as journal
from shop.ordering import services as ordering
from shop.ordering.models import OrderRecord
from shop.ordering.status import Attention

#: What called a person because of money that has left the order since.
_OF_MONEY = (Attention.PARTIAL, Attention.LATE_PARTIAL, Attention.LATE_NO_STOCK)


def money_of_same_payer(record: OrderRecord) -> QuerySet[Payment]:
    """Return payments of the same payer that wait whole and unused at another order, oldest first. One query."""
    return (
        Payment.objects.filter(
            record__in=_orders_of_same_payer(record), applied_fen=0, returned_fen=0, held_reason=""
        )
        .filter(executions__isnull=True, demo=record.demo)
        .exclude(record=record)
        .select_related("record")
        .order_by("captured_at", "pk")
    )


def _orders_of_same_payer(record: OrderRecord) -> QuerySet[OrderRecord]:
    """Return the orders of the buyer, of the guest's phone, or of the unit: who pays is theirs alone."""
    same = Q(pk=record.pk)
    if record.buyer_id is not None:
        same |= Q(buyer=record.buyer_id)
    if record.guest_phone:
        same |= Q(guest_phone=record.guest_phone)
    if record.credited_organisation and record.buyer_kind != RESIDENT:
        same |= Q(credited_organisation=record.credited_organisation) & ~Q(buyer_kind=RESIDENT)
    payers = Payment.objects.filter(record=record).exclude(payer="").values("payer")
    return OrderRecord.objects.filter(same | Q(payments__payer__in=payers))


def propose_merge(*, payment_id: int, order_number: str, reason: str, proposed_by: int) -> MoneyAssignment:
    """Take money off an order that it does not pay and propose it for another one of the same payer.

    It waits without an order until another person approves the proposal (`approve_assignment`); a proposal taken back
    leaves it in the list of money without an order. A second call is refused. Raises ShopError: order_unknown,
    same_order, in_use, other_payer, own_order, and as `propose_assignment`.
    """
    with transaction.atomic():
        source_id = Payment.objects.values_list("record_id", flat=True).get(pk=payment_id)
        target = OrderRecord.objects.filter(number=order_number.strip()).first()
        if target is None:
            raise ShopError(
                _("There is no order of this number."), code="order_unknown", field="order_number"
            )
        found = {one.pk: one for one in lock(OrderRecord.objects.filter(pk__in=[source_id or 0, target.pk]))}
        payment = lock(Payment.objects.filter(pk=payment_id)).get()
        if payment.record_id is None or payment.record_id == target.pk:
            raise ShopError(_("This money waits at no other order."), code="same_order")
        source = found[payment.record_id]
        _refuse(payment, source, target, proposed_by)
        payment.record = payment.attempt = None
        payment.save(update_fields=["record", "attempt"])
        _leave(source, payment, target, reason, proposed_by)
        return propose_assignment(
            payment_id=payment.pk, order_number=target.number, proposed_by=proposed_by, note=reason
        )


def _refuse(payment: Payment, source: OrderRecord, target: OrderRecord, user_id: int) -> None:
    if source.buyer_id == user_id:
        raise ShopError(
            _("You placed this order yourself, so other people must match its money."), code="own_order"
        )
    whole = unapplied_rest(payment) == payment.fen
    if not whole or payment.held_reason or payment.executions.exists():
        raise ShopError(
            _("A part of this money is applied, held or on its way back, so it stays where it is."),
            code="in_use",
        )
    if not _orders_of_same_payer(target).filter(pk=source.pk).exists():
        raise ShopError(_("The two orders are not of the same payer."), code="other_payer")


def _leave(source: OrderRecord, payment: Payment, target: OrderRecord, reason: str, actor_id: int) -> None:
    """Write in the first order's history where its money went; it needs nobody if that was all."""
    journal.record(
        actor_id=actor_id,
        action="payment.moved",
        object_type="order",
        object_key=source.number,
        before={"payment": payment.key, "fen": payment.fen, "order": source.number},
        after={"order": target.number},
        reason=reason,
    )
    if source.attention in _OF_MONEY and not free_money(source.pk):
        ordering.clear_attention(record_id=source.pk, note=reason, actor_id=actor_id)
