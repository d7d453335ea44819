"""What a statement says, as tables."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from shop.core import clock
from shop.ledger.closing_models import Statement
from shop.reporting.measures import MEASURES, STAGES
from shop.reporting.months import Cause, MonthRow, RestatedOrder, names_of, statement_body
from shop.reporting.tables import Cell, Table, drill_url, money

#: The dimensions that the page shows, in this order; the exported statement has all of them.
DIMENSION_NAMES: dict[str, str | Promise] = {
    "region": gettext_lazy("Region"),
    "programme": gettext_lazy("Programme"),
    "buyer_kind": gettext_lazy("Buyer kind"),
    "mode": gettext_lazy("Mode"),
    "channel": gettext_lazy("Channel"),
    "credited_organisation": gettext_lazy("Organisation"),
    "supplier": gettext_lazy("Supplier"),
    "category": gettext_lazy("Category"),
    "grade": gettext_lazy("Evidence"),
}
_COLUMNS = ("confirmed", "gross", "refunded", "net", "not_counted")
_OTHER = ("freight", "fee", "donation", "unapplied", "receivable")


def months_table(rows: list[MonthRow]) -> Table:
    """Every month in both series."""
    return Table(
        "months",
        _("Months, as reported and restated (yuan)"),
        [
            (_("Month"), False),
            (_("State"), False),
            (_("Confirmed, reported"), True),
            (_("Confirmed, restated"), True),
            (_("Changed later"), True),
            (_("Paid, reported"), True),
            (_("Paid, restated"), True),
            (_("Changed later"), True),
            (_("Statement"), False),
        ],
        [_month_cells(row) for row in rows],
    )


def _month_cells(row: MonthRow) -> list[Cell]:
    text = f"{row.month:%Y-%m}"
    restated = reverse("reporting:month_restated", args=[text])
    return [
        Cell(text, url=reverse("reporting:month", args=[text])),
        Cell(row.state_name or pgettext("month", "Open")),
        money(row.confirmed),
        money(row.confirmed_restated),
        money(row.confirmed_change, restated),
        money(row.net),
        money(row.net_restated),
        money(row.net_change, restated),
        Cell(row.number),
    ]


def statement_tables(statement: Statement) -> list[Table]:
    """Return the tables of a statement: month, year to date and to date, earlier months, every dimension."""
    body = statement_body(statement)
    tables = [_whole(body), _bridge(body)]
    if body["restates"]:
        tables.append(_restates(body))
    for name, label in DIMENSION_NAMES.items():
        tables.append(_dimension(name, str(label), body["dimensions"].get(name, {})))
    return tables


def _label(key: str) -> str:
    return str(MEASURES[key].label)


def _whole(body: Mapping[str, Any]) -> Table:
    spans = ("figures", "year_to_date", "to_date")
    rows = [
        [Cell(_label(key)), *(money(body[span].get(key, 0)) for span in spans)]
        for key in (*_COLUMNS, *_OTHER)
    ]
    columns = [(_("Figure"), False), (_("Month"), True), (_("Year to date"), True), (_("To date"), True)]
    return Table("whole", _("Statement (yuan)"), columns, rows)


def _bridge(body: Mapping[str, Any]) -> Table:
    keys = [*(f"stage-{stage}" for stage, _name in STAGES), "net"]
    rows = [
        [Cell(_label(key)), money(body["figures"].get(key, 0)), money(body["to_date"].get(key, 0))]
        for key in keys
    ]
    columns = [(_("Stage"), False), (_("Month"), True), (_("To date"), True)]
    return Table("bridge", _("Bridge: what was paid, by stage (yuan)"), columns, rows)


def _restates(body: Mapping[str, Any]) -> Table:
    rows = [
        [
            Cell(month, url=reverse("reporting:month_restated", args=[month])),
            money(figures.get("confirmed", 0)),
            money(figures.get("net", 0)),
        ]
        for month, figures in sorted(body["restates"].items())
    ]
    columns = [(_("Belongs to month"), False), (_label("confirmed"), True), (_label("net"), True)]
    return Table("restates", _("Of it belongs to earlier months (yuan)"), columns, rows)


def _dimension(name: str, label: str, groups: Mapping[str, Mapping[str, int]]) -> Table:
    names = names_of(name, groups)
    rows = [
        [Cell(str(names.get(code, code)) or "–"), *(money(figures.get(key, 0)) for key in _COLUMNS)]
        for code, figures in sorted(groups.items(), key=lambda item: (-item[1].get("confirmed", 0), item[0]))
        if any(figures.get(key, 0) for key in _COLUMNS)
    ]
    caption = _("By %(dimension)s (yuan)") % {"dimension": label}
    return Table(name, caption, [(label, False), *((_label(key), True) for key in _COLUMNS)], rows)


def causes_table(found: list[Cause]) -> Table:
    """What changed a month in later ones."""
    rows = [
        [
            Cell(f"{cause.booked:%Y-%m}", url=reverse("reporting:month", args=[f"{cause.booked:%Y-%m}"])),
            Cell(cause.name),
            Cell(number=cause.entries, is_number=True),
            money(cause.confirmed),
            money(cause.net),
        ]
        for cause in found
    ]
    total = [Cell(_("Total")), Cell(), Cell(number=sum(cause.entries for cause in found), is_number=True)]
    sums = [money(sum(cause.confirmed for cause in found)), money(sum(cause.net for cause in found))]
    columns = [
        (_("Booked in"), False),
        (_("Cause"), False),
        (_("Entries"), True),
        (_label("confirmed"), True),
        (_label("net"), True),
    ]
    return Table("causes", _("Causes (yuan)"), columns, rows, [*total, *sums])


def restated_orders_table(rows: list[RestatedOrder], month: dt.date) -> Table:
    """The orders that changed a month later; each opens to its entries since then."""
    query = {"measure": "net", "start": f"{month}", "end": f"{clock.today()}"}
    columns = [(pgettext("ledger", "Order"), False), (_label("confirmed"), True), (_label("net"), True)]
    cells = [
        [
            Cell(row.number, url=drill_url(query, order=row.number)),
            money(row.confirmed),
            money(row.net),
        ]
        for row in rows
    ]
    return Table("restated-orders", _("Orders (yuan)"), columns, cells)
