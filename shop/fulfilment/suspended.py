"""Orders of a supplier that may not sell now: what was not shipped stays until a person decides."""

from django.db import transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Greatest
from django.utils.translation import gettext as _

from shop.accounts.scope import SYSTEM, Scope
from shop.core import clock
from shop.fulfilment.exceptions import ShippingError
from shop.fulfilment.holds import held_by_suspension, is_of_suspended
from shop.fulfilment.models import SupplierOrder, SupplierOrderState
from shop.fulfilment.selectors import supplier_orders
from shop.fulfilment.services import locked_supplier_order
from shop.journal.services import record as journal

REASON_LENGTH = 200
OPEN_STATES = (SupplierOrderState.NEW, SupplierOrderState.CONFIRMED)


def orders_held_by_suspension(scope: Scope) -> QuerySet[SupplierOrder]:
    """Return unshipped orders of suspended suppliers that nobody has decided about; `held_since`, oldest first."""
    held = held_by_suspension(supplier_orders(scope)).filter(
        state__in=OPEN_STATES, supplier__suspensions__lifted_at=None
    )
    since = Greatest(F("opened_at"), F("supplier__suspensions__suspended_at"))
    return held.annotate(held_since=since).order_by("held_since", "pk")


@transaction.atomic
def ship_anyway(*, supplier_order_id: int, reason: str, actor_id: int) -> SupplierOrder:
    """Let one order of a suspended supplier ship; the others stay. A second call changes nothing.

    Raises SupplierOrder.DoesNotExist, ShippingError naming the reason when it is missing, (not_held) when its
    supplier may sell or nothing is left to ship.
    """
    reason = reason.strip()
    if not reason or len(reason) > REASON_LENGTH:
        raise ShippingError(
            _("Say why, in at most %(most)d characters.") % {"most": REASON_LENGTH},
            code="reason_missing",
            field="reason",
        )
    order = locked_supplier_order(SYSTEM, supplier_order_id)
    if order.ship_anyway_at is not None:
        return order
    if not is_of_suspended(order) or order.state not in OPEN_STATES:
        raise ShippingError(_("This order is not held by a suspension."), code="not_held")
    order.ship_anyway_at = clock.now()
    order.save(update_fields=["ship_anyway_at"])
    journal(
        actor_id=actor_id,
        action="supplier_order.ship_anyway",
        object_type="order",
        object_key=order.record.number,
        after={"supplier": order.supplier.code},
        reason=reason,
    )
    return order
