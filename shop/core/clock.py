"""The only clock. Every stored time comes from here, so tests can move it in one place."""

import datetime as dt
from zoneinfo import ZoneInfo

from django.utils import timezone

#: Reports, months and working days follow the district's calendar, whatever the server's zone.
SHANGHAI = ZoneInfo("Asia/Shanghai")


def now() -> dt.datetime:
    """Return the present instant, aware, in UTC."""
    return timezone.now()


def today() -> dt.date:
    """Return today's date in Shanghai."""
    return local_date(now())


def local_date(moment: dt.datetime) -> dt.date:
    """Return the Shanghai calendar date of an instant."""
    return moment.astimezone(SHANGHAI).date()


def month_of(day: dt.date) -> dt.date:
    """Return the first day of the date's month; months are stored as that day."""
    return day.replace(day=1)
