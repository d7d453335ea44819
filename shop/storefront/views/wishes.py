"""The wish list of a person. A guest's wish waits in the session until the person has signed in."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect, render, resolve_url
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect, HttpResponseClientRefresh

from shop.accounts.access import require_login
from shop.accounts.scope import own_scope
from shop.core.addresses import local_address
from shop.core.paging import page_of
from shop.listings.presentation import shown_cards
from shop.opinions.exceptions import WishRefused
from shop.opinions.wishes import MOST_WISHES, forget_wish, keep_wish, wishes
from shop.storefront.presenters.wishes import wishes_context

PAGE_SIZE = 20
#: Where the session keeps what a guest would like to keep.
WAITING = "wish"


@require_safe
@require_login
def wish_list(request: Any) -> HttpResponse:
    """What the person has kept, the newest first."""
    page = page_of(request, wishes(own_scope(request.user)), size=PAGE_SIZE)
    return render(request, "shop/storefront/wishes.html", wishes_context(page, MOST_WISHES))


@never_cache
@require_POST
def wish_keep(request: Any, pk: int) -> HttpResponseBase:
    """Keep a product and come back; a guest signs in first, and the wish is kept then.

    htmx gets the heart as it is then. A script that fills the heart of a card in place gets 204, or 409 when the
    product cannot be kept; it sends the form then.
    """
    if request.user.is_authenticated and _in_place(request):
        try:
            keep_wish(owner_id=request.user.pk, product_id=pk)
        except WishRefused:
            return HttpResponse(status=409)
        return HttpResponse(status=204)
    if request.user.is_authenticated:
        if request.htmx:
            return _heart(request, pk, is_wished=True)
        return HttpResponseRedirect(_back(request, _kept(request, pk)))
    request.session[WAITING] = [pk, _back(request, "")]
    login = redirect_to_login(reverse("storefront:wish_waiting"), resolve_url("account_login"))
    return HttpResponseClientRedirect(login.url) if request.htmx else login


@require_safe
@require_login
def wish_waiting(request: Any) -> HttpResponse:
    """Keep what the visitor asked for before the login, and lead back to it. Only their own button put it there."""
    match request.session.pop(WAITING, None):
        case [int(pk), str(way_back)]:
            product = _kept(request, pk)
            return HttpResponseRedirect(way_back or product)
    return redirect("storefront:wishes")


@require_POST
@require_login
def wish_forget(request: Any, pk: int) -> HttpResponse:
    """Take a product off the list; a second press changes nothing."""
    if request.htmx:
        return _heart(request, pk, is_wished=False)
    forget_wish(owner_id=request.user.pk, product_id=pk)
    if _in_place(request):
        return HttpResponse(status=204)
    messages.success(request, _("Taken off your wish list."))
    return HttpResponseRedirect(_back(request, reverse("storefront:wishes")))


def _heart(request: Any, pk: int, *, is_wished: bool) -> HttpResponse:
    """Keep or forget, and return the heart as it is then; where that is refused the whole page tells it."""
    try:
        if is_wished:
            keep_wish(owner_id=request.user.pk, product_id=pk)
        else:
            forget_wish(owner_id=request.user.pk, product_id=pk)
    except WishRefused as refused:
        messages.error(request, str(refused))
        return HttpResponseClientRefresh()
    name = "storefront:wish_forget" if is_wished else "storefront:wish_keep"
    context = {
        "is_wished": is_wished,
        "wish_url": reverse(name, args=[pk]),
        "next": _back(request, reverse("storefront:wishes")),
    }
    return render(request, "shop/components/wish_button.html", context)


def _kept(request: Any, pk: int) -> str:
    """Keep a product, tell the visitor, and return the address of its page."""
    card = next(iter(shown_cards([pk])), None)
    try:
        keep_wish(owner_id=request.user.pk, product_id=pk)
    except WishRefused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("“%(product)s” is on your wish list.") % {"product": card and card.title})
    return card.url if card else reverse("storefront:wishes")


def _in_place(request: HttpRequest) -> bool:
    return request.headers.get("X-Requested-With") == "fetch"


def _back(request: HttpRequest, fallback: str) -> str:
    return local_address(request, request.POST.get("next", ""), fallback)
