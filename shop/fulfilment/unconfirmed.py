"""Supplier orders that nobody has confirmed."""

import datetime as dt

from django.db.models import Q, QuerySet

from shop.accounts.scope import Scope
from shop.fulfilment.holds import MONEY_ONLY
from shop.fulfilment.models import SupplierOrder, SupplierOrderState
from shop.fulfilment.selectors import supplier_orders


def unconfirmed_orders(scope: Scope, opened_before: dt.datetime) -> QuerySet[SupplierOrder]:
    """Return the supplier orders that have been new since before then, the oldest first.

    Those that the shop itself holds back are left out: nothing is expected of their suppliers.
    """
    free = Q(record__attention__in=MONEY_ONLY) | Q(record__attention__startswith="refund_")
    waiting = supplier_orders(scope).filter(
        free,
        state=SupplierOrderState.NEW,
        opened_at__lte=opened_before,
        record__shipping_stopped_at=None,
    )
    return waiting.order_by("opened_at", "pk")
