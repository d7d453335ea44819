"""Units that will never ship: taken off an unpaid order, asked back of a paid one."""

from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from shop.core.locks import lock
from shop.ordering.exceptions import RefundRefused
from shop.ordering.models import OrderRecord, RefundRequest
from shop.ordering.portions import UnitsOf
from shop.ordering.reductions import reduce_order
from shop.ordering.refunds import request_refund
from shop.ordering.status import PaymentState


def reduce_or_refund_units(
    *, record_id: int, items: Sequence[tuple[int, int]], reason: str, actor_id: int | None
) -> RefundRequest | None:
    """Take units off an order that cannot be shipped; `items` are (Oscar line id, units).

    An unpaid order (on terms too) is reduced: None is returned, and `order.reduced` offers it the money that waits.
    Of a paid one a refund is asked for, which another person approves. Not safe to call twice for one shortage.
    Raises RefundRefused for more than is left or units that have left the shelf, WrongState for a closed order.
    """
    with transaction.atomic():
        record = lock(OrderRecord.objects.filter(pk=record_id)).get()
        portions = _portions(record, items)
        if record.payment_state == PaymentState.UNPAID:
            reduce_order(record_id=record_id, portions=portions, reason=reason, actor_id=actor_id)
            return None
        return request_refund(
            record_id=record_id,
            portions=portions,
            unshipped_only=True,
            to_decide=True,
            reason=reason,
            actor_id=actor_id,
        )


def _portions(record: OrderRecord, items: Sequence[tuple[int, int]]) -> list[UnitsOf]:
    """Return the units by share: component shares of a unit move together, the others in their order."""
    by_line: dict[int, list[UnitsOf]] = {}
    for share in record.shares.select_related("line").order_by("number"):
        by_line.setdefault(share.line_id, []).append(UnitsOf(share.pk, share.left_units))
    portions: list[UnitsOf] = []
    for line_id, units in items:
        shares = by_line.get(line_id, [])
        if units < 1 or not shares:
            raise RefundRefused(_("This is not a line of the order."), code="unknown", field="line")
        portions += [UnitsOf(share.share_id, units) for share in shares]
    return portions
