"""The tables of the cockpit, in the order in which page and files show them."""

import datetime as dt
from collections.abc import Callable, Iterable
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from shop.core.clock import month_of
from shop.reporting.buyers import BuyerRow, total_of_rows
from shop.reporting.cockpit import Cockpit
from shop.reporting.goods import KEYS as GOODS_KEYS
from shop.reporting.goods import GoodsRow, total_of_goods
from shop.reporting.measures import BUYER_KINDS, CHANNELS, MEASURES, MODES
from shop.reporting.outlook import Outlook
from shop.reporting.selectors import Sums
from shop.reporting.tables import (
    Cell,
    Query,
    Table,
    bridge_table,
    buyers_table,
    drill_url,
    has_goods,
    money,
    not_counted_table,
    other_table,
    share_of,
)

STATES: dict[str, tuple[str, str | Promise]] = {
    "reached": ("ok", pgettext_lazy("target", "Reached")),
    "on_course": ("ok", gettext_lazy("On course")),
    "low": ("warn", gettext_lazy("A little low")),
    "behind": ("err", gettext_lazy("Needs attention")),
}
_SPLIT_KEYS = ("confirmed", "gross", "refunded", "net", "receivable")


def cockpit_tables(found: Cockpit, query: Query) -> list[Table]:
    """Return every table of the cockpit."""
    return [
        targets_table(found, query),
        bridge_table(found.found, query),
        months_table(found, query),
        *split_tables(found, query),
        *goods_tables(found, query),
        buyers_table(found.buyers, query),
        not_counted_table(found.found, query),
        other_table(found.found, query),
    ]


def targets_table(found: Cockpit, query: Query) -> Table:
    """Region × programme beside the year's target, with pace and forecast."""

    def cells(sums: Sums, own: Query, year: Outlook | None) -> list[Cell]:
        return [
            money(sums.target) if sums.target else _none(),
            money(sums.confirmed, drill_url(own, measure="confirmed")),
            Cell(share_of(sums.confirmed, sums.target), is_number=True),
            money(sums.open, drill_url(own, measure="open")),
            *outlook_cells(year),
        ]

    rows = []
    for row in found.found.rows:
        if row.region or has_goods(row.sums):
            own = query | {"region": row.region, "programme": row.programme}
            name = row.region_name or _("No region")
            url = cockpit_url(query, region=row.region) if row.region else ""
            place = [Cell(name, seal=row.region, url=url), Cell(row.programme_name or _("No programme"))]
            year = found.outlooks.get((row.region, row.programme))
            rows.append([*place, *cells(row.sums, own, year)])
    total = cells(found.found.total, query, found.whole)
    columns = [
        (_("Region"), False),
        (_("Programme"), False),
        (_("Annual target"), True),
        (str(MEASURES["confirmed"].label), True),
        (_("Reached"), True),
        (str(MEASURES["open"].label), True),
        *outlook_columns(),
    ]
    caption = _("Consumption support by region and programme (yuan)")
    return Table("overview", caption, columns, rows, [Cell(_("Total")), Cell(), *total])


def outlook_columns() -> list[tuple[str, bool]]:
    """Return the columns of `outlook_cells`."""
    return [(_("Forecast of the year"), True), (_("State"), False)]


def outlook_cells(year: Outlook | None) -> list[Cell]:
    """Return where a year is going, and in a word what that means."""
    if year is None:
        return [_none(), Cell("–")]
    tone, word = STATES.get(year.state, ("", "–"))
    return [
        money(year.forecast) if year.forecast is not None else _none(),
        Cell(str(word), tone=tone),
    ]


def _none() -> Cell:
    return Cell("–", is_number=True)


def cockpit_url(query: Query, **more: str) -> str:
    """Return the cockpit of the same filters and more."""
    return f"{reverse('reporting:overview')}?{urlencode(query | more)}"


def months_table(found: Cockpit, query: Query) -> Table:
    """The months of the year beside those of the year before."""
    this, last = months_of(found, found.year), months_of(found, found.year - 1)
    rows, run, run_last = [], 0, 0
    for month in range(1, 13):
        now, then = this[month - 1], last[month - 1]
        run, run_last = run + now["confirmed"], run_last + then["confirmed"]
        rows.append(
            [
                Cell(f"{found.year}-{month:02d}"),
                money(now["confirmed"], drill_url(query | _span(found.year, month), measure="confirmed")),
                money(
                    then["confirmed"], drill_url(query | _span(found.year - 1, month), measure="confirmed")
                ),
                Cell(_growth(now["confirmed"], then["confirmed"]), is_number=True),
                money(run),
                money(run_last),
                money(now["net"], drill_url(query | _span(found.year, month), measure="net")),
                money(now["refunded"], drill_url(query | _span(found.year, month), measure="refunded")),
            ]
        )
    years = {"year": found.year, "last": found.year - 1}
    columns = [
        (pgettext("column", "Month"), False),
        (_("Confirmed in %(year)s") % years, True),
        (_("Confirmed in %(last)s") % years, True),
        (_("Against last year"), True),
        (_("Since January %(year)s") % years, True),
        (_("Since January %(last)s") % years, True),
        (str(MEASURES["net"].label), True),
        (str(MEASURES["refunded"].label), True),
    ]
    sums = {key: sum(month[key] for month in this) for key in ("confirmed", "net", "refunded")}
    whole_last = sum(month["confirmed"] for month in last)
    foot = [
        Cell(_("Total")),
        money(sums["confirmed"]),
        money(whole_last),
        Cell(_growth(sums["confirmed"], whole_last), is_number=True),
        Cell(),
        Cell(),
        money(sums["net"]),
        money(sums["refunded"]),
    ]
    return Table("months", _("Months beside last year's (yuan)"), columns, rows, foot)


