"""Pay several orders of a unit by one bank transfer."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from shop.accounts.access import ScopedRequest
from shop.core.exceptions import ShopError
from shop.core.paging import page_of
from shop.procurement import selectors
from shop.procurement.access import my_bundle, unit_page
from shop.procurement.paying import bundle_context, bundle_orders, pay_rows


@require_http_methods(["GET", "HEAD", "POST"])
@unit_page
def pay_several(request: ScopedRequest) -> HttpResponse:
    """The unpaid orders of the unit that the visitor acts for: those that are ticked get one code."""
    refusal = ""
    ticked = request.POST.getlist("orders")
    if request.method == "POST":
        try:
            bundle = bundle_orders(scope=request.scope, numbers=ticked, actor_id=request.user.pk)
        except ShopError as refused:
            refusal = str(refused)
        else:
            return redirect("procurement:bundle", code=bundle.reference)
    page = page_of(request, selectors.unpaid_orders(request.scope))
    context = {
        "active_tab": "orders",
        "rows": pay_rows(list(page.object_list)),
        "page_obj": page,
        "ticked": ticked,
        "refusal": refusal,
    }
    return render(request, "shop/procurement/pay_several.html", context, status=422 if refusal else 200)


@require_safe
@unit_page
def bundle(request: ScopedRequest, code: str) -> HttpResponse:
    """The account, the code and the sum of one transfer, and the orders that it pays."""
    context = bundle_context(my_bundle(request, code)) | {"active_tab": "orders"}
    return render(request, "shop/procurement/bundle.html", context)
