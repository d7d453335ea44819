"""What has been posted of one order, in memory: the balances from which the next entries follow."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from shop.core import fen as money
from shop.core.clock import month_of
from shop.ledger.exceptions import LedgerError
from shop.ledger.models import EntryKind, Leg, Stage

#: From least to most advanced. A refund takes from the front, units are worth from the back.
UNCONFIRMED = (Stage.UNSHIPPED, Stage.IN_TRANSIT, Stage.RECEIVED, Stage.DISPUTED)
ADVANCE = (*UNCONFIRMED, Stage.CONFIRMED)
GONE = "gone"
#: The payment of a receivable entry: none yet.
NO_PAYMENT = "none"

#: Snapshots that a later entry copies from the first one of its source.
DIMENSIONS = (
    "region",
    "township",
    "programme",
    "supplier",
    "supplier_name",
    "product",
    "product_name",
    "category",
    "certification",
    "buyer_kind",
    "credited_organisation",
    "mode",
    "channel",
)
FACTS = (
    *DIMENSIONS,
    "rule_version",
    "eligibility",
    "ineligible_reason",
    "demo",
    "order_number",
    "line_number",
)

Facts = dict[str, Any]
#: Stage, and for `confirmed` the month in which the fen were confirmed.
Place = tuple[str, dt.date | None]


class Draft(NamedTuple):
    """An entry to be: everything but the event's own id and times."""

    source_key: str
    kind: str
    stage: str
    payment_key: str
    leg: str
    fen: int
    ex_tax_fen: int
    units: int
    relates_to: dt.date | None
    part: int
    grade: str
    facts: Facts


@dataclass
class Amount:
    """Fen with and without tax."""

    fen: int = 0
    ex: int = 0


