"""A unit's orders: parcels, payment, acceptance."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from shop.accounts.access import ScopedRequest
from shop.core.exceptions import ShopError
from shop.core.forms import add_refusal
from shop.gateways.services import start_payment
from shop.ordering.status import PayMethod
from shop.procurement import selectors, services
from shop.procurement.access import my_order, my_report, unit_page
from shop.procurement.forms import AcceptanceForm
from shop.procurement.order_pages import order_context, order_rows, report_context
from shop.procurement.standing import standing_of

PAGE_SIZE = 20


@require_safe
@unit_page
def orders(request: ScopedRequest) -> HttpResponse:
    """The orders of the visitor's units, newest first."""
    page = Paginator(selectors.unit_orders(request.scope), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {"active_tab": "orders", "rows": order_rows(list(page.object_list)), "page_obj": page}
    return render(request, "shop/procurement/orders.html", context)


@require_safe
@unit_page
def order(request: ScopedRequest, number: str) -> HttpResponse:
    """One order: what is due, parcels, course, acceptance."""
    record = my_order(request, number)
    reports = list(selectors.acceptance_reports(request.scope).filter(record=record))
    context = order_context(record, reports) | {"active_tab": "orders"}
    return render(request, "shop/procurement/order.html", context)


@require_POST
@unit_page
def pay(request: ScopedRequest, number: str) -> HttpResponse:
    """Get the code for the bank transfer; a second click finds the same one."""
    record = my_order(request, number)
    try:
        start_payment(record=record, method=PayMethod.BANK_TRANSFER)
    except ShopError as refused:
        messages.error(request, str(refused))
    return redirect("procurement:order", number=number)


@require_http_methods(["GET", "HEAD", "POST"])
@unit_page
def accept(request: ScopedRequest, number: str) -> HttpResponse:
    """Count what has arrived: accepted and rejected units of each line."""
    record = my_order(request, number)
    form = AcceptanceForm(request.POST if request.method == "POST" else None, standing=standing_of(record))
    if form.is_bound and form.is_valid():
        try:
            report = services.report_acceptance(
                record_id=record.pk,
                counted=form.counted(),
                note=form.cleaned_data["note"],
                actor_id=request.user.pk,
            )
        except ShopError as refused:
            add_refusal(form, refused)
        else:
            messages.success(request, _("Reported. Another member of your unit approves it."))
            return redirect("procurement:report", number=report.number)
    context = {"active_tab": "orders", "record": record, "form": form, "rows": form.rows()}
    return render(request, "shop/procurement/accept.html", context, status=422 if form.errors else 200)


@require_safe
@unit_page
def report(request: ScopedRequest, number: str) -> HttpResponse:
    """An acceptance report, to be read, printed and approved."""
    found = my_report(request, number)
    context = report_context(found) | {
        "active_tab": "orders",
        "can_approve": found.reported_by_id != request.user.pk,
    }
    return render(request, "shop/procurement/report.html", context)


@require_POST
@unit_page
def decide_report(request: ScopedRequest, number: str) -> HttpResponse:
    """Approve another member's report, or withdraw one to count again."""
    found = my_report(request, number)
    try:
        if request.POST.get("decision") == "withdraw":
            services.withdraw_acceptance(report_id=found.pk, actor_id=request.user.pk)
            messages.success(request, _("Withdrawn. The goods can be counted again."))
        else:
            services.approve_acceptance(report_id=found.pk, actor_id=request.user.pk)
            messages.success(request, _("Approved: the acceptance counts now."))
    except ShopError as refused:
        messages.error(request, str(refused))
    return redirect("procurement:report", number=number)
