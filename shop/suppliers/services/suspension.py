"""Take a supplier's goods off the shop at once, and bring them back.

The row of the supplier says it, and every page and every order looks at that row. What becomes of open orders
hangs on `supplier.suspended`: gateways begins to close unpaid ones, fulfilment holds what has not been shipped.
"""

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _

from shop.core import clock
from shop.outbox.services import append
from shop.suppliers.admission_models import UnpaidOrders
from shop.suppliers.exceptions import SupplierError
from shop.suppliers.models import Supplier, SupplierState, Suspension
from shop.suppliers.services.keeping import end_suspension, locked_supplier, move_supplier
from shop.suppliers.streams import supplier_stream

REASON_LENGTH = 200


@transaction.atomic
def suspend_supplier(
    *,
    code: str,
    on: dt.date,
    reason: str,
    actor_id: int | None,
    unpaid_orders: UnpaidOrders | str = UnpaidOrders.CLOSE,
) -> Supplier:
    """Suspend the supplier from that day on, journalled; nothing changes when it is suspended already.

    Its goods are off the shop when this commits: orders that are being placed at that moment come before it or
    are refused. `supplier.suspended` says what becomes of unpaid orders. Raises SupplierError when there is no
    such supplier, it is not admitted, or the reason is missing or too long.
    """
    reason = _checked(reason, _("Say why the supplier is suspended."))
    supplier = locked_supplier(code)
    if supplier.state == SupplierState.SUSPENDED:
        return supplier
    if supplier.state != SupplierState.ADMITTED:
        raise SupplierError(_("Only an admitted supplier can be suspended."), code="not_admitted")
    row = Suspension.objects.create(
        supplier=supplier,
        reason=reason,
        unpaid_orders=UnpaidOrders(unpaid_orders),
        suspended_by=actor_id,
        suspended_at=clock.now(),
    )
    move_supplier(
        supplier,
        SupplierState.SUSPENDED,
        admitted_on=supplier.admitted_on,
        suspended_on=on,
        actor_id=actor_id,
        reason=reason,
    )
    payload = {"supplier": code, "suspension_id": row.pk, "unpaid_orders": str(row.unpaid_orders)}
    append(topic="supplier.suspended", stream=supplier_stream(code), payload=payload)
    return supplier


@transaction.atomic
def lift_suspension(*, code: str, reason: str, actor_id: int) -> Supplier:
    """Let a suspended supplier sell again, journalled; its goods are back when this commits. Safe to call twice.

    Orders that were held ship again; those that were closed stay closed. Raises SupplierError when there is no such
    supplier, it is not suspended, or the reason is missing or too long.
    """
    reason = _checked(reason, _("Say why the supplier may sell again."))
    supplier = locked_supplier(code)
    if supplier.state == SupplierState.ADMITTED:
        return supplier
    if supplier.state != SupplierState.SUSPENDED:
        raise SupplierError(_("This supplier is not suspended."), code="not_suspended")
    end_suspension(supplier, actor_id=actor_id, reason=reason)
    move_supplier(
        supplier,
        SupplierState.ADMITTED,
        admitted_on=supplier.admitted_on,
        suspended_on=None,
        actor_id=actor_id,
        reason=reason,
    )
    append(topic="supplier.resumed", stream=supplier_stream(code), payload={"supplier": code})
    return supplier


def _checked(reason: str, missing: str) -> str:
    reason = reason.strip()
    if not reason:
        raise SupplierError(missing, code="reason_missing", field="reason")
    if len(reason) > REASON_LENGTH:
        raise SupplierError(
            _("At most %(most)d characters fit here.") % {"most": REASON_LENGTH},
            code="too_long",
            field="reason",
        )
    return reason
