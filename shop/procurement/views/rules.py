"""The staff's page of what the shop asks of units' purchases."""

from collections.abc import Callable, Mapping
from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from shop.accounts.access import ScopedRequest, require_whole_shop
from shop.accounts.models import Role
from shop.buyers.models import BuyerKind
from shop.core import clock
from shop.core.exceptions import ShopError
from shop.core.forms import add_refusal
from shop.core.paging import page_of
from shop.procurement.quote_models import QuoteRule
from shop.procurement.rule_forms import BandForm, ContractForm, QuoteRuleForm, ReferenceForm
from shop.procurement.rule_models import ContractRule, PriceBand, ReferencePrice
from shop.procurement.rules import set_contract_rule, set_price_band, set_quote_rule, set_reference_price

FORMS: Mapping[str, type[Form]] = {
    "band": BandForm,
    "reference": ReferenceForm,
    "contract": ContractForm,
    "quotes": QuoteRuleForm,
}
SHOWN = 12


@require_whole_shop(Role.STAFF)
@require_http_methods(["GET", "HEAD", "POST"])
def purchasing_rules(request: ScopedRequest) -> HttpResponse:
    """Price band, reference prices and contracts: what holds, and a form for each. A POST names which in `act`."""
    act = request.POST.get("act", "")
    if request.method == "POST" and act not in FORMS:
        raise Http404
    forms = {name: kind(request.POST if act == name else None) for name, kind in FORMS.items()}
    if request.method == "POST" and forms[act].is_valid() and _set(request, act, forms[act]):
        return redirect("purchasing:rules")
    prices = ReferencePrice.objects.select_related("product__listing").order_by("-noted_on", "-pk")
    context = {
        "forms": forms,
        "bands": PriceBand.objects.order_by("-starts_on")[:SHOWN],
        "contracts": ContractRule.objects.order_by("-starts_on")[:SHOWN],
        "quote_rules": [
            {"rule": rule, "unit_kind": BuyerKind(rule.buyer_kind).label}
            for rule in QuoteRule.objects.order_by("-starts_on", "buyer_kind")[:SHOWN]
        ],
        "page_obj": page_of(request, prices),
        "today": clock.today(),
    }
    failed = any(form.errors for form in forms.values())
    return render(request, "shop/procurement/rules.html", context, status=422 if failed else 200)


def _set(request: ScopedRequest, act: str, form: Form) -> bool:
    data, actor = form.cleaned_data, request.user.pk
    steps: Mapping[str, Callable[[], Any]] = {
        "band": lambda: set_price_band(
            over_bp=None if data["over_percent"] is None else int(data["over_percent"] * 100),
            starts_on=data["starts_on"],
            actor_id=actor,
        ),
        "reference": lambda: set_reference_price(
            sku=data["sku"],
            fen=data["price_fen"],
            source=data["source"],
            noted_on=data["noted_on"],
            actor_id=actor,
        ),
        "quotes": lambda: set_quote_rule(actor_id=actor, **data),
        "contract": lambda: set_contract_rule(
            from_fen=data["from_fen"], starts_on=data["starts_on"], actor_id=actor
        ),
    }
    try:
        steps[act]()
    except ShopError as refused:
        add_refusal(form, refused)
        return False
    messages.success(request, _("Noted. What is submitted or ordered already stays as it is."))
    return True
