"""The staff's figures: overview, what each figure is made of, and both as files."""

from collections.abc import Iterable, Mapping
from typing import Any, cast
from urllib.parse import urlencode

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET

from shop.accounts.access import CLOSERS, ScopedRequest, require_roles
from shop.accounts.access import READERS as EVERY_READER
from shop.accounts.scope import Scope
from shop.buyers.selectors import organisation_names
from shop.core import clock
from shop.core.exceptions import ShopError
from shop.journal import services as journal
from shop.ledger.posting import RULE_VERSION
from shop.regions.models import PartnerRegion, Programme
from shop.reporting.buyers import Buyer, BuyerRow, buyer_rows
from shop.reporting.drill import (
    Figure,
    all_entries,
    all_orders,
    entry_page,
    line_sums,
    order_page,
    total_of,
)
from shop.reporting.exports import csv_text, xlsx_bytes
from shop.reporting.forms import DrillForm, PeriodForm
from shop.reporting.keyset import place_in
from shop.reporting.measures import BUYER_KINDS, CHANNELS, MEASURES, MODES, REASONS
from shop.reporting.periods import Period
from shop.reporting.selectors import cut_off, ledger_lag, overview, progress_of
from shop.reporting.tables import (
    Query,
    Table,
    drill_url,
    entries_table,
    lines_table,
    orders_table,
    overview_tables,
)

READERS = (*EVERY_READER, *CLOSERS)
CONTENT_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def _scope(request: HttpRequest) -> Scope:
    return cast(ScopedRequest, request).scope


def _period_query(form: PeriodForm) -> Query:
    """Return the filters as parameters for the pages below."""
    period = form.period
    query = {"start": f"{period.start}", "end": f"{period.end}"}
    programme = form.cleaned_data.get("programme") if form.is_valid() else ""
    return query | {"programme": programme} if programme else query


@require_GET
@require_roles(*READERS)
def overview_page(request: HttpRequest) -> HttpResponse:
    """Show confirmed and paid by region × programme against the target, with the bridge beside it."""
    form = PeriodForm(request.GET)
    query = _period_query(form)
    found = overview(_scope(request), form.period, settings.SHOP_DEMO, query.get("programme", ""))
    context = {
        "form": form.shown(),
        "period": form.period,
        "found": found,
        "tiles": {key: drill_url(query, measure=key) for key in MEASURES},
        "tables": overview_tables(found, _buyers(request, form, query), query),
        "chart_rows": progress_of(row for row in found.rows if row.region),
        "programmes": _programme_links(form, query),
        "export_query": urlencode(query),
    }
    return render(request, "shop/reporting/overview.html", context | _marks())


def _buyers(request: HttpRequest, form: PeriodForm, query: Query) -> list[BuyerRow]:
    return buyer_rows(_scope(request), form.period, settings.SHOP_DEMO, query.get("programme", ""))


def _marks() -> dict[str, Any]:
    """Return what stands beside every figure."""
    return {
        "cut_off": cut_off(),
        "lag": ledger_lag(),
        "rule_version": RULE_VERSION,
        "demo": settings.SHOP_DEMO,
    }


def _programme_links(form: PeriodForm, query: Query) -> list[tuple[str, str, bool]]:
    """Return (name, address, is chosen) of every programme, all of them first."""
    chosen = query.get("programme", "")
    plain = {name: value for name, value in form.data.items() if name != "programme" and value}
    names = [("", _("All programmes")), *Programme.objects.order_by("pk").values_list("slug", "name_zh")]
    return [
        (name, "?" + urlencode(plain | {"programme": slug} if slug else plain), slug == chosen)
        for slug, name in names
    ]


@require_GET
@require_roles(*READERS)
def overview_export(request: HttpRequest, kind: str) -> HttpResponse:
    """Send the tables of the overview as a file."""
    form = PeriodForm(request.GET)
    if not form.is_valid():
        return _bad_filter(form)
    query = _period_query(form)
    found = overview(_scope(request), form.period, settings.SHOP_DEMO, query.get("programme", ""))
    tables = overview_tables(found, _buyers(request, form, query), query)
    narrowed = [(_("Programme"), query["programme"])] if "programme" in query else []
    return _file(request, kind, "consumption-support", form.period, tables, narrowed)


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
    }
    return render(request, "shop/reporting/drill.html", context | _marks())


def _drill_tables(
    scope: Scope, form: DrillForm, figure: Figure, query: Query, total: int
) -> tuple[list[Table], str]:
    """Return the tables of a level and the key of its next page, "" on the last one."""
    after = form.cleaned_data["after"]
    if figure.order is None:
        page = order_page(scope, figure, place_in(after))
        return [orders_table(page.rows, total, query)], str(page.next or "")
    entries = entry_page(scope, figure, int(after or 0))
    tables = [
        lines_table(line_sums(scope, figure), total, query),
        entries_table(entries.rows, total, MEASURES[figure.measure].sign),
    ]
    return tables, str(entries.rows[-1].pk) if entries.more else ""


