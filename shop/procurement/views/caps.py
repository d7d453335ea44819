"""The staff's page of what provinces allow unions to spend on a head: what holds, and what did."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from shop.accounts.access import ScopedRequest, require_whole_shop
from shop.accounts.models import Role
from shop.accounts.selectors import names_of
from shop.core import clock
from shop.core.exceptions import ShopError
from shop.core.forms import add_refusal
from shop.core.paging import page_of
from shop.procurement.budget_forms import CapForm
from shop.procurement.budget_models import WelfareCap
from shop.procurement.budget_services import set_welfare_cap
from shop.procurement.budgets import HOME_PROVINCE


@require_http_methods(["GET", "HEAD", "POST"])
@require_whole_shop(Role.STAFF)
def welfare_caps(request: ScopedRequest) -> HttpResponse:
    """All caps, the latest first, and a form for another; nothing is changed or deleted."""
    start = {"province": HOME_PROVINCE}
    form = CapForm(request.POST if request.method == "POST" else None, initial=start)
    if request.method == "POST" and form.is_valid():
        try:
            set_welfare_cap(**form.cleaned_data, actor_id=request.user.pk)
        except ShopError as refused:
            add_refusal(form, refused)
        else:
            messages.success(request, _("Noted. Requests are held to it from that day on."))
            return redirect("procurement_desk:welfare_caps")
    page = page_of(request, WelfareCap.objects.order_by("-starts_on", "-pk"))
    context = {
        "form": form,
        "page_obj": page,
        "people": names_of(row.set_by for row in page),
        "today": clock.today(),
    }
    return render(request, "shop/procurement/welfare_caps.html", context, status=422 if form.errors else 200)
