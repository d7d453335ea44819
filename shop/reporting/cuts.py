"""What a report is narrowed to, and the sums and entries that are left."""

from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Q, QuerySet

from shop.accounts.scope import Scope
from shop.ledger.models import LedgerEntry, Stage
from shop.ledger.rollups.models import BuyerRollup, PlaceRollup, Rollup
from shop.ledger.rollups.selectors import Series
from shop.reporting.live import Rows, sums_in
from shop.reporting.periods import Period


@dataclass(frozen=True)
class Cut:
    """A period, real or demonstration, as reported or restated; "" is not narrowed."""

    period: Period
    demo: bool
    series: Series = "reported"
    region: str = ""
    programme: str = ""
    channel: str = ""
    buyer_kind: str = ""
    mode: str = ""

    @property
    def place(self) -> dict[str, str]:
        """Return the place that it is narrowed to, by the ledger's dimensions."""
        return {name: value for name in ("region", "programme") if (value := getattr(self, name))}

    @property
    def buyer(self) -> dict[str, str]:
        """Return the buyers that it is narrowed to, by the ledger's dimensions."""
        return {name: value for name in ("channel", "buyer_kind", "mode") if (value := getattr(self, name))}

    @property
    def rollup(self) -> type[Rollup]:
        """Return the smallest sums that know what it is narrowed to."""
        return BuyerRollup if self.buyer else PlaceRollup

    def in_period(self, period: Period) -> "Cut":
        """Return the same of another period."""
        return replace(self, period=period)


def rows_of(scope: Scope, cut: Cut, rollup: type[Rollup] | None = None, *, mark: int | None = None) -> Rows:
    """Return the parts whose rows are the sums of a cut that the scope may see; `mark` as in `parts_of`.

    `rollup` is one with more dimensions; it has to know the buyers where the cut names them.
    """
    wanted = {**cut.place, **cut.buyer}
    parts = sums_in(rollup or cut.rollup, scope, cut.period, cut.demo, series=cut.series, mark=mark)
    return [part.filter(**wanted) for part in parts]


def entries_in(
    scope: Scope, period: Period, demo: bool, *, series: Series = "reported"
) -> QuerySet[LedgerEntry]:
    """Return the entries of a period that the scope may see, real or demonstration, never both.

    As reported they are those booked in it; restated, those that belong to it.
    """
    booked = Q(booked_on__gte=period.start, booked_on__lte=period.end)
    if series == "restated":
        booked &= Q(relates_to=None)
        booked |= Q(relates_to__gte=period.start, relates_to__lte=period.end)
    entries = LedgerEntry.objects.filter(booked, demo=demo)
    if scope.everything:
        return entries
    return entries.filter(region__in=scope.regions) if scope.regions else entries.none()


def unapplied_of(scope: Scope, cut: Cut) -> QuerySet[LedgerEntry]:
    """Return the entries of a cut, where money that no order has yet counts for the buyer it is held for."""
    entries = entries_in(scope, cut.period, cut.demo, series=cut.series).filter(**cut.place)
    return of_buyer(entries, **cut.buyer)


def of_buyer(entries: QuerySet[LedgerEntry], **wanted: Any) -> QuerySet[LedgerEntry]:
    """Narrow unapplied money to a buyer: it goes with the order that it is held for."""
    if not wanted:
        return entries
    owed = LedgerEntry.objects.filter(stage=Stage.RECEIVABLE, **wanted).values("order_number")
    return entries.filter(order_number__in=owed)
