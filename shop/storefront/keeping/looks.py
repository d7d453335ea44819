"""How everything stands that kept pages are made of: looked at once a second, and only while somebody asks."""

import datetime as dt
import threading
from collections.abc import Callable, Collection, Hashable, Iterator
from dataclasses import dataclass, field
from itertools import count

from shop.core import clock
from shop.core.keeping import UNITS, FactKey
from shop.listings.selectors.looks import catalogue_look

#: Between two looks. A page that is no longer so is shown for so long at most, and while the next look is taken.
LOOK_EVERY = dt.timedelta(seconds=1)


@dataclass(frozen=True)
class Look:
    """What was found at a moment; `facts` are what the kept pages of that moment speak of."""

    number: int
    at: dt.datetime
    today: dt.date
    state: tuple[int, int]
    ratings: int
    sold_out: frozenset[int]
    facts: dict[FactKey, Hashable]


@dataclass
class Looker:
    """Takes the looks of this process. Safe to use from several threads: one looks, the others wait for it."""

    speaks_of: Callable[[], Collection[FactKey]]
    _numbers: Iterator[int] = field(default_factory=count)
    _last: Look | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def look(self, now: dt.datetime) -> Look:
        """Return the last look, or a new one when that is a second old. One query."""
        if (last := _fresh(self._last, now)) is not None:
            return last
        with self._lock:
            if (last := _fresh(self._last, now)) is None:
                last = self._last = self._taken(now)
            return last

    def forget(self) -> None:
        """Look anew at the next call."""
        with self._lock:
            self._last = None

    def _taken(self, now: dt.datetime) -> Look:
        keys = self.speaks_of()
        found = catalogue_look(sorted(key for kind, key in keys if kind == UNITS and isinstance(key, int)))
        facts: dict[FactKey, Hashable] = {(UNITS, pk): left for pk, left in found.units.items()}
        today = clock.local_date(now)
        return Look(next(self._numbers), now, today, found.state, found.ratings, found.sold_out, facts)


def _fresh(look: Look | None, now: dt.datetime) -> Look | None:
    """Return the look while it is young; one from the future was taken by a clock that was wrong."""
    return look if look is not None and dt.timedelta(0) <= now - look.at < LOOK_EVERY else None
