"""Goods of a suspended supplier leave unpaid orders: open payments end first, as for an order that closes."""

import datetime as dt
import logging

from django.db import transaction
from django.utils.translation import gettext as _

from shop.core import clock
from shop.core.exceptions import ShopError
from shop.core.locks import lock
from shop.gateways.bank_models import AssignmentState, MoneyAssignment
from shop.gateways.models import AttemptState, PaymentAttempt
from shop.gateways.providers import registry
from shop.gateways.providers.base import ProviderUnavailable
from shop.gateways.services.attempts import OPEN, end_session
from shop.gateways.services.sharing_out import orders_seen_at_the_bank
from shop.gateways.services.unapplied import unapplied_money
from shop.gateways.transitions import end_attempt
from shop.ordering import services as ordering
from shop.ordering.cuts import waiting_cuts
from shop.ordering.desk_models import SupplierCut
from shop.ordering.models import OrderRecord
from shop.ordering.status import CutTrouble, PaymentState, PayMethod
from shop.suppliers.models import Suspension

logger = logging.getLogger(__name__)

#: So long the shop tries to end a payment that has begun; then a person decides.
TRY_FOR = dt.timedelta(minutes=10)
_BATCH = 100


class StillOpen(ShopError):
    """A payment of the order has begun and has not ended."""

    def __init__(self) -> None:
        super().__init__(
            _("A payment of this order has begun and cannot be ended now. Please try again later."),
            code="payment_open",
        )


def cut_suspended_goods() -> int:
    """Take goods of suspended suppliers off the unpaid orders that wait for it; a job. Returns off how many.

    An order for which money has come in, or whose payment cannot be ended for ten minutes, stays as it is and goes to
    the staff. Each order is its own: what is wrong with one holds up no other. Safe to run twice.
    """
    return sum(_try(cut) for cut in waiting_cuts()[:_BATCH])


def cut_goods_now(*, cut_id: int, actor_id: int) -> bool:
    """Do what staff decided about an order that was handed to them, money that has come in or not.

    Such money is offered to the order again, a surplus waits with its owner. Returns whether goods were taken off.
    Raises StillOpen while an online payment cannot be ended. Safe to call twice.
    """
    cut = SupplierCut.objects.get(pk=cut_id)
    if _is_wanted(cut):
        _end_payments(cut.record_id)
    return _cut(cut, actor_id)


def _try(cut: SupplierCut) -> bool:
    try:
        if _is_wanted(cut):
            _end_payments(cut.record_id)
        if _is_wanted(cut) and _has_money(cut.record_id):
            ordering.stop_cut(cut_id=cut.pk, trouble=CutTrouble.MONEY)
            return False
        return _cut(cut, None)
    except StillOpen:
        if clock.now() >= cut.asked_at + TRY_FOR:
            ordering.stop_cut(cut_id=cut.pk, trouble=CutTrouble.PROVIDER)
    except Exception:  # Whatever is wrong with one order is its own: the others go on.
        logger.exception("goods of a suspended supplier were not taken off order %s", cut.record_id)
    return False


def _is_wanted(cut: SupplierCut) -> bool:
    """Return whether the order is still unpaid and the supplier still may not sell; else the wish just ends."""
    unpaid = OrderRecord.objects.filter(pk=cut.record_id, payment_state=PaymentState.UNPAID)
    return unpaid.exists() and Suspension.objects.filter(pk=cut.suspension_id, lifted_at=None).exists()


def _end_payments(record_id: int) -> None:
    """End the open online payments of an order; a transfer's code stays good. Raises StillOpen."""
    for attempt in _open_online(record_id):
        try:
            end_session(attempt, registry.provider(attempt.provider))
        except ShopError as error:
            if error.code != "method_unavailable":
                raise StillOpen from error
            # The provider is switched off: nobody can pay there any more, and nobody can be asked.
            end_attempt(attempt.pk, AttemptState.EXPIRED)
        except ProviderUnavailable as error:
            raise StillOpen from error


def _cut(cut: SupplierCut, actor_id: int | None) -> bool:
    """Take the goods off under the order's lock, unless a payment or money came in between. Raises StillOpen."""
    with transaction.atomic():
        lock(OrderRecord.objects.filter(pk=cut.record_id)).get()
        if _is_wanted(cut) and (
            _open_online(cut.record_id) or (actor_id is None and _has_money(cut.record_id))
        ):
            raise StillOpen
        return ordering.cut_supplier(cut_id=cut.pk, actor_id=actor_id)


def _open_online(record_id: int) -> list[PaymentAttempt]:
    attempts = PaymentAttempt.objects.filter(record_id=record_id, state__in=OPEN)
    return list(attempts.exclude(provider=PayMethod.BANK_TRANSFER).select_related("record").order_by("pk"))


def _has_money(record_id: int) -> bool:
    """Return whether money of the order waits: captured in part, held for a person, or seen at the bank."""
    seen = OrderRecord.objects.filter(orders_seen_at_the_bank(), pk=record_id)
    assigned = MoneyAssignment.objects.filter(state=AssignmentState.PROPOSED, record=record_id)
    money = unapplied_money(record_id)
    return money.free_fen + money.held_fen > 0 or seen.exists() or assigned.exists()
