"""A unit's pages of its invoices: all of them to be collected, and those of one order."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from shop.accounts.access import ScopedRequest
from shop.accounts.scope import Scope
from shop.buyers.access import OtherUnit, acting_of
from shop.buyers.models import InvoiceProfile, Organisation
from shop.core.paging import page_of
from shop.invoicing import selectors
from shop.invoicing.access import may_ask_for_unit, unit_page
from shop.invoicing.models import RequestState
from shop.invoicing.pages import act, order_invoices, paper_rows, wish_form
from shop.ordering.invoices import InvoiceWish

PAGE_SIZE = 20
_TABS = {
    "issued": (RequestState.ISSUED,),
    "requested": (RequestState.REQUESTED,),
    "ended": (RequestState.CREDITED, RequestState.EXCHANGED, RequestState.WITHDRAWN),
}


@require_safe
@unit_page
def unit_invoices(request: ScopedRequest) -> HttpResponse:
    """The invoices of the unit that the visitor acts for, newest first: issued ones to be taken, others that wait."""
    tab = request.GET.get("tab", "")
    found = selectors.requests(request.scope)
    if tab in _TABS:
        found = found.filter(state__in=_TABS[tab])
    page = page_of(request, found, size=PAGE_SIZE)
    context = {
        "active_tab": "invoices",
        "tab": tab if tab in _TABS else "",
        "query": f"tab={tab}" if tab in _TABS else "",
        "page_obj": page,
        "rows": paper_rows(selectors.with_papers(list(page)), user_id=request.user.pk),
    }
    return render(request, "shop/invoicing/unit_invoices.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@unit_page
def unit_order(request: ScopedRequest, number: str) -> HttpResponse:
    """The invoices of one order of a unit; a POST asks for them, has them made out anew, or takes the wish back."""
    record = selectors.unit_order(request.scope, number)
    if record is None and (
        other := selectors.unit_order(Scope(organisations=acting_of(request).codes), number)
    ):
        raise OtherUnit(other.credited_organisation)
    units = Organisation.objects.select_related("invoice_profile")
    unit = units.filter(code=record.credited_organisation).first() if record else None
    may_ask = may_ask_for_unit(request)
    if record is None or unit is None or (request.method == "POST" and not may_ask):
        raise Http404
    invoices = order_invoices(record, user_id=request.user.pk)
    if not may_ask:
        invoices |= dict.fromkeys(("may_ask", "may_exchange", "may_withdraw"), False)
    form = wish_form(request, invoices, _first_wish(unit))
    if request.method == "POST":
        told = act(request, record, form, needs_tax_number=not unit.demo, asked_by=request.user.pk)
        if told:
            messages.success(request, told)
            return redirect("invoicing:unit_order", number=number)
    context = {"active_tab": "invoices", "record": record, "invoices": invoices, "form": form}
    return render(request, "shop/invoicing/unit_order.html", context, status=422 if form.errors else 200)


def _first_wish(unit: Organisation) -> InvoiceWish:
    """Return to whom a unit's invoices are made out: what it keeps for them, else what its papers say. No query."""
    kept: InvoiceProfile | None = getattr(unit, "invoice_profile", None)
    if kept is None:
        return InvoiceWish(unit.name, unit.credit_code)
    return InvoiceWish(kept.title, kept.tax_number, kept.email)
