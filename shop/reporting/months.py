"""Months in both series: as reported (by the day booked) and restated (by the month the fen belong to)."""

import datetime as dt
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Max, Min, OuterRef, QuerySet, Subquery
from django.db.models.functions import TruncMonth
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from shop.accounts.scope import Scope
from shop.buyers.selectors import organisation_names
from shop.ledger.closing_models import ClosingState, MonthClosing, Statement
from shop.ledger.models import LedgerEntry, PostedEvent
from shop.ledger.periods import first_open_day, month_end
from shop.ledger.rollups.models import PlaceRollup
from shop.ledger.rollups.selectors import Part, grouped, month_in, parts_of
from shop.regions.models import PartnerRegion, Programme
from shop.reporting.live import measured
from shop.reporting.measures import BUYER_KINDS, CHANNELS, MODES, REASONS

PAGE = 50
SHOWN = ("confirmed", "net")

#: Why fen of a month that was reported changed later: by the topic of the event that did it.
CAUSES: dict[str, str | Promise] = {
    "refund.requested": _("A refund was asked for"),
    "refund.executed": _("A refund was executed"),
    "refund.failed": _("A refund was not executed: the goods count again"),
    "dispute.opened": _("A replacement was asked for"),
    "dispute.settled": _("A replacement came, or the request ended: the goods count again"),
    "correction.approved": _("A correction was approved"),
    "claim.applied": _("An origin claim was decided"),
    "evidence.graded": _("The grade of its evidence changed"),
}


@dataclass
class MonthRow:
    """A month's sums in fen in both series. `state` is "" while nobody has begun to close it."""

    month: dt.date
    confirmed: int = 0
    net: int = 0
    confirmed_restated: int = 0
    net_restated: int = 0
    state: str = ""
    number: str = ""

    @property
    def confirmed_change(self) -> int:
        """Return by how much later months changed what was confirmed."""
        return self.confirmed_restated - self.confirmed

    @property
    def net_change(self) -> int:
        """Return by how much later months changed what was paid."""
        return self.net_restated - self.net

    @property
    def state_name(self) -> str:
        """Return the state of its closing in words."""
        return str(ClosingState(self.state).label) if self.state else ""


@dataclass(frozen=True)
class Cause:
    """What changed a month in a later one."""

    booked: dt.date
    topic: str
    entries: int
    confirmed: int
    net: int

    @property
    def name(self) -> str:
        """Return the cause in words."""
        return str(CAUSES.get(self.topic, self.topic))


@dataclass(frozen=True)
class RestatedOrder:
    """An order's part of what changed a month later."""

    number: str
    confirmed: int
    net: int


@dataclass(frozen=True)
class RestatedPage:
    """Orders after a number, and whether there are more."""

    rows: list[RestatedOrder]
    more: bool


def month_rows(scope: Scope, demo: bool) -> list[MonthRow]:
    """Return every month from the first entry on, the latest first. Six queries: statements and what is open."""
    if not scope.everything:
        return []
    rows: dict[dt.date, MonthRow] = {}
    for statement in Statement.objects.filter(demo=demo).defer("body").order_by("month"):
        row = rows.setdefault(statement.month, MonthRow(statement.month))
        row.confirmed, row.net, row.number = statement.confirmed_fen, statement.paid_fen, statement.number
        _restate(rows, statement.month, row.confirmed, row.net)
        for text, figures in statement.restates.items():
            changes = (figures.get("confirmed", 0), figures.get("net", 0))
            _restate(rows, dt.date.fromisoformat(f"{text}-01"), *changes)
            _restate(rows, statement.month, *(-fen for fen in changes))
    _add_open(rows, demo)
    states = MonthClosing.objects.exclude(state=ClosingState.WITHDRAWN).values_list("month", "state")
    for month, state in states:
        if month in rows:
            rows[month].state = state
    return [rows[month] for month in sorted(_all_between(rows), reverse=True)]