@require_GET
@require_roles(*READERS)
def drill_export(request: HttpRequest, kind: str) -> HttpResponse:
    """Send every order, or every entry of one order, of a figure as a file."""
    form = DrillForm(request.GET)
    if not form.is_valid():
        return _bad_filter(form)
    scope, figure = _scope(request), _figure(form)
    total = total_of(scope, figure)
    if figure.order is None:
        tables = [orders_table(all_orders(scope, figure), total, {})]
    else:
        tables = [
            lines_table(line_sums(scope, figure), total, {}),
            entries_table(all_entries(scope, figure), total, MEASURES[figure.measure].sign),
        ]
    narrowed = [(_("Figure"), str(MEASURES[figure.measure].label)), *_narrowed(figure)]
    return _file(request, kind, f"entries-{figure.measure}", figure.period, tables, narrowed)


def _figure(form: DrillForm) -> Figure:
    return Figure(
        form.cleaned_data["measure"],
        form.period,
        settings.SHOP_DEMO,
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
    query = {"start": f"{form.period.start}", "end": f"{form.period.end}"}
    names = ("measure", "region", "programme", "reason", *Buyer._fields, "order", "source")
    return query | {name: str(form.data[name]) for name in names if name in form.data}


def _up_url(query: Query) -> str:
    """Return the address one level up: line → order → orders → overview."""
    for name in ("source", "order"):
        if name in query:
            return drill_url({key: value for key, value in query.items() if key != name})
    return f"{reverse('reporting:overview')}?{urlencode({'start': query['start'], 'end': query['end']})}"


def _name_of(model: type[PartnerRegion | Programme], slug: str | None) -> str | None:
    """Return the name behind a slug of the address, the slug itself where nothing bears it."""
    names = model._default_manager.filter(slug=slug).values_list("name_zh", flat=True) if slug else ()
    return next(iter(names), slug)


def _word(words: Mapping[str, str | Promise], code: str | None) -> str | None:
    return None if code is None else str(words.get(code, code))


def _organisation(code: str | None) -> str | None:
    return organisation_names([code]).get(code, code) if code else code


def _narrowed(figure: Figure) -> list[tuple[str, str]]:
    named = (
        (_("Region"), _name_of(PartnerRegion, figure.region), _("No region")),
        (_("Programme"), _name_of(Programme, figure.programme), _("No programme")),
        (pgettext("ledger", "Buyer"), _word(BUYER_KINDS, figure.buyer_kind), ""),
        (_("Organisation"), _organisation(figure.organisation), _("No organisation")),
        (_("Mode"), _word(MODES, figure.mode), ""),
        (_("Channel"), _word(CHANNELS, figure.channel), ""),
        (pgettext("ledger", "Order"), figure.order, _("No order")),
        (_("Source"), figure.source, ""),
    )
    found = [(name, value or nothing) for name, value, nothing in named if value is not None]
    if figure.reason is not None:
        found.append((_("Reason"), str(REASONS.get(figure.reason, figure.reason))))
    return found


def _bad_filter(form: PeriodForm) -> HttpResponse:
    texts = [
        f"{form.fields[name].label or name}: {error}" if name in form.fields else str(error)
        for name, errors in form.errors.items()
        for error in errors
    ]
    return HttpResponse("\n".join(texts), status=400, content_type="text/plain; charset=utf-8")


def _head(period: Period, narrowed: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the lines above every file: whose rules, which version, up to when, how complete, how real."""
    lag = ledger_lag()
    waiting = _("%(count)s events are still on their way") % {"count": lag.messages}
    return [
        (_("Basis"), _("The platform's own counting rules (平台口径)")),
        (_("Rule version"), RULE_VERSION),
        (_("Period"), f"{period.start} – {period.end}"),
        *narrowed,
        (_("Cut-off"), f"{cut_off():%Y-%m-%d %H:%M:%S} (Asia/Shanghai)"),
        (_("Ledger"), waiting if lag.messages else _("complete")),
        (_("Kind of data"), _("Demonstration data") if settings.SHOP_DEMO else _("Real data")),
    ]


def _file(
    request: HttpRequest,
    kind: str,
    name: str,
    period: Period,
    tables: Iterable[Table],
    narrowed: list[tuple[str, str]],
) -> HttpResponse:
    if kind not in CONTENT_TYPES:
        raise Http404
    head = _head(period, narrowed)
    try:
        body = "".join(csv_text(head, tables)).encode() if kind == "csv" else xlsx_bytes(head, tables)
    except ShopError as error:
        journal.record(
            actor_id=request.user.pk,
            action="export.refused",
            object_type="export",
            object_key=name,
            after={"kind": kind, "start": f"{period.start}", "end": f"{period.end}"},
            reason=str(error),
        )
        return HttpResponse(str(error), status=400, content_type="text/plain; charset=utf-8")
    response = HttpResponse(body, content_type=CONTENT_TYPES[kind])
    file_name = f"{name}-{period.start}-{period.end}-{clock.today():%Y%m%d}.{kind}"
    response["Content-Disposition"] = f'attachment; filename="{file_name}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response
