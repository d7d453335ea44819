"""Which figure an address opens, in values and in words, and the same as a file: at once, or by the worker."""

from collections.abc import Mapping
from dataclasses import replace

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from shop.accounts.scope import Scope
from shop.buyers.models import Organisation
from shop.core.exceptions import ShopError
from shop.core.together import answers
from shop.regions.models import PartnerRegion, Programme
from shop.reporting.buyers import Buyer
from shop.reporting.drill import (
    Figure,
    all_entries,
    all_orders,
    entries_of,
    line_sums,
)
from shop.reporting.forms import SERIES_NAMES, DrillForm
from shop.reporting.level_tables import level_tables, levels_of
from shop.reporting.making import Content, content_of
from shop.reporting.measures import BUYER_KINDS, CHANNELS, MEASURES, MODES, REASONS
from shop.reporting.sending import Narrowed, head_of
from shop.reporting.tables import Query, Table, entries_table, lines_table, orders_table
from shop.reporting.trail import evidence_table, items_of_figure, parcels_table

#: The maker of these files.
ENTRIES = "entries"
#: What an address may narrow a figure to.
NARROWS = ("region", "programme", "reason", "supplier", "product", *Buyer._fields, "order", "source")


def figure_of(form: DrillForm) -> Figure:
    """Return the figure that a valid form opens."""
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


def query_of(form: DrillForm) -> Query:
    """Return the figure as parameters of an address; the period always as two days."""
    query = {
        "start": f"{form.period.start}",
        "end": f"{form.period.end}",
        "measure": str(form.data["measure"]),
    }
    query |= {name: value for name in ("series", "demo") if (value := form.cleaned_data[name])}
    return query | {name: str(form.data[name]) for name in NARROWS if name in form.data}


def trail_of(scope: Scope, figure: Figure) -> list[Table]:
    """Return the parcels and the evidence of the figure's order, or of its line."""
    if not figure.order:
        return []
    items = items_of_figure(scope, figure.order, figure.source)
    return [parcels_table(items), evidence_table(figure.order)]


def list_length(scope: Scope, figure: Figure, *, few: int) -> int:
    """Return how many rows the list of a figure has; where they are `few` or less, a number no larger than that.

    One query, two where there are more. The first stops counting behind `few`.
    """
    entries = entries_of(scope, figure).order_by()
    found = entries[: few + 1].count()
    if found <= few:
        return found
    return entries.count() if figure.order is not None else entries.values("order_number").distinct().count()


def file_tables(scope: Scope, figure: Figure) -> list[Table]:
    """Return every order, or every entry of one order, below what the page shows above them."""
    if figure.order is None:
        levels = levels_of(scope, figure)
        return [*level_tables(levels, {}), orders_table(all_orders(scope, figure), levels.total, {})]
    lines = line_sums(scope, figure)
    total = sum(line.fen for line in lines)
    return [
        lines_table(lines, total, {}),
        *trail_of(scope, figure),
        entries_table(all_entries(scope, figure), total, MEASURES[figure.measure].sign),
    ]


def narrowed_file(figure: Figure) -> Narrowed:
    """Return what stands above a figure's file: which figure, and what it is narrowed to."""
    return [(_("Figure"), str(MEASURES[figure.measure].label)), *narrowed_to(figure)]


def entries_content(scope: Scope, kind: str, query: Query) -> Content:
    """Return a figure's file for the worker. Raises ShopError for a query that is none any more."""
    form = DrillForm(query)
    if not form.is_valid():
        raise ShopError(_("This figure cannot be opened any more. Please ask for the file again."))
    figure = figure_of(form)
    *above, listed = file_tables(scope, figure)
    short = [replace(table, rows=list(table.rows)) for table in above]
    rows = list_length(scope, figure, few=0) + sum(len(list(table.rows)) for table in short)
    head = head_of(form, narrowed_file(figure))
    return content_of(kind, head, [*short, listed], rows)


def _names_in(figure: Figure) -> dict[str, str | None]:
    """Return the names behind the codes of an address, the code itself where nothing bears it. One query at most."""
    asked = {
        "region": PartnerRegion.objects.filter(slug=figure.region or "").values_list("name_zh"),
        "programme": Programme.objects.filter(slug=figure.programme or "").values_list("name_zh"),
        "organisation": Organisation.objects.filter(code=figure.organisation or "").values_list("name"),
    }
    codes: dict[str, str | None] = {name: getattr(figure, name) for name in asked}
    given = [name for name, code in codes.items() if code]
    found = zip(given, answers(*(asked[name] for name in given)), strict=True)
    return codes | {name: rows[0][0] for name, rows in found if rows}


def _word(words: Mapping[str, str | Promise], code: str | None) -> str | None:
    return None if code is None else str(words.get(code, code))


def narrowed_to(figure: Figure) -> Narrowed:
    """Return what a figure is narrowed to, in words. One query at most."""
    names = _names_in(figure)
    series = str(dict(SERIES_NAMES)[figure.series]) if figure.series == "restated" else None
    named = (
        (_("Series"), series, ""),
        (_("Region"), names["region"], _("No region")),
        (_("Programme"), names["programme"], _("No programme")),
        (pgettext("ledger", "Buyer"), _word(BUYER_KINDS, figure.buyer_kind), ""),
        (_("Organisation"), names["organisation"], _("No organisation")),
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
