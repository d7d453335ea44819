"""The cockpit: what is confirmed and paid against the targets, where it comes from, and what needs a person."""

from typing import Any, cast
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.views.decorators.http import require_GET

from shop.accounts.access import CLOSERS, ScopedRequest, require_roles
from shop.accounts.access import READERS as EVERY_READER
from shop.accounts.scope import Scope
from shop.core import clock
from shop.ledger.posting import RULE_VERSION
from shop.reporting.attention import needs_a_look
from shop.reporting.charts import charts_of
from shop.reporting.cockpit import cockpit
from shop.reporting.cockpit_tables import cockpit_tables
from shop.reporting.forms import SERIES_NAMES, CockpitForm
from shop.reporting.measures import BUYER_KINDS, CHANNELS, MEASURES, MODES
from shop.reporting.selectors import Overview, cut_off, ledger_lag, progress_of
from shop.reporting.sending import CONTENT_TYPES, Narrowed, bad_filter, send_tables
from shop.reporting.tables import drill_url

READERS = (*EVERY_READER, *CLOSERS)


def _scope(request: HttpRequest) -> Scope:
    return cast(ScopedRequest, request).scope


def _offer(form: CockpitForm, scope: Scope, found: Overview) -> None:
    """Let the form offer the places that the reader may choose."""
    names = ((region.slug, region.name_zh) for region in found.regions)
    form.offer(
        regions=[pair for pair in names if scope.everything or pair[0] in scope.regions],
        programmes=list(found.programmes.items()),
    )


@require_GET
@require_roles(*READERS)
def overview_page(request: HttpRequest) -> HttpResponse:
    """Show the figures of a cut with their charts, each above its table, and what waits for a person."""
    form = CockpitForm(request.GET)
    found = cockpit(_scope(request), form.cut)
    _offer(form, _scope(request), found.found)
    query = form.query
    bars = progress_of(found.found)
    charts = charts_of(found, bars, query)
    context = {
        "form": form.shown(),
        "is_narrowed": bool(set(query) - {"start", "end", "programme"}),
        "period": form.period,
        "report_month": min(form.period.end, clock.today()),
        "found": found.found,
        "whole": found.whole,
        "tiles": {key: drill_url(query, measure=key) for key in MEASURES},
        "sections": [(table, charts.get(table.key)) for table in cockpit_tables(found, query)],
        "chart_rows": bars,
        "programmes": _programme_links(form),
        "narrowed": _narrowed(form),
        "attention": needs_a_look(_scope(request), found, query),
        "export_query": urlencode(query),
        "files": tuple(CONTENT_TYPES),
    }
    return render(request, "shop/reporting/overview.html", context | marks(demo=found.cut.demo))


def marks(*, demo: bool) -> dict[str, Any]:
    """Return what stands beside every figure. One query."""
    return {"cut_off": cut_off(), "lag": ledger_lag(), "rule_version": RULE_VERSION, "demo": demo}


def _programme_links(form: CockpitForm) -> list[tuple[str, str, bool]]:
    """Return (name, address, is chosen) of every programme, all of them first."""
    chosen = form.query.get("programme", "")
    plain = {name: value for name, value in form.data.items() if name != "programme" and value}
    return [
        (name, "?" + urlencode(plain | {"programme": slug} if slug else plain), slug == chosen)
        for slug, name in form.fields["programme"].widget.choices
    ]


def _narrowed(form: CockpitForm) -> Narrowed:
    """Return what the figures are narrowed to, in words."""
    found: Narrowed = []
    for name in ("region", "programme", "channel", "buyer_kind", "mode", "series"):
        asked = form.query.get(name)
        if asked:
            words = _words(form, name)
            found.append((str(form.fields[name].label), str(words.get(asked, asked))))
    return found


def _words(form: CockpitForm, name: str) -> dict[str, str | Promise]:
    fixed = {"channel": CHANNELS, "buyer_kind": BUYER_KINDS, "mode": MODES, "series": dict(SERIES_NAMES)}
    if name in fixed:
        return cast(dict[str, str | Promise], fixed[name])
    return dict(form.fields[name].widget.choices)


@require_GET
@require_roles(*READERS)
def overview_export(request: HttpRequest, kind: str) -> HttpResponse:
    """Send the tables of the cockpit as a file."""
    form = CockpitForm(request.GET)
    if not form.is_valid():
        return bad_filter(form)
    found = cockpit(_scope(request), form.cut)
    _offer(form, _scope(request), found.found)
    tables = cockpit_tables(found, form.query)
    return send_tables(request, kind, "consumption-support", form, tables, _narrowed(form))
