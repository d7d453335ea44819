"""The staff's pages of people: who works with the shop, in which role, and how they get in."""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from shop.accounts import appointments
from shop.accounts.access import ScopedRequest, require_whole_shop
from shop.accounts.models import Role, ScopeGrant, ScopeKind, User
from shop.accounts.second_factor import reset_second_factor
from shop.accounts.selectors import everybody, found_people
from shop.accounts.services import save_user
from shop.buyers.selectors import organisation_names
from shop.core.exceptions import ShopError
from shop.core.forms import add_refusal
from shop.core.paging import page_of
from shop.journal.selectors import Search, journal_page
from shop.operations.journal_rows import journal_rows
from shop.operations.people_forms import ROLE_NAMES, PersonForm, ReasonForm, RoleForm, area_choices
from shop.operations.search import QUERY_LENGTH
from shop.regions.models import PartnerRegion
from shop.suppliers.selectors import suppliers_by_code

Acts = Mapping[str, Callable[[Form], str]]


@require_http_methods(["GET", "HEAD", "POST"])
@require_whole_shop(Role.STAFF)
def people(request: ScopedRequest) -> HttpResponse:
    """List who holds a role, find anybody by number, address or name, and write somebody new down."""
    query = request.GET.get("q", "").strip()[:QUERY_LENGTH]
    form = PersonForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            person = save_user(
                actor_id=request.user.pk,
                phone=form.cleaned_data["phone"],
                email=form.cleaned_data["email"],
                last_name=form.cleaned_data["name"],
            )
        except ShopError as refused:
            add_refusal(form, refused)
        else:
            messages.success(request, _("Written down. Give the person a role below."))
            return redirect("operations:person", pk=person.pk)
    page = page_of(request, found_people(request.scope, query))
    context = {
        "page_obj": page,
        "rows": [(person, _roles(person)) for person in page],
        "q": query,
        "page_query": urlencode({"q": query}) if query else "",
        "form": form,
    }
    return render(request, "shop/operations/people.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@require_whole_shop(Role.STAFF)
def person(request: ScopedRequest, pk: int) -> HttpResponse:
    """One person: roles, ways in, what was changed about them. A POST names what to do in `act`."""
    found = everybody(request.scope).filter(pk=pk).first()
    if found is None:
        raise Http404
    act = request.POST.get("act", "") if request.method == "POST" else ""
    given = appointments.roles_to_give(request.user)
    role_form = RoleForm(
        request.POST if act == "appoint" else None, roles=given, areas=area_choices(request.scope)
    )
    reason_form = ReasonForm(request.POST if act and act != "appoint" else None)
    if act and _done(request, found, act, role_form if act == "appoint" else reason_form):
        return redirect("operations:person", pk=pk)
    page = journal_page(Search(object_type="user", object_key=str(pk)))
    context = {
        "person": found,
        "grants": _grants(found, given),
        "role_form": role_form,
        "reason_form": reason_form,
        "act": act,
        "is_self": found.pk == request.user.pk,
        "history": journal_rows(page.entries),
    }
    failed = bool(role_form.errors or reason_form.errors)
    return render(request, "shop/operations/person.html", context, status=422 if failed else 200)


def _done(request: ScopedRequest, found: User, act: str, form: Form) -> bool:
    """Do what was asked and say so; False when the page has to be shown again with the form's errors."""
    actor = request.user.pk
    acts: Acts = {
        "appoint": lambda form: _appoint(found, form, actor),
        "dismiss": lambda form: _dismiss(request, found, form),
        "close": lambda form: _close(found, form, actor),
        "reopen": lambda form: _reopen(found, form, actor),
        "reset_factor": lambda form: _reset(found, form, actor),
    }
    if act not in acts:
        raise Http404
    if not form.is_valid():
        return False
    try:
        messages.success(request, acts[act](form))
    except ShopError as refused:
        add_refusal(form, refused)
        return False
    return True


def _appoint(found: User, form: Form, actor_id: int) -> str:
    assert isinstance(form, RoleForm)
    kind, code = form.area
    role = Role(form.cleaned_data["role"])
    new = appointments.appoint(
        user_id=found.pk,
        role=role,
        kind=kind,
        code=code,
        actor_id=actor_id,
        reason=form.cleaned_data["reason"],
    )
    if not new:
        return _("%(person)s holds this role already.") % {"person": found}
    return _("%(person)s holds the role now and has to log in again.") % {"person": found}


def _dismiss(request: ScopedRequest, found: User, form: Form) -> str:
    typed = request.POST.get("grant", "")
    grants = (
        found.grants.filter(pk=int(typed)) if typed.isascii() and typed.isdigit() and len(typed) < 18 else []
    )
    for grant in grants:
        appointments.dismiss(
            user_id=found.pk,
            role=Role(grant.role),
            kind=ScopeKind(grant.kind),
            code=grant.code,
            actor_id=request.user.pk,
            reason=form.cleaned_data["reason"],
        )
    return _("The role is taken away; the next page they open is refused.")


def _close(found: User, form: Form, actor_id: int) -> str:
    appointments.close_account(user_id=found.pk, actor_id=actor_id, reason=form.cleaned_data["reason"])
    return _("%(person)s can log in no more.") % {"person": found}


def _reopen(found: User, form: Form, actor_id: int) -> str:
    appointments.reopen_account(user_id=found.pk, actor_id=actor_id, reason=form.cleaned_data["reason"])
    return _("%(person)s can log in again.") % {"person": found}


def _reset(found: User, form: Form, actor_id: int) -> str:
    if not reset_second_factor(user_id=found.pk, actor_id=actor_id, reason=form.cleaned_data["reason"]):
        return _("There was no second factor to reset.")
    return _("Reset. %(person)s sets up a new app at the next login.") % {"person": found}


def _roles(found: User) -> str:
    """Return a person's roles in words, without what they are over."""
    names = dict.fromkeys(str(ROLE_NAMES[Role(grant.role)]) for grant in found.grants.all())
    return "、".join(names)


def _grants(found: User, given: frozenset[Role]) -> list[dict[str, Any]]:
    """Return a person's roles with what they are over. Three queries, whatever they hold."""
    grants = list(found.grants.all())
    names = _area_names(grants)
    return [
        {
            "pk": grant.pk,
            "role": ROLE_NAMES[Role(grant.role)],
            "over": names.get((grant.kind, grant.code), grant.code),
            "may_take": Role(grant.role) in given,
        }
        for grant in grants
    ]


def _area_names(grants: list[ScopeGrant]) -> dict[tuple[str, str], str]:
    def codes(kind: ScopeKind) -> list[str]:
        return [grant.code for grant in grants if grant.kind == kind]

    regions = PartnerRegion.objects.filter(slug__in=codes(ScopeKind.REGION)).values_list("slug", "name_zh")
    sellers = suppliers_by_code(codes(ScopeKind.SUPPLIER))
    units = organisation_names(codes(ScopeKind.ORGANISATION))
    return {
        (str(ScopeKind.ALL), ""): _("The whole shop"),
        **{(str(ScopeKind.REGION), slug): name for slug, name in regions},
        **{(str(ScopeKind.SUPPLIER), code): row.name_zh for code, row in sellers.items()},
        **{(str(ScopeKind.ORGANISATION), code): name for code, name in units.items()},
    }
