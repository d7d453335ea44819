"""One transfer for several orders of a unit: what is to be paid, and the code for it."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from shop.accounts.scope import Scope
from shop.gateways import services as gateways
from shop.gateways.payer_models import TransferBundle
from shop.gateways.providers.bank_transfer import instructions
from shop.ordering.models import OrderRecord
from shop.ordering.status import PaymentState
from shop.procurement import selectors
from shop.procurement.exceptions import ProcurementError
from shop.procurement.members import PAYING, require_member
from shop.procurement.terms import due_days


def bundle_orders(*, scope: Scope, numbers: Sequence[str], actor_id: int) -> TransferBundle:
    """Return the code that pays these unpaid orders of one of the scope's units; the same ones have the same code.

    Raises ProcurementError (too_few, one_unit, not_a_member), and what the gateways refuse.
    """
    records = list(selectors.unpaid_orders(scope).filter(number__in=list(numbers)[:50]))
    units = {record.purchase_request.organisation for record in records}
    if not units:
        raise ProcurementError(_("Choose at least two orders."), code="too_few", field="orders")
    if len(units) > 1:
        raise ProcurementError(
            _("One transfer pays the orders of one unit: choose those of one unit only."),
            code="one_unit",
            field="orders",
        )
    (unit,) = units
    require_member(organisation=unit, user_id=actor_id, roles=PAYING)
    return gateways.bundle_transfers(organisation=unit, numbers=list(numbers), actor_id=actor_id)


def pay_rows(records: Sequence[OrderRecord]) -> list[dict[str, Any]]:
    """Return unpaid orders with what each still needs and the day it is due on terms. Five queries at most."""
    missing, due = gateways.to_pay_of(records), due_days(records)
    return [
        {
            "record": record,
            "unit": record.purchase_request.organisation.name,
            "purpose": record.purchase_request.purpose,
            "fen": missing[record.pk],
            "due_on": due.get(record.pk),
        }
        for record in records
    ]


def bundle_context(bundle: TransferBundle) -> dict[str, Any]:
    """Return the context of bundle.html: what is still to be transferred with this code, and for which orders."""
    records = [attempt.record for attempt in bundle.attempts.all()]
    waiting = [record for record in records if record.payment_state == PaymentState.UNPAID]
    missing = gateways.to_pay_of(waiting)
    return {
        "bundle": bundle,
        "rows": [
            {"record": record, "fen": missing.get(record.pk, 0), "waits": record.pk in missing}
            for record in sorted(records, key=lambda one: (one.placed_at, one.pk))
        ],
        "total_fen": sum(missing.values()),
        "instructions": instructions(bundle.reference),
    }
