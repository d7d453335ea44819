"""Quotes of other sellers beside a request: its buyer writes them down, who decides takes the comparison away."""

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from shop.accounts.access import ScopedRequest
from shop.core import clock
from shop.core.exceptions import ShopError
from shop.core.forms import add_refusal
from shop.procurement import services
from shop.procurement.access import my_request, unit_page
from shop.procurement.approval_forms import FenField
from shop.procurement.approvals import bulk_quote
from shop.procurement.models import PurchaseRequest, RequestState
from shop.procurement.quotes import quotes_xlsx
from shop.procurement.views.uploads import XLSX


class QuoteForm(forms.Form):
    """What another seller asks."""

    company = forms.CharField(label=pgettext_lazy("of a quote", "Company"), max_length=80)
    fen = FenField(label=gettext_lazy("Sum with freight, in yuan"))
    quoted_on = forms.DateField(
        label=pgettext_lazy("of a quote", "On"),
        initial=clock.today,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    note = forms.CharField(label=pgettext_lazy("of a quote", "Remark"), max_length=200, required=False)


@require_http_methods(["GET", "HEAD", "POST"])
@unit_page
def quotes(request: ScopedRequest, number: str) -> HttpResponse:
    """The quotes of a draft; a POST writes one down, or takes the one in `remove` off."""
    found = my_request(request, number)
    if found.state != RequestState.DRAFT:
        return redirect("procurement:request", number=number)
    if "remove" in request.POST:
        return _remove(request, found)
    form = QuoteForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            services.write_quote(request_id=found.pk, actor_id=request.user.pk, **form.cleaned_data)
        except ShopError as refused:
            add_refusal(form, refused)
        else:
            return redirect("procurement:quotes", number=number)
    context = {
        "active_tab": "requests",
        "request_row": found,
        "quotes": found.gathered_quotes.all(),
        "form": form,
    }
    return render(request, "shop/procurement/quotes.html", context, status=422 if form.errors else 200)


def _remove(request: ScopedRequest, found: PurchaseRequest) -> HttpResponse:
    text = request.POST.get("remove", "")
    quote_id = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
    try:
        services.remove_quote(request_id=found.pk, quote_id=quote_id, actor_id=request.user.pk)
    except ShopError as refused:
        messages.error(request, str(refused))
    return redirect("procurement:quotes", number=found.number)


@require_safe
@unit_page
def quotes_file(request: ScopedRequest, number: str) -> HttpResponse:
    """The comparison as a workbook: of a draft at the price of now, else as submitted."""
    found = my_request(request, number)
    total = bulk_quote(found).total_fen if found.state == RequestState.DRAFT else found.total_fen
    response = HttpResponse(quotes_xlsx(found, total, settings.SHOP_NAME), content_type=XLSX)
    name = f"{_('quotes compared')} {found.number}.xlsx"
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    return response
