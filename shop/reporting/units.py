"""What the ledger credits to units: for their own pages."""

from dataclasses import dataclass
from typing import Any

from django.db.models import F, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from shop.accounts.scope import Scope
from shop.ledger.models import EntryKind, LedgerEntry, Stage
from shop.reporting.measures import MEASURES
from shop.reporting.periods import Period


@dataclass(frozen=True)
class UnitSums:
    """A unit's goods in fen: accepted and paid, paid net, accepted and not paid, in no measure."""

    confirmed: int
    net: int
    receivable: int
    not_counted: int

    @property
    def open(self) -> int:
        """Return what is paid and not confirmed yet."""
        return self.net - self.confirmed


@dataclass(frozen=True)
class UnitRegion:
    """What of it is from one region."""

    region: str
    confirmed: int
    net: int
    receivable: int


def unit_sums(scope: Scope, period: Period, demo: bool) -> UnitSums:
    """Return the sums credited to the units that the scope names in a period. One query."""
    return UnitSums(**_entries(scope, period, demo).aggregate(**_measures()))


def unit_regions(scope: Scope, period: Period, demo: bool) -> list[UnitRegion]:
    """Return the same by region, without regions that have nothing. One query."""
    rows: Any = _entries(scope, period, demo).exclude(region="").values("region").annotate(**_measures())
    found = [
        UnitRegion(row["region"], row["confirmed"], row["net"], row["receivable"])
        for row in rows.order_by("region")
    ]
    return [row for row in found if row.confirmed or row.net or row.receivable]


def _entries(scope: Scope, period: Period, demo: bool) -> QuerySet[LedgerEntry]:
    return LedgerEntry.objects.filter(
        credited_organisation__in=scope.organisations,
        demo=demo,
        booked_on__gte=period.start,
        booked_on__lte=period.end,
    )


def _measures() -> dict[str, Any]:
    names = ("confirmed", "net", "not_counted")
    sums: dict[str, Any] = {
        name: Coalesce(Sum(F("fen") * MEASURES[name].sign, filter=MEASURES[name].entries), 0)
        for name in names
    }
    owed = Q(kind=EntryKind.GOODS, stage=Stage.RECEIVABLE)
    return sums | {"receivable": Coalesce(Sum("fen", filter=owed), 0)}
