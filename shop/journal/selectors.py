"""Read the journal, newest first, page by page without counting it."""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

from django.db.models import QuerySet

from shop.journal.models import JournalEntry

PAGE_SIZE = 50


@dataclass(frozen=True)
class Search:
    """What to look for; empty fields leave the choice open. `actors` of None is anyone, an empty one nobody."""

    actors: frozenset[int] | None = None
    #: The beginning of an action: `accounts.`, `parcel.ship`.
    action: str = ""
    object_type: str = ""
    object_key: str = ""
    first: dt.datetime | None = None
    #: The instant after the last one.
    end: dt.datetime | None = None
    #: One of these acts; empty: any.
    actions: frozenset[str] = frozenset()


class JournalPage(NamedTuple):
    """Some entries, and the number to go on from; 0 on the last page."""

    entries: list[JournalEntry]
    after: int


def entries(search: Search) -> QuerySet[JournalEntry]:
    """Return what fits, newest first: by number, which grows as entries are written."""
    found = JournalEntry.objects.order_by("-pk")
    if search.actors is not None:
        found = found.filter(actor_id__in=search.actors)
    if search.action:
        found = found.filter(action__startswith=search.action)
    if search.actions:
        found = found.filter(action__in=sorted(search.actions))
    if search.object_type:
        found = found.filter(object_type=search.object_type)
    if search.object_key:
        found = found.filter(object_key=search.object_key)
    if search.first is not None:
        found = found.filter(at__gte=search.first)
    if search.end is not None:
        found = found.filter(at__lt=search.end)
    return found


def journal_page(search: Search, after: int = 0) -> JournalPage:
    """Return the entries that follow number `after` (0: the newest). One query, as quick for the last as the first."""
    found = entries(search)
    rows = list((found.filter(pk__lt=after) if after else found)[: PAGE_SIZE + 1])
    return JournalPage(rows[:PAGE_SIZE], rows[PAGE_SIZE - 1].pk if len(rows) > PAGE_SIZE else 0)


def all_entries(search: Search, most: int) -> Iterator[JournalEntry]:
    """Yield what fits, newest first, and one more than `most` at the utmost."""
    yield from islice(entries(search).iterator(chunk_size=1000), most + 1)


def object_types() -> list[str]:
    """Return the kinds of objects that entries are about. One query over the index."""
    return list(JournalEntry.objects.order_by("object_type").values_list("object_type", flat=True).distinct())


def actors_of(found: Iterable[JournalEntry]) -> frozenset[int]:
    """Return who acted in these entries."""
    return frozenset(entry.actor_id for entry in found if entry.actor_id is not None)
