"""What the gateways do when something has happened elsewhere."""

from shop.gateways.services import offer_waiting_money, plan_refund
from shop.ordering.cuts import has_goods_of_others
from shop.ordering.exceptions import OrderingError
from shop.ordering.models import OrderRecord, RefundRequest
from shop.ordering.selectors import unpaid_orders_of
from shop.ordering.services import ask_cut, begin_close
from shop.ordering.status import CloseReason
from shop.outbox.events import Event
from shop.suppliers.admission_models import UnpaidOrders
from shop.suppliers.models import Suspension


def plan_requested_refund(event: Event) -> None:
    """On refund.requested and refund.approved: split it over the payments; the job sends the parts."""
    plan_refund(
        request_id=RefundRequest.objects.values_list("pk", flat=True).get(number=event.payload["refund"])
    )


def offer_money_to_reduced_order(event: Event) -> None:
    """On order.reduced: what came in as too little may be enough now."""
    record_id = OrderRecord.objects.values_list("pk", flat=True).get(number=event.payload["order"])
    offer_waiting_money(record_id=record_id)


def close_orders_of_suspended(event: Event) -> None:
    """On supplier.suspended: begin to close its unpaid orders, where that was chosen; the job ends their sessions.

    Of an order with goods of others, only the supplier's own are to go: a job takes them off. One that is paid
    meanwhile, or goes on terms, is held by fulfilment instead.
    """
    if event.payload["unpaid_orders"] != UnpaidOrders.CLOSE:
        return
    suspension = Suspension.objects.filter(pk=event.payload["suspension_id"], lifted_at=None).first()
    if suspension is None:
        return
    supplier = event.payload["supplier"]
    for record_id in unpaid_orders_of(supplier):
        if has_goods_of_others(record_id, supplier):
            ask_cut(record_id=record_id, suspension_id=suspension.pk)
            continue
        try:
            begin_close(
                record_id=record_id,
                reason=CloseReason.SUPPLIER,
                actor_id=suspension.suspended_by,
                note=suspension.reason,
            )
        except OrderingError:
            continue