@dataclass
class Pot:
    """Units in one place and their fen by payment, payments in the order of their capture."""

    units: int = 0
    cells: dict[str, Amount] = field(default_factory=dict)

    @property
    def fen(self) -> int:
        """Return the fen of all payments."""
        return sum(amount.fen for amount in self.cells.values())

    def piece(self, *, units: int, fen: int, proportional: bool = False) -> "Pot":
        """Return the part of the pot with so many units and fen, out of the first payments first.

        `proportional`: out of all of them in proportion to what is left of each, as refunds go back.
        Raises LedgerError when the pot does not hold that much.
        """
        if units > self.units or fen > self.fen or fen < 0:
            raise LedgerError(f"{units} units and {fen} fen are not in {self}")
        if fen == self.fen:
            return Pot(units, {key: Amount(cell.fen, cell.ex) for key, cell in self.cells.items()})
        weights = [max(cell.fen, 0) for cell in self.cells.values()]
        parts = money.split(fen, weights) if proportional else _first_first(fen, weights)
        cells = {
            key: Amount(part, cell.ex if part == cell.fen else cell.ex * part // cell.fen)
            for (key, cell), part in zip(self.cells.items(), parts, strict=True)
            if part
        }
        return Pot(units, cells or {next(iter(self.cells)): Amount()})


def _first_first(fen: int, weights: list[int]) -> list[int]:
    parts = []
    for weight in weights:
        parts.append(min(weight, fen))
        fen -= parts[-1]
    return parts


@dataclass
class Hold:
    """What a refund request or a dispute took, and where its units stand meanwhile."""

    refund: str
    place: Place
    pot: Pot
    disputed: bool = False


@dataclass
class Source:
    """A share or a charge as the ledger knows it."""

    key: str
    kind: str = EntryKind.GOODS
    facts: Facts = field(default_factory=dict)
    applied: Pot = field(default_factory=Pot)
    applied_in: dt.date | None = None
    pots: dict[Place, Pot] = field(default_factory=dict)
    progress: dict[str, int] = field(default_factory=dict)
    stored: dict[str, int] = field(default_factory=dict)
    holds: list[Hold] = field(default_factory=list)
    has_stored_holds: bool = False
    by_acceptance: bool = False

    @property
    def receivable(self) -> Pot:
        """Return what is accepted and not paid; never part of paid, confirmed or Σ of stages."""
        return self.pot((Stage.RECEIVABLE, None))

    def pot(self, place: Place) -> Pot:
        """Return the pot in a place, a new one when nothing is there."""
        return self.pots.setdefault(place, Pot())

    def layers(self) -> list[Place]:
        """Return the places of confirmed fen, latest month first."""
        months = [month for stage, month in self.pots if stage == Stage.CONFIRMED and month is not None]
        return [(Stage.CONFIRMED, month) for month in sorted(months, reverse=True)]

    @property
    def is_held(self) -> bool:
        """Say whether something of it stands where only a refund or a dispute puts it."""
        return any(
            self.progress.get(stage) or self.stage_fen(stage) for stage in (Stage.REFUNDING, Stage.DISPUTED)
        )

    def stage_fen(self, stage: str) -> int:
        """Return the fen of a stage over all months."""
        return sum(pot.fen for place, pot in self.pots.items() if place[0] == stage)

    def worth(self, place: Place, units: int) -> int:
        """Return the worth of units of a pot: by the share's own split, as long as nothing disturbed it.

        Units further on come first in the share. Fen taken without units leave the rest to the units there.
        """
        pot = self.pot(place)
        if units == pot.units:
            return pot.fen
        ahead = self._units_ahead(place)
        whole, count = self.applied.fen, self.applied.units
        if ahead + pot.units <= count and pot.fen == money.units_worth(whole, count, ahead, pot.units):
            return money.units_worth(whole, count, ahead, units)
        return money.units_worth(pot.fen, pot.units, 0, units)

    def _units_ahead(self, place: Place) -> int:
        stage, month = place
        further = ADVANCE[ADVANCE.index(Stage(stage)) + 1 :]
        ahead = sum(self.progress[name] for name in further)
        earlier = [key for key in self.layers() if stage == Stage.CONFIRMED and key[1] != month]
        return ahead + sum(self.pots[key].units for key in earlier if month and key[1] and key[1] < month)


@dataclass
class Capture:
    """A captured payment: its own facts and what of it is not applied."""

    facts: Facts
    grade: str
    unapplied: int = 0


@dataclass
class Book:
    """An order's sources, parcels and payments."""

    sources: dict[str, Source] = field(default_factory=dict)
    parcels: dict[str, str] = field(default_factory=dict)
    captures: dict[str, Capture] = field(default_factory=dict)
    grades: dict[str, str] = field(default_factory=dict)
    booked_through: dt.date | None = None

    def add(self, draft: Draft, booked_on: dt.date) -> None:
        """Take an entry, posted now or earlier, into the balances."""
        if draft.kind == EntryKind.UNAPPLIED:
            capture = self.captures.setdefault(draft.payment_key, Capture(draft.facts, draft.grade))
            capture.unapplied += draft.fen
            return
        if draft.payment_key != NO_PAYMENT:
            self.grades.setdefault(draft.payment_key, draft.grade)
        self.booked_through = max(booked_on, self.booked_through or booked_on)
        source = self.sources.setdefault(draft.source_key, Source(draft.source_key))
        amount = Amount(draft.fen, draft.ex_tax_fen)
        if draft.leg == Leg.APPLY:
            source.kind, source.facts, source.applied_in = draft.kind, draft.facts, month_of(booked_on)
            _pour(source.applied, draft.payment_key, amount, draft.units)
        elif draft.leg == Leg.RECEIVABLE:
            source.kind, source.facts = draft.kind, draft.facts
        elif draft.leg == Leg.RESTATE:
            source.facts, self.grades[draft.payment_key] = draft.facts, draft.grade
        month = (draft.relates_to or month_of(booked_on)) if draft.stage == Stage.CONFIRMED else None
        _pour(source.pot((draft.stage, month)), draft.payment_key, amount, draft.units)

    def share(self, key: str) -> Source:
        """Return a placed share. Raises LedgerError for an unknown one."""
        source = self.sources.get(key)
        if source is None or not source.progress:
            raise LedgerError(f"share {key} was never placed")
        return source


def _pour(pot: Pot, payment_key: str, amount: Amount, units: int) -> None:
    cell = pot.cells.setdefault(payment_key, Amount())
    cell.fen += amount.fen
    cell.ex += amount.ex
    pot.units += units
