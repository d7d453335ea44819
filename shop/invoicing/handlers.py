"""What invoicing does on others' events. All are safe to run twice."""

from shop.invoicing.requests import request_from_wish, withdraw_empty_requests
from shop.outbox.events import Event


def ask_for_paid(event: Event) -> None:
    """`order.paid`: the wish that the order was placed with becomes a request to each of its suppliers."""
    request_from_wish(record_id=event.payload["record_id"])


def ask_for_accepted(event: Event) -> None:
    """`order.accepted`: on terms, of the suppliers whose goods are all accounted for."""
    request_from_wish(record_id=event.payload["record_id"])


def follow_goods(event: Event) -> None:
    """`refund.executed` and `order.reduced`: fewer goods are left to be invoiced.

    What waits with nothing left is taken back. On terms the goods that left may have been the last ones that were
    not accounted for: their supplier is asked now.
    """
    record_id = event.payload["record_id"]
    withdraw_empty_requests(record_id=record_id)
    request_from_wish(record_id=record_id)
