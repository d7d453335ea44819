"""A person's orders, and what they may do with one."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from shop.accounts.scope import UNIT_ROLES, scope_of
from shop.core.exceptions import ShopError
from shop.fulfilment.services import confirm_receipt
from shop.gateways.services import close_order
from shop.invoicing.pages import order_invoices
from shop.ledger.consents import decide_consent
from shop.ordering.guests import remember_guest_order
from shop.ordering.models import OrderRecord
from shop.ordering.selectors import order_for_token
from shop.ordering.services import request_refund
from shop.ordering.status import CloseReason, PaymentState
from shop.procurement.selectors import unit_orders
from shop.storefront.access import my_order, my_orders
from shop.storefront.forms import ReasonForm, RefundForm
from shop.storefront.presenters.order_page import (
    credit_context,
    is_cancellable,
    order_context,
    receipt_question,
    refundable_units,
)
from shop.storefront.presenters.orders import orders_context


@never_cache
@require_safe
def orders(request: HttpRequest) -> HttpResponse:
    """The visitor's orders by tab."""
    context = orders_context(my_orders(request), request.GET.get("tab", ""), request.GET.get("page", "1"))
    return render(request, "shop/storefront/orders.html", context)


@never_cache
@require_safe
def order(request: HttpRequest, number: str) -> HttpResponse:
    """One order with its parcels, amounts and the buttons of its state; a unit's has a page of its own."""
    try:
        record = my_order(request, number)
    except Http404:
        if unit_orders(scope_of(request.user, *UNIT_ROLES)).filter(number=number).exists():
            return redirect("procurement:order", number=number)
        raise
    # Not the address in the request: whoever sends it chooses it, and the link opens the order.
    base_url = settings.SHOP_BASE_URL.rstrip("/")
    context = order_context(record, base_url=base_url) | {
        "credit": credit_context(record, request.user.pk),
        "invoices": order_invoices(record, user_id=request.user.pk),
    }
    return render(request, "shop/storefront/order.html", context)


@never_cache
@require_safe
def order_guest(request: HttpRequest, number: str, token: str) -> HttpResponse:
    """Open a guest's order by its link; a wrong link looks like an order that does not exist."""
    try:
        record = order_for_token(number, token)
    except OrderRecord.DoesNotExist as missing:
        raise Http404 from missing
    remember_guest_order(request.session, record.number)
    return redirect("storefront:order", number=record.number)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def cancel(request: HttpRequest, number: str) -> HttpResponse:
    """Ask once more, then close an unpaid order, or send the money of an unshipped one back."""
    record = my_order(request, number)
    if not is_cancellable(record):
        messages.error(request, _("This order can no longer be cancelled."))
        return redirect("storefront:order", number=number)
    form = ReasonForm(_posted(request))
    if request.method == "POST" and form.is_valid():
        _cancel(request, record, form.cleaned_data["reason"])
        return redirect("storefront:order", number=number)
    unpaid = record.payment_state == PaymentState.UNPAID
    text = (
        _("The goods go back on sale. Nothing has been paid.")
        if unpaid
        else _("Nothing has been shipped yet. The whole sum goes back the way it came.")
    )
    return _ask(request, record, form, title=_("Cancel the order"), text=text)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def receive(request: HttpRequest, number: str) -> HttpResponse:
    """Ask once more, then confirm that every shipped parcel has arrived; a second press changes nothing."""
    record = my_order(request, number)
    if request.method != "POST":
        question = receipt_question(record)
        if question is None:
            return redirect("storefront:order", number=number)
        return _ask(request, record, None, **question)
    try:
        confirm_receipt(record_id=record.pk, actor_id=request.user.pk)
    except ShopError as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("Thank you. Receipt is confirmed."))
    return redirect("storefront:order", number=number)


@require_POST
def credit(request: HttpRequest, number: str) -> HttpResponse:
    """Let a purchase of one's own count for one's unit, or no more; a second press changes nothing."""
    record = my_order(request, number)
    given = request.POST.get("act") == "give"
    try:
        decide_consent(
            number=record.number,
            organisation=request.POST.get("organisation", "")[:40],
            given=given,
            actor_id=request.user.pk or 0,
        )
    except ShopError as refused:
        messages.error(request, str(refused))
    else:
        text = (
            _("This purchase now counts for your unit.") if given else _("It no longer counts for your unit.")
        )
        messages.success(request, text)
    return redirect("storefront:order", number=number)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def refund(request: HttpRequest, number: str) -> HttpResponse:
    """Ask for the money of some pieces back that were not shipped."""
    record = my_order(request, number)
    left = refundable_units(record)
    if not left:
        messages.error(
            request, _("Nothing of this order is left to ship. For what was shipped, use after-sales.")
        )
        return redirect("storefront:order", number=number)
    form = RefundForm(_posted(request), left=left)
    if request.method == "POST" and form.is_valid():
        try:
            request_refund(
                record_id=record.pk,
                portions=form.portions(),
                by_buyer=True,
                reason=form.cleaned_data["reason"],
                actor_id=request.user.pk,
            )
        except ShopError as refused:
            form.add_error(None, str(refused.message))
        else:
            messages.success(request, _("The refund has been asked for."))
            return redirect("storefront:order", number=number)
    text = _(
        "Goods are refunded at what you paid for them; freight goes back when a supplier ships nothing at all. "
        "For what has been shipped already, use after-sales."
    )
    return _ask(request, record, form, title=_("Ask for a refund"), text=text)


def _posted(request: HttpRequest) -> QueryDict | None:
    return request.POST if request.method == "POST" else None


def _cancel(request: Any, record: OrderRecord, reason: str) -> None:
    try:
        if record.payment_state == PaymentState.UNPAID:
            done = close_order(record_id=record.pk, reason=CloseReason.BUYER.value, actor_id=request.user.pk)
            text = (
                _("The order is cancelled.")
                if done
                else _("The order is being closed; please look again soon.")
            )
        else:
            request_refund(
                record_id=record.pk,
                whole=True,
                unshipped_only=True,
                reason=reason or _("Cancelled by the buyer before shipping"),
                actor_id=request.user.pk,
            )
            text = _("The order is cancelled, and the money is on its way back.")
    except ShopError as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, text)


def _ask(
    request: HttpRequest, record: OrderRecord, form: Any, *, title: str, text: str, points: Sequence[str] = ()
) -> HttpResponse:
    context = {"number": record.number, "form": form, "title": title, "text": text, "points": points}
    return render(request, "shop/storefront/order_ask.html", context)
