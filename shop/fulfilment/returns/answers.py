"""The supplier answers and looks at what came back; the shop decides."""

import datetime as dt
from collections.abc import Mapping
from enum import StrEnum

from django.db import transaction
from django.utils.translation import gettext as _

from shop.accounts.scope import Scope
from shop.core import clock
from shop.core.faultpoint import faultpoint
from shop.fulfilment.exceptions import ReturnRefused
from shop.fulfilment.returns.models import ReturnKind, ReturnRequest, ReturnState
from shop.fulfilment.returns.rules import claimable
from shop.fulfilment.returns.steps import (
    NOTE_LENGTH,
    By,
    checked_note,
    hold_money,
    items_of,
    let_go,
    locked_case,
    move,
    require_other,
    rule_now,
    settle,
    settle_goods,
)
from shop.ordering.exceptions import WrongState
from shop.ordering.services import return_to_stock


class Decision(StrEnum):
    """What the shop may decide."""

    AGREE = "agree"
    REFUND = "refund"
    CLOSE = "close"


@transaction.atomic
def agree_return(
    *, scope: Scope, case_id: int, actor_id: int, note: str = "", goods_back: bool = False
) -> ReturnRequest:
    """The supplier agrees. Without goods to come back, the money or the replacement goes at once. Not safe to repeat:
    the second call is refused.

    `goods_back` asks the buyer for the goods first, of a replacement; returned goods always come back first, and the
    note then says where to. Raises ReturnRequest.DoesNotExist for another supplier's, WrongMove, ReturnRefused
    (four_eyes, required), OutOfStock.
    """
    case = locked_case(case_id, scope)
    require_other(case, actor_id)
    if case.state != ReturnState.REQUESTED:
        raise WrongState(what="return", old=case.state, new=ReturnState.AGREED)
    back = case.goods_back or (goods_back and case.kind == ReturnKind.REPLACE)
    # Where the goods are to be sent is in the note.
    note = checked_note(note) if back else note.strip()[:NOTE_LENGTH]
    _agree(case, by=By.SUPPLIER, note=note, actor_id=actor_id, goods_back=back)
    return case


@transaction.atomic
def refuse_return(*, scope: Scope, case_id: int, note: str, actor_id: int) -> ReturnRequest:
    """The supplier refuses and says why: the money held is given back, the buyer may ask the shop for some days.

    Raises ReturnRequest.DoesNotExist for another supplier's, WrongMove, ReturnRefused (required, too_long, four_eyes).
    """
    case = locked_case(case_id, scope)
    require_other(case, actor_id)
    if case.state != ReturnState.REQUESTED:
        raise WrongState(what="return", old=case.state, new=ReturnState.REFUSED)
    note = checked_note(note)
    within = dt.timedelta(days=rule_now().appeal_within_days)
    move(case, ReturnState.REFUSED, by=By.SUPPLIER, actor_id=actor_id, note=note, within=within)
    let_go(case, note=note, actor_id=actor_id)
    return case


@transaction.atomic
def receive_goods_back(
    *, scope: Scope, case_id: int, good_units: Mapping[int, int], note: str, actor_id: int
) -> ReturnRequest:
    """The supplier has looked at the goods: those fit for sale (`good_units` by share id) are in stock again, and the
    money or the replacement goes. A second call changes nothing.

    Raises ReturnRequest.DoesNotExist for another supplier's, WrongMove, ReturnRefused (units), OutOfStock.
    """
    case = locked_case(case_id, scope)
    if case.state == ReturnState.ARRIVED:
        return case
    require_other(case, actor_id)
    line_units = _take_in(case, good_units)
    move(
        case,
        ReturnState.ARRIVED,
        by=By.SUPPLIER,
        actor_id=actor_id,
        note=note.strip()[:NOTE_LENGTH],
        arrived_at=clock.now(),
    )
    if line_units:
        return_to_stock(line_units=line_units, actor_id=actor_id, reason=case.number)
    settle(case, actor_id=actor_id)
    faultpoint("fulfilment.return_arrived.before_commit")
    return case


@transaction.atomic
def decide_return(*, case_id: int, decision: Decision, note: str, actor_id: int) -> ReturnRequest:
    """The shop decides: as asked, the money without the goods, or nothing. Both sides read the note.

    The second of two is refused. Raises WrongMove, ReturnRefused (required, too_long, four_eyes), RefundRefused,
    OutOfStock.
    """
    case = locked_case(case_id)
    require_other(case, actor_id)
    if case.state != ReturnState.ESCALATED:
        raise WrongState(what="return", old=case.state, new=decision)
    note = checked_note(note)
    if decision == Decision.CLOSE:
        move(case, ReturnState.CLOSED, by=By.SHOP, actor_id=actor_id, note=note)
        let_go(case, note=note, actor_id=actor_id)
        return case
    if decision == Decision.REFUND:
        _turn_into_refund(case)
    back = decision == Decision.AGREE and case.goods_back and not case.tracking_number
    _agree(case, by=By.SHOP, note=note, actor_id=actor_id, goods_back=back)
    return case


def _agree(case: ReturnRequest, *, by: By, note: str, actor_id: int, goods_back: bool) -> None:
    within = dt.timedelta(days=rule_now().send_back_within_days) if goods_back else None
    move(
        case,
        ReturnState.AGREED,
        by=by,
        actor_id=actor_id,
        note=note,
        within=within,
        goods_back=case.goods_back or goods_back,
    )
    if not goods_back:
        settle(case, actor_id=actor_id)
    elif case.fen:
        hold_money(case, actor_id=case.opened_by)
    faultpoint("fulfilment.return_agreed.before_commit")


def _turn_into_refund(case: ReturnRequest) -> None:
    """Make the case one about money alone: the buyer keeps what there is."""
    if case.kind == ReturnKind.REPLACE:
        settle_goods(case)
        goods = {one.share.pk: one for one in claimable(case.supplier_order)}
        items = items_of(case)
        for item in items:
            item.fen = goods[item.share_id].worth_of(item.units)
            item.save(update_fields=["fen"])
        case.fen = sum(item.fen for item in items)
        if not case.fen:
            raise ReturnRefused(_("Nothing is left to take back."), code="amount")
    case.kind, case.goods_back = ReturnKind.REFUND_ONLY, False
    case.save(update_fields=["kind", "goods_back", "fen"])


def _take_in(case: ReturnRequest, good_units: Mapping[int, int]) -> dict[int, int]:
    """Write down the good units of each item; return them by line."""
    line_units: dict[int, int] = {}
    for item in items_of(case):
        good = good_units.get(item.share_id, 0)
        if not 0 <= good <= item.units:
            raise ReturnRefused(
                _("“%(product)s”: %(units)d pieces came back; give those that can be sold again.")
                % {"product": item.share.line.title, "units": item.units},
                code="units",
                field=f"good_{item.share_id}",
            )
        if good:
            item.good_units = good
            item.save(update_fields=["good_units"])
            line_units[item.share.line_id] = line_units.get(item.share.line_id, 0) + good
    return line_units
