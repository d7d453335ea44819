"""A person's own page, the large print, where goods are to go, and where a login leads."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from shop.accounts.access import CLOSERS, OPERATORS, require_login, roles_of
from shop.accounts.models import Role
from shop.accounts.scope import UNIT_ROLES
from shop.core.addresses import local_address
from shop.listings.selectors import provinces
from shop.storefront.access import my_orders
from shop.storefront.context_processors import ELDER_COOKIE
from shop.storefront.presenters.account import account_context

_YEAR = 365 * 24 * 3600


@never_cache
@require_safe
def account(request: HttpRequest) -> HttpResponse:
    """The visitor's page; guests see how to sign in and the orders of this browser."""
    context = account_context(request.user, my_orders(request), roles_of(request.user))
    return render(request, "shop/storefront/account.html", context)


@require_POST
def elder_mode(request: HttpRequest) -> HttpResponse:
    """Switch large print on or off for this browser and come back to the page."""
    response = HttpResponseRedirect(local_address(request, request.POST.get("next", ""), reverse("home")))
    if request.POST.get("on") == "1":
        response.set_cookie(
            ELDER_COOKIE, "1", max_age=_YEAR, samesite="Lax", secure=request.is_secure(), httponly=True
        )
    else:
        response.delete_cookie(ELDER_COOKIE)
    return response


@require_POST
def province(request: HttpRequest) -> HttpResponse:
    """Keep the province that freight is shown for, as the checkout keeps it, and come back to the page."""
    chosen = request.POST.get("province", "")
    if chosen in provinces():
        request.session["province"] = chosen
    else:
        messages.error(request, _("Choose a province of the list."))
    return HttpResponseRedirect(local_address(request, request.POST.get("next", ""), reverse("home")))


@require_safe
@require_login
def landing(request: HttpRequest) -> HttpResponse:
    """Lead a person to their place of work after the login, everyone else to their own page."""
    roles = roles_of(request.user)
    if Role.SUPPLIER in roles:
        return redirect("fulfilment:supplier_orders")
    if roles & {Role.STAFF, Role.FINANCE}:
        return redirect("operations:desk")
    if roles & {*OPERATORS, Role.AUDITOR}:
        return redirect("reporting:overview")
    if roles & {*CLOSERS}:
        return redirect("reporting:months")
    if roles & UNIT_ROLES:
        return redirect("storefront:unit_home")
    return redirect("storefront:account")
