"""The printed report of a month: the figures it is made of, and its pages. Chinese, whoever reads it."""

import datetime as dt
from dataclasses import dataclass

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from shop.accounts.scope import Scope
from shop.core.fen import shown_yuan
from shop.ledger.closing_models import Statement
from shop.ledger.periods import month_end
from shop.ledger.posting import RULE_VERSION
from shop.reporting.buyers import BuyerRow, buyer_rows
from shop.reporting.curves import month_sums
from shop.reporting.measures import BUYER_KINDS, CHANNELS, MODES, REASONS, STAGES
from shop.reporting.periods import Period, whole_year
from shop.reporting.report_sheet import SERIF, Bar, Column, Figure, Sheet
from shop.reporting.selectors import Lag, Overview, Row, cut_off, ledger_lag, overview, progress_of
from shop.reporting.tables import share_of

_LANGUAGE = "zh-hans"


@dataclass(frozen=True)
class MonthlyReport:
    """A month as a scope may see it. `this_year` and `last_year`: confirmed fen of their months, January first."""

    month: dt.date
    demo: bool
    whole_shop: bool
    as_of: dt.datetime
    lag: Lag
    statement: Statement | None
    in_month: Overview
    in_year: Overview
    buyers: list[BuyerRow]
    this_year: list[int]
    last_year: list[int]


def monthly_report(scope: Scope, month: dt.date, demo: bool) -> MonthlyReport:
    """Return the report of a month, by the day booked; a fixed number of queries, all sums out of the rollups."""
    last = month_end(month) - dt.timedelta(days=1)
    days = Period(month, last)
    statement = Statement.objects.filter(month=month, demo=demo).defer("body").first()
    return MonthlyReport(
        month=month,
        demo=demo,
        whole_shop=scope.everything,
        as_of=cut_off(),
        lag=ledger_lag(),
        statement=statement if scope.everything else None,
        in_month=overview(scope, days, demo),
        in_year=overview(scope, Period(month.replace(month=1), last), demo),
        buyers=buyer_rows(scope, days, demo),
        this_year=_months(scope, month.year, demo)[: month.month],
        last_year=_months(scope, month.year - 1, demo),
    )


def _months(scope: Scope, year: int, demo: bool) -> list[int]:
    fen_of = dict.fromkeys(range(1, 13), 0)
    for cell, sums in month_sums(scope, whole_year(year), demo).items():
        fen_of[cell.month.month] += sums.confirmed
    return list(fen_of.values())


def report_pdf(report: MonthlyReport) -> bytes:
    """Return the report as a PDF of A4 pages; the same report gives the same bytes."""
    with translation.override(_LANGUAGE):
        return _Printer(report).print()


