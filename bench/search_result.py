"""What one run found on small and large shelves, and its section of the benchmarks' document."""

from dataclasses import dataclass, field

from bench.ledger_report import table
from bench.measures import percentile

#: The section is found by these when only it is measured again.
BEGIN, END = "<!-- search -->", "<!-- end of search -->"
#: A suggestion's slowest of a hundred, and how much dearer anything may be on the large shelf.
MOST_SECONDS, MOST_GROWTH = 0.030, 3.0
SUGGESTION = "suggestion"

_METHOD = """The goods of the seed are copied under names of their own until there are so many \
(`bench/search_inside.py`); words are parts of names in Chinese, pinyin and initials, each typed once. **Suggestion**: \
the whole answer of the server, middleware and all. **Finding**: the first page of what answers words that nobody has \
asked for. **Pages**: through the web server, which was started anew, each address once and no whole page kept."""


@dataclass
class Timed:
    """Seconds of one kind of question on the shelves of one engine, by number of goods."""

    engine: str
    what: str
    seconds: dict[int, list[float]] = field(default_factory=dict)
    failed: int = 0

    def at(self, goods: int, percent: int) -> float:
        """Return a percentile in seconds."""
        return percentile(self.seconds[goods], percent)

    @property
    def growth(self) -> float:
        """Return the median on the large shelf as a multiple of that on the small one; 0 when one is missing."""
        small, large = min(self.seconds, default=0), max(self.seconds, default=0)
        return self.at(large, 50) / self.at(small, 50) if large > small else 0.0


def judged(found: list[Timed]) -> list[tuple[str, str, bool]]:
    """Return every bar as (what, found, reached)."""
    return [row for timed in found for row in _judged(timed)]


def _judged(timed: Timed) -> list[tuple[str, str, bool]]:
    large = max(timed.seconds)
    if timed.what == SUGGESTION:
        slowest = timed.at(large, 99)
        what = f"Suggestions at {large:,} on {timed.engine}, p99 ≤ {MOST_SECONDS * 1000:.0f} ms"
        return [(what, f"{slowest * 1000:.1f} ms", slowest <= MOST_SECONDS)]
    what = f"{timed.what} on {timed.engine}: p50 at {large:,} ≤ {MOST_GROWTH:g} × its p50 at {min(timed.seconds):,}"
    said = f"{timed.growth:.2f} ×" + (f", {timed.failed} failed" if timed.failed else "")
    return [(what, said, 0 < timed.growth <= MOST_GROWTH and not timed.failed)]


def section(found: list[Timed], taken: str) -> str:
    """Return the section, with the marks around it; `taken` says when and on what."""
    bars = [(what, said, "pass" if good else "**FAIL**") for what, said, good in judged(found)]
    rows = [
        (timed.engine, timed.what, f"{goods:,}", *(f"{timed.at(goods, at) * 1000:.1f}" for at in (50, 99)))
        for timed in found
        for goods in timed.seconds
    ]
    head = ("Engine", "what", "goods", "p50 ms", "p99 ms")
    parts = [
        BEGIN,
        "## A large catalogue",
        taken,
        _METHOD,
        table(("Bar", "Found", ""), bars),
        table(head, rows),
        END,
    ]
    return "\n\n".join(parts)
