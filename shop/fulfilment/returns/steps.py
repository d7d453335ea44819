"""What every step of an after-sales case has in common: lock, move, journal, tell; and the money it holds."""

import datetime as dt
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from shop.accounts.scope import Scope
from shop.core import clock
from shop.core.locks import lock
from shop.fulfilment.exceptions import ReturnRefused
from shop.fulfilment.models import FulfilmentRule
from shop.fulfilment.returns.models import FreightState, ReturnItem, ReturnKind, ReturnRequest, ReturnState
from shop.fulfilment.returns.selectors import returns
from shop.fulfilment.rules import rule_on
from shop.fulfilment.transitions import move_return
from shop.journal.services import record as journal
from shop.ordering.models import ChargeShare, OrderRecord
from shop.ordering.services import (
    ChargeOf,
    FenOf,
    UnitsOf,
    approve_refund,
    request_refund,
    request_reshipment,
    withdraw_refund,
)
from shop.ordering.status import ChargeKind, RefundState, ReshipState
from shop.outbox.services import append

NOTE_LENGTH = 200


class By(StrEnum):
    """Whose step it is."""

    BUYER = "buyer"
    SUPPLIER = "supplier"
    SHOP = "shop"
    CLOCK = "clock"


def locked_case(case_id: int, scope: Scope | None = None) -> ReturnRequest:
    """Return a case with its order locked; raises ReturnRequest.DoesNotExist when it is not in the scope."""
    cases: QuerySet[ReturnRequest] = ReturnRequest.objects.all() if scope is None else returns(scope)
    record_id = cases.values_list("supplier_order__record_id", flat=True).get(pk=case_id)
    list(lock(OrderRecord.objects.filter(pk=record_id)))
    return ReturnRequest.objects.select_related("supplier_order__record", "supplier_order__supplier").get(
        pk=case_id
    )


def rule_now() -> FulfilmentRule:
    """Return the times that steps taken today are given."""
    return rule_on(clock.today())


def move(
    case: ReturnRequest,
    new: ReturnState,
    *,
    by: By,
    actor_id: int | None,
    note: str = "",
    within: dt.timedelta | None = None,
    **columns: Any,
) -> None:
    """Move a locked case, journal who and why, and leave `return.<state>` behind. Raises WrongMove.

    `within` is the time for the next step.
    """
    before, now = {"state": str(case.state)}, clock.now()
    move_return(case, new, state_since=now, due_at=now + within if within else None, **columns)
    tell(case, by=by, actor_id=actor_id, note=note, before=before)


def tell(
    case: ReturnRequest,
    *,
    by: By,
    actor_id: int | None,
    note: str = "",
    before: Mapping[str, Any] | None = None,
) -> None:
    """Journal the state that a case has come to, and leave its event behind."""
    order = case.supplier_order
    journal(
        actor_id=actor_id,
        action=f"return.{case.state}",
        object_type="order",
        object_key=order.record.number,
        before=before,
        after={
            "return": case.number,
            "supplier": order.supplier.code,
            "state": str(case.state),
            "by": by.value,
        }
        | (
            {"parcel": f"{case.courier} {case.tracking_number}"}
            if case.state == ReturnState.SENT_BACK
            else {}
        ),
        reason=note,
    )
    append(
        topic=f"return.{case.state}",
        stream=order.record.number,
        payload={
            "order": order.record.number,
            "record_id": order.record_id,
            "supplier": order.supplier.code,
            "return": case.number,
            "return_id": case.pk,
            "kind": case.kind,
            "reason": case.reason,
            "fen": case.fen,
            "by": by.value,
            "due_at": case.due_at.isoformat() if case.due_at else None,
            # A buyer's own words stay on the case's page.
            "note": "" if by == By.BUYER else note,
        },
    )


def tell_freight(case: ReturnRequest, *, by: By, actor_id: int, note: str) -> None:
    """Journal what was decided about the freight, and leave `return.freight_decided` behind."""
    order = case.supplier_order
    journal(
        actor_id=actor_id,
        action=f"return.freight_{case.freight_state}",
        object_type="order",
        object_key=order.record.number,
        before={"freight": str(FreightState.ASKED)},
        after={"return": case.number, "freight": str(case.freight_state), "by": by.value}
        | {"fen": case.freight_fen},
        reason=note,
    )
    append(
        topic="return.freight_decided",
        stream=order.record.number,
        payload={
            "order": order.record.number,
            "record_id": order.record_id,
            "return": case.number,
            "return_id": case.pk,
            "freight": str(case.freight_state),
            "fen": case.freight_fen,
            "by": by.value,
            "due_at": None,
            "note": note,
        },
    )


def checked_note(note: str) -> str:
    """Return what is said to the other side. Raises ReturnRefused when it is missing or too long."""
    note = note.strip()
    if not note:
        raise ReturnRefused(_("Please say why; the other side reads it."), code="required", field="note")
    if len(note) > NOTE_LENGTH:
        raise ReturnRefused(
            _("At most %(most)d characters fit here.") % {"most": NOTE_LENGTH}, code="too_long", field="note"
        )
    return note


