"""One order as settlement knows it: read, changed by an event, and written back with the entries that follow."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from shop.settlement.exceptions import SettlementError
from shop.settlement.models import Account, Kind, ParcelStanding, Standing
from shop.settlement.standing import CONFIRMED, Freight, Hold, Pot, Share

BASE_BP = 10_000


@dataclass(frozen=True)
class Draft:
    """An entry to be: fen of a source from one account to another."""

    row: Standing
    debit: str
    credit: str
    kind: str
    fen: int
    units: int = 0


@dataclass(frozen=True)
class Level:
    """What of a source is collected, owed, and charged as commission."""

    collected: int = 0
    confirmed: int = 0
    units: int = 0
    commission: int = 0


def commission_of(fen: int, rate_bp: int) -> int:
    """Return the commission on goods of that worth, rounded half up to the fen."""
    return (2 * fen * rate_bp + BASE_BP) // (2 * BASE_BP)


def subsidy_key(share_key: str) -> str:
    """Return the source of what the shop adds to a share: share:7 has subsidy:7."""
    return share_key.replace("share:", "subsidy:", 1)


def share_of_subsidy(key: str) -> str:
    """Return the share that a subsidy follows."""
    return key.replace("subsidy:", "share:", 1)


@dataclass
class OrderBook:
    """The shares, freights and parcels of an order; `rows` are what is stored of them."""

    number: str
    rows: dict[str, Standing] = field(default_factory=dict)
    shares: dict[str, Share] = field(default_factory=dict)
    freights: dict[str, Freight] = field(default_factory=dict)
    #: What the shop adds to a share, by the share that it follows.
    subsidies: dict[str, str] = field(default_factory=dict)
    parcels: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, number: str, parcels: Sequence[str] = ()) -> "OrderBook":
        """Read what is stored of an order, and where the named ones of its parcels stand. Two queries at most."""
        book = cls(number)
        for row in Standing.objects.filter(order_number=number).order_by("pk"):
            book.know(row)
        if parcels:
            # These alone: an order to many recipients has thousands of parcels.
            standing = ParcelStanding.objects.filter(order_number=number, parcel__in=parcels)
            book.parcels = dict(standing.values_list("parcel", "stage"))
        return book

    def know(self, row: Standing) -> None:
        """Take in a stored or a new row."""
        if row.source_key in self.rows:
            raise SettlementError(f"{row.source_key} was placed before")
        self.rows[row.source_key] = row
        if row.kind == Kind.SUBSIDY:
            self.subsidies[row.source_key] = share_of_subsidy(row.source_key)
            return
        if row.kind == Kind.FREIGHT:
            fen = row.pots.get("freight", [0, 0])[1]
            self.freights[row.source_key] = Freight(row.source_key, fen, row.is_due)
            return
        self.shares[row.source_key] = Share(
            key=row.source_key,
            units=row.units,
            by_acceptance=row.by_acceptance,
            is_paid=row.is_paid,
            paid_units=row.paid_units,
            paid_fen=row.paid_fen,
            pots={stage: Pot(units, fen) for stage, (units, fen) in row.pots.items()},
            holds=[Hold(*values) for values in row.holds],
        )

    def share(self, key: str) -> Share:
        """Return a placed share. Raises SettlementError for an unknown one."""
        if key not in self.shares:
            raise SettlementError(f"share {key} was never placed")
        return self.shares[key]

    def let_freight_follow(self) -> None:
        """Freight is owed with the first confirmed goods of its supplier, or when none are left to wait for."""
        for key, freight in self.freights.items():
            supplier = self.rows[key].supplier
            own = [share for name, share in self.shares.items() if self.rows[name].supplier == supplier]
            if any(share.pot(CONFIRMED).units for share in own) or not any(
                share.is_underway for share in own
            ):
                freight.is_due = True

    def levels(self) -> dict[str, Level]:
        """Return the balances of every source as they now are."""
        found = {}
        for key, share in self.shares.items():
            commission = commission_of(share.confirmed, self.rows[key].rate_bp)
            units = share.pot(CONFIRMED).units
            found[key] = Level(share.collected, share.confirmed, units, commission)
        for key, freight in self.freights.items():
            found[key] = Level(freight.collected, freight.confirmed)
        for key, share_key in self.subsidies.items():
            found[key] = _subsidy_level(self.rows[key].paid_fen, self.shares[share_key])
        return found

    def drafts(self, before: dict[str, Level]) -> list[Draft]:
        """Return the entries that lead from the balances before to those that are."""
        drafts: list[Draft] = []
        for key, level in self.levels().items():
            old, row = before.get(key, Level()), self.rows[key]
            collected, confirmed = level.collected - old.collected, level.confirmed - old.confirmed
            charged = level.commission - old.commission
            source = Account.SUBSIDY if row.kind == Kind.SUBSIDY else Account.CLEARING
            steps = [
                (source, Account.PENDING, row.kind, max(collected, 0), 0),
                _both_ways(Account.PENDING, Account.PAYABLE, row.kind, confirmed, level.units - old.units),
                (Account.PENDING, source, row.kind, max(-collected, 0), 0),
                _both_ways(Account.PAYABLE, Account.COMMISSION, Kind.COMMISSION, charged, 0),
            ]
            drafts += [Draft(row, *step) for step in steps if step[3]]
        return drafts

    def changed_rows(self) -> list[Standing]:
        """Return the rows that are new or that the event has changed, with what stands in them now."""
        before = {key: _stored(row) for key, row in self.rows.items() if row.pk is not None}
        self._fill_rows()
        return [row for key, row in self.rows.items() if before.get(key) != _stored(row)]

    def _fill_rows(self) -> None:
        for key, share in self.shares.items():
            row = self.rows[key]
            row.is_paid, row.paid_units, row.paid_fen = share.is_paid, share.paid_units, share.paid_fen
            row.pots = {
                name: [pot.units, pot.fen] for name, pot in share.pots.items() if pot.units or pot.fen
            }
            row.holds = [
                [hold.refund, hold.stage, hold.units, hold.fen, hold.disputed] for hold in share.holds
            ]
        for key, freight in self.freights.items():
            row = self.rows[key]
            row.pots, row.is_due = {"freight": [0, freight.fen]}, freight.is_due


def _subsidy_level(fen: int, share: Share) -> Level:
    """Return what of a subsidy is added and owed: the part that is left of its goods, and the part confirmed."""
    if not share.paid_fen:
        return Level()
    return Level(fen * share.collected // share.paid_fen, fen * share.confirmed // share.paid_fen)


def _stored(row: Standing) -> tuple[object, ...]:
    return (row.is_paid, row.paid_units, row.paid_fen, row.pots, row.holds, row.is_due)


def _both_ways(
    start: Account, end: Account, kind: Any, fen: int, units: int
) -> tuple[Account, Account, Any, int, int]:
    """Return the step between two accounts in the direction of the fen."""
    return (start, end, kind, fen, units) if fen >= 0 else (end, start, kind, -fen, units)
