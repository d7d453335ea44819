"""A supplier's own pages: what it is owed and was paid, its statements, its bank account. Phone first."""

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from shop.accounts.access import ScopedRequest, require_roles
from shop.accounts.models import Role
from shop.accounts.scope import Scope
from shop.core import clock
from shop.core.exceptions import ShopError
from shop.core.forms import add_refusal
from shop.core.paging import page_of
from shop.settlement import selectors, services
from shop.settlement.forms import PayeeForm
from shop.settlement.models import SupplierStatement
from shop.settlement.paying_models import PayeeState
from shop.settlement.presenting import pdf_response, places_of, shown_statement
from shop.settlement.terms import Calendar, rate_card
from shop.suppliers.frame import frame, own_supplier
from shop.suppliers.models import Supplier

#: Statements and pay-outs that stand on a page.
_SHOWN = 12


def _only(supplier: Supplier) -> Scope:
    """Return the scope of the one supplier that the page is about."""
    return Scope(suppliers=frozenset({supplier.code}))


@require_roles(Role.SUPPLIER)
@require_http_methods(["GET", "HEAD", "POST"])
def own(request: ScopedRequest) -> HttpResponse:
    """What the supplier is owed, where it stands, and to which account it goes; a POST enters an account."""
    supplier = own_supplier(request)
    form = PayeeForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            services.propose_payee_account(
                supplier_code=supplier.code, proposed_by=request.user.pk, **form.cleaned_data
            )
        except ShopError as refused:
            add_refusal(form, refused)
        else:
            messages.success(request, _("Entered. It holds once somebody of the shop has verified it."))
            return redirect("settlement:own")
    scope, demo = _only(supplier), settings.SHOP_DEMO
    found = selectors.balances(selectors.accounts(scope, demo=demo))
    payees = list(selectors.payee_accounts(scope)[:_SHOWN])
    context = frame(request, "sales") | {
        **places_of(found),
        "form": form,
        "page_obj": page_of(request, selectors.statements(scope, demo=demo), size=_SHOWN),
        "payouts": selectors.payouts(scope).filter(demo=demo)[:_SHOWN],
        "verified": next((one for one in payees if one.state == PayeeState.VERIFIED), None),
        "waiting": next((one for one in payees if one.state == PayeeState.PROPOSED), None),
        "refused": payees[0] if payees and payees[0].state == PayeeState.REFUSED else None,
        "period": Calendar().period(clock.today()),
        "rate_bp": rate_card(clock.today()).of(supplier=supplier.code, category=""),
    }
    return render(request, "shop/settlement/own.html", context, status=422 if form.errors else 200)


@require_GET
@require_roles(Role.SUPPLIER)
def own_statement(request: ScopedRequest, number: str) -> HttpResponse:
    """One of the supplier's statements down to the order line."""
    context = frame(request, "sales") | shown_statement(request, _statement(request, number))
    return render(request, "shop/settlement/own_statement.html", context)


@require_GET
@require_roles(Role.SUPPLIER)
def own_statement_pdf(request: ScopedRequest, number: str) -> HttpResponse:
    """The same statement to print."""
    return pdf_response(_statement(request, number))


def _statement(request: ScopedRequest, number: str) -> SupplierStatement:
    scope = _only(own_supplier(request))
    found = selectors.statements(scope).filter(number=number).first()
    if found is None:
        raise Http404
    return found