class _Printer:
    def __init__(self, report: MonthlyReport) -> None:
        self.report = report
        foot = _("%(shop)s · report of %(month)s · platform's own rules (平台口径) version %(version)s")
        words = {"shop": settings.SHOP_NAME, "month": f"{report.month:%Y-%m}", "version": RULE_VERSION}
        self.sheet = Sheet(
            title=f"{settings.SHOP_NAME} {report.month:%Y-%m}", at=report.as_of, foot=foot % words
        )

    def print(self) -> bytes:
        self._head()
        self._figures()
        self._places_chart()
        self._curve()
        self._places()
        self._bridge()
        self._buyers()
        self._not_counted()
        self._method()
        return self.sheet.output()

    def _head(self) -> None:
        report, sheet = self.report, self.sheet
        title = _("Monthly report of consumption support, %(month)s") % {"month": f"{report.month:%Y-%m}"}
        sheet.line(title, 20, 10, font=SERIF)
        lag = _("%(count)s events are still on their way") % {"count": report.lag.messages}
        words = {"moment": f"{report.as_of:%Y-%m-%d %H:%M}"}
        counted = _("Counted up to %(moment)s") % words
        sheet.line(f"{counted} · {lag if report.lag.messages else _('ledger complete')}", 9.5, 5.6)
        if not report.whole_shop:
            sheet.line(_("Of the reader's own places only."), 9.5, 5.6)
        if report.statement is not None:
            sheet.line(f"{report.statement.number} · SHA-256 {report.statement.digest}", 8, 5.2)
        else:
            sheet.line(_("This month is not closed: its figures may still change."), 9.5, 5.6)
        if report.demo:
            sheet.line(_("Demonstration data: not a real amount."), 9.5, 5.6)
        sheet.y += 3

    def _figures(self) -> None:
        month, year = self.report.in_month.total, self.report.in_year.total
        target = _("of the annual target %(target)s") % {"target": shown_yuan(year.target)}
        self.sheet.figures(
            [
                Figure(
                    _("Confirmed in the month (yuan)"), shown_yuan(month.confirmed), _("by the day booked")
                ),
                Figure(_("Confirmed in the year (yuan)"), shown_yuan(year.confirmed), _("since January")),
                Figure(_("Reached"), share_of(year.confirmed, year.target), target),
                Figure(
                    _("Refunded in the month (yuan)"),
                    shown_yuan(month.refunded),
                    _("taken off what was paid"),
                ),
            ]
        )

    def _places_chart(self) -> None:
        rows = progress_of(self.report.in_year)
        self.sheet.line(_("The year against the annual targets"), 13, 6.5, font=SERIF)
        self.sheet.line(
            _("solid: confirmed; hatched: paid, not confirmed yet; upright line: annual target"), 8.5, 6
        )
        self.sheet.bars(
            [
                Bar(
                    row.slug,
                    row.name,
                    row.confirmed_fen,
                    row.paid_fen,
                    row.target_fen,
                    share_of(row.confirmed_fen, row.target_fen),
                )
                for row in rows
            ]
        )

    def _curve(self) -> None:
        report = self.report
        self.sheet.room(76)
        self.sheet.line(_("Confirmed by month (10,000 yuan)"), 13, 6.5, font=SERIF)
        years = {"year": report.month.year, "before": report.month.year - 1}
        self.sheet.line(_("solid with dots: %(year)s; dashed: %(before)s") % years, 8.5, 5)
        self.sheet.curve(
            report.this_year, report.last_year, _step(max([*report.this_year, *report.last_year]))
        )

    def _places(self) -> None:
        columns = [
            Column(_("Region"), 34),
            Column(_("Programme"), 26),
            Column(_("This month"), 32, True),
            Column(_("Year to date"), 34, True),
            Column(_("Annual target"), 32, True),
            Column(_("Reached"), 20, True),
        ]
        of_month = {(row.region, row.programme): row.sums.confirmed for row in self.report.in_month.rows}
        rows = [row for row in self.report.in_year.rows if row.region]
        self.sheet.room(40)
        self.sheet.line(_("Confirmed by place and programme (yuan)"), 13, 8, font=SERIF)
        self.sheet.table(
            columns,
            [_place(row, of_month.get((row.region, row.programme), 0)) for row in rows],
            self._places_foot(),
        )

    def _places_foot(self) -> list[str]:
        month, year = self.report.in_month.total, self.report.in_year.total
        share = share_of(year.confirmed, year.target)
        return [
            _("Total"),
            "",
            shown_yuan(month.confirmed),
            shown_yuan(year.confirmed),
            shown_yuan(year.target),
            share,
        ]

    def _bridge(self) -> None:
        month, year = self.report.in_month.total, self.report.in_year.total
        lines = [
            (_("Paid, gross"), month.gross, year.gross),
            (_("Refunded"), -month.refunded, -year.refunded),
            (_("Paid, net"), month.net, year.net),
            *((str(label), month.stages[str(stage)], year.stages[str(stage)]) for stage, label in STAGES),
        ]
        columns = [
            Column(_("Bridge"), 78),
            Column(_("This month"), 50, True),
            Column(_("Year to date"), 50, True),
        ]
        self.sheet.room(40)
        self.sheet.line(_("From paid to confirmed (yuan)"), 13, 8, font=SERIF)
        self.sheet.table(columns, [[name, shown_yuan(one), shown_yuan(other)] for name, one, other in lines])

    def _buyers(self) -> None:
        columns = [
            Column(pgettext("ledger", "Buyer"), 34),
            Column(_("Organisation"), 50),
            Column(_("Mode"), 24),
            Column(_("Channel"), 24),
            Column(_("Confirmed"), 46, True),
        ]
        rows = [
            [
                str(BUYER_KINDS.get(row.buyer.buyer_kind, row.buyer.buyer_kind)),
                row.name,
                str(MODES.get(row.buyer.mode, row.buyer.mode)),
                str(CHANNELS.get(row.buyer.channel, row.buyer.channel)),
                shown_yuan(row.confirmed),
            ]
            for row in self.report.buyers
            if row.confirmed
        ]
        if rows:
            self.sheet.room(40)
            self.sheet.line(_("Who bought, this month (yuan)"), 13, 8, font=SERIF)
            self.sheet.table(columns, rows)

    def _not_counted(self) -> None:
        rows = [
            [str(REASONS.get(row.reason, row.reason)), shown_yuan(row.fen)]
            for row in self.report.in_month.not_counted
            if row.fen
        ]
        if rows:
            self.sheet.room(30)
            self.sheet.line(_("Not counted, this month (yuan)"), 13, 8, font=SERIF)
            self.sheet.table([Column(_("Reason"), 128), Column(_("Yuan"), 50, True)], rows)

    def _method(self) -> None:
        self.sheet.room(26)
        self.sheet.line(_("How it is counted"), 13, 7.5, font=SERIF)
        for text in (
            _(
                "Only goods that are paid and received count; seven days after signing a parcel counts as received."
            ),
            _("Refunds are taken off at once; freight, packing and donations do not count."),
            _("The place of production decides the region, and the same payment counts once only."),
        ):
            self.sheet.line(f"· {text}", 9.5, 5.6)


def _place(row: Row, in_month: int) -> list[str]:
    sums = row.sums
    return [
        row.region_name,
        row.programme_name,
        shown_yuan(in_month),
        shown_yuan(sums.confirmed),
        shown_yuan(sums.target),
        share_of(sums.confirmed, sums.target),
    ]


def _step(most: int) -> int:
    """Return the distance of grid lines in fen: at most five of them, in round sums."""
    step = 100_000
    while True:
        for factor in (1, 2, 5):
            if step * factor * 5 >= most:
                return step * factor
        step *= 10
