"""The staff's pages of settlement: what every supplier is owed, its statements, and what is agreed with it."""

from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from shop.accounts.access import ScopedRequest, require_whole_shop
from shop.accounts.models import Role
from shop.accounts.scope import Scope
from shop.core import clock
from shop.core.exceptions import ShopError
from shop.core.forms import add_refusal
from shop.core.paging import page_of
from shop.gateways.bank_selectors import desk_people
from shop.listings.selectors.categories import category_names
from shop.settlement import selectors, services
from shop.settlement.forms import PayeeForm, RateForm, RuleForm
from shop.settlement.models import SettlementRule, SupplierAccount, SupplierStatement
from shop.settlement.presenting import pdf_response, places_of, shown_statement
from shop.settlement.terms import Calendar
from shop.suppliers.models import Supplier

QUERY_LENGTH = 60
_SHOWN = 12

#: For those who handle money for the whole shop.
desk = require_whole_shop(Role.STAFF, Role.FINANCE)
#: The auditor sees all of it and changes nothing.
readers = require_whole_shop(Role.STAFF, Role.FINANCE, Role.AUDITOR)


def may_act(request: ScopedRequest) -> bool:
    """Return whether the reader may do more than read."""
    return any(role in (Role.STAFF, Role.FINANCE) and everywhere for role, everywhere in request.held)


def run(request: ScopedRequest, act: Any, done: str) -> None:
    """Run a service and say how it went; a row that is not there is a 404."""
    try:
        act()
    except ObjectDoesNotExist as error:
        raise Http404 from error
    except ShopError as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, done)


@require_GET
@readers
def overview(request: ScopedRequest) -> HttpResponse:
    """What is owed to whom, and what is to be done about it."""
    tab, query = request.GET.get("tab", ""), request.GET.get("q", "").strip()[:QUERY_LENGTH]
    tab, demo = tab if tab in selectors.TABS else "", settings.SHOP_DEMO
    scope, period = request.scope, Calendar().last_ended(clock.today())
    page = page_of(request, selectors.filtered_accounts(scope, demo=demo, tab=tab, query=query))
    page.object_list = selectors.supplier_rows(page.object_list)
    undrawn = selectors.accounts(scope, demo=demo).filter(first_booked_on__lte=period.ends_on)
    context = {
        "active_tab": "settlement",
        "balances": selectors.balances(selectors.accounts(scope, demo=demo)),
        "page_obj": page,
        "page_query": urlencode({name: value for name, value in (("tab", tab), ("q", query)) if value}),
        "tab": tab,
        "q": query,
        "period": period,
        "undrawn": undrawn.exclude(drawn_through__gte=period.ends_on).count(),
        "lists": selectors.payout_lists(scope, demo=demo)[:5],
        "to_verify": selectors.accounts_to_verify(scope).count(),
        "may_act": may_act(request),
    }
    return render(request, "shop/settlement/overview.html", context)


@require_POST
@desk
def draw(request: ScopedRequest) -> HttpResponse:
    """Draw up the statements of the last period that is over."""
    through = Calendar().last_ended(clock.today()).ends_on
    try:
        drawn = services.draw_statements(through=through, demo=settings.SHOP_DEMO, actor_id=request.user.pk)
    except ShopError as refused:
        messages.error(request, str(refused))
    else:
        text = ngettext("%(count)d statement was drawn up.", "%(count)d statements were drawn up.", drawn)
        messages.success(request, text % {"count": drawn})
    return redirect("settlement:overview")


@require_http_methods(["GET", "HEAD", "POST"])
@readers
def supplier(request: ScopedRequest, code: str) -> HttpResponse:
    """One supplier: balances, statements, pay-outs and its bank account; a POST says what in `act`."""
    found = Supplier.objects.select_related("region", "township").filter(code=code).first()
    if found is None:
        raise Http404
    if request.method == "POST":
        if not may_act(request):
            raise Http404
        return _act_on_payee(request, found)
    return _supplier_page(request, found, PayeeForm(initial=_from_application(found)))


def _from_application(found: Supplier) -> dict[str, str]:
    """Return the bank account that the supplier gave when it applied."""
    application = getattr(found, "application", None)
    if application is None:
        return {}
    return {
        "holder": application.bank_account_name,
        "bank": application.bank_name,
        "number": application.bank_account_number,
    }


def _supplier_page(request: ScopedRequest, found: Supplier, form: PayeeForm) -> HttpResponse:
    scope, demo = Scope(suppliers=frozenset({found.code})), settings.SHOP_DEMO
    context = {
        "active_tab": "settlement",
        "supplier": found,
        **places_of(selectors.balances(SupplierAccount.objects.filter(supplier=found.code, demo=demo))),
        "page_obj": page_of(request, selectors.statements(scope, demo=demo), size=_SHOWN),
        "payouts": selectors.payouts(scope).filter(demo=demo)[:_SHOWN],
        "payees": selectors.payee_accounts(scope)[:_SHOWN],
        "people": desk_people(request.scope),
        "actor_id": request.user.pk,
        "may_act": may_act(request),
        "form": form,
    }
    return render(request, "shop/settlement/supplier.html", context, status=422 if form.errors else 200)


