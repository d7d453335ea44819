"""Coupons as residents see them: those that can be claimed, what they are for, and their own."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect, render, resolve_url
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from shop.accounts.access import require_login
from shop.accounts.scope import own_scope
from shop.core.addresses import local_address
from shop.core.exceptions import ShopError
from shop.core.paging import page_of
from shop.coupons.forms import ClaimForm
from shop.coupons.selectors import coupons_of, open_campaigns, owned, shown_campaigns
from shop.coupons.services import claim_coupon
from shop.coupons.slips import at_hand, goods_of, slip_of, slips
from shop.listings.presentation import shown_cards
from shop.listings.selectors import current_shelf

GOODS_SIZE = 24
#: Where the session keeps which coupon a guest asked for, and on which page.
WAITING = "coupon"


@never_cache
@require_safe
def open_coupons(request: Any) -> HttpResponse:
    """The coupons that can be claimed today, with what the person has of each."""
    page = page_of(request, open_campaigns())
    rows = slips(list(page), own_scope(request.user), current_shelf())
    return render(request, "shop/coupons/open.html", {"rows": rows, "page_obj": page})


@never_cache
@require_safe
def campaign(request: Any, pk: int) -> HttpResponse:
    """One campaign and the goods that its coupons are for."""
    found, shelf = _shown(pk), current_shelf()
    page = page_of(request, goods_of(found, shelf), size=GOODS_SIZE)
    (slip,) = slips([found], own_scope(request.user), shelf)
    cards = shown_cards(list(page), shelf)
    return render(request, "shop/coupons/campaign.html", {"slip": slip, "cards": cards, "page_obj": page})


@never_cache
@require_POST
def claim(request: Any, pk: int) -> HttpResponseBase:
    """Claim one coupon and come back; a guest signs in first, and it is claimed then.

    htmx gets the slip as it stands now, and puts it in the place of the old one.
    """
    form = ClaimForm(request.POST)
    number = form.cleaned_data["number"] if form.is_valid() else 1
    way_back = local_address(request, request.POST.get("next", ""), reverse("coupons:open"))
    if not request.user.is_authenticated:
        request.session[WAITING] = [pk, number, way_back]
        login = redirect_to_login(reverse("coupons:waiting"), resolve_url("account_login"))
        return HttpResponseClientRedirect(login.url) if request.htmx else login
    if request.htmx:
        done, told = _claimed(request, pk, number)
        (slip,) = slips([_shown(pk)], own_scope(request.user), current_shelf())
        context = {"slip": slip, "told": told, "is_refused": not done, "way_back": way_back}
        context["plain"] = "plain" in request.POST
        return render(request, "shop/components/coupon_slip.html", context)
    return _claim_and_tell(request, pk, number, way_back)


@require_safe
@require_login
def waiting(request: Any) -> HttpResponse:
    """Claim what the visitor asked for before the login, and lead back. Only their own button put it there."""
    match request.session.pop(WAITING, None):
        case [int(pk), int(number), str(way_back)]:
            # A guest's button asks for the first one: whoever has it already gets none by it.
            if owned(own_scope(request.user)).get(pk, 0) >= number:
                messages.info(request, _("You have claimed this coupon already."))
                return HttpResponseRedirect(way_back)
            return _claim_and_tell(request, pk, number, way_back)
    return redirect("coupons:open")


@never_cache
@require_safe
@require_login
def own(request: Any) -> HttpResponse:
    """The person's coupons: usable, used, lapsed."""
    tab = request.GET.get("tab", "")
    tab = tab if tab in ("used", "lapsed") else ""
    page, shelf = page_of(request, coupons_of(own_scope(request.user), tab)), current_shelf()
    at_hand((coupon.campaign for coupon in page), shelf)
    rows = [(coupon, slip_of(coupon.campaign, shelf, equal=getattr(coupon, "equal", 1))) for coupon in page]
    context = {"rows": rows, "page_obj": page, "page_query": f"tab={tab}", "tab": tab}
    return render(request, "shop/coupons/own.html", context)


def _shown(pk: int) -> Any:
    found = shown_campaigns().filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def _claim_and_tell(request: Any, pk: int, number: int, way_back: str) -> HttpResponse:
    done, told = _claimed(request, pk, number)
    (messages.success if done else messages.error)(request, told)
    return HttpResponseRedirect(way_back)


def _claimed(request: Any, pk: int, number: int) -> tuple[bool, str]:
    """Claim a coupon; return whether it is the person's, and what to tell them."""
    try:
        claim_coupon(campaign_id=pk, user_id=request.user.pk, number=number)
    except ShopError as refused:
        return False, str(refused)
    return True, _("Claimed. The best coupon is chosen for you at the checkout.")
