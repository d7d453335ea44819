"""Change stock by a file: download the list, fill in changes, upload, look, confirm."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext
from django.views.decorators.http import require_GET, require_http_methods

from shop.accounts.access import ScopedRequest, require_whole_shop
from shop.accounts.models import Role
from shop.core import clock
from shop.core.exceptions import ShopError
from shop.core.forms import add_refusal
from shop.core.paging import page_of
from shop.fulfilment.files import Sheet
from shop.fulfilment.views.frame import table_response
from shop.operations.stock_forms import StockFileForm
from shop.ordering.models import StockBalance
from shop.ordering.stock_files import apply_stock_file, rows_of, stock_files, store_stock_file
from shop.ordering.stock_list import column_names, list_rows, read_stock_file
from shop.ordering.stock_plan import plan_stock

#: Rows of a preview that a page shows; faults are all shown.
SHOWN = 200


@require_http_methods(["GET", "POST"])
@require_whole_shop(Role.STAFF)
def files(request: ScopedRequest) -> HttpResponse:
    """Download the list, upload it with changes; no stock changes before it is confirmed."""
    form = StockFileForm(request.POST, request.FILES) if request.method == "POST" else StockFileForm()
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            raw = file.read()
            stored = store_stock_file(
                name=file.name, raw=raw, rows=read_stock_file(raw), actor_id=request.user.pk
            )
        except ShopError as refused:
            add_refusal(form, refused)
        else:
            return redirect("operations:stock_file", pk=stored.pk)
    page = page_of(request, stock_files(request.scope).defer("rows"))
    context = {"form": form, "page_obj": page}
    return render(request, "shop/operations/stock_files.html", context, status=422 if form.errors else 200)


@require_GET
@require_whole_shop(Role.STAFF)
def list_file(request: ScopedRequest, kind: str) -> HttpResponse:
    """All balances as a list to fill in, each with its version."""
    balances = list(
        StockBalance.objects.select_related("stockrecord__product").order_by(
            "stockrecord__partner_sku", "pool", "expires_on", "pk"
        )
    )
    sheet = Sheet(
        title=pgettext("name of a sheet", "stock"),
        columns=list(column_names().values()),
        widths=(18, 26, 10, 16, 14, 12, 12, 10, 10, 12, 8),
        rows=list_rows(balances),
    )
    return table_response(sheet, kind, f"stock-{clock.today()}")


@require_http_methods(["GET", "POST"])
@require_whole_shop(Role.STAFF)
def file(request: ScopedRequest, pk: int) -> HttpResponse:
    """What an uploaded file would change, with every row that it cannot; then apply all of it or nothing."""
    found = get_object_or_404(stock_files(request.scope), pk=pk)
    refusal = ""
    if request.method == "POST":
        try:
            done = apply_stock_file(file_id=found.pk, actor_id=request.user.pk)
        except ShopError as refused:
            refusal = str(refused)
        else:
            told = ngettext("Stock changed in %(number)d row.", "Stock changed in %(number)d rows.", done)
            messages.success(
                request,
                told % {"number": done} if done else _("This file was applied before; nothing was changed."),
            )
            return redirect("operations:stock_file", pk=pk)
    plan = plan_stock(rows_of(found)) if found.applied_at is None else None
    context = {
        "file": found,
        "plan": plan,
        "changes": plan.changes[:SHOWN] if plan else (),
        "more": max(len(plan.changes) - SHOWN, 0) if plan else 0,
        "row_count": len(found.rows),
        "refusal": refusal,
    }
    return render(request, "shop/operations/stock_file.html", context, status=422 if refusal else 200)
