"""What one run found of the ledgers."""

from dataclasses import dataclass, field

#: Entries that are not folded when the report is timed.
TAIL = 1_000
FEW, MANY = 2, 8
#: Lines of the orders that workers post: a bulk order, whose parcel leaves 500 entries; and a resident's.
BATCH_LINES, SMALL_LINES = 250, 4


@dataclass
class Ledger:
    """What was found in one ledger; seconds, 0 where it was not measured."""

    engine: str
    entries: int
    report: float = 0.0
    scan: float = 0.0
    rebuild: float = 0.0
    cells: int = 0
    page_p50: float = 0.0
    page_p99: float = 0.0
    verify: float = 0.0
    verify_megabytes: int = 0

    @property
    def times_faster(self) -> float:
        """Return how many times faster the report is than the plain scan of the same entries."""
        return self.scan / self.report if self.report else 0.0

    @property
    def verified_per_second(self) -> float:
        """Return the entries that a whole pass of `verify_ledger` takes in a second of wall time."""
        return self.entries / self.verify if self.verify else 0.0


@dataclass
class LedgerResult:
    """All ledgers by size, the one on SQLite last; posting is measured in the largest one."""

    ledgers: list[Ledger] = field(default_factory=list)
    bare: float = 0.0
    posted: float = 0.0
    #: Entries a second, by lines of an order and number of workers.
    rates: dict[int, dict[int, float]] = field(default_factory=dict)
    failures: int = 0
    minutes: float = 0.0

    @property
    def cost(self) -> float:
        """Return posting with everything on as a multiple of the bare insert of the same entries."""
        return self.posted / self.bare if self.bare else 0.0

    def many_to_few(self, lines: int) -> float:
        """Return what many workers post as a multiple of what few do, of orders of so many lines."""
        rates = self.rates.get(lines, {})
        return rates[MANY] / rates[FEW] if rates.get(FEW) else 0.0
