"""The only clock. Every stored time comes from here, so tests can move it in one place."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from zoneinfo import ZoneInfo

from django.utils import timezone

#: Reports, months and working days follow the district's calendar, whatever the server's zone.
SHANGHAI = ZoneInfo("Asia/Shanghai")


_set: ContextVar[dt.datetime | None] = ContextVar("set_clock", default=None)


def now() -> dt.datetime:
    """Return the present instant, aware, in UTC."""
    return _set.get() or timezone.now()


@contextmanager
def set_to(moment: dt.datetime) -> Iterator[None]:
    """Let this thread's clock stand at a moment: demonstration history is written through the services.

    Raises ValueError for a moment in the future, TypeError for a naive one.
    """
    if moment > timezone.now():
        raise ValueError("the clock is never set ahead")
    token = _set.set(moment)
    try:
        yield
    finally:
        _set.reset(token)


def today() -> dt.date:
    """Return today's date in Shanghai."""
    return local_date(now())


def local_date(moment: dt.datetime) -> dt.date:
    """Return the Shanghai calendar date of an instant."""
    return moment.astimezone(SHANGHAI).date()


def month_of(day: dt.date) -> dt.date:
    """Return the first day of the date's month; months are stored as that day."""
    return day.replace(day=1)
