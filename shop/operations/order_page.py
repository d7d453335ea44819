"""The staff's page of one order: its lines, money, parcels and whole history."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from shop.accounts.models import User
from shop.fulfilment.models import SupplierOrder
from shop.fulfilment.selectors import parcels_of_record
from shop.gateways.models import Payment
from shop.gateways.status import MoneyAttention
from shop.journal.models import JournalEntry
from shop.ordering.models import OrderRecord, RefundRequest
from shop.ordering.status import Attention, PaymentState, RefundState, Step


@dataclass(frozen=True)
class HistoryRow:
    """An act: when, what, by whom ("" for the shop itself) and why."""

    at: datetime
    text: str
    actor: str
    reason: str


def attention_text(code: str) -> str:
    """Return why an order needs a person, in words."""
    return str(dict([*Attention.choices, *MoneyAttention.choices]).get(code, code))


def order_context(record: OrderRecord) -> dict[str, Any]:
    """Return the context of shop/operations/order.html but for its forms. A fixed number of queries."""
    paid = record.payment_state == PaymentState.PAID
    return {
        "active_tab": "orders",
        "order": record,
        "shares": list(record.shares.all()),
        "charges": list(record.charges.all()),
        "attention": attention_text(record.attention) if record.attention else "",
        "supplier_orders": SupplierOrder.objects.filter(record=record).select_related("supplier"),
        "parcels": parcels_of_record(record.pk),
        "payments": Payment.objects.filter(record=record).order_by("captured_at", "pk"),
        "refunds": [_refund(refund) for refund in RefundRequest.objects.filter(record=record).order_by("pk")],
        "history": history(record.number),
        "can_refund": paid and record.refunded_fen < record.paid_fen,
        "can_reduce": record.payment_state == PaymentState.UNPAID,
    }


def _refund(refund: RefundRequest) -> dict[str, Any]:
    waits = refund.state == RefundState.REQUESTED and refund.approved_at is None
    state = _("Waits for another person's decision") if waits else refund.get_state_display()
    return {
        "number": refund.number,
        "fen": refund.fen,
        "state": state,
        "reason": refund.reason,
        "waits": waits,
    }


def history(number: str) -> list[HistoryRow]:
    """Return what the journal says of an order, newest first. Two queries."""
    entries = list(JournalEntry.objects.filter(object_type="order", object_key=number).order_by("-at", "-pk"))
    people = _people(entry.actor_id for entry in entries)
    texts = dict(Step.choices) | _parcel_texts()
    return [
        HistoryRow(
            entry.at,
            " · ".join(
                filter(None, (str(texts.get(entry.action, entry.action)), entry.after.get("parcel", "")))
            ),
            people.get(entry.actor_id or 0, ""),
            entry.reason,
        )
        for entry in entries
    ]


def _parcel_texts() -> dict[str, str]:
    return {
        "supplier_order.confirm": _("Confirmed by the supplier"),
        "parcel.ship": _("Parcel shipped"),
        "parcel.correct": _("Courier number corrected"),
        "shortage.report": _("Shortage reported by the supplier"),
        "shortage.decide": _("Shortage decided"),
        "parcel.signed": _("Parcel signed for"),
        "parcel.receive": _("Parcel received"),
        "parcel.clock_stopped": _("Clock of the parcel stopped"),
        "parcel.clock_restarted": _("Clock of the parcel runs again"),
    }


def _people(ids: Iterable[int | None]) -> dict[int, str]:
    return {pk: str(user) for pk, user in User.objects.in_bulk([pk for pk in set(ids) if pk]).items()}