def months_of(found: Cockpit, year: int) -> list[dict[str, int]]:
    """Return the twelve months of a year, all places together."""
    sums = [{"confirmed": 0, "net": 0, "refunded": 0} for _month in range(12)]
    for cell, month in found.months.items():
        if cell.month.year == year:
            for key in sums[0]:
                sums[cell.month.month - 1][key] += getattr(month, key)
    return sums


def _span(year: int, month: int) -> Query:
    start = dt.date(year, month, 1)
    end = month_of(start + dt.timedelta(days=31)) - dt.timedelta(days=1)
    return {"start": f"{start}", "end": f"{end}"}


def _growth(now: int, then: int) -> str:
    """Return the change in percent with its sign; "–" without something to compare with."""
    if then <= 0:
        return "–"
    tenths = abs(now - then) * 1000 // then
    sign = "+" if now > then else "−" if now < then and tenths else ""
    return f"{sign}{tenths // 10}.{tenths % 10}%"


def split_tables(found: Cockpit, query: Query) -> list[Table]:
    """Who bought, through which channel and in which mode."""
    return [
        _split(
            "buyer-kinds", _("By buyer kind (yuan)"), _("Buyer kind"), "buyer_kind", BUYER_KINDS, found, query
        ),
        _split("channels", _("By channel (yuan)"), _("Channel"), "channel", CHANNELS, found, query),
        _split("modes", _("By mode (yuan)"), _("Mode"), "mode", MODES, found, query),
    ]


def split_sums(rows: Iterable[BuyerRow], dimension: str) -> dict[str, BuyerRow]:
    """Return the sums of buyers by one of their dimensions, the most confirmed first."""
    found: dict[str, list[BuyerRow]] = {}
    for row in rows:
        found.setdefault(getattr(row.buyer, dimension), []).append(row)
    sums = {code: total_of_rows(own) for code, own in found.items()}
    kept = {code: row for code, row in sums.items() if any(getattr(row, key) for key in _SPLIT_KEYS)}
    return dict(sorted(kept.items(), key=lambda item: (-item[1].confirmed, item[0])))


def _split(
    key: str,
    caption: str,
    heading: str,
    dimension: str,
    words: dict[str, str | Promise],
    found: Cockpit,
    query: Query,
) -> Table:
    total = total_of_rows(found.buyers)

    def cells(row: BuyerRow, own: Query) -> list[Cell]:
        amounts = [money(getattr(row, name), drill_url(own, measure=name)) for name in _SPLIT_KEYS]
        return [amounts[0], Cell(share_of(row.confirmed, total.confirmed), is_number=True), *amounts[1:]]

    rows = [
        [Cell(str(words.get(code, code)) or "–"), *cells(row, query | {dimension: code})]
        for code, row in split_sums(found.buyers, dimension).items()
    ]
    names = [str(MEASURES[name].label) for name in _SPLIT_KEYS]
    columns = [
        (heading, False),
        (names[0], True),
        (pgettext("part", "Share"), True),
        *((name, True) for name in names[1:]),
    ]
    return Table(key, caption, columns, rows, [Cell(_("Total")), *cells(total, query)])


def goods_tables(found: Cockpit, query: Query) -> list[Table]:
    """Suppliers and products, where the cut names no buyers."""
    tables = []
    if found.suppliers is not None:
        heading = _("Supplier")
        tables.append(_goods("suppliers", _("Suppliers (yuan)"), heading, "supplier", found.suppliers, query))
    if found.products is not None:
        heading = _("Product")
        tables.append(_goods("products", _("Products (yuan)"), heading, "product", found.products, query))
    return tables


def _goods(
    key: str, caption: str, heading: str, dimension: str, found: list[GoodsRow], query: Query
) -> Table:
    total = total_of_goods(found)

    def cells(row: GoodsRow, link: Callable[[str], str]) -> list[Cell]:
        amounts = [money(getattr(row, name), link(name)) for name in GOODS_KEYS]
        return [amounts[0], Cell(share_of(row.confirmed, total.confirmed), is_number=True), *amounts[1:]]

    def opened(row: GoodsRow) -> Callable[[str], str]:
        if not row.code:
            return lambda name: ""
        own = query | {"region": row.region, dimension: row.code}
        return lambda name: drill_url(own, measure=name)

    rows = [
        [
            Cell(row.name, seal=row.region)
            if row.code
            else Cell(_("%(count)s others") % {"count": row.count}),
            *cells(row, opened(row)),
        ]
        for row in found
    ]
    names = [str(MEASURES[name].label) for name in GOODS_KEYS]
    columns = [
        (heading, False),
        (names[0], True),
        (pgettext("part", "Share"), True),
        *((name, True) for name in names[1:]),
    ]
    foot = [Cell(_("Total")), *cells(total, lambda name: drill_url(query, measure=name))]
    return Table(key, caption, columns, rows, foot)
