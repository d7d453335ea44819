"""What the charts of the cockpit draw: the figures of the tables below them, in fen, and where each one opens."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from shop.core import clock
from shop.reporting.buyers import BuyerRow
from shop.reporting.cockpit import Cockpit
from shop.reporting.cockpit_tables import cockpit_url, months_of, split_sums
from shop.reporting.goods import GoodsRow
from shop.reporting.measures import BUYER_KINDS, CHANNELS, MEASURES, STAGES
from shop.reporting.selectors import RegionProgress
from shop.reporting.tables import Query, drill_url, share_of
from shop.reporting.verification import shown_sum

FEN_PER_WAN, FEN_PER_YUAN = 1_000_000, 100
#: From this sum on an axis counts in 10,000 yuan.
WAN_FROM = 5 * FEN_PER_WAN
#: Bars of a chart of goods; the table has more.
BARS = 10


@dataclass(frozen=True)
class Chart:
    """A drawing above the table of the same key. `data` goes to the page as JSON: sums in fen, never rounded."""

    key: str
    title: str
    data: dict[str, Any]

    @property
    def source(self) -> str:
        """Return the id of the element that carries the data."""
        return f"chart-{self.key}"


def charts_of(found: Cockpit, bars: Iterable[RegionProgress], query: Query) -> dict[str, Chart]:
    """Return the charts by the key of their table; one without anything to draw is left out."""
    charts = [
        _regions(bars, query),
        _months(found),
        _bridge(found, query),
        _split("buyer-kinds", _("Confirmed by buyer kind"), "buyer_kind", BUYER_KINDS, found.buyers, query),
        _split("channels", _("Confirmed by channel"), "channel", CHANNELS, found.buyers, query),
        _goods("suppliers", _("Suppliers with the most confirmed"), "supplier", found.suppliers, query),
        _goods("products", _("Products with the most confirmed"), "product", found.products, query),
    ]
    return {chart.key: chart for chart in charts if chart.data.get("rows") or chart.data.get("lines")}


def _with_unit(most: int, data: dict[str, Any]) -> dict[str, Any]:
    wan = most >= WAN_FROM
    unit = _("10,000 yuan") if wan else _("yuan")
    return data | {"per": FEN_PER_WAN if wan else FEN_PER_YUAN, "unit": unit}


def _regions(bars: Iterable[RegionProgress], query: Query) -> Chart:
    rows: list[dict[str, Any]] = [
        {
            "name": bar.short_name,
            "slug": bar.slug,
            "fen": bar.confirmed_fen,
            "paid": bar.paid_fen,
            "target": bar.target_fen,
            "share": share_of(bar.confirmed_fen, bar.target_fen) if bar.target_fen else "",
            "url": cockpit_url(query, region=bar.slug),
        }
        for bar in bars
    ]
    names = {
        "fen": str(MEASURES["confirmed"].label),
        "paid": str(MEASURES["open"].label),
        "target": _("Annual target"),
    }
    most = max([row["target"] or row["fen"] + row["paid"] for row in rows], default=0)
    data = {"kind": "targets", "rows": rows, "names": names}
    return Chart("overview", _("Progress of the regions"), _with_unit(most, data))


def _months(found: Cockpit) -> Chart:
    today = clock.today()
    lines: list[dict[str, Any]] = []
    for year in (found.year, found.year - 1):
        months = months_of(found, year)
        # Months to come have no figure, which is not a figure of nothing.
        begun = [(year, number) <= (today.year, today.month) for number in range(1, 13)]
        sums = [month["confirmed"] if has else None for month, has in zip(months, begun, strict=True)]
        lines.append({"name": str(year), "fen": sums})
    most = max((fen for line in lines for fen in line["fen"] if fen), default=0)
    labels = [_("%(month)s (month)") % {"month": month} for month in range(1, 13)]
    if not any(any(line["fen"]) for line in lines):
        lines = []
    data = {"kind": "months", "labels": labels, "lines": lines}
    return Chart("months", _("Confirmed by month beside last year"), _with_unit(most, data))


def _bridge(found: Cockpit, query: Query) -> Chart:
    keys = [f"stage-{stage}" for stage, _name in STAGES]
    total = found.found.total
    rows = [
        {
            "name": str(MEASURES[key].label),
            "fen": shown_sum(total, key),
            "url": drill_url(query, measure=key),
        }
        for key in keys
    ]
    if not any(row["fen"] for row in rows):
        rows = []
    return _bars("bridge", _("What is paid, by stage"), rows)


def _bars(key: str, title: str, rows: list[dict[str, Any]]) -> Chart:
    most = max([abs(row["fen"]) for row in rows], default=0)
    names = {"fen": str(MEASURES["confirmed"].label)}
    return Chart(key, title, _with_unit(most, {"kind": "bars", "rows": rows, "names": names}))


def _split(
    key: str, title: str, dimension: str, words: dict[str, Any], buyers: list[BuyerRow], query: Query
) -> Chart:
    rows = [
        {
            "name": str(words.get(code, code)) or "–",
            "fen": row.confirmed,
            "url": drill_url(query | {dimension: code}, measure="confirmed"),
        }
        for code, row in split_sums(buyers, dimension).items()
        if row.confirmed
    ]
    return _bars(key, title, rows)


def _goods(key: str, title: str, dimension: str, found: list[GoodsRow] | None, query: Query) -> Chart:
    rows = [
        {
            "name": row.name,
            "slug": row.region,
            "fen": row.confirmed,
            "url": drill_url(query | {"region": row.region, dimension: row.code}, measure="confirmed"),
        }
        for row in (found or [])[:BARS]
        if row.code and row.confirmed
    ]
    return _bars(key, title, rows)
