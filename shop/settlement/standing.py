"""How far the units and fen of a supplier's shares have come; pure, computed from the events of an order alone.

The ledger works out the same stages for the figures, by payment and month. The two never read each other:
`check_invariants` compares them, so that neither can be wrong unseen.
"""

from dataclasses import dataclass, field, replace

from shop.core import fen as money
from shop.settlement.exceptions import SettlementError

UNSHIPPED, IN_TRANSIT, RECEIVED, DISPUTED, CONFIRMED = (
    "unshipped",
    "in_transit",
    "received",
    "disputed",
    "confirmed",
)
#: From least to most advanced. A refund takes from the front, units are worth from the back.
UNCONFIRMED = (UNSHIPPED, IN_TRANSIT, RECEIVED, DISPUTED)
ADVANCE = (*UNCONFIRMED, CONFIRMED)
#: Where units stand that a report accepts, those furthest on first.
DELIVERED = (RECEIVED, IN_TRANSIT)
#: Where goods stand that have left, those that a replacement is asked for first.
SENT = (IN_TRANSIT, RECEIVED, CONFIRMED)
#: What a refund may take: disputed goods belong to a replacement.
FREE = tuple(stage for stage in ADVANCE if stage != DISPUTED)


@dataclass
class Pot:
    """Units in one stage and their fen; no fen before the order is paid."""

    units: int = 0
    fen: int = 0


@dataclass
class Hold:
    """What an open refund took, or a dispute, whose goods stand in `disputed`; and where its units stand meanwhile."""

    refund: str
    stage: str
    units: int
    fen: int
    disputed: bool = False


