"""The pages of applications: the county's liaisons see their region, the district's staff see all."""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import Count
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from shop.accounts.access import ScopedRequest, require_roles, roles_of
from shop.accounts.models import Role, User
from shop.core.exceptions import ShopError
from shop.core.paging import page_of
from shop.suppliers import services
from shop.suppliers.admission_models import ApplicationState, SupplierApplication, SupplierDocument
from shop.suppliers.completeness import missing_parts
from shop.suppliers.papers import shown_papers
from shop.suppliers.selectors import applications as all_applications
from shop.suppliers.selectors import timeline

NOTE_LENGTH = 300
TABS = (
    ApplicationState.SUBMITTED,
    ApplicationState.RECOMMENDED,
    ApplicationState.RETURNED,
    ApplicationState.ADMITTED,
    ApplicationState.REFUSED,
)


@require_GET
@require_roles(Role.STAFF, Role.LIAISON)
def applications(request: ScopedRequest) -> HttpResponse:
    """The applications that the caller may see, by where they are."""
    found = all_applications(request.scope)
    counts = dict(found.order_by().values_list("state").annotate(count=Count("pk")))
    tab = request.GET.get("tab", "")
    chosen = found.filter(state=tab) if tab in TABS else found
    context = {
        "tabs": [(state.value, state.label, counts.get(state.value, 0)) for state in TABS],
        "tab": tab if tab in TABS else "",
        "page_obj": page_of(request, chosen),
        "page_query": urlencode({"tab": tab}) if tab in TABS else "",
    }
    return render(request, "shop/operations/applications.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@require_roles(Role.STAFF, Role.LIAISON)
def application(request: ScopedRequest, number: str) -> HttpResponse:
    """One application with its papers and its history; a POST names what to do in `act`."""
    found = all_applications(request.scope).filter(number=number).first()
    if found is None:
        raise Http404
    roles = roles_of(request.user)
    if request.method == "POST":
        return _act(request, found, roles)
    papers = list(found.documents.select_related("file").order_by("kind", "-uploaded_at", "-pk"))
    events = timeline(found)
    people = User.objects.in_bulk({event.actor_id for event in events if event.actor_id})
    context = {
        "application": found,
        "papers": shown_papers(papers, user_id=request.user.pk),
        "missing": missing_parts(found, papers),
        "events": [
            {
                "title": event.title,
                "at": event.at,
                "detail": " · ".join(filter(None, (str(people.get(event.actor_id or 0, "")), event.detail))),
            }
            for event in events
        ],
        "at_county": found.state == ApplicationState.SUBMITTED and Role.LIAISON in roles,
        "at_district": found.state == ApplicationState.RECOMMENDED and Role.STAFF in roles,
        "may_check": Role.STAFF in roles
        and found.state in (ApplicationState.SUBMITTED, ApplicationState.RECOMMENDED),
        "is_mine": found.recommended_by == request.user.pk,
    }
    return render(request, "shop/operations/application.html", context)


def _act(request: ScopedRequest, found: SupplierApplication, roles: frozenset[Role]) -> HttpResponse:
    who: dict[str, Any] = {"number": found.number, "actor_id": request.user.pk}
    reason = request.POST.get("reason", "")[:NOTE_LENGTH]
    acts: Mapping[str, tuple[Callable[[], object], str]] = {
        "recommend": (
            lambda: services.recommend_application(**who, reason=reason),
            _("Recommended to the district."),
        ),
        "return": (
            lambda: services.return_application(**who, reason=reason),
            _("Given back; the applicant is told why."),
        ),
        "refuse": (
            lambda: services.refuse_application(**who, reason=reason),
            _("Refused; the applicant is told why."),
        ),
        "admit": (
            lambda: services.admit_application(**who, reason=reason),
            _("Admitted. The contact person is invited to sign in."),
        ),
    }
    act = request.POST.get("act", "")
    if Role.STAFF in roles:
        acts = {**acts, **paper_acts(request, found.documents.filter(pk=posted_pk(request)).first())}
    if act not in acts:
        raise Http404
    run(request, *acts[act])
    return redirect("operations:application", number=found.number)


def paper_acts(
    request: ScopedRequest, paper: SupplierDocument | None
) -> dict[str, tuple[Callable[[], object], str]]:
    """Return what staff may do about a paper of the object on the page; nothing without one."""
    if paper is None:
        return {}
    reason = request.POST.get("reason", "")[:NOTE_LENGTH]
    return {
        "verify_paper": (
            lambda: services.verify_document(document_id=paper.pk, actor_id=request.user.pk),
            _("The paper is checked."),
        ),
        "refuse_paper": (
            lambda: services.refuse_document(document_id=paper.pk, reason=reason, actor_id=request.user.pk),
            _("The paper is not accepted."),
        ),
    }


def posted_pk(request: ScopedRequest) -> int:
    """Return the id in the form, 0 for nonsense."""
    text = request.POST.get("pk", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def run(request: ScopedRequest, act: Callable[[], object], done: str) -> None:
    """Run a service and say what became of it."""
    try:
        act()
    except ShopError as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, done)
