"""What the gateways do when something has happened elsewhere."""

from shop.gateways.services import offer_waiting_money, plan_refund
from shop.ordering.models import OrderRecord, RefundRequest
from shop.outbox.events import Event


def plan_requested_refund(event: Event) -> None:
    """On refund.requested and refund.approved: split it over the payments; the job sends the parts."""
    plan_refund(
        request_id=RefundRequest.objects.values_list("pk", flat=True).get(number=event.payload["refund"])
    )


def offer_money_to_reduced_order(event: Event) -> None:
    """On order.reduced: what came in as too little may be enough now."""
    record_id = OrderRecord.objects.values_list("pk", flat=True).get(number=event.payload["order"])
    offer_waiting_money(record_id=record_id)
