"""Read what is agreed: commission of a day, and the periods into which the calendar is cut."""

import calendar
import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from shop.settlement.term_models import CommissionRate, Cycle, RateState, SettlementRule

_HALF = 15


@dataclass(frozen=True)
class RateCard:
    """The rates agreed for orders of a day, by (supplier, category); "" stands for all."""

    rates: dict[tuple[str, str], int]

    def of(self, *, supplier: str, category: str) -> int:
        """Return hundredths of a percent: the most particular rate, 0 when none is agreed.

        A supplier's own goes before that of all, a category's before that of the category above it.
        """
        paths = list(_upwards(category))
        for key in ((name, path) for name in dict.fromkeys((supplier, "")) for path in paths):
            if key in self.rates:
                return self.rates[key]
        return 0


def _upwards(category: str) -> Iterator[str]:
    """Return a category, those above it, and "" for all."""
    while category:
        yield category
        category = category.rpartition("/")[0]
    yield ""


def rate_card(day: dt.date) -> RateCard:
    """Return the rates of a day. One query."""
    agreed = CommissionRate.objects.filter(state=RateState.APPROVED, starts_on__lte=day)
    rows = agreed.order_by("starts_on").values_list("supplier", "category", "rate_bp")
    return RateCard({(supplier, category): rate for supplier, category, rate in rows})


@dataclass(frozen=True)
class Rule:
    """How suppliers are paid from a day on."""

    cycle: str = Cycle.MONTH
    third_person: bool = False


#: What holds before anything was set.
DEFAULT_RULE = Rule()


@dataclass(frozen=True)
class Period:
    """Days of Shanghai, both included."""

    starts_on: dt.date
    ends_on: dt.date


class Calendar:
    """The rules by day, read once."""

    def __init__(self) -> None:
        self.rules = list(SettlementRule.objects.order_by("-starts_on"))

    def rule(self, day: dt.date) -> Rule:
        """Return the rule of a day."""
        for row in self.rules:
            if row.starts_on <= day:
                return Rule(row.cycle, row.third_person)
        return DEFAULT_RULE

    def period(self, day: dt.date) -> Period:
        """Return the period in which a day lies."""
        last = day.replace(day=calendar.monthrange(day.year, day.month)[1])
        if self.rule(day).cycle == Cycle.MONTH:
            return Period(day.replace(day=1), last)
        if day.day <= _HALF:
            return Period(day.replace(day=1), day.replace(day=_HALF))
        return Period(day.replace(day=_HALF + 1), last)

    def periods(self, first: dt.date, last: dt.date) -> Iterator[Period]:
        """Return the periods from that in which `first` lies, as far as they end by `last`."""
        period = self.period(first)
        while period.ends_on <= last:
            yield period
            period = self.period(period.ends_on + dt.timedelta(days=1))

    def last_ended(self, today: dt.date) -> Period:
        """Return the last period that was over before today."""
        return self.period(self.period(today).starts_on - dt.timedelta(days=1))
