"""Who is told of after-sales: the supplier of what it has to answer, the buyer of every answer.

Money that goes back is told by the refund's own message, so that nobody reads of it twice.
"""

import datetime as dt
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from shop.core import clock
from shop.fulfilment.returns.models import FreightState, ReturnKind, ReturnRequest, ReturnState
from shop.fulfilment.returns.steps import By
from shop.notifications.services import write_buyer_notice, write_supplier_notice
from shop.ordering.desk_models import Reshipment
from shop.outbox.events import Event


def notify_supplier_of_case(event: Event) -> None:
    """On `return.requested`: what a buyer asks and until when to answer, unless it is answered meanwhile."""
    case = _case(event)
    if case.state == ReturnState.REQUESTED:
        _tell_supplier(event, case, "supplier_return_opened")


def notify_supplier_of_escalation(event: Event) -> None:
    """On `return.escalated`: the shop decides from now on."""
    _tell_supplier(event, _case(event), "supplier_return_escalated", note=_said(event))


def notify_supplier_of_decision(event: Event) -> None:
    """On `return.agreed`, when it is the shop that has agreed, and on `return.closed`."""
    if event.payload["by"] != By.SUPPLIER:
        _tell_supplier(event, _case(event), "supplier_return_decided", note=_said(event))


def notify_supplier_of_withdrawal(event: Event) -> None:
    """On `return.withdrawn`: nothing is to be answered any more."""
    _tell_supplier(event, _case(event), "supplier_return_withdrawn")


def notify_supplier_of_goods(event: Event) -> None:
    """On `return.sent_back`: goods are on their way and have to be looked at."""
    _tell_supplier(event, _case(event), "supplier_return_sent_back")


def notify_buyer_of_agreement(event: Event) -> None:
    """On `return.agreed`: what comes next; where and until when goods are to be sent back."""
    case = _case(event)
    comes = "replacement" if event.payload["kind"] == ReturnKind.REPLACE else "money"
    _tell_buyer(
        event,
        case,
        "buyer_return_agreed",
        comes="goods" if event.payload["due_at"] else comes,
        fen=event.payload["fen"] or None,
    )


def notify_buyer_of_refusal(event: Event) -> None:
    """On `return.refused`: why, and until when the shop can be asked."""
    _tell_buyer(event, _case(event), "buyer_return_refused")


def notify_buyer_of_escalation(event: Event) -> None:
    """On `return.escalated`, unless it is the buyer who has asked the shop."""
    if event.payload["by"] != By.BUYER:
        _tell_buyer(event, _case(event), "buyer_return_escalated")


def notify_buyer_of_arrival(event: Event) -> None:
    """On `return.arrived`: the goods were looked at; money or replacement is on its way."""
    _tell_buyer(event, _case(event), "buyer_return_arrived", fen=event.payload["fen"] or None)


def notify_buyer_of_end(event: Event) -> None:
    """On `return.closed`: the shop has decided against it, or the goods were not sent back in time."""
    _tell_buyer(event, _case(event), "buyer_return_closed")


def notify_buyer_of_freight(event: Event) -> None:
    """On `return.freight_decided`, unless it goes back: that is told by the refund."""
    if event.payload["freight"] == FreightState.REFUSED:
        _tell_buyer(event, _case(event), "buyer_return_freight", fen=event.payload["fen"])


def notify_buyer_of_replacement(event: Event) -> None:
    """On `reshipment.shipped`: courier and number, of a case's replacement or of one that the shop gave."""
    sent = Reshipment.objects.select_related("record__buyer").get(pk=event.payload["reshipment_id"])
    write_buyer_notice(
        key=f"{event.event_id}:buyer_replacement",
        kind="buyer_replacement",
        record=sent.record,
        courier=sent.courier,
        tracking_number=sent.tracking_number,
    )


def _case(event: Event) -> ReturnRequest:
    cases = ReturnRequest.objects.select_related("supplier_order__record__buyer", "supplier_order__supplier")
    return cases.get(pk=event.payload["return_id"])


def _said(event: Event) -> str:
    """Return what the other side may read of why; a message of an older version has nothing."""
    return str(event.payload.get("note", ""))


def _deadline(event: Event) -> dt.datetime | None:
    due = event.payload["due_at"]
    return dt.datetime.fromisoformat(due) if due else None


def _tell_supplier(event: Event, case: ReturnRequest, kind: str, *, note: str = "") -> None:
    """Write a notice without a word of the buyer's: those stand on the case's page."""
    deadline = _deadline(event)
    with translation.override(settings.LANGUAGE_CODE):
        facts = {
            "number": case.number,
            "path": reverse("fulfilment:return", args=[case.pk]),
            "wish": str(case.get_kind_display()),
            "reason": str(case.get_reason_display()),
            "deadline": f"{deadline.astimezone(clock.SHANGHAI):%m-%d %H:%M}" if deadline else "",
            "note": note,
        }
    order = case.supplier_order
    write_supplier_notice(
        key=f"{event.event_id}:{kind}", kind=kind, record=order.record, supplier=order.supplier, facts=facts
    )


def _tell_buyer(event: Event, case: ReturnRequest, kind: str, **context: Any) -> None:
    record = case.supplier_order.record
    with translation.override(settings.LANGUAGE_CODE):
        by = _("the shop") if event.payload["by"] == By.SHOP else _("the supplier")
    write_buyer_notice(
        key=f"{event.event_id}:{kind}",
        kind=kind,
        record=record,
        number=case.number,
        page=reverse("storefront:return_case", args=[record.number, case.number]),
        by=by,
        note=_said(event),
        deadline=_deadline(event),
        **context,
    )
