"""What a rehearsal of faults has found, as a table."""

from collections import Counter
from dataclasses import dataclass, field

WIDTH = 50


@dataclass
class Outcome:
    """What a drill has found."""

    seed: int
    orders: int
    kills: Counter[str] = field(default_factory=Counter)
    jumps: Counter[str] = field(default_factory=Counter)
    emptied: int = 0
    placed: int = 0
    paid: int = 0
    closed: int = 0
    shipped: int = 0
    signed: int = 0
    confirmed_late: int = 0
    pushes: int = 0
    retries: int = 0
    seconds: float = 0.0
    drained: float = 0.0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    #: The name of each promise that was asked for, and the sentences that break it.
    promises: dict[str, list[str]] = field(default_factory=dict)

    @property
    def broken(self) -> list[str]:
        return [sentence for sentences in self.promises.values() for sentence in sentences]

    @property
    def held(self) -> bool:
        return bool(self.promises) and not (self.lost or self.doubled or self.broken)

    def add(self, other: "Outcome") -> None:
        """Add what another drill has found."""
        self.orders += other.orders
        self.kills += other.kills
        self.jumps += other.jumps
        for name in (
            "emptied",
            "placed",
            "paid",
            "closed",
            "shipped",
            "signed",
            "confirmed_late",
            "pushes",
            "retries",
        ):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.seconds += other.seconds
        self.drained += other.drained
        self.lost += other.lost
        self.doubled += other.doubled
        for name, sentences in other.promises.items():
            self.promises.setdefault(name, []).extend(sentences)

    def table(self) -> str:
        """Return the fault table."""
        rows = [
            ("seed", self.seed),
            ("faults injected", self.kills.total() + self.jumps.total() + self.emptied),
            ("  killed -9", _listed(self.kills)),
            ("  clock jumped", _listed(self.jumps)),
            ("  cache and broker emptied", self.emptied),
            ("orders meant", self.orders),
            ("orders placed", self.placed),
            ("orders paid", self.paid),
            ("orders closed, for their time was over", self.closed),
            ("orders shipped", self.shipped),
            ("orders signed for by the courier's word", self.signed),
            ("payments found at the provider", self.confirmed_late),
            ("courier's pushes, twice and shuffled", self.pushes),
            ("requests tried again", self.retries),
            ("seconds of selling", f"{self.seconds:.0f}"),
            ("seconds to drain", f"{self.drained:.0f}"),
            ("lost", len(self.lost)),
            ("doubled", len(self.doubled)),
            *((f"broken: {name}", len(sentences)) for name, sentences in self.promises.items()),
        ]
        details = [f"  - {line}" for line in (*self.lost, *self.doubled, *self.broken)]
        return "\n".join([*(f"{name:<{WIDTH}}{value}" for name, value in rows), *details])


def _listed(counts: Counter[str]) -> str:
    names = ", ".join(f"{name} ×{count}" for name, count in sorted(counts.items()))
    return f"{counts.total()}: {names}" if counts else "0"
