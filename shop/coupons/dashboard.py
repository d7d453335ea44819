"""The staff's page of campaigns: write one, approve another's, pause, go on, end; what was claimed and used."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from shop.accounts.access import ScopedRequest, require_whole_shop
from shop.accounts.models import Role
from shop.core.exceptions import ShopError
from shop.core.forms import add_refusal
from shop.core.paging import page_of
from shop.coupons import services
from shop.coupons.forms import CampaignForm
from shop.coupons.selectors import campaigns, figures_of
from shop.coupons.wording import scope_text, terms_text

ACTS: dict[str, Callable[..., Any]] = {
    "approve": services.approve_campaign,
    "pause": services.pause_campaign,
    "resume": services.resume_campaign,
    "end": services.end_campaign,
}
desk = require_whole_shop(Role.STAFF, Role.FINANCE)


@desk
@require_http_methods(["GET", "HEAD", "POST"])
def campaign_list(request: ScopedRequest) -> HttpResponse:
    """List the campaigns with their figures, and write a new one."""
    form = CampaignForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            services.write_campaign(terms=form.terms(), demo=settings.SHOP_DEMO, actor_id=request.user.pk)
        except ShopError as refused:
            add_refusal(form, refused)
        else:
            messages.success(
                request, _("Written. Coupons can be claimed once another person has approved it.")
            )
            return redirect("coupons:campaigns")
    page = page_of(request, campaigns(request.scope))
    figures = figures_of([campaign.pk for campaign in page])
    rows = [(one, terms_text(one), scope_text(one), figures.get(one.pk)) for one in page]
    context = {"rows": rows, "page_obj": page, "form": form, "actor_id": request.user.pk}
    return render(request, "shop/coupons/campaigns.html", context, status=422 if form.errors else 200)


@desk
@require_POST
def campaign_act(request: ScopedRequest, pk: int, act: str) -> HttpResponse:
    """Do one thing with a campaign and come back."""
    if act not in ACTS or not campaigns(request.scope).filter(pk=pk).exists():
        raise Http404
    try:
        ACTS[act](campaign_id=pk, actor_id=request.user.pk)
    except ShopError as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("Done."))
    return redirect("coupons:campaigns")
