"""What fulfilment does when something happened elsewhere."""

from shop.fulfilment import services
from shop.fulfilment.returns import services as returns
from shop.fulfilment.watching import plan_replacement_watch, plan_watch, plan_watches
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


def finish_refunded_return(event: Event) -> None:
    """On `refund.executed`: the after-sales case that held the money is over."""
    returns.finish_refunded_return(refund_number=event.payload["refund"])


def return_failed_refund(event: Event) -> None:
    """On `refund.failed`: a case whose money could not go out needs the shop; withdrawn requests need nobody."""
    if not event.payload["withdrawn"]:
        returns.return_to_shop(refund_number=event.payload["refund"])


def finish_reshipped_return(event: Event) -> None:
    """On `reshipment.shipped`: the case that asked for the replacement is over."""
    returns.finish_reshipped_return(reshipment_id=event.payload["reshipment_id"])


def settle_replaced_goods(event: Event) -> None:
    """On `reshipment.signed`: the goods that it replaces are no longer in dispute."""
    returns.settle_replaced_goods(reshipment_id=event.payload["reshipment_id"])


def return_cancelled_reshipment(event: Event) -> None:
    """On `reshipment.cancelled`: the case that asked for the replacement needs the shop."""
    returns.return_to_shop(reshipment_id=event.payload["reshipment_id"])


def watch_replacement(event: Event) -> None:
    """On `reshipment.shipped`: the courier's news of it are wanted like those of a first parcel."""
    plan_replacement_watch(reshipment_id=event.payload["reshipment_id"])


def watch_parcel(event: Event) -> None:
    """On `parcel.shipped`: write down that the courier's news are wanted; asking comes after this transaction."""
    plan_watch(parcel_id=event.payload["parcel_id"])


def watch_parcels(event: Event) -> None:
    """On `parcels.shipped`: the couriers' news of all of them are wanted."""
    plan_watches(parcel_ids=event.payload["parcel_ids"])
