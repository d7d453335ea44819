"""Lists of own orders as files: what is to be shipped, out and back filled in; own sales."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods

from shop.accounts.access import ScopedRequest, require_roles
from shop.accounts.models import Role
from shop.core import clock
from shop.core.exceptions import ShopError
from shop.core.forms import add_refusal
from shop.core.paging import page_of
from shop.fulfilment import sales as own_sales
from shop.fulfilment.batches import apply_file, rows_of, shipping_files, store_file
from shop.fulfilment.files import CONTENT_TYPES
from shop.fulfilment.forms import FileForm, SalesPeriodForm
from shop.fulfilment.models import ShippingFile
from shop.fulfilment.planning import Plan, plan_rows
from shop.fulfilment.shipping_list import open_rows, read_shipping_file, shipping_sheet
from shop.fulfilment.views.frame import frame, table_response
from shop.suppliers.frame import own_supplier

LATEST_FILES = 10


@require_http_methods(["GET", "POST"])
@require_roles(Role.SUPPLIER)
def batch(request: ScopedRequest) -> HttpResponse:
    """Download what is to be shipped, upload it filled in; nothing is shipped before it is confirmed."""
    form = FileForm(request.POST, request.FILES) if request.method == "POST" else FileForm()
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        raw = file.read()
        try:
            stored = store_file(
                supplier=own_supplier(request),
                name=file.name,
                raw=raw,
                read=read_shipping_file(raw),
                actor_id=request.user.pk,
            )
        except ShopError as refused:
            add_refusal(form, refused)
        else:
            return redirect("fulfilment:batch_file", pk=stored.pk)
    context = frame(request) | {"form": form, "files": shipping_files(request.scope)[:LATEST_FILES]}
    return render(request, "shop/fulfilment/batch.html", context, status=422 if form.errors else 200)


@require_GET
@require_roles(Role.SUPPLIER)
def batch_list(request: ScopedRequest, kind: str) -> HttpResponse:
    """What is to be shipped, as a file to fill in."""
    if kind not in CONTENT_TYPES:
        raise Http404
    return table_response(shipping_sheet(open_rows(request.scope)), kind, f"to-ship-{clock.today()}")


@require_http_methods(["GET", "POST"])
@require_roles(Role.SUPPLIER)
def batch_file(request: ScopedRequest, pk: int) -> HttpResponse:
    """What an uploaded file would ship, with every row that cannot be; then ship all of it or none."""
    file = shipping_files(request.scope).filter(pk=pk).first()
    if file is None:
        raise Http404
    refusal = ""
    if request.method == "POST":
        try:
            done = apply_file(
                scope=request.scope,
                file_id=pk,
                seen=request.POST.get("seen", "")[:64],
                actor_id=request.user.pk,
            )
        except ShopError as refused:
            refusal = str(refused)
        else:
            told = ngettext("%(number)d parcel is shipped.", "%(number)d parcels are shipped.", done)
            messages.success(request, told % {"number": done})
            return redirect("fulfilment:batch_file", pk=pk)
    return _file_page(request, file, refusal)


def _file_page(request: ScopedRequest, file: ShippingFile, refusal: str) -> HttpResponse:
    rows = rows_of(file)
    plan: Plan = plan_rows(request.scope, rows, file.columns)
    context = frame(request) | {"file": file, "plan": plan, "row_count": len(rows), "refusal": refusal}
    return render(request, "shop/fulfilment/batch_file.html", context, status=422 if refusal else 200)


@require_GET
@require_roles(Role.SUPPLIER)
def sales(request: ScopedRequest) -> HttpResponse:
    """Own lines of a period with goods, refunds and state, and their sums."""
    own_supplier(request)
    latest = own_sales.latest_day(request.scope)
    form = SalesPeriodForm(request.GET, latest=latest)
    context = frame(request, "sales") | {"form": form}
    if not form.is_valid():
        return render(request, "shop/fulfilment/sales.html", context, status=400)
    found = own_sales.sales(request.scope, form.cleaned_data["start"], form.cleaned_data["end"])
    page = page_of(request, found)
    context |= {
        "page_obj": page,
        "rows": own_sales.sales_rows(page.object_list),
        "totals": own_sales.sales_totals(found),
        "query": form.query,
        # Without a period the page shows the month of the last order.
        "elsewhere": [(_("The last orders: %(day)s") % {"day": latest}, request.path)] if latest else [],
    }
    return render(request, "shop/fulfilment/sales.html", context)


@require_GET
@require_roles(Role.SUPPLIER)
def sales_export(request: ScopedRequest, kind: str) -> HttpResponse:
    """The whole list of a period, with the same rows and sums as its page."""
    form = SalesPeriodForm(request.GET, latest=own_sales.latest_day(request.scope))
    if kind not in CONTENT_TYPES:
        raise Http404
    if not form.is_valid():
        return HttpResponse(
            _("This period cannot be read."), status=400, content_type="text/plain; charset=utf-8"
        )
    found = own_sales.sales(request.scope, form.cleaned_data["start"], form.cleaned_data["end"])
    totals = own_sales.sales_totals(found)
    rows = own_sales.sales_rows(found[: own_sales.MAX_ROWS + 1])
    if len(rows) > own_sales.MAX_ROWS:
        return HttpResponse(
            _("The list is longer than 50,000 rows. Choose a shorter period."),
            status=400,
            content_type="text/plain; charset=utf-8",
        )
    name = f"sales-{form.cleaned_data['start']}-{form.cleaned_data['end']}"
    return table_response(own_sales.sales_sheet(rows, totals), kind, name)
