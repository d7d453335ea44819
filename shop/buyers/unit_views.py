"""What the people who act for a unit see and keep of it: its papers, its members, its sub-units, its invoice data."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from shop.accounts.access import ScopedRequest
from shop.accounts.models import Role
from shop.accounts.sessions import keep_session
from shop.buyers import selectors, services
from shop.buyers.access import acting_of, holds, unit_page
from shop.buyers.forms import InviteForm, InvoiceForm, OwnUnitForm, PaperForm, RolesForm
from shop.buyers.models import InvoiceProfile, Organisation
from shop.buyers.papers import shown_papers
from shop.core.addresses import absolute
from shop.core.exceptions import ShopError
from shop.core.forms import add_refusal
from shop.core.paging import page_of

#: Where a session keeps the link of an invitation until the page has shown it, once.
LINK = "invitation_link"


@require_http_methods(["GET", "HEAD", "POST"])
@unit_page
def unit(request: ScopedRequest) -> HttpResponse:
    """The unit: what stands in its papers, and its sub-units, to which its owner adds."""
    found = _unit(request)
    form = OwnUnitForm(request.POST if _by(request, found, Role.OWNER) else None)
    if form.is_bound and form.is_valid():
        try:
            made = services.register_own_unit(
                demo=settings.SHOP_DEMO,
                person_id=request.user.pk,
                parent_id=found.pk,
                **form.cleaned_data,
            )
        except ShopError as refused:
            add_refusal(form, refused)
        else:
            keep_session(request)
            text = _("%(unit)s is registered. You run it; it can order once its papers are checked.")
            messages.success(request, text % {"unit": made.name})
            return redirect("buyers:unit")
    page = page_of(request, selectors.sub_units(request.scope), size=20)
    context = {"rows": list(page.object_list), "page_obj": page, "form": form}
    return _shown(request, found, "unit.html", context, failed=bool(form.errors))


@require_http_methods(["GET", "HEAD", "POST"])
@unit_page
def papers(request: ScopedRequest) -> HttpResponse:
    """The papers of the unit; its owner uploads a new one."""
    found = _unit(request)
    posted = _by(request, found, Role.OWNER)
    form = PaperForm(request.POST if posted else None, request.FILES if posted else None)
    if form.is_bound and form.is_valid():
        try:
            services.upload_paper(
                upload=form.cleaned_data["file"],
                paper=form.paper(),
                organisation_id=found.pk,
                actor_id=request.user.pk,
            )
        except ShopError as refused:
            add_refusal(form, refused)
        else:
            messages.success(request, _("Uploaded. It holds once somebody of the shop has checked it."))
            return redirect("buyers:unit_papers")
    page = page_of(request, selectors.papers(request.scope), size=20)
    rows = shown_papers(page.object_list, user_id=request.user.pk)
    context = {"papers": rows, "page_obj": page, "form": form}
    return _shown(request, found, "papers.html", context, failed=bool(form.errors))


@require_http_methods(["GET", "HEAD", "POST"])
@unit_page
def members(request: ScopedRequest) -> HttpResponse:
    """Who acts for the unit, and as what; its owner changes it, everybody may give up their own roles."""
    found = _unit(request)
    if request.method == "POST":
        form = RolesForm(request.POST)
        if not form.is_valid() or not _may_change(request, found, form.cleaned_data["user"]):
            raise Http404
        return _changed(request, found, form)
    return _members(request, found, InviteForm())


@require_POST
@unit_page
def invite(request: ScopedRequest) -> HttpResponse:
    """Invite a person by mobile number; the page they come back to shows the link, once."""
    found = _unit(request)
    _by(request, found, Role.OWNER)
    form = InviteForm(request.POST)
    if form.is_valid():
        try:
            _made, token = services.invite(
                organisation_id=found.pk, actor_id=request.user.pk, **form.cleaned_data
            )
        except ShopError as refused:
            add_refusal(form, refused)
        else:
            request.session[LINK] = absolute(reverse("buyers:invitation", args=[token]))
            return redirect("buyers:unit_members")
    return _members(request, found, form)


@require_POST
@unit_page
def withdraw(request: ScopedRequest, pk: int) -> HttpResponse:
    """Take an invitation of the unit back; its link opens nothing from then on."""
    found = _unit(request)
    _by(request, found, Role.OWNER)
    if not selectors.invitations(request.scope).filter(pk=pk).exists():
        raise Http404
    try:
        services.withdraw_invitation(organisation_id=found.pk, invitation_id=pk, actor_id=request.user.pk)
    except ShopError as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("Withdrawn: its link opens nothing any more."))
    return redirect("buyers:unit_members")


@require_http_methods(["GET", "HEAD", "POST"])
@unit_page
def invoice(request: ScopedRequest) -> HttpResponse:
    """What the unit's invoices say of it; its owner and its finance keep it, every new request starts with it."""
    found = _unit(request)
    kept = InvoiceProfile.objects.filter(organisation=found).first()
    names = tuple(InvoiceForm.base_fields)
    known = {name: getattr(kept, name) for name in names} if kept else _first(found)
    posted = _by(request, found, Role.OWNER, Role.UNIT_FINANCE)
    form = InvoiceForm(request.POST if posted else None, initial=known)
    if form.is_bound and form.is_valid():
        try:
            services.save_invoice_data(
                organisation_id=found.pk, data=form.invoice_data(), actor_id=request.user.pk
            )
        except ShopError as refused:
            add_refusal(form, refused)
        else:
            messages.success(request, _("Saved. New requests start with it."))
            return redirect("buyers:unit_invoice")
    may_keep = any(holds(request, role, found) for role in (Role.OWNER, Role.UNIT_FINANCE))
    context = {
        "form": form,
        "may_keep": may_keep,
        "kept": kept,
        "facts": [{"name": form.fields[name].label, "text": known.get(name, "")} for name in names],
    }
    return _shown(request, found, "invoice.html", context, failed=bool(form.errors))


