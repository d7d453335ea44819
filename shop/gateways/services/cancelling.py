"""Staff call an order off: before payment it closes, after payment all of it is asked back."""

from django.db import models

from shop.gateways.services.closing import close_order
from shop.ordering import services as ordering
from shop.ordering.models import OrderRecord
from shop.ordering.status import CloseReason, PaymentState


class Cancelled(models.TextChoices):
    """What became of an order that was called off."""

    CLOSED = "closed"
    CLOSING = "closing"
    REFUND_ASKED = "refund_asked"


def cancel_order(*, record_id: int, reason: str, actor_id: int) -> Cancelled:
    """Close an unpaid order, or ask all of a paid one back while nothing of it has left; another person approves.

    A provider is asked outside any transaction. Calling off a closed order changes nothing; a paid one of which all
    is asked back already is refused. Raises OrderIsReleased, WrongState and RefundRefused (nothing, shipped).
    """
    record = OrderRecord.objects.get(pk=record_id)
    if record.payment_state != PaymentState.PAID:
        closed = close_order(record_id=record_id, reason=CloseReason.STAFF, actor_id=actor_id, note=reason)
        return Cancelled.CLOSED if closed else Cancelled.CLOSING
    ordering.request_refund(
        record_id=record_id,
        whole=True,
        unshipped_only=True,
        to_decide=True,
        reason=reason,
        actor_id=actor_id,
    )
    return Cancelled.REFUND_ASKED
