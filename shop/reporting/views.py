"""What a figure is made of: its places, organisations, orders, lines, parcels and evidence, and the same as files."""

from typing import cast
from urllib.parse import urlencode

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from shop.accounts.access import ScopedRequest, require_roles, roles_of
from shop.accounts.models import Role
from shop.accounts.scope import Scope
from shop.core.exceptions import ShopError
from shop.reporting.asking import Wish
from shop.reporting.cockpit_views import READERS, marks
from shop.reporting.drill import Figure, entry_page, line_sums, order_page, total_of
from shop.reporting.drill_file import (
    ENTRIES,
    figure_of,
    file_tables,
    list_length,
    narrowed_file,
    narrowed_to,
    query_of,
    trail_of,
)
from shop.reporting.export_views import asked, offer_worker
from shop.reporting.exports import too_long
from shop.reporting.forms import DrillForm
from shop.reporting.keyset import place_in
from shop.reporting.level_tables import Levels, level_tables, levels_of
from shop.reporting.measures import MEASURES
from shop.reporting.sending import (
    CONTENT_TYPES,
    bad_filter,
    file_name,
    filters_of,
    refuse,
    send_tables,
)
from shop.reporting.tables import (
    Query,
    Table,
    drill_url,
    entries_table,
    lines_table,
    orders_table,
)
from shop.reporting.trail import evidence_table, parcel_in, steps_of

#: What one level up takes away, innermost first.
LEVELS = (("source",), ("order",), ("organisation",), ("product",), ("supplier",), ("region", "programme"))
#: What the cockpit can be narrowed to as well.
KEPT = ("start", "end", "series", "demo", "region", "programme", "channel", "buyer_kind", "mode")


def _scope(request: HttpRequest) -> Scope:
    return cast(ScopedRequest, request).scope


@require_GET
@require_roles(*READERS)
def drill_page(request: HttpRequest) -> HttpResponse:
    """Show the orders of a figure, then the lines and entries of one of them; every level sums to the figure."""
    form = DrillForm(request.GET)
    if not form.is_valid():
        return render(request, "shop/reporting/drill.html", {"form": form}, status=400)
    figure = figure_of(form)
    query = query_of(form)
    total, tables, next_after = _drill_tables(_scope(request), form, figure, query)
    context = {
        "form": form,
        "figure": figure,
        "measure": MEASURES[figure.measure],
        "total": total,
        "tables": tables,
        "narrowed": narrowed_to(figure),
        "next_url": drill_url(query, after=next_after) if next_after else "",
        "up_url": _up_url(query),
        "export_query": urlencode(query),
        "files": tuple(CONTENT_TYPES),
        "certificates_url": _certificates_url(request, figure),
    }
    return render(request, "shop/reporting/drill.html", context | marks(demo=figure.demo))


def _certificates_url(request: HttpRequest, figure: Figure) -> str:
    """Return the page of a unit's certificates for those whom it opens, "" for others and without a unit."""
    if not figure.organisation or not roles_of(request.user) & {Role.STAFF, Role.AUDITOR}:
        return ""
    return reverse("certificates:organisation", args=[figure.organisation])


def _drill_tables(
    scope: Scope, form: DrillForm, figure: Figure, query: Query
) -> tuple[int, list[Table], str]:
    """Return the figure in fen, the tables of a level and the key of its next page, "" on the last one."""
    after = form.cleaned_data["after"]
    if figure.order is None:
        levels = Levels(total_of(scope, figure)) if after else levels_of(scope, figure)
        page = order_page(scope, figure, place_in(after))
        above, orders = level_tables(levels, query), orders_table(page.rows, levels.total, query)
        return levels.total, [*above, orders], str(page.next or "")
    lines = line_sums(scope, figure)
    total = sum(line.fen for line in lines)
    entries = entry_page(scope, figure, int(after or 0))
    tables = [
        lines_table(lines, total, query),
        *trail_of(scope, figure),
        entries_table(entries.rows, total, MEASURES[figure.measure].sign),
    ]
    return total, tables, str(entries.rows[-1].pk) if entries.more else ""


@require_GET
@require_roles(*READERS)
def drill_export(request: HttpRequest, kind: str) -> HttpResponse:
    """Send every order, or every entry of one order, of a figure as a file; a long one is left to the worker."""
    form = DrillForm(request.GET)
    if not form.is_valid():
        return bad_filter(form)
    if kind not in CONTENT_TYPES:
        raise Http404
    scope, figure = _scope(request), figure_of(form)
    name = f"entries-{figure.measure}"
    rows = list_length(scope, figure, few=settings.EXPORT_DIRECT_ROWS)
    if rows > settings.EXPORT_MOST_ROWS:
        filters = {"kind": kind, **filters_of(query_of(form)), "rows": rows}
        return refuse(request.user.pk, name, filters, too_long(settings.EXPORT_MOST_ROWS))
    if rows > settings.EXPORT_DIRECT_ROWS:
        query = query_of(form)
        ask_url = f"{reverse('reporting:drill_export_ask', args=[kind])}?{urlencode(query)}"
        return offer_worker(request, rows=rows, ask_url=ask_url, back_url=drill_url(query))
    return send_tables(request, kind, name, form, file_tables(scope, figure), narrowed_file(figure))


@require_POST
@require_roles(*READERS)
def drill_export_ask(request: ScopedRequest, kind: str) -> HttpResponse:
    """Ask the worker for the file of a figure, and lead to the page that shows how far it is."""
    form = DrillForm(request.GET)
    if not form.is_valid():
        return bad_filter(form)
    if kind not in CONTENT_TYPES:
        raise Http404
    figure, query = figure_of(form), query_of(form)
    name = f"entries-{figure.measure}"
    rows = list_length(request.scope, figure, few=0)
    wish = Wish(ENTRIES, kind, name, file_name(name, form, kind), query, rows)
    try:
        return asked(request, READERS, wish)
    except ShopError as refused:
        return refuse(request.user.pk, name, {"kind": kind, **filters_of(query), "rows": rows}, refused)


@require_GET
@require_roles(*READERS)
def parcel_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a parcel: what lies in it of the reader's regions, and what became of it. Nobody's name or address."""
    found = parcel_in(_scope(request), pk)
    if found is None:
        raise Http404
    number = found.supplier_order.record.number
    context = {
        "parcel": found,
        "items": found.shown_items,  # type: ignore[attr-defined]  # prefetched under this name
        "events": steps_of(found),
        "number": number,
        "evidence": evidence_table(number),
    }
    return render(
        request, "shop/reporting/parcel.html", context | marks(demo=found.supplier_order.record.demo)
    )


def _up_url(query: Query) -> str:
    """Return the address one level up: line → order → organisation → region → all of them → cockpit."""
    for level in LEVELS:
        if any(name in query for name in level):
            return drill_url({key: value for key, value in query.items() if key not in level})
    kept = {name: query[name] for name in KEPT if query.get(name)}
    return f"{reverse('reporting:overview')}?{urlencode(kept)}"
