"""The annual task statements: targets by region, programme, year and mode, how far each is, and setting them."""

from typing import Any, cast
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from shop.accounts.access import ScopedRequest, require_roles, roles_of
from shop.accounts.models import Role
from shop.accounts.selectors import names_of
from shop.core import clock
from shop.core.exceptions import ShopError
from shop.core.fen import from_yuan
from shop.core.forms import add_refusal
from shop.regions.targets import YEARS_AHEAD, set_target, target_history
from shop.reporting.cockpit_views import READERS, marks
from shop.reporting.forms import FIRST_YEAR
from shop.reporting.periods import whole_year
from shop.reporting.sending import CONTENT_TYPES, bad_filter, send_tables
from shop.reporting.target_forms import TargetForm, YearForm
from shop.reporting.target_rows import TargetRow, change_of, target_rows, target_table


@require_http_methods(["GET", "HEAD", "POST"])
@require_roles(*READERS)
def targets(request: ScopedRequest) -> HttpResponse:
    """Show the targets of a year with progress, pace and forecast; staff of the whole shop set them here."""
    may_set = request.scope.everything and Role.STAFF in roles_of(request.user)
    if request.method == "POST" and not may_set:
        raise Http404
    asked = YearForm(request.GET)
    form = TargetForm(request.POST if request.method == "POST" else None, initial=_proposed(request))
    if form.is_bound and form.is_valid():
        try:
            _set(request, form)
        except ShopError as refused:
            add_refusal(form, refused)
        else:
            messages.success(request, _("The target stands; the journal says why."))
            return redirect(f"{reverse('reporting:targets')}?year={form.cleaned_data['year']}")
    rows = target_rows(request.scope, asked.period.start.year, asked.is_demo)
    context = _context(request, asked, rows) | {"form": form if may_set else None}
    status = 422 if form.errors else 200
    return render(request, "shop/reporting/targets.html", context | marks(demo=asked.is_demo), status=status)


def _set(request: ScopedRequest, form: TargetForm) -> None:
    data = form.cleaned_data
    set_target(
        region=data["region"],
        programme=data["programme"],
        year=data["year"],
        mode=data["mode"],
        target_fen=from_yuan(data["amount"]),
        demo=settings.SHOP_DEMO,
        decided_on=data["decided_on"],
        reason=data["reason"],
        actor_id=request.user.pk,
    )


def _proposed(request: HttpRequest) -> dict[str, Any]:
    """Return what the form begins with: this year and today, and the row that its link names."""
    known = {name: request.GET[name] for name in ("region", "programme", "mode") if name in request.GET}
    return {"year": clock.today().year, "decided_on": clock.today()} | known


def _context(request: ScopedRequest, asked: YearForm, rows: list[TargetRow]) -> dict[str, Any]:
    year = asked.period.start.year
    entries = target_history([row.key for row in rows])
    last = clock.today().year + YEARS_AHEAD
    return {
        "asked": asked,
        "year": year,
        "years": range(max(FIRST_YEAR, year - 2), min(last, year + 2) + 1),
        "rows": rows,
        "table": target_table(rows, {"start": f"{asked.period.start}", "end": f"{asked.period.end}"}),
        "history": [change_of(entry, rows) for entry in entries],
        "people": names_of(entry.actor_id for entry in entries),
        "export_query": urlencode({"year": year}),
        "files": tuple(CONTENT_TYPES),
    }


@require_GET
@require_roles(*READERS)
def targets_export(request: HttpRequest, kind: str) -> HttpResponse:
    """Send the targets of a year as a file."""
    asked = YearForm(request.GET)
    if not asked.is_valid():
        return bad_filter(asked)
    scope = cast(ScopedRequest, request).scope
    period = whole_year(asked.period.start.year)
    rows = target_rows(scope, period.start.year, asked.is_demo)
    table = target_table(rows, {"start": f"{period.start}", "end": f"{period.end}"})
    return send_tables(request, kind, "targets", asked, [table], [])
