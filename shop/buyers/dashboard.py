"""The staff's pages of organisations: register, verify, members, terms that two people agree to."""

from collections.abc import Callable, Mapping
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from shop.accounts.access import ScopedRequest, require_whole_shop
from shop.accounts.models import Role, User
from shop.accounts.services import save_user
from shop.buyers import selectors, services
from shop.buyers.forms import MemberForm, OrganisationForm, SuspendForm, TermsForm
from shop.buyers.models import Membership, Organisation, PaymentTerms
from shop.core.exceptions import ShopError
from shop.core.forms import add_refusal

FORMS: Mapping[str, type[Form]] = {"member": MemberForm, "terms": TermsForm, "suspend": SuspendForm}


#: For pages of staff and finance over the whole shop.
desk = require_whole_shop(Role.STAFF, Role.FINANCE)


@desk
@require_http_methods(["GET", "HEAD", "POST"])
def organisations(request: ScopedRequest) -> HttpResponse:
    """List the organisations, and register a new one."""
    form = OrganisationForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            # Nothing real is bought in a demonstration shop, so its organisations are demonstration data.
            made = services.register_organisation(
                demo=settings.SHOP_DEMO, actor_id=request.user.pk, **form.cleaned_data
            )
        except ShopError as refused:
            add_refusal(form, refused)
        else:
            messages.success(request, _("Registered. It can order once somebody has verified its papers."))
            return redirect("buyers:organisation", code=made.code)
    context = {
        "organisations": selectors.organisations(request.scope),
        "proposed": selectors.terms_proposed(request.scope),
        "form": form,
    }
    return render(request, "shop/buyers/organisations.html", context, status=422 if form.errors else 200)


@desk
@require_http_methods(["GET", "HEAD", "POST"])
def organisation(request: ScopedRequest, code: str) -> HttpResponse:
    """One organisation: state, members, terms. A POST names what to do in `act`."""
    found = selectors.organisations(request.scope).filter(code=code).first()
    if found is None:
        raise Http404
    act = request.POST.get("act", "")
    forms = {name: kind(request.POST if act == name else None) for name, kind in FORMS.items()}
    if request.method == "POST" and _done(request, found, act, forms.get(act)):
        return redirect("buyers:organisation", code=code)
    context = {
        "organisation": found,
        "members": selectors.members(request.scope, found.pk),
        "terms": PaymentTerms.objects.filter(organisation=found).order_by("-starts_on", "-pk"),
        "forms": forms,
        "actor_id": request.user.pk,
    }
    failed = any(form.errors for form in forms.values())
    return render(request, "shop/buyers/organisation.html", context, status=422 if failed else 200)


def _done(request: ScopedRequest, found: Organisation, act: str, form: Form | None) -> bool:
    """Do what was asked and say so; False when the page has to be shown again with the form's errors."""
    if form is not None and not form.is_valid():
        return False
    steps: Mapping[str, Callable[[], str]] = {
        "verify": lambda: _verify(request, found),
        "approve_terms": lambda: _approve_terms(request, found),
        "remove_member": lambda: _remove_member(request, found),
    }
    if form is not None:
        steps = {act: lambda: _with_form(request, found, act, form.cleaned_data)}
    try:
        text = steps.get(act, _unknown)()
    except ShopError as refused:
        if form is None:
            messages.error(request, str(refused))
            return True
        add_refusal(form, refused)
        return False
    messages.success(request, text)
    return True


def _with_form(request: ScopedRequest, found: Organisation, act: str, data: Mapping[str, Any]) -> str:
    if act == "suspend":
        services.suspend_organisation(
            organisation_id=found.pk, actor_id=request.user.pk, reason=data["reason"]
        )
        return _("Suspended: it places no more orders.")
    if act == "terms":
        services.propose_terms(organisation_id=found.pk, proposed_by=request.user.pk, **data)
        return _("Proposed. Another person must approve these terms.")
    person = User.objects.filter(phone=data["phone"]).first() or save_user(
        actor_id=request.user.pk, phone=data["phone"], last_name=data["name"]
    )
    services.add_member(
        organisation_id=found.pk, user_id=person.pk, role=data["role"], actor_id=request.user.pk
    )
    return _("%(person)s acts for the organisation now.") % {"person": person}


def _verify(request: ScopedRequest, found: Organisation) -> str:
    services.verify_organisation(organisation_id=found.pk, actor_id=request.user.pk)
    return _("Verified: it can order now.")


def _approve_terms(request: ScopedRequest, found: Organisation) -> str:
    terms = PaymentTerms.objects.filter(organisation=found, pk=_pk(request)).first()
    if terms is None:
        raise Http404
    services.approve_terms(terms_id=terms.pk, approved_by=request.user.pk)
    return _("Approved: these terms hold now.")


def _remove_member(request: ScopedRequest, found: Organisation) -> str:
    member = Membership.objects.filter(organisation=found, pk=_pk(request)).select_related("user").first()
    if member is None:
        raise Http404
    services.remove_member(
        organisation_id=found.pk, user_id=member.user_id, role=member.role, actor_id=request.user.pk
    )
    return _("%(person)s no longer acts for the organisation in this role.") % {"person": member.user}


def _unknown() -> str:
    raise Http404


def _pk(request: ScopedRequest) -> int:
    text = request.POST.get("pk", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
