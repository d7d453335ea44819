"""The staff's page of goods that suppliers cannot ship."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from shop.accounts.access import ScopedRequest, require_whole_shop
from shop.accounts.models import Role
from shop.core import clock
from shop.core.exceptions import ShopError
from shop.core.paging import page_of
from shop.fulfilment.models import ShortageReport
from shop.fulfilment.shortages import decide_shortage, open_shortages
from shop.operations.order_forms import NoteForm

#: What staff may do about missing units: whether they are taken off the order.
ACTIONS = {"take_off": True, "ship": False}


@require_GET
@require_whole_shop(Role.STAFF)
def shortages(request: ScopedRequest) -> HttpResponse:
    """Reports that wait for a decision, the oldest first."""
    page = page_of(request, open_shortages(request.scope))
    context = {"page_obj": page, "now": clock.now()}
    return render(request, "shop/operations/shortages.html", context)


@require_POST
@require_whole_shop(Role.STAFF)
def decide(request: ScopedRequest, pk: int) -> HttpResponse:
    """Take the missing units off the order, or let the supplier ship them; the note is told to the supplier."""
    report = get_object_or_404(ShortageReport.objects.select_related("supplier_order__record"), pk=pk)
    form = NoteForm(request.POST)
    record = report.supplier_order.record
    if not form.is_valid():
        messages.error(request, str(next(iter(form.errors.values()))[0]))
    elif record.buyer_id == request.user.pk:
        messages.error(request, _("You placed this order yourself, so another person must do this."))
    elif request.POST.get("action") not in ACTIONS:
        messages.error(request, _("Choose what becomes of the missing units."))
    else:
        try:
            decide_shortage(
                report_id=pk,
                take_off=ACTIONS[request.POST["action"]],
                note=form.cleaned_data["note"],
                actor_id=request.user.pk,
            )
        except ShopError as refused:
            messages.error(request, str(refused))
        else:
            messages.success(request, _("Decided. The supplier sees it on its page."))
    return redirect("operations:shortages")