def _add_open(rows: dict[dt.date, MonthRow], demo: bool) -> None:
    """Add the months that still take entries: of the rollups and their tail, however long they have been open."""
    booked = LedgerEntry.objects.filter(demo=demo, booked_on__gte=first_open_day())
    span = booked.aggregate(start=Min("booked_on"), end=Max("booked_on"))
    if span["start"] is None:
        return
    last = month_end(span["end"].replace(day=1)) - dt.timedelta(days=1)
    parts = parts_of(PlaceRollup, span["start"].replace(day=1), last)
    for group in grouped([part.filter(demo=demo) for part in parts], _by_both_months):
        sums = group["confirmed_sum"], group["net_sum"]
        row = rows.setdefault(group["booked"], MonthRow(group["booked"]))
        row.confirmed += sums[0]
        row.net += sums[1]
        _restate(rows, group["belongs"], *sums)


def _by_both_months(part: Part) -> Part:
    months = {"booked": month_in(part, "reported"), "belongs": month_in(part, "restated")}
    rows: Any = part.values(**months)
    return rows.annotate(**measured(*SHOWN))


def _restate(rows: dict[dt.date, MonthRow], month: dt.date, confirmed: int, net: int) -> None:
    row = rows.setdefault(month, MonthRow(month))
    row.confirmed_restated += confirmed
    row.net_restated += net


def _all_between(rows: dict[dt.date, MonthRow]) -> list[dt.date]:
    """Return the months from the first to the last; one without entries is a row of zeros, not a gap."""
    if not rows:
        return []
    months = [min(rows)]
    while months[-1] < max(rows):
        months.append(month_end(months[-1]))
    for month in months:
        rows.setdefault(month, MonthRow(month))
    return months


def first_month(demo: bool) -> dt.date | None:
    """Return the month of the first entry; None without one."""
    day: dt.date | None = LedgerEntry.objects.filter(demo=demo).aggregate(day=Min("booked_on"))["day"]
    return day.replace(day=1) if day else None


def restating(scope: Scope, month: dt.date, demo: bool) -> QuerySet[LedgerEntry]:
    """Return the entries of later months that belong to this one."""
    if not scope.everything:
        return LedgerEntry.objects.none()
    return LedgerEntry.objects.filter(demo=demo, relates_to=month).exclude(
        booked_on__gte=month, booked_on__lt=month_end(month)
    )


def causes(scope: Scope, month: dt.date, demo: bool) -> list[Cause]:
    """Return what changed a month later, by the month booked and the kind of event. One query."""
    topic = PostedEvent.objects.filter(event_id=OuterRef("event_id")).values("topic")
    groups: Any = (
        restating(scope, month, demo)
        .annotate(booked=TruncMonth("booked_on"), topic=Subquery(topic))
        .values("booked", "topic")
        .annotate(rows=Count("pk"), **measured(*SHOWN))
        .order_by("booked", "topic")
    )
    found = [
        Cause(row["booked"], row["topic"] or "", row["rows"], row["confirmed_sum"], row["net_sum"])
        for row in groups
    ]
    return [cause for cause in found if cause.confirmed or cause.net]


def restated_orders(scope: Scope, month: dt.date, demo: bool, after: str = "") -> RestatedPage:
    """Return a page of the orders that changed a month later, behind an order number. One query."""
    groups: Any = (
        restating(scope, month, demo)
        .filter(order_number__gt=after)
        .values("order_number")
        .annotate(**measured(*SHOWN))
        .order_by("order_number")
    )
    found = list(groups[: PAGE + 1])
    rows = [RestatedOrder(row["order_number"], row["confirmed_sum"], row["net_sum"]) for row in found[:PAGE]]
    return RestatedPage(rows, len(found) > PAGE)


def statement_body(statement: Statement) -> dict[str, Any]:
    """Return what a statement says."""
    body: dict[str, Any] = json.loads(statement.body)
    return body


def names_of(dimension: str, codes: Iterable[str]) -> Mapping[str, str | Promise]:
    """Return the names of a dimension's codes, as far as they have any. One query at the most."""
    if dimension == "region":
        return dict(PartnerRegion.objects.values_list("slug", "name_zh"))
    if dimension == "programme":
        return dict(Programme.objects.values_list("slug", "name_zh"))
    if dimension == "credited_organisation":
        return organisation_names(code for code in codes if code)
    fixed = {"buyer_kind": BUYER_KINDS, "mode": MODES, "channel": CHANNELS, "ineligible_reason": REASONS}
    return fixed.get(dimension, {})
