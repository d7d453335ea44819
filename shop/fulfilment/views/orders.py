"""The supplier's phone pages: own supplier orders only, whatever address is asked for."""

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from shop.accounts.access import ScopedRequest, require_roles
from shop.accounts.models import Role
from shop.accounts.phones import shown_phone
from shop.core import clock
from shop.core.exceptions import ShopError
from shop.core.forms import add_refusal
from shop.core.paging import page_of
from shop.fulfilment import desk, selectors, services
from shop.fulfilment.forms import ShipForm
from shop.fulfilment.models import SupplierOrder
from shop.fulfilment.parcels import parcel_cards
from shop.fulfilment.returns.selectors import open_returns
from shop.fulfilment.slips import PAPERS, slips_pdf
from shop.fulfilment.views.frame import file_response, frame, own_order, posted_ids
from shop.ordering.shelf import lots_to_ship

PAGE_SIZE = 20
#: Of an order to many the latest.
PARCELS_SHOWN = 100


@require_GET
@require_roles(Role.SUPPLIER)
def supplier_orders(request: ScopedRequest) -> HttpResponse:
    """Four lists: to confirm, to ship, shipped, after-sales. Opens where there is something to do."""
    now = clock.now()
    counts = desk.desk_counts(request.scope, now)
    tab = request.GET.get("tab") or ("new" if counts.new else "to_ship")
    if tab not in desk.TABS:
        raise Http404
    found = desk.desk(request.scope, tab)
    page = page_of(request, found, size=PAGE_SIZE, count=getattr(counts, tab))
    context = frame(request) | {
        "tab": tab,
        "counts": counts,
        "page_obj": page,
        "rows": desk.desk_rows(list(page.object_list), now),
        "query": f"tab={tab}",
        "now": now,
        "elsewhere": _elsewhere(counts, tab),
        "open_returns": open_returns(request.scope).count(),
        "cases": open_returns(request.scope).prefetch_related(None)[:PAGE_SIZE]
        if tab == "after_sales"
        else [],
    }
    return render(request, "shop/fulfilment/supplier_orders.html", context)


@require_http_methods(["GET", "POST"])
@require_roles(Role.SUPPLIER)
def supplier_order(request: ScopedRequest, pk: int) -> HttpResponse:
    """One supplier order: lines, receiver while it is to be shipped, and the shipping form."""
    order = own_order(request, pk)
    row = desk.desk_rows([order], clock.now())[0]
    left = selectors.units_left_to_ship(order.record, [line.share for line in row.lines])
    form = ShipForm(request.POST or None, left=left)
    if request.method == "POST" and form.is_valid() and _ship(request, order, form):
        return redirect("fulfilment:supplier_order", pk=pk)
    context = frame(request, supplier=order.supplier) | {
        "order": order,
        "row": row,
        "form": form,
        "parcels": parcel_cards(row.parcels[-PARCELS_SHOWN:]),
        "buyer_message": order.record.messages.get(order.supplier.code, ""),
        "recipient_phone": shown_phone(order.record.recipient_phone),
    }
    return render(request, "shop/fulfilment/supplier_order.html", context, status=422 if form.errors else 200)


@require_POST
@require_roles(Role.SUPPLIER)
def confirm(request: ScopedRequest, pk: int) -> HttpResponse:
    """The supplier confirms a new order."""
    order = own_order(request, pk)
    try:
        services.confirm_supplier_order(
            scope=request.scope, supplier_order_id=order.pk, actor_id=request.user.pk
        )
    except ShopError as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("Order %(number)s is confirmed.") % {"number": order.record.number})
    return redirect("fulfilment:supplier_order", pk=pk)


@require_POST
@require_roles(Role.SUPPLIER)
def confirm_many(request: ScopedRequest) -> HttpResponse:
    """The supplier confirms the orders that it ticked, all or none."""
    asked = posted_ids(request.POST.getlist("order"))
    try:
        done = services.confirm_supplier_orders(
            scope=request.scope, supplier_order_ids=asked, actor_id=request.user.pk
        )
    except SupplierOrder.DoesNotExist as foreign:
        raise Http404 from foreign
    except ShopError as refused:
        messages.error(request, str(refused))
    else:
        if asked:
            told = ngettext("%(number)d order is confirmed.", "%(number)d orders are confirmed.", done)
            messages.success(request, told % {"number": done})
        else:
            messages.error(request, _("Tick the orders first."))
    return redirect("fulfilment:supplier_orders")


@require_http_methods(["GET", "POST"])
@require_roles(Role.SUPPLIER)
def slips(request: ScopedRequest) -> HttpResponse:
    """The packing slips of own orders as one PDF; `order` once for each, `paper` label or a4. Changes nothing."""
    sent = request.POST if request.method == "POST" else request.GET
    paper = sent.get("paper", "label")
    asked = posted_ids(sent.getlist("order"))
    if paper not in PAPERS:
        raise Http404
    orders = selectors.supplier_orders(request.scope).filter(pk__in=asked).order_by("ship_by", "pk")
    rows = desk.desk_rows(list(orders), clock.now())
    if len(rows) != len(asked):
        raise Http404
    # A receiver is told only while there is something to ship.
    rows = [row for row in rows if row.can_ship and not row.is_consigned]
    if not rows:
        messages.error(request, _("Tick orders that can be shipped: only those have a packing slip."))
        return redirect("fulfilment:supplier_orders")
    base = settings.SHOP_BASE_URL.rstrip("/")
    links = {row.order.pk: base + reverse("fulfilment:supplier_order", args=[row.order.pk]) for row in rows}
    to_ship = {line.share.line_id: line.left for row in rows for line in row.lines if line.left}
    body = slips_pdf(rows, paper=paper, links=links, lots=lots_to_ship(to_ship))
    name = rows[0].order.record.number if len(rows) == 1 else f"{clock.today()}-{len(rows)}"
    return file_response(body, "application/pdf", f"slip-{name}.pdf", inline=True)


def _elsewhere(counts: desk.DeskCounts, tab: str) -> list[tuple[str, str]]:
    """Return the other lists that are not empty as (text, address): a page without rows leads there."""
    names = {
        "new": _("New orders"),
        "to_ship": pgettext("supplier orders", "To ship"),
        "shipped": _("Shipped"),
        "after_sales": _("After-sales"),
    }
    return [
        (f"{name} {number}", f"?tab={code}")
        for code, name in names.items()
        if code != tab and (number := getattr(counts, code))
    ]


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
    except ShopError as refused:
        add_refusal(form, refused)
        return False
    messages.success(
        request,
        _("Shipped with %(courier)s %(number)s.")
        % {"courier": parcel.courier, "number": parcel.tracking_number},
    )
    return True
