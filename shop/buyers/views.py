"""How a person comes to act for a unit, and chooses for which: to register one, to be invited, to change over."""

from allauth.core.internal import ratelimit
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from shop.accounts.access import ScopedRequest, require_login
from shop.accounts.models import User
from shop.accounts.sessions import keep_session
from shop.buyers import services
from shop.buyers.access import CHOSEN, act_for, acting_of, roles_in, unit_page
from shop.buyers.forms import OwnUnitForm
from shop.buyers.invitations import invitation_of, invitations_for
from shop.buyers.models import Invitation
from shop.buyers.selectors import memberships
from shop.core.addresses import local_address
from shop.core.exceptions import ShopError
from shop.core.forms import add_refusal

#: So often one address may try a link.
RATES = {"invitation": "30/m/ip,200/h/ip"}
MOST_TYPED = 64


@require_http_methods(["GET", "HEAD", "POST"])
@unit_page
def acting(request: ScopedRequest) -> HttpResponse:
    """Choose for which of one's units to act from now on. A link to another unit's page leads here first."""
    home = reverse("storefront:unit_home")
    if request.method == "POST":
        act_for(request, request.POST.get("unit", ""))
        return HttpResponseRedirect(local_address(request, request.POST.get("next", ""), home))
    found = acting_of(request)
    wanted = request.GET.get("unit", "")
    context = {
        "active_tab": "unit",
        "rows": [
            {
                "unit": unit,
                "roles": " · ".join(str(role.label) for role in roles_in(request, unit.code)),
                "is_acting": unit.code == found.code,
            }
            for unit in found.units
        ],
        "wanted": next((unit for unit in found.units if unit.code == wanted != found.code), None),
        "next": local_address(request, request.GET.get("next", ""), ""),
    }
    return render(request, "shop/buyers/acting.html", context)


@require_login
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest) -> HttpResponse:
    """How a unit comes to buy here: register one's own, or accept an invitation to one's mobile number."""
    person = _person(request)
    if request.POST.get("act") == "accept":
        text = request.POST.get("pk", "")
        wanted = text if text.isascii() and text.isdigit() else ""
        found = next((row for row in invitations_for(person) if str(row.pk) == wanted), None)
        return _accepted(request, person, found)
    form = OwnUnitForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            made = services.register_own_unit(
                demo=settings.SHOP_DEMO, person_id=person.pk, **form.cleaned_data
            )
        except ShopError as refused:
            add_refusal(form, refused)
        else:
            keep_session(request)
            request.session[CHOSEN] = made.code
            messages.success(request, _("Registered. Upload its papers now, so that it can be checked."))
            return redirect("buyers:unit_papers")
    context = {
        "invitations": invitations_for(person),
        "units": list(dict.fromkeys(member.organisation for member in memberships(person))),
        "has_number": bool(person.phone and person.phone_verified),
        "form": form,
    }
    return render(request, "shop/buyers/join.html", context, status=422 if form.errors else 200)


@require_login
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """An invitation by its link: to whom it is made out it says for which unit; to everybody else it does not exist."""
    allowed = ratelimit.consume(request, app="shop.buyers", action="invitation", config=RATES, limit_get=True)
    if not allowed:
        return ratelimit.handler429(request)
    person = _person(request)
    found = invitation_of(token[:MOST_TYPED], person)
    if request.method == "POST":
        return _accepted(request, person, found)
    status = 200 if found is not None else 404
    return render(request, "shop/buyers/invitation.html", {"invitation": found}, status=status)


def _person(request: HttpRequest) -> User:
    person = request.user
    assert isinstance(person, User)
    return person


def _accepted(request: HttpRequest, person: User, found: Invitation | None) -> HttpResponse:
    """Let the person act for the unit that invites them; the page says so when it does not hold any more."""
    try:
        member = services.accept_invitation(invitation_id=found.pk if found else 0, user_id=person.pk)
    except ShopError:
        return render(request, "shop/buyers/invitation.html", {"invitation": None}, status=404)
    # A new role ends every session; this one has just shown that the number is the person's.
    keep_session(request)
    request.session[CHOSEN] = member.organisation.code
    messages.success(request, _("You act for %(unit)s from now on.") % {"unit": member.organisation.name})
    return redirect("storefront:unit_home")
