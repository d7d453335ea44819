"""An order's state in words, and the tabs of the list of orders."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from shop.fulfilment.returns.models import ReturnRequest, ReturnState
from shop.opinions.review_selectors import to_review
from shop.ordering.models import OrderRecord, RefundRequest
from shop.ordering.status import CloseReason, FulfilmentState, PaymentState, RefundState

_UNPAID = Q(payment_state__in=[PaymentState.UNPAID, PaymentState.CLOSING])
_PAID = Q(payment_state=PaymentState.PAID)
_OPEN = _PAID & Q(refunded_fen__lt=F("paid_fen"))

TAB_NAMES: dict[str, Promise] = {
    "": gettext_lazy("All"),
    "unpaid": gettext_lazy("Waiting for payment"),
    "to_ship": gettext_lazy("To be shipped"),
    "to_receive": gettext_lazy("To receive"),
    "to_review": gettext_lazy("To be reviewed"),
    "refunds": gettext_lazy("Refunds and after-sales"),
}
_TAB_FILTERS: dict[str, Q] = {
    "unpaid": _UNPAID,
    "to_ship": _OPEN & Q(fulfilment_state__in=[FulfilmentState.NONE, FulfilmentState.PART]),
    "to_receive": _OPEN & Q(fulfilment_state__in=[FulfilmentState.PART, FulfilmentState.SHIPPED]),
    "to_review": Q(has_to_review=True),
    "refunds": Q(has_refunds=True) | Q(has_returns=True),
}


@dataclass(frozen=True)
class OrderState:
    """`text` is the state in two or three words, `headline` what happens next."""

    text: str
    headline: str


def _with_refunds(found: QuerySet[OrderRecord]) -> QuerySet[OrderRecord]:
    asked = RefundRequest.objects.filter(record=OuterRef("pk")).exclude(state=RefundState.WITHDRAWN)
    cases = ReturnRequest.objects.filter(supplier_order__record=OuterRef("pk")).exclude(
        state=ReturnState.WITHDRAWN
    )
    return found.annotate(has_refunds=Exists(asked), has_returns=Exists(cases), has_to_review=to_review())


def in_tab(found: QuerySet[OrderRecord], tab: str) -> QuerySet[OrderRecord]:
    """Return the orders of one tab; an unknown one is all of them."""
    return _with_refunds(found).filter(_TAB_FILTERS[tab]) if tab in _TAB_FILTERS else found


def tab_counts(found: QuerySet[OrderRecord]) -> dict[str, int]:
    """Return the number of orders in each tab. One query."""
    counts: dict[str, Any] = {tab: Count("pk", filter=condition) for tab, condition in _TAB_FILTERS.items()}
    plain = found.select_related(None).prefetch_related(None).order_by()
    return _with_refunds(plain).aggregate(**counts)


def state_of(record: OrderRecord) -> OrderState:
    """Return where an order stands, as its buyer reads it; no query."""
    if record.payment_state == PaymentState.UNPAID:
        return OrderState(
            _("Waiting for payment"), _("Please pay in time; the goods are kept for you until then.")
        )
    if record.payment_state == PaymentState.CLOSING:
        return OrderState(_("Being closed"), _("The order is being closed."))
    if record.payment_state == PaymentState.CLOSED:
        reasons = dict(CloseReason.choices)
        return OrderState(_("Closed"), str(reasons.get(record.close_reason, _("This order is closed."))))
    if record.refunded_fen >= record.paid_fen:
        return OrderState(_("Refunded"), _("The money has been sent back."))
    return _shipping_state(record.fulfilment_state)


def _shipping_state(state: str) -> OrderState:
    if state == FulfilmentState.PART:
        return OrderState(_("Partly shipped"), _("Some parcels are on the way; the others follow."))
    if state == FulfilmentState.SHIPPED:
        return OrderState(_("To receive"), _("Everything is on the way to you."))
    if state == FulfilmentState.RECEIVED:
        return OrderState(_("Received"), _("Everything has arrived. Thank you."))
    return OrderState(_("To be shipped"), _("Paid. The suppliers are packing your goods."))
