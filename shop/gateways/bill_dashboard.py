"""The staff's pages of channel bills: upload a day's file, see what it says, say what fee was agreed."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from shop.accounts.access import ScopedRequest
from shop.core.exceptions import ShopError
from shop.core.forms import add_refusal
from shop.core.paging import page_of
from shop.gateways import bill_selectors as selectors
from shop.gateways import services
from shop.gateways.bank_selectors import desk_people
from shop.gateways.bill_coverage import days_without_bill
from shop.gateways.bill_forms import BillForm, FeeForm
from shop.gateways.bill_models import BillChannel
from shop.gateways.dashboard import attempt_act, desk
from shop.gateways.providers.bill_files import BillFault
from shop.ordering.status import PayMethod

LABELS = {str(value): label for value, label in [*PayMethod.choices, *BillChannel.choices]}
#: So many of the rows that cannot be read are shown.
_SHOWN = 50


@desk
@require_http_methods(["GET", "POST"])
def bills(request: ScopedRequest) -> HttpResponse:
    """List the bills and the days that lack one, and take a new one in."""
    sent = request.method == "POST"
    form = BillForm(request.POST if sent else None, request.FILES if sent else None)
    faults: list[BillFault] = []
    if sent and form.is_valid():
        try:
            return _take(request, form)
        except services.BillUnreadable as error:
            add_refusal(form, error)
            faults = list(error.faults[:_SHOWN])
        except ShopError as error:
            add_refusal(form, error)
    context = {
        "form": form,
        "fee_form": FeeForm(),
        "faults": faults,
        "page_obj": page_of(request, selectors.bill_files(request.scope)),
        "missing": [
            {"provider": LABELS.get(provider, provider), "day": day, "fen": fen}
            for (provider, day), fen in days_without_bill().items()
        ],
        "rules": selectors.fee_rules(request.scope),
        "people": desk_people(request.scope),
    }
    return render(request, "shop/gateways/bills.html", context, status=400 if form.errors else 200)


def _take(request: ScopedRequest, form: BillForm) -> HttpResponse:
    data = form.cleaned_data
    before = selectors.bill_files(request.scope).count()
    file = services.upload_bill(
        provider=data["provider"],
        day=data["day"],
        name=data["file"].name or "",
        raw=data["file"].read(),
        uploaded_by=request.user.pk,
    )
    if selectors.bill_files(request.scope).count() == before:
        messages.info(request, _("This file has been imported already: nothing was changed."))
    return redirect("gateways:bill", file.pk)


@desk
@require_GET
def bill(request: ScopedRequest, pk: int) -> HttpResponse:
    """Show a bill: its sums, its digest, and what each line stands for."""
    file = get_object_or_404(selectors.bill_files(request.scope), pk=pk)
    context = {
        "file": file,
        "page_obj": page_of(request, selectors.bill_lines(request.scope, file)),
        "people": desk_people(request.scope),
    }
    return render(request, "shop/gateways/bill.html", context)


@desk
@require_POST
def fee_rule(request: ScopedRequest) -> HttpResponse:
    """Say what a channel takes of payments from a day on."""
    form = FeeForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Enter the channel, the day and a fee between 0 and 99 percent."))
        return redirect("gateways:bills")
    data = form.cleaned_data
    attempt_act(
        request,
        lambda: services.set_fee_rule(
            provider=data["provider"],
            starts_on=data["starts_on"],
            millionths=form.millionths(),
            set_by=request.user.pk,
        ),
        _("Saved."),
    )
    return redirect("gateways:bills")
