"""What fulfilment does when something happened elsewhere."""

from shop.fulfilment import services
from shop.fulfilment.watching import plan_watch
from shop.outbox.events import Event


def open_supplier_orders(event: Event) -> None:
    """On `order.released`: one supplier order per supplier."""
    services.open_supplier_orders(
        order_number=event.payload["order"],
        supplier_codes=event.payload["suppliers"],
        opened_at=event.occurred_at,
    )


def settle_refunded_units(event: Event) -> None:
    """On `refund.executed` and `order.reduced`: nothing left to ship means nothing to wait for."""
    services.settle_refunded_units(order_number=event.payload["order"])


def watch_parcel(event: Event) -> None:
    """On `parcel.shipped`: write down that the courier's news are wanted; asking comes after this transaction."""
    plan_watch(parcel_id=event.payload["parcel_id"])
