"""What settlement does on each event. All of them are `ordered` and safe to run twice.

They are names of one service, so that the routing table reads as what happens when.
"""

from shop.outbox.events import Event
from shop.settlement.services.taking_in import take_event


def track_placed(event: Event) -> None:
    """`order.placed`: know the shares, and the commission agreed on that day."""
    take_event(event)


def collect(event: Event) -> None:
    """`order.paid`: goods and freight are collected for the suppliers, in the stage their units stand in."""
    take_event(event)


def reduce(event: Event) -> None:
    """`order.reduced`: units leave an order before it is paid."""
    take_event(event)


def confirm_accepted(event: Event) -> None:
    """`order.accepted`: what a report accepts is owed."""
    take_event(event)


def move_parcel(event: Event) -> None:
    """`parcel.shipped`, `parcel.signed`, `parcel.received`, also of many: a resident's receipt makes goods owed."""
    take_event(event)


def hold_for_refund(event: Event) -> None:
    """`refund.requested`: what is asked for is no longer owed."""
    take_event(event)


def take_refunded(event: Event) -> None:
    """`refund.executed`: less is collected; after a pay-out the supplier owes it to the next period."""
    take_event(event)


def give_back_failed(event: Event) -> None:
    """`refund.failed`: what was held is owed again."""
    take_event(event)


def move_dispute(event: Event) -> None:
    """`dispute.opened`, `dispute.settled`: goods that a replacement is asked for are not owed meanwhile."""
    take_event(event)
