"""The way back of an unpaid order: mark it, end the provider's sessions, then let the stock go."""

import logging
import random

from django.db.models import Q
from django.utils.translation import gettext as _

from shop.core import clock
from shop.core.exceptions import ShopError
from shop.gateways.bank_models import AssignmentState, MoneyAssignment
from shop.gateways.models import AttemptState, PaymentAttempt
from shop.gateways.providers import registry
from shop.gateways.providers.base import ProviderUnavailable
from shop.gateways.services.attempts import OPEN, end_session
from shop.gateways.services.sharing_out import orders_seen_at_the_bank
from shop.gateways.transitions import end_attempt
from shop.ordering import services as ordering
from shop.ordering.models import OrderRecord
from shop.ordering.selectors import orders_past_hold
from shop.ordering.status import CloseReason, PaymentState

logger = logging.getLogger(__name__)

_BATCH = 200


def close_order(*, record_id: int, reason: str, actor_id: int | None, note: str = "") -> bool:
    """Close an unpaid order and return True, or False when it was paid or its session did not end yet.

    Money that a session turns out to have taken is captured instead. Safe to call twice; an order
    left `closing` by a death or a silent provider is taken up by `expire_due_orders`.
    Raises ordering.OrderIsPaid; ShopError (transfer_waits) while its money waits for the second person, also as one
    of several orders of a transfer.
    """
    require_no_transfer(record_id)
    if not ordering.begin_close(record_id=record_id, reason=reason, actor_id=actor_id, note=note):
        return True
    return _finish(record_id, actor_id)


def require_no_transfer(record_id: int) -> None:
    """Raise ShopError (transfer_waits) while money for an unpaid order waits for the second person."""
    unpaid = OrderRecord.objects.filter(pk=record_id, payment_state=PaymentState.UNPAID)
    if unpaid.filter(_money_waiting()).exists():
        raise ShopError(
            _("Money for this order has been seen at the bank and is being confirmed. Please wait for that."),
            code="transfer_waits",
        )


def _money_waiting() -> Q:
    """Return which orders wait for a second person to say that money at the bank is theirs."""
    proposed = MoneyAssignment.objects.filter(state=AssignmentState.PROPOSED)
    return orders_seen_at_the_bank() | Q(pk__in=proposed.values("record"))


def _finish(record_id: int, actor_id: int | None) -> bool:
    for attempt in PaymentAttempt.objects.filter(record_id=record_id, state__in=OPEN):
        try:
            end_session(attempt, registry.provider(attempt.provider))
        except ShopError as error:
            if error.code != "method_unavailable":
                return False
            # The provider is switched off: nobody can pay there any more, and nobody can be asked.
            end_attempt(attempt.pk, AttemptState.EXPIRED)
        except ProviderUnavailable as error:
            logger.warning("order %s stays closing: %s", record_id, error)
            return False
    return ordering.finish_close(record_id=record_id, actor_id=actor_id)


def expire_due_orders() -> int:
    """Close the orders whose time to pay is over and finish those left closing; return how many closed.

    An order whose bank line or money waits for the second person is left until that is decided. Each order is its
    own: those that cannot be closed hold up none, neither of the due ones nor of the others left closing.
    """
    past = orders_past_hold(clock.now()).values_list("pk", flat=True)
    due = past.filter(payment_state=PaymentState.UNPAID).exclude(_money_waiting())
    left = list(past.filter(payment_state=PaymentState.CLOSING))
    # In any order, as a provider that stays silent about the first ones must not keep the rest from their turn.
    random.shuffle(left)
    return sum(_expire(record_id) for record_id in (*due[:_BATCH], *left[:_BATCH]))


def _expire(record_id: int) -> bool:
    try:
        return close_order(record_id=record_id, reason=CloseReason.EXPIRED, actor_id=None)
    except ShopError as error:
        logger.info("order %s was not closed: %s", record_id, error.code)
    except Exception:  # Whatever is wrong with one order is its own: the others go on.
        logger.exception("order %s was not closed", record_id)
    return False
