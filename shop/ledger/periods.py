"""The month that is open for entries."""

import datetime as dt

from shop.core import clock
from shop.ledger.closing_models import ClosingRule, OpenMonth


def booking_date(
    occurred_at: dt.datetime, not_before: dt.date | None = None, open_from: dt.date | None = None
) -> dt.date:
    """Return the date an entry is booked on: the Shanghai date of the event.

    News can come late with an early time of its own. `not_before`, the latest date booked for the same
    order, keeps fen from leaving a stage on a day before they reached it; `open_from` is the first day whose
    month is not closed: an event of a closed month is booked on that day.
    """
    days = [clock.local_date(occurred_at), not_before, open_from]
    return max(day for day in days if day is not None)


def month_end(month: dt.date) -> dt.date:
    """Return the first day of the month after."""
    return (month + dt.timedelta(days=31)).replace(day=1)


def first_open_day() -> dt.date:
    """Return the first day that is open for entries at this moment."""
    return OpenMonth.objects.get().first_day


def closing_rule_on(day: dt.date) -> ClosingRule:
    """Return how many people close a month on a day; raises ClosingRule.DoesNotExist before the first rule."""
    return ClosingRule.objects.filter(starts_on__lte=day).latest("starts_on")
