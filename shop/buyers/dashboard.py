"""The staff's pages of organisations: register, check papers, verify, members, terms that two people agree to."""

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
from shop.buyers.forms import MemberForm, OrganisationForm, PaperForm, ParentForm, SuspendForm, TermsForm
from shop.buyers.models import Membership, Organisation, OrganisationPaper, PaymentTerms
from shop.buyers.papers import shown_papers
from shop.core.exceptions import ShopError
from shop.core.forms import add_refusal

FORMS: Mapping[str, type[Form]] = {
    "member": MemberForm,
    "paper": PaperForm,
    "parent": ParentForm,
    "suspend": SuspendForm,
    "terms": TermsForm,
}


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
        "to_check": selectors.papers_to_check(request.scope),
        "form": form,
    }
    return render(request, "shop/buyers/organisations.html", context, status=422 if form.errors else 200)


@desk
@require_http_methods(["GET", "HEAD", "POST"])
def organisation(request: ScopedRequest, code: str) -> HttpResponse:
    """One organisation: state, papers, members, terms. A POST names what to do in `act`."""
    found = selectors.organisations(request.scope).select_related("parent").filter(code=code).first()
    if found is None:
        raise Http404
    act = request.POST.get("act", "")
    forms = {
        name: kind(request.POST, request.FILES) if act == name else kind() for name, kind in FORMS.items()
    }
    if request.method == "POST" and _done(request, found, act, forms.get(act)):
        return redirect("buyers:organisation", code=code)
    context = {
        "organisation": found,
        "members": selectors.members(request.scope, found.pk),
        "terms": PaymentTerms.objects.filter(organisation=found).order_by("-starts_on", "-pk"),
        "forms": forms,
        "papers": _papers(request, found),
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
        "verify_paper": lambda: _verify_paper(request, found),
        "refuse_paper": lambda: _refuse_paper(request, found),
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
    if act == "parent":
        return _set_parent(request, found, data["parent"])
    if act == "paper":
        return _upload_paper(request, found, data)
    person = User.objects.filter(phone=data["phone"]).first() or save_user(
        actor_id=request.user.pk, phone=data["phone"], last_name=data["name"]
    )
    services.add_member(
        organisation_id=found.pk, user_id=person.pk, role=data["role"], actor_id=request.user.pk
    )
    return _("%(person)s acts for the organisation now.") % {"person": person}


def _set_parent(request: ScopedRequest, found: Organisation, code: str) -> str:
    parent = (
        selectors.organisations(request.scope).filter(code=code.strip()).first() if code.strip() else None
    )
    if code.strip() and parent is None:
        raise ShopError(_("No organisation has this code."), code="unknown", field="parent")
    services.set_parent(
        organisation_id=found.pk, parent_id=parent.pk if parent else None, actor_id=request.user.pk
    )
    if parent is None:
        return _("It is a unit of its own now.")
    return _("It stands under %(unit)s now.") % {"unit": parent.name}


def _papers(request: ScopedRequest, found: Organisation) -> list[dict[str, Any]]:
    """Return the papers, and of each whether the visitor may decide: not of one that they uploaded."""
    rows = selectors.papers(request.scope).filter(organisation=found)
    return [
        {"paper": paper, "is_own": paper.document.uploaded_by == request.user.pk}
        for paper in shown_papers(rows, user_id=request.user.pk)
    ]


def _upload_paper(request: ScopedRequest, found: Organisation, data: Mapping[str, Any]) -> str:
    services.upload_paper(
        upload=data["file"],
        paper=services.PaperDraft(
            kind=data["kind"],
            number=data["number"],
            issued_on=data["issued_on"],
            expires_on=data["expires_on"],
        ),
        organisation_id=found.pk,
        actor_id=request.user.pk,
        by_staff=True,
    )
    return _("Uploaded. Another person of the shop checks it.")


def _paper(request: ScopedRequest, found: Organisation) -> OrganisationPaper:
    paper = selectors.papers(request.scope).filter(organisation=found, pk=_pk(request)).first()
    if paper is None:
        raise Http404
    return paper


def _verify_paper(request: ScopedRequest, found: Organisation) -> str:
    services.verify_paper(paper_id=_paper(request, found).pk, actor_id=request.user.pk)
    return _("Checked: the paper is right.")


def _refuse_paper(request: ScopedRequest, found: Organisation) -> str:
    services.refuse_paper(
        paper_id=_paper(request, found).pk,
        reason=request.POST.get("reason", ""),
        actor_id=request.user.pk,
    )
    return _("Not accepted. The unit reads why.")


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
