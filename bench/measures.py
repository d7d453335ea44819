"""Numbers of a run: percentiles, rates, ratios, and whether a bar is reached."""

import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass
class Samples:
    """What one site answered to one kind of page: seconds of each answer, statuses, and seconds in all."""

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    outcomes: Counter[str] = field(default_factory=Counter)
    block_rates: list[float] = field(default_factory=list)

    @property
    def good(self) -> int:
        """Return how many ended as they should."""
        return self.outcomes["ok"]

    @property
    def rate(self) -> float:
        """Return the median of the blocks' good answers per second."""
        return statistics.median(self.block_rates) if self.block_rates else 0.0

    def milliseconds(self, percent: float) -> float:
        """Return a percentile of the latencies in milliseconds, 0 when there are none."""
        return percentile(self.latencies, percent) * 1000

    def add(self, block: "Samples") -> None:
        """Take one block's numbers in."""
        self.seconds += block.seconds
        self.latencies += block.latencies
        self.outcomes += block.outcomes
        if block.seconds:
            self.block_rates.append(block.good / block.seconds)


@dataclass(frozen=True)
class Bar:
    """A ratio that a page must reach in its cold form; None: the number is printed and judged by nobody."""

    page: str
    title: str
    least: float | None


BARS: Sequence[Bar] = (
    Bar("list", "List", 30.0),
    Bar("category", "Category", 30.0),
    Bar("search", "Search", 15.0),
    Bar("product", "Product", 4.0),
    Bar("member list", "List, logged in", 30.0),
    Bar("member category", "Category, logged in", 30.0),
    Bar("member product", "Product, logged in", 4.0),
    Bar("basket", "Basket, 5 lines of 3 suppliers", 4.0),
    Bar("add", "Add to basket (page and post)", None),
    Bar("checkout", "Complete checkout, 16 clients", 5.0),
)
MOST_QUERIES = 12
LEAST_DELIVERIES = 500
#: Of the rate before a small backlog, what must be left before a large one.
LEAST_FLATNESS = 0.8
MOST_LAG_SECONDS, MOST_EMBEDDED_LAG_SECONDS = 1.0, 2.0
MOST_MEGABYTES = 200
MOST_SEED_MEGABYTES = 500
#: What a worker may gain over the second half of the requests and still be called flat.
FLAT_MEGABYTES = 8


def percentile(values: Sequence[float], percent: float) -> float:
    """Return the nearest-rank percentile, 0 for no values."""
    if not values:
        return 0.0
    ordered = sorted(values)
    return ordered[max(0, min(len(ordered) - 1, -(-int(percent * len(ordered)) // 100) - 1))]


def ratio(ours: Samples, stock: Samples) -> float:
    """Return how many times as many answers per second ours gives; 0 when one of them gave none."""
    return ours.rate / stock.rate if stock.rate else 0.0


def verdict(reached: float, least: float | None) -> str:
    """Return pass, FAIL, or a dash where there is no bar."""
    if least is None:
        return "-"
    return "pass" if reached >= least else "FAIL"
