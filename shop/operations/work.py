"""What the queue of work is made of."""

import datetime as dt
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db.models import QuerySet

from shop.accounts.models import Role


class Work(NamedTuple):
    """A kind of work: icon, title, rows, the column that tells their age, where it is done, and whose it is.

    `ref` is the column that names a row to people, "" for its id; `of_order` says that it is an order's number.
    """

    icon: str
    title: str
    rows: "QuerySet[Any]"
    age: str
    url: str
    kind: str = ""
    ref: str = ""
    role: str = Role.STAFF
    of_order: bool = False

    @property
    def code(self) -> str:
        """Return the name of the kind in addresses and in the rows that say who has taken what."""
        return self.kind or str(self.rows.model._meta.model_name)


@dataclass(frozen=True)
class QueueItem:
    """A kind of work: how many, since when, where to do it. `icon` is a lucide icon name."""

    icon: str
    title: str
    count: int
    oldest_at: dt.datetime | None
    url: str
    kind: str = ""


@dataclass(frozen=True)
class WorkItem:
    """One thing that needs a person: what, since when, whose role it is and who has taken it ("" for nobody)."""

    kind: str
    key: str
    icon: str
    title: str
    ref: str
    order: str
    since: dt.datetime
    url: str
    role: str
    owner: str
    is_mine: bool
