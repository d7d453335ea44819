"""What the ledger credits to units: for their own pages."""

from dataclasses import dataclass
from typing import Any

from shop.accounts.scope import Scope
from shop.ledger.rollups.models import BuyerRollup
from shop.ledger.rollups.selectors import Part, grouped, parts_of
from shop.reporting.live import measured
from shop.reporting.periods import Period

KEYS = ("confirmed", "net", "receivable", "not_counted")


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


def unit_figures(scope: Scope, period: Period, demo: bool) -> tuple[UnitSums, list[UnitRegion]]:
    """Return the sums credited to the units that the scope names in a period, and the same by region. Two queries.

    Regions that have nothing are left out.
    """
    by_region = _by_region(scope, period, demo)
    sums = UnitSums(**{key: sum(row[key] for row in by_region.values()) for key in KEYS})
    regions = [
        UnitRegion(region, row["confirmed"], row["net"], row["receivable"])
        for region, row in sorted(by_region.items())
        if region
    ]
    return sums, [row for row in regions if row.confirmed or row.net or row.receivable]


def _by_region(scope: Scope, period: Period, demo: bool) -> dict[str, dict[str, int]]:
    def credited(part: Part) -> Part:
        own = part.filter(credited_organisation__in=scope.organisations, demo=demo)
        return own.values("region").annotate(**measured(*KEYS))

    found: dict[str, dict[str, int]] = {}
    groups: Any = grouped(parts_of(BuyerRollup, period.start, period.end), credited)
    for row in groups:
        sums = found.setdefault(row["region"], dict.fromkeys(KEYS, 0))
        for key in KEYS:
            sums[key] += row[f"{key}_sum"]
    return found
