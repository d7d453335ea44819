"""The staff's page of times within which goods may come back: what holds, and what will from a day on."""

import datetime as dt
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from shop.accounts.access import ScopedRequest, require_whole_shop
from shop.accounts.models import Role
from shop.core import clock
from shop.core.exceptions import ShopError
from shop.core.forms import add_refusal
from shop.core.paging import page_of
from shop.listings.models import ReturnTerms
from shop.listings.presentation import RETURN_NAMES
from shop.listings.services import set_return_terms


class TermsForm(forms.Form):
    """Which goods, from which day, how long."""

    sku = forms.CharField(label=gettext_lazy("SKU, for one product"), required=False, max_length=40)
    category_slug = forms.CharField(
        label=gettext_lazy("Category (its address), for all of its goods of the rule"),
        required=False,
        max_length=80,
    )
    rule = forms.ChoiceField(label=gettext_lazy("Rule"), choices=tuple(RETURN_NAMES.items()))
    starts_on = forms.DateField(
        label=gettext_lazy("From"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    no_reason_days = forms.IntegerField(
        label=gettext_lazy("Days to return without cause; 0 for none"), min_value=0, max_value=999
    )
    claim_hours = forms.IntegerField(
        label=gettext_lazy("Hours to claim a fault"), min_value=0, max_value=9999
    )

    def clean(self) -> dict[str, Any]:
        """Refuse two kinds of goods at once."""
        data = super().clean() or {}
        if data.get("sku") and data.get("category_slug"):
            raise forms.ValidationError(_("Give a product or a category, not both."))
        return data


@require_http_methods(["GET", "POST"])
@require_whole_shop(Role.STAFF)
def return_terms(request: ScopedRequest) -> HttpResponse:
    """All terms, the latest first, and a form for new ones."""
    tomorrow = clock.today() + dt.timedelta(days=1)
    start = {"starts_on": tomorrow, "no_reason_days": 0, "claim_hours": 24}
    form = TermsForm(request.POST if request.method == "POST" else None, initial=start)
    if request.method == "POST" and form.is_valid():
        try:
            set_return_terms(**form.cleaned_data, actor_id=request.user.pk)
        except ShopError as refused:
            add_refusal(form, refused)
        else:
            messages.success(request, _("Noted. Orders placed before keep what was promised."))
            return redirect("operations:return_terms")
    rows = ReturnTerms.objects.select_related("product__listing").order_by("-starts_on", "-pk")
    context = {
        "form": form,
        "page_obj": page_of(request, rows),
        "names": RETURN_NAMES,
        "today": clock.today(),
    }
    return render(request, "shop/operations/return_terms.html", context, status=422 if form.errors else 200)
