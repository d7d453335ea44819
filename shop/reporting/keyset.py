"""Where a list goes on: behind a day and an entry, newest first."""

import datetime as dt
import re
from typing import Any, NamedTuple

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BooleanField, DateField, F, Func, OuterRef, Value
from django.db.models.sql.compiler import SQLCompiler

_WRITTEN = re.compile(r"(\d{4}-\d\d-\d\d)\.(\d{1,18})", re.ASCII)


class Place(NamedTuple):
    """The place of an entry in a list by day and id."""

    booked_on: dt.date
    pk: int

    def __str__(self) -> str:
        return f"{self.booked_on}.{self.pk}"


def place_in(text: str) -> Place | None:
    """Return the place that an address names, None when it names none."""
    found = _WRITTEN.fullmatch(text)
    if found is None:
        return None
    try:
        return Place(dt.date.fromisoformat(found[1]), int(found[2]))
    except ValueError:
        return None


class _InOrder(Func):
    """One comparison of a row's place with another: an index on day and id can answer it."""

    conditional = True
    output_field = BooleanField()
    operator: str

    def as_sql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, *args: Any, **context: Any
    ) -> tuple[str, tuple[Any, ...]]:
        """Write (booked_on, id) < (day, id), or >."""
        compiled = [compiler.compile(each) for each in self.source_expressions]
        texts = [sql for sql, _params in compiled]
        params = tuple(value for _sql, own in compiled for value in own)
        return f"({texts[0]}, {texts[1]}) {self.operator} ({texts[2]}, {texts[3]})", params


class Behind(_InOrder):
    """Whether an entry comes after a place, newest first."""

    operator = "<"

    def __init__(self, place: Place) -> None:
        day = Value(place.booked_on, output_field=DateField())
        super().__init__(F("booked_on"), F("pk"), day, Value(place.pk))


class Newer(_InOrder):
    """Whether an entry of a subquery is newer than the row that it is asked for."""

    operator = ">"

    def __init__(self) -> None:
        super().__init__(F("booked_on"), F("pk"), OuterRef("booked_on"), OuterRef("pk"))
