"""What is told by the clock: suppliers who have not confirmed an order, and buyers whose hold is about to end."""

import datetime as dt
import logging

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from shop.accounts.scope import SYSTEM
from shop.core import clock
from shop.fulfilment.models import SupplierOrder
from shop.fulfilment.unconfirmed import unconfirmed_orders
from shop.notifications.models import BuyerNotice, SupplierNotice
from shop.notifications.routing import first_route, marks_of, next_route
from shop.notifications.services import write_buyer_notice, write_supplier_notice
from shop.ordering.models import OrderRecord
from shop.ordering.status import PaymentState

logger = logging.getLogger(__name__)

#: The steps before staff are asked; the first is the kind of both notices.
REMINDER, NEXT_CHANNEL = "supplier_reminder", "supplier_next"
CLOSING = "buyer_closing"
#: Whoever may pay for days is told the day before, not minutes before.
LONG_HOLD = dt.timedelta(days=2)


def chase_suppliers(*, limit: int = 200) -> int:
    """Remind suppliers of orders that they have not confirmed in time; return how many notices were written. A job.

    After SUPPLIER_REMINDER_HOURS by the preferred channel, after SUPPLIER_NEXT_CHANNEL_HOURS by the next one; staff
    find the order in their queue after SUPPLIER_STAFF_HOURS. Each notice is written once, whoever runs this and
    how often; one order's trouble is its own.
    """
    now = clock.now()
    first = dt.timedelta(hours=settings.SUPPLIER_REMINDER_HOURS)
    then = dt.timedelta(hours=settings.SUPPLIER_NEXT_CHANNEL_HOURS)
    done = _chase(REMINDER, unconfirmed_orders(SYSTEM, now - first), limit)
    # Where nobody was reminded in time, the pause between the two is kept all the same.
    reminded = Exists(_told(REMINDER).filter(created_at__lte=now - (then - first)))
    return done + _chase(NEXT_CHANNEL, unconfirmed_orders(SYSTEM, now - then).filter(reminded), limit)


def tell_closing_soon(*, limit: int = 500) -> int:
    """Tell buyers that their unpaid order closes soon; return how many notices were written. A job.

    CLOSING_SOON_MINUTES before the hold ends, or CLOSING_SOON_HOURS where it lasts for days. Each hold is told of
    once; a notice that is late because of a limit is not sent when the hold has ended or the order is paid.
    """
    now = clock.now()
    soon = Q(hold_until__lte=now + dt.timedelta(minutes=settings.CLOSING_SOON_MINUTES))
    soon |= Q(
        hold_until__lte=now + dt.timedelta(hours=settings.CLOSING_SOON_HOURS),
        hold_until__gte=F("placed_at") + LONG_HOLD,
    )
    told = BuyerNotice.objects.filter(record=OuterRef("pk"), kind=CLOSING, good_until=OuterRef("hold_until"))
    records = OrderRecord.objects.filter(
        soon, ~Exists(told), payment_state=PaymentState.UNPAID, hold_until__gt=now
    )
    done = 0
    for record in records.select_related("buyer").order_by("hold_until", "pk")[:limit]:
        assert record.hold_until is not None, "it ends soon"
        with transaction.atomic():
            write_buyer_notice(
                key=f"closing:{record.pk}:{int(record.hold_until.timestamp())}",
                kind=CLOSING,
                record=record,
                good_until=record.hold_until,
                deadline=record.hold_until,
            )
        done += 1
    return done


def _told(step: str) -> QuerySet[SupplierNotice]:
    """Return the notices of a step about the supplier order of an outer query."""
    return SupplierNotice.objects.filter(
        record=OuterRef("record_id"), supplier=OuterRef("supplier_id"), key__startswith=f"{step}:"
    )


def _chase(step: str, orders: QuerySet[SupplierOrder], limit: int) -> int:
    done = 0
    for order in orders.filter(~Exists(_told(step)))[:limit]:
        try:
            _remind(step, order)
            done += 1
        except Exception:  # It is tried again at the next turn.
            logger.exception("the supplier of supplier order %s was not reminded", order.pk)
    return done


@transaction.atomic
def _remind(step: str, order: SupplierOrder) -> None:
    """Write the notice of a step; the next channel is one that nothing about this order went by yet."""
    supplier = order.supplier
    route = first_route(supplier)
    if step == NEXT_CHANNEL:
        before = SupplierNotice.objects.filter(record=order.record_id, supplier=supplier)
        route = next_route(supplier, marks_of(list(before))) or route
    write_supplier_notice(
        key=f"{step}:{order.pk}", kind=REMINDER, record=order.record, supplier=supplier, route=route
    )
