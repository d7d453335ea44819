"""The staff's page of one order: its lines, money, parcels and whole history."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from shop.accounts.models import User
from shop.core.fen import shown_yuan
from shop.core.together import answers
from shop.fulfilment.models import Parcel, SupplierOrder
from shop.fulfilment.returns.models import ReturnRequest
from shop.fulfilment.returns.selectors import returns_of
from shop.fulfilment.selectors import counted_parcels
from shop.gateways.models import AttemptState, ExecutionState, Payment, PaymentAttempt, RefundExecution
from shop.gateways.move_selectors import money_of_same_payer
from shop.gateways.status import MoneyAttention
from shop.journal.models import JournalEntry
from shop.operations.journal_words import action_name, reason_text
from shop.ordering.desk_models import Reshipment
from shop.ordering.models import OrderRecord, RefundRequest
from shop.ordering.status import (
    Attention,
    FulfilmentState,
    PaymentState,
    RefundState,
    ReleaseState,
)


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
    told = _told_of(record)
    paid = record.payment_state == PaymentState.PAID
    unpaid = record.payment_state == PaymentState.UNPAID
    left = any(share.left_units for share in record.shares.all())
    untouched = record.fulfilment_state == FulfilmentState.NONE and left
    return {
        "order": record,
        "shares": list(record.shares.all()),
        "charges": list(record.charges.all()),
        "attention": attention_text(record.attention) if record.attention else "",
        "supplier_orders": told.supplier_orders,
        "parcels": told.parcels,
        "payments": sorted(told.payments, key=lambda payment: payment.captured_at),
        "refunds": [_refund(refund) for refund in told.refunds],
        "history": _history(told),
        "cases": sorted(told.cases, key=lambda case: (case.opened_at, case.pk), reverse=True),
        "reshipments": told.reshipments,
        "other_money": money_of_same_payer(record) if record.takes_money else [],
        "can_refund": paid and record.refunded_fen < record.paid_fen,
        "can_reduce": unpaid,
        "can_cancel": (unpaid and not record.is_on_terms) or (paid and untouched),
        "can_stop": (unpaid or paid)
        and record.shipping_stopped_at is None
        and record.fulfilment_state in (FulfilmentState.NONE, FulfilmentState.PART),
        "can_reship": record.release_state == ReleaseState.RELEASED
        and (paid or unpaid)
        and record.fulfilment_state != FulfilmentState.NONE,
    }


class _Told(NamedTuple):
    """What the shop knows of an order, the oldest first."""

    supplier_orders: list[SupplierOrder]
    parcels: list[Parcel]
    payments: list[Payment]
    attempts: list[PaymentAttempt]
    executions: list[RefundExecution]
    refunds: list[RefundRequest]
    cases: list[ReturnRequest]
    reshipments: list[Reshipment]
    journal: list[JournalEntry]


def _told_of(record: OrderRecord) -> _Told:
    """Return all of it as it is at one moment. One query, and those of what parcels and cases hold."""
    found = answers(
        SupplierOrder.objects.filter(record=record).select_related("supplier"),
        counted_parcels(record.pk).prefetch_related("watches", "tracking_events"),
        Payment.objects.filter(record=record),
        PaymentAttempt.objects.filter(record=record),
        RefundExecution.objects.filter(payment__record=record).select_related("payment"),
        RefundRequest.objects.filter(record=record),
        returns_of(record.pk),
        record.reshipments.select_related("share__line", "share__supplier"),
        JournalEntry.objects.filter(object_type="order", object_key=record.number),
    )
    return _Told(*(sorted(rows, key=lambda row: row.pk) for rows in found))


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


def _history(told: _Told) -> list[HistoryRow]:
    """Return everything that happened to an order and its money, newest first. One query, of who did it.

    The journal tells of the order, its refunds and parcels; attempts, payments and money going back tell by the times
    and people of their own rows.
    """
    entries = sorted(told.journal, key=lambda entry: (entry.at, entry.pk), reverse=True)
    people = _people(entry.actor_id for entry in entries)
    rows = [
        HistoryRow(
            entry.at,
            " · ".join(filter(None, (action_name(entry.action, "order"), entry.after.get("parcel", "")))),
            people.get(entry.actor_id or 0, ""),
            reason_text(entry.action, entry.reason),
        )
        for entry in entries
    ]
    return sorted([*rows, *_money_rows(told)], key=lambda row: row.at, reverse=True)


def _money_rows(told: _Told) -> Iterator[HistoryRow]:
    """Yield what attempts, payments and transfers back say of themselves."""
    ends = {
        AttemptState.SUCCEEDED: _("Payment attempt has succeeded"),
        AttemptState.FAILED: _("Payment attempt has failed"),
        AttemptState.EXPIRED: _("Payment attempt has ended unpaid"),
    }
    for attempt in reversed(told.attempts):
        method = f" · {attempt.get_provider_display()} ¥{shown_yuan(attempt.amount_fen)}"
        yield HistoryRow(attempt.created_at, _("Payment attempt begun") + method, "", "")
        if attempt.finished_at is not None and attempt.state in ends:
            yield HistoryRow(attempt.finished_at, ends[AttemptState(attempt.state)] + method, "", "")
    for payment in reversed(told.payments):
        text = f"{_('Money received')} · ¥{shown_yuan(payment.fen)} {payment.key}"
        yield HistoryRow(payment.captured_at, text, payment.payer, "")
    for execution in reversed(told.executions):
        if execution.finished_at is not None:
            done = execution.state == ExecutionState.EXECUTED
            text = _("Money has gone back") if done else _("Money could not go back")
            sums = f" · ¥{shown_yuan(execution.fen)} {execution.payment.key}"
            yield HistoryRow(execution.finished_at, text + sums, "", execution.last_error)


def _people(ids: Iterable[int | None]) -> dict[int, str]:
    return {pk: str(user) for pk, user in User.objects.in_bulk([pk for pk in set(ids) if pk]).items()}