def require_other(case: ReturnRequest, actor_id: int) -> None:
    """Raise ReturnRefused (four_eyes) when the buyer decides about their own case."""
    if actor_id in (case.opened_by, case.supplier_order.record.buyer_id):
        raise ReturnRefused(_("Somebody else must decide about your own request."), code="four_eyes")


def items_of(case: ReturnRequest) -> list[ReturnItem]:
    """Return the case's items, in the order of the order's lines."""
    return list(case.items.select_related("share__line", "reshipment").order_by("share__number"))


def hold_money(case: ReturnRequest, *, actor_id: int | None) -> None:
    """Ask for the case's money under ordering's caps, unless it is held; the ledger moves it to `refunding`.

    The case's sums are then those of the request. Raises RefundRefused when that much is not left.
    """
    if case.fen == 0 or (case.refund is not None and case.refund.state == RefundState.REQUESTED):
        return
    items = items_of(case)
    portions = [
        FenOf(item.fen, item.share.line_id)
        if case.goods_kept
        else UnitsOf(item.share_id, item.units, shipped=True)
        for item in items
        if item.fen or not case.goods_kept
    ]
    case.refund = request_refund(
        record_id=case.supplier_order.record_id,
        portions=portions,
        of_return=case.number,
        reason=f"{case.number} {case.get_reason_display()}",
        actor_id=actor_id,
    )
    if not case.goods_kept:
        held = dict(case.refund.items.filter(share__isnull=False).values_list("share_id", "fen"))
        for item in items:
            item.fen = held[item.share_id]
            item.save(update_fields=["fen"])
    case.fen = case.refund.fen
    case.save(update_fields=["refund", "fen"])


def hold_freight(case: ReturnRequest, *, actor_id: int | None) -> None:
    """Ask for the freight that the case names under ordering's caps, unless it is held or decided.

    Raises RefundRefused when that much is not left.
    """
    held = case.freight_refund
    if case.freight_state != FreightState.ASKED or (held is not None and held.state == RefundState.REQUESTED):
        return
    order = case.supplier_order
    charge = ChargeShare.objects.get(record=order.record, supplier=order.supplier, kind=ChargeKind.FREIGHT)
    case.freight_refund = request_refund(
        record_id=order.record_id,
        portions=[ChargeOf(charge.pk, case.freight_fen)],
        of_return=case.number,
        reason=f"{case.number} {case.get_reason_display()}",
        actor_id=actor_id,
    )
    case.save(update_fields=["freight_refund"])


def hold_goods(case: ReturnRequest) -> None:
    """Say that the goods that a replacement is asked for are in dispute; the ledger moves them. Safe to call twice."""
    if case.kind == ReturnKind.REPLACE:
        _tell_goods(case, "dispute.opened", [item for item in items_of(case) if not item.disputed])


def settle_goods(case: ReturnRequest, *, reshipment_id: int | None = None) -> None:
    """Say that a dispute has an end: of all goods, or of those of one replacement. Safe to call twice."""
    items = [item for item in items_of(case) if item.disputed]
    if reshipment_id is not None:
        items = [item for item in items if item.reshipment_id == reshipment_id]
    _tell_goods(case, "dispute.settled", items)


def _tell_goods(case: ReturnRequest, topic: str, items: Sequence[ReturnItem]) -> None:
    if not items:
        return
    record = case.supplier_order.record
    ReturnItem.objects.filter(pk__in=[item.pk for item in items]).update(disputed=topic == "dispute.opened")
    append(
        topic=topic,
        stream=record.number,
        payload={
            "order": record.number,
            "record_id": record.pk,
            "dispute": case.number,
            "items": [{"source_key": item.share.source_key, "units": item.units} for item in items],
        },
    )


def let_go(case: ReturnRequest, *, note: str, actor_id: int | None) -> None:
    """Let go of what the case holds, money and goods: the ledger moves it back to where its units stand."""
    settle_goods(case)
    for held in (case.refund, case.freight_refund):
        if held is not None and held.state == RefundState.REQUESTED and held.approved_at is None:
            withdraw_refund(
                request_id=held.pk, reason=note or case.number, actor_id=actor_id, of_return=case.number
            )


def settle(case: ReturnRequest, *, actor_id: int) -> None:
    """Let the money go, or have the goods sent once more. Raises OutOfStock and RefundRefused."""
    if case.fen:
        hold_money(case, actor_id=case.opened_by)
        assert case.refund is not None  # held just now
        approve_refund(request_id=case.refund.pk, actor_id=actor_id, of_return=case.number)
        return
    for item in items_of(case):
        if item.reshipment is None or item.reshipment.state == ReshipState.CANCELLED:
            item.reshipment = request_reshipment(
                record_id=case.supplier_order.record_id,
                share_id=item.share_id,
                units=item.units,
                reason=f"{case.number} {case.get_reason_display()}",
                actor_id=actor_id,
            )
            item.save(update_fields=["reshipment"])
