"""The queues of the Celery workers, the most urgent first."""

from shop.outbox.events import ANY_TIME

PAY = "pay"
NOTIFY = "notify"
LEDGER = "ledger"
BULK = ANY_TIME
HOUSEKEEPING = "housekeeping"
QUEUES = (NOTIFY, PAY, LEDGER, BULK, HOUSEKEEPING)

#: A supplier waits to be told, then somebody for money and parcels; figures may lag a little; the rest takes its turn.
_OF_APP = {
    "gateways": PAY,
    "fulfilment": PAY,
    "notifications": NOTIFY,
    "ledger": LEDGER,
    "settlement": LEDGER,
}


def queue_of(app: str) -> str:
    """Return the queue for an app's handlers and jobs."""
    return _OF_APP.get(app, BULK)
