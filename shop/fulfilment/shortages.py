"""Units that a supplier cannot ship: it reports them, staff decide."""

from collections.abc import Mapping

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from shop.accounts.scope import SYSTEM, Scope
from shop.core import clock
from shop.fulfilment import selectors
from shop.fulfilment.exceptions import ShippingError
from shop.fulfilment.models import ShortageItem, ShortageReport, ShortageState, SupplierOrder
from shop.fulfilment.services import locked_supplier_order
from shop.journal.services import record as journal
from shop.ordering.models import LineShare
from shop.ordering.services import UnitsOf, reduce_order, request_refund
from shop.ordering.status import PaymentState
from shop.outbox.services import append


def open_shortages(scope: Scope) -> QuerySet[ShortageReport]:
    """Return the reports that wait for a decision, the oldest first; of suppliers in the scope."""
    reports = ShortageReport.objects.filter(state=ShortageState.OPEN).select_related(
        "supplier_order__record", "supplier_order__supplier"
    )
    if not scope.everything:
        reports = reports.filter(supplier_order__in=selectors.supplier_orders(scope))
    return reports.prefetch_related("items__share__line").order_by("reported_at", "pk")


@transaction.atomic
def report_shortage(
    *, scope: Scope, supplier_order_id: int, units_by_share: Mapping[int, int], reason: str, actor_id: int
) -> ShortageReport:
    """Report units that cannot be shipped; leaves `supplier.shortage_reported` behind. Not safe to repeat.

    Raises SupplierOrder.DoesNotExist for another supplier's order; ShippingError: nothing_missing, too_many
    (more than is left to ship), reason_missing, already_reported (one report waits for its decision).
    """
    order = locked_supplier_order(scope, supplier_order_id)
    if order.shortages.filter(state=ShortageState.OPEN).exists():
        raise ShippingError(
            _("A shortage of this order is reported already; the shop is deciding."), code="already_reported"
        )
    if not reason.strip():
        raise ShippingError(_("Say why the goods are missing."), code="reason_missing", field="reason")
    missing = _checked(order, units_by_share)
    report = ShortageReport.objects.create(
        supplier_order=order, reason=reason.strip()[:200], reported_by=actor_id, reported_at=clock.now()
    )
    ShortageItem.objects.bulk_create(
        ShortageItem(report=report, share=share, units=units) for share, units in missing
    )
    _journal(report, order, "shortage.report", actor_id, report.reason)
    append(
        topic="supplier.shortage_reported",
        stream=order.record.number,
        payload={
            "order": order.record.number,
            "supplier_order": order.pk,
            "items": [{"line": share.line_id, "units": units} for share, units in missing],
            "reason": report.reason,
        },
        occurred_at=report.reported_at,
    )
    return report


@transaction.atomic
def decide_shortage(*, report_id: int, take_off: bool, note: str, actor_id: int) -> ShortageReport:
    """Take the missing units off the order, or let the supplier ship them after all; it sees the note.

    Taking off asks for a refund that another person lets go, or lowers what an order on terms still owes.
    A report that is decided is returned unchanged. Raises ShippingError (shipped_meanwhile) when fewer units
    are left than were reported, and the refusals of ordering.
    """
    pk = ShortageReport.objects.values_list("supplier_order_id", flat=True).get(pk=report_id)
    order = locked_supplier_order(SYSTEM, pk)
    report = ShortageReport.objects.get(pk=report_id)
    if report.state != ShortageState.OPEN:
        return report
    if take_off:
        _take_off(report, order, note, actor_id)
    report.state = ShortageState.TAKEN_OFF if take_off else ShortageState.SHIP
    report.decided_by, report.decided_at, report.note = actor_id, clock.now(), note.strip()[:200]
    report.save(update_fields=["state", "decided_by", "decided_at", "note"])
    _journal(report, order, "shortage.decide", actor_id, report.note)
    return report


def _take_off(report: ShortageReport, order: SupplierOrder, note: str, actor_id: int) -> None:
    left = {share.pk: units for share, units in selectors.units_to_ship(order).items()}
    items = list(report.items.order_by("share_id"))
    if any(item.units > left.get(item.share_id, 0) for item in items):
        raise ShippingError(
            _("Some of these units were shipped or taken off meanwhile. Close the report instead."),
            code="shipped_meanwhile",
        )
    portions = [UnitsOf(item.share_id, item.units) for item in items]
    reason = f"{report.reason} {note}".strip()[:200]
    if order.record.payment_state == PaymentState.PAID:
        request_refund(
            record_id=order.record_id, portions=portions, to_decide=True, reason=reason, actor_id=actor_id
        )
    else:
        reduce_order(record_id=order.record_id, portions=portions, reason=reason, actor_id=actor_id)


def _checked(order: SupplierOrder, units_by_share: Mapping[int, int]) -> list[tuple[LineShare, int]]:
    """Return the shares with the units that are missing; refuses more than is left, and nothing at all."""
    left = {share.pk: (share, units) for share, units in selectors.units_to_ship(order).items()}
    missing = {pk: units for pk, units in units_by_share.items() if units}
    if not missing:
        raise ShippingError(_("Give the units that are missing."), code="nothing_missing", field="units")
    for pk, units in missing.items():
        most = left[pk][1] if pk in left else 0
        if units < 0 or units > most:
            raise ShippingError(
                _("Only %(left)d left to ship of this line, not %(units)d.") % {"left": most, "units": units},
                code="too_many",
                field="units",
            )
    return [(left[pk][0], units) for pk, units in sorted(missing.items())]


def _journal(report: ShortageReport, order: SupplierOrder, action: str, actor_id: int, reason: str) -> None:
    journal(
        actor_id=actor_id,
        action=action,
        object_type="order",
        object_key=order.record.number,
        after={"supplier": order.supplier.code, "report": report.pk, "state": str(report.state)},
        reason=reason,
    )
