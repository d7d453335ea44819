"""A unit's orders: goods, parcels, payment."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from shop.accounts.access import ScopedRequest
from shop.core.exceptions import ShopError
from shop.gateways.services import start_payment
from shop.invoicing.pages import order_invoices
from shop.ordering.status import PaymentState, PayMethod
from shop.procurement import selectors
from shop.procurement.access import holds_one, my_order, unit_page
from shop.procurement.members import BUYER, FILERS, MAY_REPORT, PAYING
from shop.procurement.order_pages import order_context, order_rows
from shop.procurement.views.changes import changes_open

PAGE_SIZE = 20


@require_safe
@unit_page
def orders(request: ScopedRequest) -> HttpResponse:
    """The orders of the unit that the visitor acts for, newest first."""
    page = Paginator(selectors.unit_orders(request.scope), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {"active_tab": "orders", "rows": order_rows(list(page.object_list)), "page_obj": page}
    return render(request, "shop/procurement/orders.html", context)


@require_safe
@unit_page
def order(request: ScopedRequest, number: str) -> HttpResponse:
    """One order: what is due, parcels, course, acceptance."""
    record = my_order(request, number)
    reports = list(selectors.acceptance_reports(request.scope).filter(record=record))
    organisation = record.purchase_request.organisation
    pages = {"page": request.GET.get("page", ""), "parcels_page": request.GET.get("parcels", "")}
    context = order_context(record, reports, **pages) | changes_open(request, record)
    context |= {
        "active_tab": "orders",
        "invoices": order_invoices(record, user_id=request.user.pk),
        "may_report": holds_one(request, MAY_REPORT, organisation),
        "can_buy": holds_one(request, BUYER, organisation),
        "can_pay": holds_one(request, PAYING, organisation),
        "may_pack": record.payment_state not in (PaymentState.CLOSED, PaymentState.CLOSING)
        and holds_one(request, FILERS, organisation),
    }
    return render(request, "shop/procurement/order.html", context)


@require_POST
@unit_page
def pay(request: ScopedRequest, number: str) -> HttpResponse:
    """Get the code for the bank transfer; a second click finds the same one."""
    record = my_order(request, number)
    if not holds_one(request, PAYING, record.purchase_request.organisation):
        messages.error(request, _("Buyers, finance and the owner pay for your unit."))
        return redirect("procurement:order", number=number)
    try:
        start_payment(record=record, method=PayMethod.BANK_TRANSFER)
    except ShopError as refused:
        messages.error(request, str(refused))
    return redirect("procurement:order", number=number)
