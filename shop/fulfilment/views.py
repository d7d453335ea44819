"""The supplier's phone pages: own supplier orders only, whatever address is asked for."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from shop.accounts.access import ScopedRequest, require_roles
from shop.accounts.models import Role
from shop.accounts.phones import shown_phone
from shop.core import clock
from shop.core.exceptions import ShopError
from shop.fulfilment import selectors, services
from shop.fulfilment.forms import ShipForm
from shop.fulfilment.models import SupplierOrder
from shop.suppliers.models import Supplier

PAGE_SIZE = 20
TABS = ("to_ship", "new", "shipped")


@require_GET
@require_roles(Role.SUPPLIER)
def supplier_orders(request: ScopedRequest) -> HttpResponse:
    """What is to be confirmed and shipped, the most urgent first."""
    tab = request.GET.get("tab", "to_ship")
    if tab not in TABS:
        raise Http404
    now = clock.now()
    page = Paginator(selectors.desk(request.scope, tab), PAGE_SIZE).get_page(request.GET.get("page"))
    context = _frame(request) | {
        "tab": tab,
        "counts": selectors.desk_counts(request.scope, now),
        "page_obj": page,
        "rows": selectors.desk_rows(list(page.object_list)),
        "now": now,
        "query": f"tab={tab}",
    }
    return render(request, "shop/fulfilment/supplier_orders.html", context)


@require_http_methods(["GET", "POST"])
@require_roles(Role.SUPPLIER)
def supplier_order(request: ScopedRequest, pk: int) -> HttpResponse:
    """One supplier order: lines, receiver while it is to be shipped, and the shipping form."""
    order = _own(request, pk)
    form = ShipForm(request.POST or None, left=selectors.units_to_ship(order))
    if request.method == "POST" and form.is_valid() and _ship(request, order, form):
        return redirect("fulfilment:supplier_order", pk=pk)
    context = _frame(request) | {
        "order": order,
        "row": selectors.desk_rows([order])[0],
        "form": form,
        "buyer_message": order.record.messages.get(order.supplier.code, ""),
        "recipient_phone": shown_phone(order.record.recipient_phone),
        "can_ship": bool(form.left)
        and order.state != "cancelled"
        and order.record.shipping_stopped_at is None,
        "now": clock.now(),
    }
    return render(request, "shop/fulfilment/supplier_order.html", context, status=422 if form.errors else 200)


@require_POST
@require_roles(Role.SUPPLIER)
def confirm(request: ScopedRequest, pk: int) -> HttpResponse:
    """The supplier confirms a new order."""
    order = _own(request, pk)
    try:
        services.confirm_supplier_order(
            scope=request.scope, supplier_order_id=order.pk, actor_id=request.user.pk
        )
    except ShopError as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("Order %(number)s is confirmed.") % {"number": order.record.number})
    return redirect("fulfilment:supplier_order", pk=pk)


def _ship(request: ScopedRequest, order: SupplierOrder, form: ShipForm) -> bool:
    """Ship the parcel; a refusal goes to its field."""
    try:
        parcel = services.ship_parcel(
            scope=request.scope,
            supplier_order_id=order.pk,
            courier=form.cleaned_data["courier"],
            tracking_number=form.cleaned_data["tracking_number"],
            actor_id=request.user.pk,
            units_by_share=form.units_by_share(),
        )
    except ShopError as error:
        form.add_error(error.field if error.field in form.fields else None, str(error))
        return False
    messages.success(
        request,
        _("Shipped with %(courier)s %(number)s.")
        % {"courier": parcel.courier, "number": parcel.tracking_number},
    )
    return True


def _own(request: ScopedRequest, pk: int) -> SupplierOrder:
    order = selectors.supplier_orders(request.scope).filter(pk=pk).first()
    if order is None:
        raise Http404
    return order


def _frame(request: ScopedRequest) -> dict[str, object]:
    """Return the names that the supplier's page frame shows."""
    supplier = (
        Supplier.objects.filter(code__in=request.scope.suppliers)
        .select_related("region", "township")
        .order_by("code")
        .first()
    )
    if supplier is None:
        raise Http404
    place = supplier.region.name_zh + (supplier.township.name_zh if supplier.township else "")
    return {
        "supplier_name": supplier.name_zh,
        "supplier_place": place,
        "supplier_region_slug": supplier.region.slug,
        "active_tab": "supplier_orders",
    }