@dataclass
class Share:
    """Goods of one order line: all its units are in a stage, held by a refund, or gone."""

    key: str
    units: int
    by_acceptance: bool = False
    is_paid: bool = False
    paid_units: int = 0
    paid_fen: int = 0
    pots: dict[str, Pot] = field(default_factory=dict)
    holds: list[Hold] = field(default_factory=list)

    def pot(self, stage: str) -> Pot:
        """Return what stands in a stage."""
        return self.pots.setdefault(stage, Pot())

    @property
    def collected(self) -> int:
        """Return the fen paid and not refunded."""
        return sum(pot.fen for pot in self.pots.values()) + sum(hold.fen for hold in self._refunding)

    @property
    def confirmed(self) -> int:
        """Return the fen that are owed to the supplier."""
        return self.pot(CONFIRMED).fen

    @property
    def gone(self) -> int:
        """Return the units that were refunded or taken off before payment."""
        there = sum(pot.units for pot in self.pots.values()) + sum(hold.units for hold in self._refunding)
        return self.units - there

    @property
    def _refunding(self) -> list[Hold]:
        return [hold for hold in self.holds if not hold.disputed]

    @property
    def is_underway(self) -> bool:
        """Return whether units may still be confirmed or refunded."""
        return any(self.pot(stage).units for stage in UNCONFIRMED) or any(
            hold.units for hold in self._refunding
        )

    def pay(self, units: int, fen: int) -> None:
        """Give the units their fen where they stand, the most advanced first."""
        if self.is_paid:
            raise SettlementError(f"{self.key} is paid already")
        if units != sum(self.pot(stage).units for stage in ADVANCE) or (fen and not units):
            raise SettlementError(f"{self.key} is paid for {units} units, {self.pots} are there")
        before = 0
        for stage in reversed(ADVANCE):
            pot = self.pot(stage)
            if pot.units:
                pot.fen = money.units_worth(fen, units, before, pot.units)
                before += pot.units
        self.is_paid, self.paid_units, self.paid_fen = True, units, fen

    def worth(self, stage: str, units: int) -> int:
        """Return the fen of units of a stage: by the share's own split, as long as nothing disturbed it."""
        pot = self.pot(stage)
        if units == pot.units:
            return pot.fen
        ahead = sum(self.pot(name).units for name in ADVANCE[ADVANCE.index(stage) + 1 :])
        if ahead + pot.units <= self.paid_units and pot.fen == money.units_worth(
            self.paid_fen, self.paid_units, ahead, pot.units
        ):
            return money.units_worth(self.paid_fen, self.paid_units, ahead, units)
        return money.units_worth(pot.fen, pot.units, 0, units)

    def _move(self, start: str, end: str, units: int, fen: int) -> None:
        here, there = self.pot(start), self.pot(end)
        if units > here.units or fen > here.fen:
            raise SettlementError(f"{self.key} has fewer than {units} units and {fen} fen {start}")
        here.units, here.fen = here.units - units, here.fen - fen
        there.units, there.fen = there.units + units, there.fen + fen

    def advance(self, start: str, end: str, units: int) -> None:
        """Move units on with their fen. Those under a refund only change where they stand; refunded ones are gone."""
        ahead = self._ahead(start)
        count = min(units, self.pot(start).units)
        if count:
            self._move(start, end, count, self.worth(start, count) if self.is_paid else 0)
        rest = units - count
        for hold in list(self.holds):
            if rest and hold.stage == start and hold.units:
                taken = min(rest, hold.units)
                self._advance_hold(hold, end, taken)
                rest -= taken
        if rest > self.gone + ahead:
            raise SettlementError(f"{self.key} has {rest} units fewer {start} than its parcel")

    def _ahead(self, start: str) -> int:
        """Return the units that a report may have accepted before their parcel was told of."""
        if not self.by_acceptance:
            return 0
        further = ADVANCE[ADVANCE.index(start) + 1 :]
        held = sum(hold.units for hold in self.holds if hold.stage in further)
        return held + sum(self.pot(stage).units for stage in further)

    def _advance_hold(self, hold: Hold, end: str, units: int) -> None:
        if units == hold.units:
            hold.stage = end
            return
        fen = money.units_worth(hold.fen, hold.units, 0, units)
        hold.units, hold.fen = hold.units - units, hold.fen - fen
        self.holds.append(replace(hold, stage=end, units=units, fen=fen))

    def accept(self, units: int) -> None:
        """Confirm delivered units that a report accepts."""
        if not self.by_acceptance:
            raise SettlementError(f"{self.key} is confirmed by its receipt, not by a report")
        for stage in DELIVERED:
            count = min(units, self.pot(stage).units)
            if count:
                self.advance(stage, CONFIRMED, count)
            units -= count
        # Disputed units are confirmed once their replacement is there.
        for hold in [hold for hold in self.holds if hold.disputed and hold.stage in DELIVERED]:
            count = min(units, hold.units)
            if count:
                self._advance_hold(hold, CONFIRMED, count)
            units -= count
        if units:
            raise SettlementError(f"{self.key} has {units} units fewer delivered than the report accepts")

    def reduce(self, units: int) -> None:
        """Take units off before they are paid."""
        if self.is_paid:
            raise SettlementError(f"{self.key} is paid: it is refunded, not reduced")
        for stage in UNCONFIRMED:
            count = min(units, self.pot(stage).units)
            self.pot(stage).units -= count
            units -= count
        if units:
            raise SettlementError(f"{self.key} has {units} units fewer than the reduction")

    def ask_refund(self, refund: str, units: int, fen: int) -> None:
        """Hold units and fen for a refund: unconfirmed first."""
        if not self.is_paid:
            raise SettlementError(f"{self.key} is not paid: there is nothing to refund")
        free = [self.pot(stage) for stage in FREE]
        if units > sum(pot.units for pot in free) or fen > sum(pot.fen for pot in free):
            self._end_disputes()
        for stage, count, part in self._plan(units, fen):
            pot = self.pot(stage)
            pot.units, pot.fen = pot.units - count, pot.fen - part
            self.holds.append(Hold(refund, stage, count, part))
        self._sweep()

    def _plan(self, units: int, fen: int) -> list[tuple[str, int, int]]:
        counts: list[int] = []
        parts: list[int] = []
        for stage in FREE:
            count = min(units, self.pot(stage).units)
            part = min(self.worth(stage, count), fen) if count else 0
            units, fen = units - count, fen - part
            counts.append(count)
            parts.append(part)
        for index, stage in enumerate(FREE):
            more = min(self.pot(stage).fen - parts[index], fen)
            parts[index] += more
            fen -= more
        if units or fen:
            raise SettlementError(f"{self.key} has {units} units and {fen} fen fewer than the refund")
        return [row for row in zip(FREE, counts, parts, strict=True) if row[1] or row[2]]

    def _sweep(self) -> None:
        """Fen of a stage whose units have all left follow the units that are left of the share."""
        for stage in UNCONFIRMED:
            pot = self.pot(stage)
            if pot.units or not pot.fen:
                continue
            target = next((name for name in ADVANCE if self.pot(name).units), None)
            if target is not None:
                self._move(stage, target, 0, pot.fen)

    def fail_refund(self, refund: str) -> None:
        """Give back what a refund held, to where its units stand by now."""
        for hold in self._held(refund):
            pot = self.pot(hold.stage)
            pot.units, pot.fen = pot.units + hold.units, pot.fen + hold.fen
            self.holds.remove(hold)
        self._sweep()

    def execute_refund(self, refund: str, fen: int) -> None:
        """Let what a refund held be gone."""
        held = self._held(refund)
        if sum(hold.fen for hold in held) != fen:
            raise SettlementError(f"refund {refund} holds other fen of {self.key} than the {fen} executed")
        self.holds = [hold for hold in self.holds if hold not in held]

    def dispute(self, case: str, units: int) -> None:
        """Set the worth of sent units apart: a replacement is asked for."""
        if not self.is_paid:
            raise SettlementError(f"{self.key} is not paid: nothing of it is disputed")
        if units > sum(self.pot(stage).units for stage in SENT):
            # A second case about goods that one is open about already: the later one holds them.
            self._end_disputes()
        for stage in SENT:
            count = min(units, self.pot(stage).units)
            if count:
                fen = self.worth(stage, count)
                self._move(stage, DISPUTED, count, fen)
                self.holds.append(Hold(case, stage, count, fen, disputed=True))
            units -= count
        if units:
            raise SettlementError(f"{self.key} has {units} units fewer sent than are disputed")
        self._sweep()

    def settle(self, case: str) -> None:
        """Move what a case set apart back to where its units stand by now; nothing, where a refund has taken it."""
        self._end_disputes(case)
        self._sweep()

    def _end_disputes(self, case: str = "") -> None:
        for hold in list(self.holds):
            if hold.disputed and case in ("", hold.refund):
                self._move(DISPUTED, hold.stage, hold.units, hold.fen)
                self.holds.remove(hold)

    def _held(self, refund: str) -> list[Hold]:
        found = [hold for hold in self._refunding if hold.refund == refund]
        if not found:
            raise SettlementError(f"refund {refund} holds nothing of {self.key}")
        return found


@dataclass
class Freight:
    """What a supplier gets for sending its goods of one order; owed with the first of them that is confirmed."""

    key: str
    fen: int = 0
    is_due: bool = False

    @property
    def collected(self) -> int:
        """Return the fen paid and not refunded."""
        return self.fen

    @property
    def confirmed(self) -> int:
        """Return the fen that are owed to the supplier."""
        return self.fen if self.is_due else 0

    def refund(self, fen: int) -> None:
        """Take off what was sent back."""
        if fen > self.fen:
            raise SettlementError(f"{fen} fen of {self.key} are refunded, {self.fen} are left")
        self.fen -= fen
