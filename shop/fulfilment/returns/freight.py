"""The freight of goods that were wrong: asked with the case, held like its money, and decided by the shop alone."""

from django.db import transaction
from django.utils.translation import gettext as _

from shop.core import fen
from shop.fulfilment.exceptions import ReturnRefused
from shop.fulfilment.models import SupplierOrder
from shop.fulfilment.returns.models import (
    FreightState,
    ReturnKind,
    ReturnReason,
    ReturnRequest,
)
from shop.fulfilment.returns.steps import By, checked_note, locked_case, require_other, tell_freight
from shop.fulfilment.transitions import move_freight
from shop.ordering.exceptions import WrongState
from shop.ordering.models import ChargeShare, LineShare
from shop.ordering.services import approve_refund, withdraw_refund
from shop.ordering.status import ChargeKind, RefundState

#: What the supplier has to answer for, so that the way there was for nothing.
REASONS = (
    ReturnReason.DAMAGED,
    ReturnReason.SPOILED,
    ReturnReason.WRONG_GOODS,
    ReturnReason.NOT_AS_DESCRIBED,
    ReturnReason.NOT_ARRIVED,
)


def freight_worth(order: SupplierOrder, goods_fen: int) -> int:
    """Return the freight that belongs to so many fen of the supplier's goods, at most what is left of it.

    Like the units of a share (counting rules, section 2): what earlier cases have of it and this part always add up to
    no more than the whole. 0 where the goods came free of freight. Three queries.
    """
    charge = freight_charge(order)
    shares = LineShare.objects.filter(record=order.record_id, supplier=order.supplier_id)
    whole = sum(share.fen - share.reduced_fen for share in shares)
    if charge is None or whole < 1:
        return 0
    earlier = order.returns.filter(
        freight_fen__gt=0, freight_refund__state__in=(RefundState.REQUESTED, RefundState.EXECUTED)
    )
    before = min(whole, sum(earlier.values_list("fen", flat=True)))
    worth = fen.units_worth(charge.fen - charge.reduced_fen, whole, before, min(goods_fen, whole - before))
    return min(worth, charge.left_fen)


def freight_charge(order: SupplierOrder) -> ChargeShare | None:
    """Return what was paid for bringing the supplier's goods. One query."""
    return ChargeShare.objects.filter(
        record=order.record_id, supplier=order.supplier_id, kind=ChargeKind.FREIGHT
    ).first()


def checked_freight(order: SupplierOrder, *, kind: str, reason: str, goods_fen: int) -> int:
    """Return the freight that a claim may ask for. Raises ReturnRefused (freight) where it may ask for none."""
    worth = freight_worth(order, goods_fen)
    if kind == ReturnKind.REPLACE or reason not in REASONS:
        text = _("Freight can be asked back with money for goods that were damaged, wrong or never came.")
        raise ReturnRefused(text, code="freight", field="freight")
    if not worth:
        raise ReturnRefused(
            _("No freight was paid for these goods, or it has gone back already."),
            code="freight",
            field="freight",
        )
    return worth


@transaction.atomic
def decide_freight(*, case_id: int, granted: bool, note: str, actor_id: int) -> ReturnRequest:
    """The shop lets the freight of a case go back, or not, once its goods are agreed; the buyer reads the note.

    The same decision again changes nothing. Raises ReturnRefused (goods_first, required, too_long, four_eyes),
    WrongMove for another decision, RefundRefused.
    """
    case = locked_case(case_id)
    new = FreightState.GRANTED if granted else FreightState.REFUSED
    if case.freight_state == new:
        return case
    require_other(case, actor_id)
    note = checked_note(note)
    if not case.freight_ready:
        raise ReturnRefused(_("The goods of this case have to be decided first."), code="goods_first")
    refund = case.freight_refund
    if refund is None or refund.state != RefundState.REQUESTED:
        raise WrongState(what="freight", old=case.freight_state, new=new)
    move_freight(case, new)
    if granted:
        approve_refund(request_id=refund.pk, actor_id=actor_id, of_return=case.number)
    else:
        withdraw_refund(request_id=refund.pk, reason=note, actor_id=actor_id, of_return=case.number)
    tell_freight(case, by=By.SHOP, actor_id=actor_id, note=note)
    return case
