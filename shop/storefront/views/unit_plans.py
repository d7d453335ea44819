"""A unit's plans, limits and reserved share, beside what its orders and the ledger say."""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from shop.accounts.access import ScopedRequest
from shop.buyers.access import acting_for, holds_one, unit_page
from shop.buyers.models import Organisation
from shop.core import clock
from shop.core.exceptions import ShopError
from shop.core.forms import add_refusal
from shop.procurement.budget_forms import LimitForm, PlanForm, ShareForm
from shop.procurement.budget_services import YEARS_AROUND, save_plan, set_limit, set_reserved_share
from shop.procurement.members import PLANNERS
from shop.storefront.presenters.budgets import plans_context

STEPS: Mapping[str, Callable[..., object]] = {
    "plan": save_plan,
    "limit": set_limit,
    "share": set_reserved_share,
}


@require_http_methods(["GET", "HEAD", "POST"])
@unit_page
def plans(request: ScopedRequest) -> HttpResponse:
    """Show a unit's plans of a year; who plans for it changes them here. A POST names what to do in `act`."""
    unit = acting_for(request, request.POST.get("unit") or request.GET.get("unit"))
    year = _year(request)
    act = request.POST.get("act", "")
    forms = _forms(request, act, year)
    if request.method == "POST" and _done(request, unit, act, forms):
        return redirect(f"{reverse('storefront:unit_plans')}?{urlencode({'unit': unit.code, 'year': year})}")
    context = plans_context(unit, year) | {
        "units": [unit],
        "forms": forms,
        "can_plan": holds_one(request, PLANNERS, unit),
    }
    failed = any(form.errors for form in forms.values())
    return render(request, "shop/storefront/unit_plans.html", context, status=422 if failed else 200)


def _year(request: ScopedRequest) -> int:
    """Return the year of the address where it is one of those shown, else this one."""
    this = clock.today().year
    text = request.GET.get("year", "")
    known = {str(one): one for one in range(this - YEARS_AROUND, this + YEARS_AROUND + 1)}
    return known.get(text, this)


def _forms(request: ScopedRequest, act: str, year: int) -> dict[str, Form]:
    def data(name: str) -> Any:
        return request.POST if act == name else None

    return {
        "plan": PlanForm(data("plan"), year=year, auto_id="plan_%s"),
        "limit": LimitForm(data("limit"), auto_id="limit_%s"),
        "share": ShareForm(data("share"), year=year, auto_id="share_%s"),
    }


def _done(request: ScopedRequest, unit: Organisation, act: str, forms: Mapping[str, Form]) -> bool:
    """Do what was asked and say so; False when the page has to be shown again with the form's errors."""
    if act not in STEPS:
        raise Http404
    form = forms[act]
    if not form.is_valid():
        return False
    try:
        STEPS[act](organisation_id=unit.pk, actor_id=request.user.pk, **form.cleaned_data)
    except ShopError as refused:
        add_refusal(form, refused)
        return False
    messages.success(request, _("Saved. Requests are held to it from now on."))
    return True
