"""The kept pages of this process: as many as fit into so many bytes, those that were asked for last."""

import datetime as dt
import threading
import zlib
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass, field

from django.urls import ResolverMatch

from shop.core.keeping import FactKey, Facts
from shop.storefront.keeping.looks import Look

Key = Hashable
#: What an entry takes beside its body: headers, key, and the objects around them.
_ENTRY_BYTES, _FACT_BYTES = 2_000, 200
#: The quickest: a page shrinks to a tenth all the same, since most of it comes again.
_LEVEL = 1


@dataclass(slots=True)
class KeptPage:
    """A page with a mark in the place of its token, and what has to be so for it to be shown.

    `facts` None: what is sold out. `checked` is the number of the last look that it was held against.
    """

    packed: bytes
    headers: dict[str, str]
    has_token: bool
    match: ResolverMatch
    look: Look
    facts: Facts | None
    made_at: dt.datetime
    lives: dt.timedelta
    checked: int

    @property
    def body(self) -> bytes:
        """Return the page as it is sent, but for the mark."""
        return zlib.decompress(self.packed)

    def holds(self, look: Look, now: dt.datetime) -> bool:
        """Say whether everything on the page is as this look found it, the last one at `now`."""
        if not dt.timedelta(0) <= now - self.made_at <= self.lives:
            return False
        # What is remembered for a minute, totals and photos, is as old here as on a fresh page.
        if self.facts is not None and now.replace(second=0, microsecond=0) > self.made_at:
            return False
        if self.checked == look.number:
            return True
        seen = (self.look.today, self.look.state, self.look.ratings)
        if seen != (look.today, look.state, look.ratings):
            return False
        if self.facts is None:
            holds = self.look.sold_out == look.sold_out
        else:
            holds = all(look.facts.get(key) == value for key, value in self.facts.items())
        if holds:
            self.checked = look.number
        return holds


def packed(body: bytes) -> bytes:
    """Return a body as it is kept."""
    return zlib.compress(body, _LEVEL)


@dataclass
class Store:
    """Pages by key. Safe to use from several threads."""

    most_bytes: int
    taken: int = 0
    _pages: OrderedDict[Key, KeptPage] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __len__(self) -> int:
        return len(self._pages)

    def find(self, key: Key) -> KeptPage | None:
        """Return the page, the last to go now."""
        with self._lock:
            if (page := self._pages.get(key)) is not None:
                self._pages.move_to_end(key)
            return page

    def put(self, key: Key, page: KeptPage) -> None:
        """Keep the page; those that nobody asked for longest make room. A page that is too large is not kept."""
        size = _size(page)
        with self._lock:
            self._drop(key)
            if size > self.most_bytes:
                return
            self._pages[key] = page
            self.taken += size
            while self.taken > self.most_bytes:
                self._drop(next(iter(self._pages)))

    def drop(self, key: Key, page: KeptPage) -> None:
        """Forget the page, unless another one has come in its place."""
        with self._lock:
            if self._pages.get(key) is page:
                self._drop(key)

    def clear(self) -> None:
        """Forget every page."""
        with self._lock:
            self._pages.clear()
            self.taken = 0

    def facts(self) -> set[FactKey]:
        """Return what the kept pages say something of."""
        with self._lock:
            pages = list(self._pages.values())
        return {key for page in pages for key in page.facts or ()}

    def _drop(self, key: Key) -> None:
        if (page := self._pages.pop(key, None)) is not None:
            self.taken -= _size(page)


def _size(page: KeptPage) -> int:
    return len(page.packed) + _ENTRY_BYTES + _FACT_BYTES * len(page.facts or ())
