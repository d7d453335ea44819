"""A kind of work that needs a person, as the queue reads it."""

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
