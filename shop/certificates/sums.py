"""What the ledger says of a unit's months and of a resident's shares: for issuing and for verifying alike.

A unit's fen come out of the rollups. A resident has no dimension in the ledger, by design: a resident's fen are
read by the numbers of their own orders, which an index answers.
"""

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import DateField, F, Q, QuerySet, Sum
from django.db.models.functions import Coalesce, TruncMonth

from shop.ledger.models import LedgerEntry
from shop.ledger.rollups.models import BuyerRollup
from shop.ledger.rollups.selectors import Part, grouped, month_in, parts_of
from shop.ordering.models import OrderRecord
from shop.reporting.live import measured
from shop.reporting.measures import MEASURES
from shop.reporting.periods import Period, whole_year


@dataclass(frozen=True, order=True)
class Cell:
    """What a certified sum is about: a month of a unit, or a share of a resident's order."""

    region: str
    programme: str
    month: dt.date | None = None
    source_key: str = ""
    order_number: str = ""


Cells = dict[Cell, int]


def unit_cells(organisation: str, period: Period, demo: bool) -> Cells:
    """Return a unit's confirmed fen by region, programme and the month they belong to. Two queries.

    The period is one of whole months: the restated series, in which a later refund lowers the month that it is
    about.
    """

    def by_cell(part: Part) -> Part:
        own: Any = part.filter(credited_organisation=organisation, demo=demo)
        rows: Any = own.values("region", "programme", belongs=month_in(part, "restated"))
        return rows.annotate(**measured("confirmed"))

    found: Cells = {}
    groups: Any = grouped(parts_of(BuyerRollup, period.start, period.end, series="restated"), by_cell)
    for row in groups:
        cell = Cell(row["region"], row["programme"], row["belongs"])
        found[cell] = found.get(cell, 0) + row["confirmed_sum"]
    return {cell: fen for cell, fen in found.items() if fen}


def resident_cells(user_id: int, year: int, demo: bool) -> Cells:
    """Return the fen that belong to a year, confirmed of a person's own orders, by share. One query.

    What a unit's request placed is the unit's.
    """
    return _by_share(_own_entries(user_id), year, demo)


def resident_months(user_id: int, year: int, demo: bool) -> list[tuple[dt.date, int]]:
    """Return the same fen by the month that they belong to, the earliest first, without empty ones. One query."""
    groups = (
        _belonging(_own_entries(user_id), year, demo)
        .values(month=TruncMonth("belongs"))
        .annotate(total=Sum(F("fen")))
        .order_by("month")
    )
    return [(row["month"], row["total"]) for row in groups if row["total"]]


def _own_entries(user_id: int) -> QuerySet[LedgerEntry]:
    numbers = OrderRecord.objects.filter(buyer_id=user_id, purchase_request=None).values("number")
    return LedgerEntry.objects.filter(order_number__in=numbers)


def shares_now(source_keys: Sequence[str] | QuerySet[Any], year: int, demo: bool) -> Cells:
    """Return what of these shares is confirmed and belongs to a year at this moment. One query."""
    return _by_share(LedgerEntry.objects.filter(source_key__in=source_keys), year, demo)


def _belonging(entries: QuerySet[LedgerEntry], year: int, demo: bool) -> QuerySet[Any]:
    """Return those that confirm something, with the day `belongs` in the year that they belong to."""
    period = whole_year(year)
    confirmed = MEASURES["confirmed"].entries & Q(demo=demo)
    belonging = entries.filter(confirmed).annotate(
        belongs=Coalesce("relates_to", "booked_on", output_field=DateField())
    )
    return belonging.filter(belongs__gte=period.start, belongs__lte=period.end)


def _by_share(entries: QuerySet[LedgerEntry], year: int, demo: bool) -> Cells:
    groups = (
        _belonging(entries, year, demo)
        .values("region", "programme", "source_key", "order_number")
        .annotate(total=Sum(F("fen")))
    )
    cells = {
        Cell(row["region"], row["programme"], None, row["source_key"], row["order_number"]): row["total"]
        for row in groups.order_by()
    }
    return {cell: fen for cell, fen in cells.items() if fen > 0}


def by_place(cells: Iterable[tuple[Cell, int]]) -> dict[tuple[str, str], int]:
    """Return fen by region and programme."""
    found: dict[tuple[str, str], int] = {}
    for cell, fen in cells:
        found[cell.region, cell.programme] = found.get((cell.region, cell.programme), 0) + fen
    return found


def sums_digest(cells: Cells) -> str:
    """Return the SHA-256 of the sums: a line each, in the one order that they have."""
    digest = hashlib.sha256()
    for cell in sorted(cells, key=_order):
        line = [cell.region, cell.programme, _day(cell.month), cell.source_key, cell.order_number]
        digest.update(json.dumps([*line, cells[cell]], ensure_ascii=False).encode() + b"\n")
    return digest.hexdigest()


def _order(cell: Cell) -> tuple[str, ...]:
    return (cell.region, cell.programme, _day(cell.month), cell.source_key, cell.order_number)


def _day(day: dt.date | None) -> str:
    return day.isoformat() if day else ""
