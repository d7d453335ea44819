"""What happened to an order, for its page."""

import datetime as dt
from dataclasses import dataclass

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
    entries = JournalEntry.objects.filter(
        object_type="order", object_key=record.number, action__in=Step.values
    ).order_by("at", "pk")
    hidden = set() if internal else {step.value for step in _INTERNAL}
    return [
        TimelineStep(at, action, after.get("parcel", ""))
        for at, action, after in entries.values_list("at", "action", "after")
        if action not in hidden
    ]
