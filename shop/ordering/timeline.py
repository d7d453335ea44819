"""What happened to an order, for its page."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from shop.journal.models import JournalEntry
from shop.ordering.models import OrderRecord
from shop.ordering.status import Step

#: Steps inside the shop that tell a buyer nothing.
_INTERNAL = {Step.CLOSING, Step.ATTENTION, Step.ATTENTION_CLEARED, Step.NOTE}


@dataclass(frozen=True)
class TimelineStep:
    """One step: when, its code, and the label in the reader's language; `detail` is a courier's number."""

    at: dt.datetime
    code: str
    detail: str = ""

    @property
    def label(self) -> str:
        """Return the step in words."""
        return str(Step(self.code).label)


def timeline(record: OrderRecord, *, internal: bool = False) -> list[TimelineStep]:
    """Return the steps of an order, oldest first; `internal` includes those staff only see. One query.

    Steps of parcels are fulfilment's: the page joins them by time.
    """
    return steps_in(told_of(record), internal=internal)


def told_of(record: OrderRecord) -> QuerySet[Any]:
    """Return what the journal tells of an order's steps: rows for `steps_in`."""
    entries = JournalEntry.objects.filter(
        object_type="order", object_key=record.number, action__in=Step.values
    )
    return entries.values_list("at", "pk", "action", "after")


def steps_in(rows: Iterable[Any], *, internal: bool = False) -> list[TimelineStep]:
    """Return the steps that rows of `told_of` tell of, as `timeline`. No query."""
    hidden = set() if internal else {step.value for step in _INTERNAL}
    return [
        TimelineStep(at, action, after.get("parcel", ""))
        for at, _pk, action, after in sorted(rows, key=lambda row: row[:2])
        if action not in hidden
    ]
