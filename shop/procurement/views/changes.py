"""A unit changes its mind after placing: another address, or the order called off and asked for anew."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from shop.accounts.access import ScopedRequest
from shop.accounts.models import Role
from shop.accounts.phones import shown_phone
from shop.core.exceptions import ShopError
from shop.core.forms import add_refusal
from shop.gateways.services import Cancelled
from shop.ordering.address_corrections import has_left
from shop.ordering.forms import RecipientForm
from shop.ordering.models import OrderRecord
from shop.ordering.status import PaymentState
from shop.procurement import services
from shop.procurement.access import holds, my_order, unit_page
from shop.procurement.changes import calling_off, is_cancellable


class CancelForm(forms.Form):
    """Why an order is called off."""

    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=200)


def changes_open(request: ScopedRequest, record: OrderRecord) -> dict[str, bool]:
    """Return what the visitor may still change about an order. A fixed number of queries."""
    may = holds(request, Role.BUYER, record.purchase_request.organisation)
    stands = record.payment_state in (PaymentState.UNPAID, PaymentState.PAID) and not has_left(record)
    off = calling_off(record)
    return {
        "can_correct": may and stands and not off.is_asked,
        "can_cancel": may and stands and not off.is_asked,
        "can_order_again": may and off.is_done,
    }


@require_http_methods(["GET", "HEAD", "POST"])
@unit_page
def cancel(request: ScopedRequest, number: str) -> HttpResponse:
    """Ask why, then call an order off of which nothing has left."""
    record = my_order(request, number)
    if not is_cancellable(record):
        messages.error(request, _("This order can no longer be cancelled."))
        return redirect("procurement:order", number=number)
    form = CancelForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            done = services.cancel_order(
                record_id=record.pk, reason=form.cleaned_data["reason"], actor_id=request.user.pk
            )
        except ShopError as refused:
            add_refusal(form, refused)
        else:
            messages.success(request, _said(done))
            return redirect("procurement:order", number=number)
    context = {"active_tab": "orders", "record": record, "form": form}
    return render(request, "shop/procurement/order_cancel.html", context, status=422 if form.errors else 200)


@require_POST
@unit_page
def again(request: ScopedRequest, number: str) -> HttpResponse:
    """Put the goods of an order that was called off into a new request; a second press finds the same one."""
    record = my_order(request, number)
    try:
        new = services.copy_request(record_id=record.pk, actor_id=request.user.pk)
    except ShopError as refused:
        messages.error(request, str(refused))
        return redirect("procurement:order", number=number)
    return redirect("procurement:request", number=new.number)


@require_http_methods(["GET", "HEAD", "POST"])
@unit_page
def address(request: ScopedRequest, number: str) -> HttpResponse:
    """Correct where an order goes, within its province."""
    record = my_order(request, number)
    form = RecipientForm(request.POST if request.method == "POST" else None, initial=_sent_to(record))
    if form.is_bound and form.is_valid():
        try:
            services.correct_recipient(
                record_id=record.pk, recipient=form.recipient(), actor_id=request.user.pk
            )
        except ShopError as refused:
            add_refusal(form, refused)
        else:
            messages.success(request, _("Corrected: the suppliers ship to this address."))
            return redirect("procurement:order", number=number)
    context = {
        "active_tab": "orders",
        "record": record,
        "form": form,
        "areas_url": reverse("checkout:areas"),
    }
    return render(request, "shop/procurement/order_address.html", context, status=422 if form.errors else 200)


def _sent_to(record: OrderRecord) -> dict[str, Any]:
    return {
        "recipient_name": record.recipient_name,
        "phone": shown_phone(record.recipient_phone) if record.recipient_phone else "",
        "province": record.province,
        "city": record.city,
        "county": record.county,
        "street": record.street,
    }


def _said(done: Cancelled) -> str:
    return {
        Cancelled.CLOSED: _("The order is closed. Its goods can be asked for anew."),
        Cancelled.CLOSING: _("The order is being closed: a payment that was begun has to end first."),
        Cancelled.REFUND_ASKED: _("The whole sum is asked back; the shop's staff confirm it."),
    }[done]
