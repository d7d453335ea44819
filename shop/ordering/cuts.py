"""Take a suspended supplier's goods off an unpaid order that has goods of others too; gateways ends payments first."""

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils.translation import gettext as _

from shop.accounts.scope import Scope
from shop.core import clock
from shop.core.locks import lock
from shop.journal.services import record as journal
from shop.ordering.closing import begin_close
from shop.ordering.desk_models import SupplierCut
from shop.ordering.exceptions import OrderingError
from shop.ordering.models import LineShare, OrderRecord
from shop.ordering.portions import UnitsOf
from shop.ordering.reductions import reduce_order
from shop.ordering.status import CloseReason, CutState, CutTrouble, PaymentState
from shop.ordering.transitions import CUT
from shop.outbox.services import append
from shop.suppliers.admission_models import Suspension

REASON_LENGTH = 200
OPEN = (CutState.WAITING, CutState.STUCK)


class CutRefused(OrderingError):
    """A decision about such an order that cannot be taken; `code` and `field` name why."""


def waiting_cuts() -> QuerySet[SupplierCut]:
    """Return the wishes that the shop has still to try, oldest first."""
    return SupplierCut.objects.filter(state=CutState.WAITING).order_by("asked_at", "pk")


def stuck_cuts(scope: Scope) -> QuerySet[SupplierCut]:
    """Return those that a person must decide, oldest first; only for a scope over everything.

    An order that was paid or closed meanwhile, or whose supplier sells again, needs nobody.
    """
    found = SupplierCut.objects.filter(
        state=CutState.STUCK,
        record__payment_state=PaymentState.UNPAID,
        suspension__lifted_at=None,
    )
    found = found.select_related("record", "suspension__supplier").order_by("stuck_at", "pk")
    return found if scope.everything else found.none()


def has_goods_of_others(record_id: int, supplier_code: str) -> bool:
    """Return whether anything would be left of the order without this supplier's goods."""
    return _left(record_id).exclude(supplier__code=supplier_code).exists()


def ask_cut(*, record_id: int, suspension_id: int) -> SupplierCut:
    """Note that the suspended supplier's goods are to leave the order. Safe to call twice."""
    cut, _created = SupplierCut.objects.get_or_create(
        record_id=record_id, suspension_id=suspension_id, defaults={"asked_at": clock.now()}
    )
    return cut


def cut_supplier(*, cut_id: int, actor_id: int | None = None) -> bool:
    """Take the supplier's units and freight off the order; call it when no online payment of it is open.

    The stock is free again, the buyer owes less and is told (`order.supplier_cut`); an order of which nothing else is
    left begins to close instead. Returns whether goods were taken off: False, and nothing is changed but that the
    wish has ended, when the order was paid or closed meanwhile, is on terms, or the supplier sells again. Safe to call
    twice.
    """
    with transaction.atomic():
        cut, record = _locked(cut_id)
        if cut.state not in OPEN:
            return False
        suspension = lock(Suspension.objects.filter(pk=cut.suspension_id)).select_related("supplier").get()
        shares = list(_left(record.pk).filter(supplier=suspension.supplier_id).order_by("number"))
        closed = record.payment_state != PaymentState.UNPAID or record.is_on_terms
        if closed or suspension.lifted_at is not None or not shares:
            _end(cut, CutState.LEFT, actor_id)
            return False
        _take_off(record, suspension, shares, actor_id)
        _end(cut, CutState.CUT, actor_id)
    return True


def stop_cut(*, cut_id: int, trouble: CutTrouble) -> bool:
    """Hand a wish that cannot be met safely to the staff; the order stays as it is. Safe to call twice."""
    with transaction.atomic():
        cut, _record = _locked(cut_id)
        if cut.state != CutState.WAITING:
            return False
        CUT.require(cut.state, CutState.STUCK)
        cut.state, cut.trouble, cut.stuck_at = CutState.STUCK, trouble, clock.now()
        cut.save(update_fields=["state", "trouble", "stuck_at"])
    return True


def leave_cut(*, cut_id: int, reason: str, actor_id: int) -> bool:
    """Leave the order as it is, journalled: once it is paid, the supplier's part is held. Safe to call twice.

    Returns whether this call decided it. Raises CutRefused without a reason, or with one that is too long.
    """
    reason = reason.strip()
    if not reason or len(reason) > REASON_LENGTH:
        raise CutRefused(
            _("Say why, in at most %(most)d characters.") % {"most": REASON_LENGTH},
            code="reason_missing",
            field="reason",
        )
    with transaction.atomic():
        cut, record = _locked(cut_id)
        if cut.state != CutState.STUCK:
            return False
        _end(cut, CutState.LEFT, actor_id)
        journal(
            actor_id=actor_id,
            action="order.goods_left",
            object_type="order",
            object_key=record.number,
            before={"trouble": cut.trouble},
            after={"supplier": cut.suspension.supplier.code},
            reason=reason,
        )
    return True


def _left(record_id: int) -> QuerySet[LineShare]:
    """Return the shares of an unpaid order that still have units."""
    return LineShare.objects.filter(record_id=record_id, units__gt=F("reduced_units"))


def _locked(cut_id: int) -> tuple[SupplierCut, OrderRecord]:
    """Return a wish and its order, the order locked first."""
    record_id = SupplierCut.objects.values_list("record_id", flat=True).get(pk=cut_id)
    record = lock(OrderRecord.objects.filter(pk=record_id)).get()
    return lock(SupplierCut.objects.filter(pk=cut_id)).get(), record


def _end(cut: SupplierCut, state: CutState, actor_id: int | None) -> None:
    CUT.require(cut.state, state)
    cut.state, cut.ended_at, cut.decided_by = state, clock.now(), actor_id
    cut.save(update_fields=["state", "ended_at", "decided_by"])


def _take_off(
    record: OrderRecord, suspension: Suspension, shares: list[LineShare], actor_id: int | None
) -> None:
    actor_id = suspension.suspended_by if actor_id is None else actor_id
    supplier = suspension.supplier
    if not has_goods_of_others(record.pk, supplier.code):
        begin_close(
            record_id=record.pk, reason=CloseReason.SUPPLIER, actor_id=actor_id, note=suspension.reason
        )
        return
    due = record.due_fen
    left = reduce_order(
        record_id=record.pk,
        portions=[UnitsOf(share.pk, share.left_units) for share in shares],
        reason=suspension.reason,
        actor_id=actor_id,
    )
    append(
        topic="order.supplier_cut",
        stream=record.number,
        payload={
            "order": record.number,
            "record_id": record.pk,
            "supplier": supplier.code,
            "off_fen": due - left.due_fen,
            "due_fen": left.due_fen,
            "items": [{"line": share.line_id, "units": share.left_units} for share in shares],
        },
    )
