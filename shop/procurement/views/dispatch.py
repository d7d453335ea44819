"""The parcels of an order to many: how far they are written down, and who gets which."""

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from shop.accounts.access import ScopedRequest
from shop.fulfilment.consignment_models import Consignment
from shop.fulfilment.consignments import order_consignments, plan_of
from shop.procurement.access import my_order, unit_page

A_PAGE = 100
#: What may be asked for: all, those on their way or there, those still to be shipped.
STATES = ("", "shipped", "open")


@require_safe
@unit_page
def recipients(request: ScopedRequest, number: str) -> HttpResponse:
    """Who gets a parcel of the order, by the number on the suppliers' lists, a page of them."""
    record = my_order(request, number)
    plan = plan_of(record)
    if plan is None:
        return redirect("procurement:order", number=number)
    state = request.GET.get("state", "")
    state = state if state in STATES else ""
    found = _of_state(order_consignments(record.pk), state)
    page = Paginator(found, A_PAGE).get_page(request.GET.get("page"))
    context = {
        "active_tab": "orders",
        "record": record,
        "plan": plan,
        "state": state,
        "query": f"state={state}" if state else "",
        "page_obj": page,
        "rows": list(page.object_list),
    }
    return render(request, "shop/procurement/order_recipients.html", context)


@require_safe
@unit_page
def recipients_state(request: ScopedRequest, number: str) -> HttpResponse:
    """How far the parcels are written down: the part of the pages that changes."""
    record = my_order(request, number)
    plan = plan_of(record)
    if plan is None:
        return redirect("procurement:order", number=number)
    return render(request, "shop/procurement/_dispatch.html", {"record": record, "plan": plan})


def _of_state(found: QuerySet[Consignment], state: str) -> QuerySet[Consignment]:
    if not state:
        return found
    return found.filter(shipped_at__isnull=state == "open")