def _unit(request: ScopedRequest) -> Organisation:
    """Return the unit that the visitor acts for; who belongs to none finds nothing."""
    found = acting_of(request).unit
    if found is None:
        raise Http404
    return found


def _by(request: ScopedRequest, found: Organisation, *roles: Role) -> bool:
    """Say whether a form was sent; Http404 where it was, by somebody with none of these roles in the unit."""
    if request.method != "POST":
        return False
    if not any(holds(request, role, found) for role in roles):
        raise Http404
    return True


def _first(found: Organisation) -> dict[str, str]:
    return {"title": found.name, "tax_number": found.credit_code}


def _may_change(request: ScopedRequest, found: Organisation, user_id: int) -> bool:
    if not selectors.members(request.scope, found.pk).filter(user=user_id).exists():
        return False
    return user_id == request.user.pk or holds(request, Role.OWNER, found)


def _changed(request: ScopedRequest, found: Organisation, form: RolesForm) -> HttpResponse:
    data = form.cleaned_data
    try:
        services.change_roles(
            organisation_id=found.pk,
            user_id=data["user"],
            roles=data["roles"],
            actor_id=request.user.pk,
        )
    except ShopError as refused:
        messages.error(request, str(refused))
        return redirect("buyers:unit_members")
    if data["user"] != request.user.pk:
        messages.success(request, _("Changed. It holds from their next click on."))
        return redirect("buyers:unit_members")
    keep_session(request)
    messages.success(request, _("Changed: these are your roles now."))
    # Who has given up all of them has no page of this unit left.
    return redirect("buyers:unit_members" if data["roles"] else "storefront:account")


def _members(request: ScopedRequest, found: Organisation, form: InviteForm) -> HttpResponse:
    people: dict[int, dict[str, Any]] = {}
    for row in selectors.members(request.scope, found.pk):
        person = people.setdefault(row.user_id, {"user": row.user, "roles": [], "names": []})
        person["roles"].append(str(row.role))
        person["names"].append(row.get_role_display())
    page = page_of(request, sorted(people.values(), key=lambda person: person["user"].pk), size=20)
    is_owner = holds(request, Role.OWNER, found)
    rows = [
        person
        | {
            "is_self": person["user"].pk == request.user.pk,
            "form": RolesForm(
                initial={"user": person["user"].pk, "roles": person["roles"]},
                auto_id=f"id_%s_{person['user'].pk}",
            ),
        }
        for person in page.object_list
    ]
    context = {
        "rows": rows,
        "page_obj": page,
        "form": form,
        "is_owner": is_owner,
        "invitations": list(selectors.open_invitations(request.scope)[:100]) if is_owner else [],
        "link": request.session.pop(LINK, "") if is_owner else "",
    }
    return _shown(request, found, "members.html", context, failed=bool(form.errors))


def _shown(
    request: ScopedRequest, found: Organisation, template: str, context: dict[str, Any], *, failed: bool
) -> HttpResponse:
    context = {
        "active_tab": "organisation",
        "organisation": found,
        "is_owner": holds(request, Role.OWNER, found),
    } | context
    return render(request, f"shop/buyers/{template}", context, status=422 if failed else 200)
