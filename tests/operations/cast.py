"""A shop in which one order is paid and everything is well."""

from shop.ordering.models import OrderRecord
from tests.gateways.cast import order, paid_online
from tests.worker import drain


def paid_order() -> OrderRecord:
    """Return an order of two units, 200.00 yuan, paid by the demo provider and posted to the ledger."""
    record = order()
    paid_online(record)
    drain()
    return record
