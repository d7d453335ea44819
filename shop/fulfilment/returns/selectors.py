"""Read after-sales cases: a supplier's own, an order's, those that the shop must decide."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Prefetch, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from shop.accounts.scope import Scope
from shop.fulfilment import selectors
from shop.fulfilment.returns.models import (
    FREIGHT_READY,
    OPEN_STATES,
    FreightState,
    ReturnItem,
    ReturnRequest,
    ReturnState,
)
from shop.journal.models import JournalEntry

#: What each step is called, for everyone.
STEP_NAMES: dict[str, Promise] = {
    "return.requested": _("After-sales asked for"),
    "return.escalated": _("Handed to the shop for decision"),
    "return.agreed": _("After-sales agreed"),
    "return.refused": _("After-sales refused by the supplier"),
    "return.sent_back": _("Goods sent back"),
    "return.arrived": _("Goods are back and were looked at"),
    "return.refunded": _("After-sales: money sent back"),
    "return.reshipped": _("After-sales: replacement sent"),
    "return.closed": _("After-sales closed"),
    "return.withdrawn": _("After-sales withdrawn by the buyer"),
    "return.freight_granted": _("After-sales: freight goes back too"),
    "return.freight_refused": _("After-sales: freight does not go back"),
}
BY_NAMES: dict[str, Promise] = {
    "buyer": pgettext_lazy("after-sales", "Buyer"),
    "supplier": _("Supplier"),
    "shop": _("The shop"),
    "clock": _("By the clock"),
}


@dataclass(frozen=True)
class ReturnStep:
    """A step of a case, as `components/timeline.html` shows it."""

    at: dt.datetime
    title: str
    detail: str


def returns(scope: Scope) -> QuerySet[ReturnRequest]:
    """Return the cases of the suppliers in the scope with order, items and lines, the newest first. Two queries."""
    cases = ReturnRequest.objects.select_related("supplier_order__record", "supplier_order__supplier__region")
    items = ReturnItem.objects.select_related("share__line", "reshipment").order_by("share__number")
    cases = cases.prefetch_related(Prefetch("items", items)).order_by("-opened_at", "-pk")
    if scope.everything:
        return cases
    return cases.filter(supplier_order__in=selectors.supplier_orders(scope))


def open_returns(scope: Scope) -> QuerySet[ReturnRequest]:
    """Return the scope's cases that are not over; what has to be answered first stands first."""
    return returns(scope).filter(state__in=OPEN_STATES).order_by("due_at", "state_since", "pk")


def returns_to_decide(scope: Scope) -> QuerySet[ReturnRequest]:
    """Return the cases that the shop must decide, also about freight alone, the longest waiting first.

    Only for a scope over everything.
    """
    wanted = Q(state=ReturnState.ESCALATED) | (Q(freight_state=FreightState.ASKED) & FREIGHT_READY)
    waiting = returns(scope).filter(wanted).order_by("state_since", "pk")
    return waiting if scope.everything else waiting.none()


def returns_of(record_id: int) -> QuerySet[ReturnRequest]:
    """Return the cases of an order, the newest first. Two queries."""
    return returns(Scope(everything=True)).filter(supplier_order__record=record_id)


def records_in_after_sales(record_ids: Iterable[int]) -> set[int]:
    """Return those of the orders that have a case which is not over. One query."""
    found = ReturnRequest.objects.filter(
        supplier_order__record__in=list(record_ids), state__in=OPEN_STATES
    ).values_list("supplier_order__record_id", flat=True)
    return set(found)


def steps_of(case: ReturnRequest) -> list[ReturnStep]:
    """Return what happened to a case, newest first: the same for buyer, supplier and shop. One query."""
    entries = JournalEntry.objects.filter(
        object_type="order",
        object_key=case.supplier_order.record.number,
        action__in=STEP_NAMES,
    ).order_by("-at", "-pk")
    return [
        ReturnStep(
            entry.at,
            str(STEP_NAMES[entry.action]),
            " · ".join(
                filter(
                    None,
                    (
                        str(BY_NAMES.get(entry.after.get("by", ""), "")),
                        entry.after.get("parcel", ""),
                        entry.reason,
                    ),
                )
            ),
        )
        for entry in entries
        if entry.after.get("return") == case.number
    ]
