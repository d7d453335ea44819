"""Pages about parcels and missing goods of own orders: correct a number, report a shortage, scan."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from shop.accounts.access import ScopedRequest, require_roles
from shop.accounts.models import Role
from shop.core import clock
from shop.core.exceptions import ShopError
from shop.core.forms import add_refusal
from shop.fulfilment import desk, selectors, services, shortages
from shop.fulfilment.corrections import correct_number
from shop.fulfilment.couriers import courier_called
from shop.fulfilment.forms import CorrectForm, ScanForm, ShortageForm
from shop.fulfilment.models import SupplierOrder
from shop.fulfilment.views.frame import frame, own_order, own_parcel

#: Parcels shown below the scanner.
LATEST = 5


@require_http_methods(["GET", "POST"])
@require_roles(Role.SUPPLIER)
def parcel_number(request: ScopedRequest, pk: int) -> HttpResponse:
    """Put the courier or the number of an own parcel right."""
    parcel = own_parcel(request, pk)
    form = CorrectForm(request.POST or None, parcel=parcel)
    if request.method == "POST" and form.is_valid():
        try:
            correct_number(
                scope=request.scope,
                parcel_id=pk,
                courier=form.cleaned_data["courier"],
                tracking_number=form.cleaned_data["tracking_number"],
                actor_id=request.user.pk,
            )
        except ShopError as refused:
            add_refusal(form, refused)
        else:
            messages.success(request, _("The courier number is corrected."))
            return redirect("fulfilment:supplier_order", pk=parcel.supplier_order_id)
    context = frame(request) | {"parcel": parcel, "order": parcel.supplier_order, "form": form}
    return render(request, "shop/fulfilment/parcel_number.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@require_roles(Role.SUPPLIER)
def shortage(request: ScopedRequest, pk: int) -> HttpResponse:
    """Report units of an own order that cannot be shipped."""
    order = own_order(request, pk)
    form = ShortageForm(request.POST or None, left=selectors.units_to_ship(order))
    if request.method == "POST" and form.is_valid():
        try:
            shortages.report_shortage(
                scope=request.scope,
                supplier_order_id=pk,
                units_by_share=form.units_by_share(),
                reason=form.whole_reason(),
                actor_id=request.user.pk,
            )
        except ShopError as refused:
            add_refusal(form, refused)
        else:
            messages.success(request, _("Reported. The shop decides and tells you here."))
            return redirect("fulfilment:supplier_order", pk=pk)
    row = desk.desk_rows([order], clock.now())[0]
    context = frame(request) | {"order": order, "row": row, "form": form}
    return render(request, "shop/fulfilment/shortage.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@require_roles(Role.SUPPLIER)
def scan(request: ScopedRequest) -> HttpResponse:
    """The slip's code, then the courier's: ships what is left of the order. Works as two typed fields."""
    courier = courier_called(request.GET.get("courier", "")[:20])
    form = ScanForm(request.POST or None, initial={"courier": courier.name if courier else ""})
    order = None
    if request.method == "POST" and form.is_valid():
        order = _scanned(request, form)
        if order and form.cleaned_data["tracking_number"] and _ship_all(request, form, order):
            query = urlencode({"courier": form.cleaned_data["courier"]})
            return redirect(f"{reverse('fulfilment:scan')}?{query}")
    now = clock.now()
    context = frame(request, "scan") | {
        "form": form,
        "row": desk.desk_rows([order], now)[0] if order else None,
        "latest": desk.latest_parcels(request.scope, LATEST),
    }
    return render(request, "shop/fulfilment/scan.html", context, status=422 if form.errors else 200)


def _scanned(request: ScopedRequest, form: ScanForm) -> SupplierOrder | None:
    """Return the caller's order of the slip; says so at its field when there is none."""
    key: dict[str, Any] = form.order_key()
    order = selectors.supplier_orders(request.scope).filter(**key).first()
    if order is None:
        form.add_error("slip", _("This is not the code of one of your orders."))
    return order


def _ship_all(request: ScopedRequest, form: ScanForm, order: SupplierOrder) -> bool:
    try:
        parcel = services.ship_parcel(
            scope=request.scope,
            supplier_order_id=order.pk,
            courier=form.cleaned_data["courier"],
            tracking_number=form.cleaned_data["tracking_number"],
            actor_id=request.user.pk,
        )
    except ShopError as refused:
        add_refusal(form, refused)
        return False
    told = _("%(order)s is shipped with %(courier)s %(number)s.")
    messages.success(
        request,
        told % {"order": order.record.number, "courier": parcel.courier, "number": parcel.tracking_number},
    )
    return True
