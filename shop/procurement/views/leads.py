"""The staff's pages of negotiations: a county's liaison sees and keeps those about its own region's goods."""

from collections.abc import Iterator

from django.conf import settings
from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_http_methods, require_safe

from shop.accounts.access import ScopedRequest, require_roles
from shop.accounts.models import Role
from shop.accounts.phones import shown_phone
from shop.accounts.selectors import names_of
from shop.core import clock
from shop.core.exceptions import ShopError
from shop.core.forms import add_refusal
from shop.core.paging import page_of
from shop.fulfilment.files import Fen, Sheet, Value
from shop.fulfilment.views.frame import table_response
from shop.procurement import leads as selectors
from shop.procurement import services
from shop.procurement.lead_forms import LeadForm, StepForm
from shop.procurement.lead_models import Lead, LeadState

#: Rows of a file; a longer list is narrowed by its state.
MAX_ROWS = 5_000
desk = require_roles(Role.STAFF, Role.LIAISON)


@require_http_methods(["GET", "HEAD", "POST"])
@desk
def leads(request: ScopedRequest) -> HttpResponse:
    """Every negotiation of the caller's regions, how far they came, and a form for a new one."""
    form = LeadForm(request.POST if request.method == "POST" else None, scope=request.scope)
    if form.is_bound and form.is_valid():
        try:
            made = services.open_lead(
                scope=request.scope, demo=settings.SHOP_DEMO, actor_id=request.user.pk, **form.cleaned_data
            )
        except ShopError as refused:
            add_refusal(form, refused)
        else:
            messages.success(request, _("Noted. The contact is erased 180 days after the last step."))
            return redirect("procurement_desk:lead", number=made.number)
    found, state = _asked(request)
    page = page_of(request, found)
    rows = list(page)
    ordered = selectors.ordered_fen(lead.pk for lead in rows)
    people = names_of(lead.owner_id for lead in rows)
    funnel = selectors.funnel_of(selectors.leads(request.scope))
    context = {
        "form": form,
        "page_obj": page,
        "rows": [
            {"lead": lead, "ordered_fen": ordered.get(lead.pk, 0), "owner": people.get(lead.owner_id, "–")}
            for lead in rows
        ],
        "funnel": funnel,
        "bars": [
            (name, funnel.reached[state]) for state, name in LeadState.choices if state != LeadState.LOST
        ],
        "tabs": LeadState.choices,
        "state": state,
        "query": f"state={state}" if state else "",
        "today": clock.today(),
    }
    return render(request, "shop/procurement/leads.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@desk
def lead(request: ScopedRequest, number: str) -> HttpResponse:
    """One negotiation: contact while it is kept, steps, and a form for the next one."""
    found = selectors.leads(request.scope).filter(number=number).first()
    if found is None:
        raise Http404
    form = StepForm(request.POST if request.method == "POST" else None, lead=found)
    if form.is_bound and form.is_valid():
        try:
            services.note_step(
                scope=request.scope, number=number, actor_id=request.user.pk, **form.cleaned_data
            )
        except ShopError as refused:
            add_refusal(form, refused)
        else:
            messages.success(request, _("Noted."))
            return redirect("procurement_desk:lead", number=number)
    steps = list(found.steps.select_related("record"))
    people = names_of([found.owner_id, *(step.by_id for step in steps)])
    context = {
        "lead": found,
        "form": form,
        "steps": [{"step": step, "by": people.get(step.by_id, "–")} for step in reversed(steps)],
        "owner": people.get(found.owner_id, "–"),
        "phone": shown_phone(found.contact_phone) if found.contact_phone else "",
        "ordered_fen": selectors.ordered_fen([found.pk]).get(found.pk, 0),
    }
    return render(request, "shop/procurement/lead.html", context, status=422 if form.errors else 200)


@require_safe
@desk
def export(request: ScopedRequest, kind: str) -> HttpResponse:
    """Send the list as CSV or XLSX, without the contacts, which are to be erased."""
    found, _state = _asked(request)
    if found.count() > MAX_ROWS:
        messages.error(request, _("The list is longer than 5,000 rows. Choose a state and take it in parts."))
        return redirect("procurement_desk:leads")
    rows = list(found)
    columns = [
        pgettext("lead", "Number"),
        _("Firm or unit"),
        _("Region"),
        pgettext("lead", "State"),
        _("What may come of it (an intention)"),
        _("Ordered goods of the region"),
        _("Opened on"),
        _("Get in touch again on"),
    ]
    sheet = Sheet(_("negotiations"), columns, (24, 30, 14, 12, 18, 18, 14, 14), _cells(rows))
    return table_response(sheet, kind, f"leads-{clock.today():%Y%m%d}")


def _asked(request: ScopedRequest) -> tuple[QuerySet[Lead], str]:
    """Return the leads of the state that the address asks for, and that state; all for another word."""
    found, state = selectors.leads(request.scope), request.GET.get("state", "")
    return (found.filter(state=state), state) if state in LeadState.values else (found, "")


def _cells(rows: list[Lead]) -> Iterator[list[Value]]:
    ordered = selectors.ordered_fen(lead.pk for lead in rows)
    for lead in rows:
        yield [
            lead.number,
            lead.company,
            lead.region.name_zh,
            lead.get_state_display(),
            Fen(lead.expected_fen),
            Fen(ordered.get(lead.pk, 0)),
            str(clock.local_date(lead.opened_at)),
            str(lead.next_on or ""),
        ]
