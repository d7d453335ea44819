"""What the gateways do when something has happened elsewhere."""

from shop.gateways.services import plan_refund
from shop.ordering.models import RefundRequest
from shop.outbox.events import Event


def plan_requested_refund(event: Event) -> None:
    """On refund.requested: split it over the payments; the job sends the parts."""
    plan_refund(
        request_id=RefundRequest.objects.values_list("pk", flat=True).get(number=event.payload["refund"])
    )
