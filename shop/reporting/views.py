"""What a figure is made of: its places, organisations, orders, lines, parcels and evidence, and the same as files."""

from collections.abc import Mapping
from typing import cast
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET

from shop.accounts.access import ScopedRequest, require_roles, roles_of
from shop.accounts.models import Role
from shop.accounts.scope import Scope
from shop.buyers.selectors import organisation_names
from shop.regions.models import PartnerRegion, Programme
from shop.reporting.buyers import Buyer
from shop.reporting.cockpit_views import READERS, marks
from shop.reporting.drill import (
    Figure,
    all_entries,
    all_orders,
    entry_page,
    line_sums,
    order_page,
    total_of,
)
from shop.reporting.forms import SERIES_NAMES, DrillForm
from shop.reporting.keyset import place_in
from shop.reporting.level_tables import level_tables
from shop.reporting.measures import BUYER_KINDS, CHANNELS, MEASURES, MODES, REASONS
from shop.reporting.sending import CONTENT_TYPES, Narrowed, bad_filter, send_tables
from shop.reporting.tables import (
    Query,
    Table,
    drill_url,
    entries_table,
    lines_table,
    orders_table,
)
from shop.reporting.trail import evidence_table, items_of_figure, parcel_in, parcels_table, steps_of

#: What an address may narrow a figure to.
NARROWS = ("region", "programme", "reason", "supplier", "product", *Buyer._fields, "order", "source")
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
    figure = _figure(form)
    query = _drill_query(form)
    total = total_of(_scope(request), figure)
    tables, next_after = _drill_tables(_scope(request), form, figure, query, total)
    context = {
        "form": form,
        "figure": figure,
        "measure": MEASURES[figure.measure],
        "total": total,
        "tables": tables,
        "narrowed": _narrowed(figure),
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
    scope: Scope, form: DrillForm, figure: Figure, query: Query, total: int
) -> tuple[list[Table], str]:
    """Return the tables of a level and the key of its next page, "" on the last one."""
    after = form.cleaned_data["after"]
    if figure.order is None:
        page = order_page(scope, figure, place_in(after))
        levels = [] if after else level_tables(scope, figure, query)
        return [*levels, orders_table(page.rows, total, query)], str(page.next or "")
    entries = entry_page(scope, figure, int(after or 0))
    tables = [
        lines_table(line_sums(scope, figure), total, query),
        *_trail(scope, figure),
        entries_table(entries.rows, total, MEASURES[figure.measure].sign),
    ]
    return tables, str(entries.rows[-1].pk) if entries.more else ""


def _trail(scope: Scope, figure: Figure) -> list[Table]:
    """Return the parcels and the evidence of the figure's order, or of its line."""
    if not figure.order:
        return []
    items = items_of_figure(scope, figure.order, figure.source)
    return [parcels_table(items), evidence_table(figure.order)]


@require_GET
@require_roles(*READERS)
def drill_export(request: HttpRequest, kind: str) -> HttpResponse:
    """Send every order, or every entry of one order, of a figure as a file."""
    form = DrillForm(request.GET)
    if not form.is_valid():
        return bad_filter(form)
    scope, figure = _scope(request), _figure(form)
    total = total_of(scope, figure)
    if figure.order is None:
        tables = [*level_tables(scope, figure, {}), orders_table(all_orders(scope, figure), total, {})]
    else:
        tables = [
            lines_table(line_sums(scope, figure), total, {}),
            *_trail(scope, figure),
            entries_table(all_entries(scope, figure), total, MEASURES[figure.measure].sign),
        ]
    narrowed = [(_("Figure"), str(MEASURES[figure.measure].label)), *_narrowed(figure)]
    return send_tables(request, kind, f"entries-{figure.measure}", form, tables, narrowed)


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


def _figure(form: DrillForm) -> Figure:
    return Figure(
        form.cleaned_data["measure"],
        form.period,
        form.is_demo,
        series=form.asked_series,
        supplier=form.given("supplier"),
        product=form.given("product"),
        region=form.given("region"),
        programme=form.given("programme"),
        reason=form.given("reason"),
        order=form.given("order"),
        source=form.given("source"),
        buyer_kind=form.given("buyer_kind"),
        organisation=form.given("organisation"),
        mode=form.given("mode"),
        channel=form.given("channel"),
    )


def _drill_query(form: DrillForm) -> Query:
    query = {
        "start": f"{form.period.start}",
        "end": f"{form.period.end}",
        "measure": str(form.data["measure"]),
    }
    query |= {name: value for name in ("series", "demo") if (value := form.cleaned_data[name])}
    return query | {name: str(form.data[name]) for name in NARROWS if name in form.data}


def _up_url(query: Query) -> str:
    """Return the address one level up: line → order → organisation → region → all of them → cockpit."""
    for level in LEVELS:
        if any(name in query for name in level):
            return drill_url({key: value for key, value in query.items() if key not in level})
    kept = {name: query[name] for name in KEPT if query.get(name)}
    return f"{reverse('reporting:overview')}?{urlencode(kept)}"


def _name_of(model: type[PartnerRegion | Programme], slug: str | None) -> str | None:
    """Return the name behind a slug of the address, the slug itself where nothing bears it."""
    names = model._default_manager.filter(slug=slug).values_list("name_zh", flat=True) if slug else ()
    return next(iter(names), slug)


def _word(words: Mapping[str, str | Promise], code: str | None) -> str | None:
    return None if code is None else str(words.get(code, code))


def _organisation(code: str | None) -> str | None:
    return organisation_names([code]).get(code, code) if code else code


def _narrowed(figure: Figure) -> Narrowed:
    series = str(dict(SERIES_NAMES)[figure.series]) if figure.series == "restated" else None
    named = (
        (_("Series"), series, ""),
        (_("Region"), _name_of(PartnerRegion, figure.region), _("No region")),
        (_("Programme"), _name_of(Programme, figure.programme), _("No programme")),
        (pgettext("ledger", "Buyer"), _word(BUYER_KINDS, figure.buyer_kind), ""),
        (_("Organisation"), _organisation(figure.organisation), _("No organisation")),
        (_("Mode"), _word(MODES, figure.mode), ""),
        (_("Channel"), _word(CHANNELS, figure.channel), ""),
        (_("Supplier"), figure.supplier, ""),
        (_("Product"), figure.product, ""),
        (pgettext("ledger", "Order"), figure.order, _("No order")),
        (_("Source"), figure.source, ""),
    )
    found = [(name, value or nothing) for name, value, nothing in named if value is not None]
    if figure.reason is not None:
        found.append((_("Reason"), str(REASONS.get(figure.reason, figure.reason))))
    return found
