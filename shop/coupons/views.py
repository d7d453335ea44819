"""Coupons as residents see them: those that can be claimed, and their own."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render, resolve_url
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from shop.accounts.access import require_login
from shop.accounts.scope import own_scope
from shop.core.exceptions import ShopError
from shop.core.paging import page_of
from shop.coupons.forms import ClaimForm
from shop.coupons.selectors import coupons_of, open_campaigns, owned
from shop.coupons.services import claim_coupon
from shop.coupons.wording import scope_text, terms_text


@never_cache
@require_safe
def open_coupons(request: Any) -> HttpResponse:
    """The coupons that can be claimed today, with how many of each the person has."""
    found = list(open_campaigns())
    have = owned(own_scope(request.user))
    rows = [
        {
            "campaign": campaign,
            "terms": terms_text(campaign),
            "scope": scope_text(campaign),
            "number": have.get(campaign.pk, 0) + 1,
            "is_gone": campaign.claimed >= campaign.pieces,
            "has_all": have.get(campaign.pk, 0) >= campaign.person_limit,
        }
        for campaign in found
    ]
    return render(request, "shop/coupons/open.html", {"rows": rows})


@require_POST
def claim(request: Any, pk: int) -> HttpResponseBase:
    """Claim one coupon and come back; a guest signs in first."""
    if not request.user.is_authenticated:
        return redirect_to_login(reverse("coupons:open"), resolve_url("account_login"))
    form = ClaimForm(request.POST)
    number = form.cleaned_data["number"] if form.is_valid() else 1
    try:
        claim_coupon(campaign_id=pk, user_id=request.user.pk, number=number)
    except ShopError as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("Claimed. The best coupon is chosen for you at the checkout."))
    return redirect("coupons:open")


@never_cache
@require_safe
@require_login
def own(request: Any) -> HttpResponse:
    """The person's coupons: usable, used, lapsed."""
    tab = request.GET.get("tab", "")
    tab = tab if tab in ("used", "lapsed") else ""
    page = page_of(request, coupons_of(own_scope(request.user), tab))
    rows = [(coupon, terms_text(coupon.campaign), scope_text(coupon.campaign)) for coupon in page]
    return render(request, "shop/coupons/own.html", {"rows": rows, "page_obj": page, "tab": tab})
