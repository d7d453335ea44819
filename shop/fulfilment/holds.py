"""Orders whose goods stay where they are until a person has looked."""

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from shop.fulfilment.exceptions import ShippingError
from shop.fulfilment.models import SupplierOrder
from shop.ordering.models import OrderRecord
from shop.ordering.status import Attention
from shop.suppliers.models import SupplierState

#: About money only: what was ordered is paid for, or goes on approved terms.
MONEY_ONLY = ("", Attention.SURPLUS, Attention.PARTIAL)


def is_held(record: OrderRecord) -> bool:
    """Say whether a person must look at the order before anything of it is shipped.

    A refund that went wrong keeps no other goods back.
    """
    if record.shipping_stopped_at is not None:
        return True
    return record.attention not in MONEY_ONLY and not record.attention.startswith("refund_")


def is_of_suspended(order: SupplierOrder) -> bool:
    """Say whether its supplier may not sell now, and no person has let this order go on."""
    return order.supplier.state == SupplierState.SUSPENDED and order.ship_anyway_at is None


def held_by_suspension(orders: QuerySet[SupplierOrder]) -> QuerySet[SupplierOrder]:
    """Return those that `is_of_suspended` holds."""
    return orders.filter(supplier__state=SupplierState.SUSPENDED, ship_anyway_at=None)


def refuse_held(order: SupplierOrder) -> None:
    """Raise ShippingError (stopped, suspended, held) when nothing of the order may be shipped now."""
    if order.record.shipping_stopped_at is not None:
        raise ShippingError(
            _("The shop has stopped this order for now; please do not ship it."), code="stopped"
        )
    if is_of_suspended(order):
        raise ShippingError(
            _("You may not sell at present, so the shop holds this order. Please do not ship it."),
            code="suspended",
        )
    if is_held(order.record):
        raise ShippingError(_("The shop is checking this order. Please do not ship it yet."), code="held")