def _act_on_payee(request: ScopedRequest, found: Supplier) -> HttpResponse:
    act, actor_id = request.POST.get("act", ""), request.user.pk
    if act == "enter":
        form = PayeeForm(request.POST)
        if form.is_valid():
            try:
                services.propose_payee_account(
                    supplier_code=found.code, proposed_by=actor_id, **form.cleaned_data
                )
            except ShopError as refused:
                add_refusal(form, refused)
            else:
                messages.success(request, _("Entered. Another person verifies it."))
                return redirect("settlement:supplier", code=found.code)
        return _supplier_page(request, found, form)
    pk = request.POST.get("pk", "")
    account = (
        found.payee_accounts.filter(pk=int(pk)).first()
        if pk.isascii() and pk.isdigit() and len(pk) < 19
        else None
    )
    if account is None or act not in ("verify", "refuse"):
        raise Http404
    if act == "verify":
        run(
            request,
            lambda: services.verify_payee_account(account_id=account.pk, verified_by=actor_id),
            _("Verified: it is paid to this account from now on."),
        )
    else:
        reason = request.POST.get("reason", "")
        run(
            request,
            lambda: services.refuse_payee_account(account_id=account.pk, reason=reason, actor_id=actor_id),
            _("Not accepted; the supplier reads why."),
        )
    return redirect("settlement:supplier", code=found.code)


@require_GET
@readers
def statement(request: ScopedRequest, number: str) -> HttpResponse:
    """A statement down to the order line."""
    context = shown_statement(request, _statement(request, number)) | {"active_tab": "settlement"}
    return render(request, "shop/settlement/statement.html", context)


@require_GET
@readers
def statement_pdf(request: ScopedRequest, number: str) -> HttpResponse:
    """The same statement to print."""
    return pdf_response(_statement(request, number))


def _statement(request: ScopedRequest, number: str) -> SupplierStatement:
    found = selectors.statements(request.scope).filter(number=number).first()
    if found is None:
        raise Http404
    return found


@require_http_methods(["GET", "HEAD", "POST"])
@readers
def terms(request: ScopedRequest) -> HttpResponse:
    """Commissions and periods by date; a POST says in `act` what is proposed, approved, taken back or set."""
    act = request.POST.get("act", "") if request.method == "POST" else ""
    if request.method == "POST" and (
        act not in ("propose", "approve", "withdraw", "rule") or not may_act(request)
    ):
        raise Http404
    if act in ("approve", "withdraw"):
        return _decide_rate(request, act)
    names = category_names()
    suppliers = list(Supplier.objects.order_by("code").values_list("code", "name_zh"))
    categories = sorted(names.items())
    rate = RateForm(
        request.POST if act == "propose" else None,
        suppliers=suppliers,
        categories=categories,
        auto_id="rate_%s",
    )
    rule = RuleForm(request.POST if act == "rule" else None, auto_id="rule_%s")
    if (act == "propose" and _proposed(request, rate)) or (act == "rule" and _set(request, rule)):
        return redirect("settlement:terms")
    context = {
        "active_tab": "settlement",
        "rate_form": rate,
        "rule_form": rule,
        "page_obj": page_of(request, selectors.commission_rates(request.scope)),
        "rules": SettlementRule.objects.order_by("-starts_on")[:_SHOWN],
        "rule": Calendar().rule(clock.today()),
        "people": desk_people(request.scope),
        "supplier_names": dict(suppliers),
        "category_names": names,
        "actor_id": request.user.pk,
        "may_act": may_act(request),
    }
    failed = bool(rate.errors or rule.errors)
    return render(request, "shop/settlement/terms.html", context, status=422 if failed else 200)


def _proposed(request: ScopedRequest, form: RateForm) -> bool:
    if not form.is_valid():
        return False
    data = form.cleaned_data
    try:
        services.propose_rate(
            supplier=data["supplier"],
            category=data["category"],
            rate_bp=form.rate_bp,
            starts_on=data["starts_on"],
            reason=data["reason"],
            proposed_by=request.user.pk,
        )
    except ShopError as refused:
        add_refusal(form, refused)
        return False
    messages.success(request, _("Proposed. Another person approves it."))
    return True


def _set(request: ScopedRequest, form: RuleForm) -> bool:
    if not form.is_valid():
        return False
    try:
        services.set_rule(set_by=request.user.pk, **form.cleaned_data)
    except ShopError as refused:
        add_refusal(form, refused)
        return False
    messages.success(request, _("Set."))
    return True


def _decide_rate(request: ScopedRequest, act: str) -> HttpResponse:
    pk = request.POST.get("pk", "")
    if not (pk.isascii() and pk.isdigit() and len(pk) < 19):
        raise Http404
    if act == "approve":
        run(
            request,
            lambda: services.approve_rate(rate_id=int(pk), approved_by=request.user.pk),
            _("Agreed."),
        )
    else:
        run(
            request,
            lambda: services.withdraw_rate(rate_id=int(pk), actor_id=request.user.pk),
            _("Withdrawn."),
        )
    return redirect("settlement:terms")
