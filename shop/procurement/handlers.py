"""What procurement does when something happened: work that a person at a page should not wait for."""

from shop.outbox.events import Event
from shop.procurement import services


def receive_counted_parcels(event: Event) -> None:
    """On `procurement.acceptance_approved`: the parcels whose goods have all been counted are received."""
    services.receive_counted_parcels(
        record_id=event.payload["record_id"], actor_id=event.payload["decided_by"]
    )
