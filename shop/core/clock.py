"""The only clock. Every stored time comes from here, so tests can move it in one place."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.utils import timezone

#: Reports, months and working days follow the district's calendar, whatever the server's zone.
SHANGHAI = ZoneInfo("Asia/Shanghai")


_set: ContextVar[dt.datetime | None] = ContextVar("set_clock", default=None)
#: In a rehearsal: the file that says how far this shop's clock is off the machine's.
_followed: Path | None = None


def now() -> dt.datetime:
    """Return the present instant, aware, in UTC."""
    return _set.get() or _machines()


def _machines() -> dt.datetime:
    return timezone.now() + _off() if _followed else timezone.now()


def _off() -> dt.timedelta:
    assert _followed is not None
    try:
        return dt.timedelta(seconds=float(_followed.read_text()))
    except FileNotFoundError:
        return dt.timedelta(0)


def follow(path: Path | None) -> None:
    """Let this process's clock be off the machine's by the seconds in a file, which may change at any time.

    For rehearsals only (settings.SHOP_CLOCK_FILE): a server's clock jumps like that when it was wrong and is set
    right. Whoever writes the file replaces it whole. None: the machine's clock again.
    """
    global _followed  # noqa: PLW0603 - the process has one clock
    _followed = path


def due(field: str, *, within: dt.timedelta) -> Q:
    """Return the condition that the time in a column has come.

    A time further ahead than `within` has come too: nobody puts anything off that long, so it was written while
    the clock was wrong, and what it holds up would else wait until the wrong time comes.
    """
    present = now()
    return Q(**{f"{field}__lte": present}) | Q(**{f"{field}__gt": present + within})


@contextmanager
def set_to(moment: dt.datetime) -> Iterator[None]:
    """Let this thread's clock stand at a moment: demonstration history is written through the services.

    Raises ValueError for a moment in the future, TypeError for a naive one.
    """
    if moment > _machines():
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
