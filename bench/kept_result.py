"""What kept pages gave beside the bare view and the stock site, and whether that is enough."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from bench.measures import Samples

Results = Mapping[str, Mapping[str, Samples]]
#: What the bars are: a share of the bare view, and times the stock site's answers.
LEAST_SHARE = 0.5
LEAST_TIMES: Mapping[str, float] = {"list": 100.0, "product": 20.0}


@dataclass
class Kept:
    """Answers for one kind of page: ours and the bare view's, and how often a page was there."""

    addresses: int
    characters: int = 0
    ours: Samples = field(default_factory=Samples)
    bare: Samples = field(default_factory=Samples)
    hits: float = 0
    looks: float = 0

    @property
    def share(self) -> float:
        """Return our rate as a share of the bare view's."""
        return self.ours.rate / self.bare.rate if self.bare.rate else 0.0

    @property
    def hit_rate(self) -> float:
        """Return how many of the pages asked for were there."""
        return self.hits / self.looks if self.looks else 0.0


def judged_kept(found: Mapping[str, Kept], cold: Results) -> list[tuple[str, str, bool]]:
    """Return the bars as (what, found, reached)."""
    rows = [
        (f"Kept {kind} ≥ {LEAST_SHARE:.0%} of a bare view", f"{kept.share:.0%}", kept.share >= LEAST_SHARE)
        for kind, kept in found.items()
    ]
    times = {kind: times_stock(kind, found, cold) for kind in LEAST_TIMES if kind in found}
    rows += [
        (f"Kept {kind} ≥ {LEAST_TIMES[kind]:g} × stock's", f"{reached:.0f} ×", reached >= LEAST_TIMES[kind])
        for kind, reached in times.items()
    ]
    return rows


def times_stock(kind: str, found: Mapping[str, Kept], cold: Results) -> float:
    """Return how many times the stock site's answers a kept page gives; 0 where stock has no such row."""
    stock = cold[kind]["stock"].rate if kind in cold else 0.0
    return found[kind].ours.rate / stock if stock else 0.0


HEAD = (
    "Page",
    "addresses",
    "characters",
    "found",
    "ours /s",
    "p50",
    "p99 ms",
    "bare view /s",
    "share",
    "stock",
)


def rows_of(found: Mapping[str, Kept], cold: Results) -> list[tuple[str, ...]]:
    """Return the rows of the report's table under HEAD."""
    return [
        (
            kind,
            str(kept.addresses),
            str(kept.characters),
            f"{kept.hit_rate:.1%}",
            f"{kept.ours.rate:.0f}",
            f"{kept.ours.milliseconds(50):.1f}",
            f"{kept.ours.milliseconds(99):.1f}",
            f"{kept.bare.rate:.0f}",
            f"{kept.share:.0%}",
            f"{times:.0f} ×" if (times := times_stock(kind, found, cold)) else "-",
        )
        for kind, kept in found.items()
    ]
