"""What every signal returns of what it finds."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from shop.buyers.models import Organisation
from shop.buyers.units import RESIDENT
from shop.ordering.models import OrderRecord

#: So much of a thing's evidence is kept with it; the pages it leads to have all of it.
MOST_ROWS = 20


@dataclass(frozen=True)
class Found:
    """A sign of abuse; `key` is the same whenever the same thing is found again. `fen` as AbuseFinding has it."""

    key: str
    reference: str
    fen: int
    happened_at: dt.datetime
    detail: dict[str, Any] = field(default_factory=dict)
    organisation_id: int | None = None
    supplier_id: int | None = None
    record_id: int | None = None


def units_of(records: Iterable[OrderRecord]) -> dict[str, Organisation]:
    """Return the units that placed these orders, by code. One query."""
    codes = {record.credited_organisation for record in records if record.buyer_kind != RESIDENT}
    return {unit.code: unit for unit in Organisation.objects.filter(code__in=codes)}
