"""What one run found of a unit's pad, and its section of the benchmarks' document."""

from dataclasses import dataclass, field

from bench.ledger_report import table
from bench.measures import percentile

#: The section is found by these when only it is measured again.
BEGIN, END = "<!-- union -->", "<!-- end of union -->"
#: What a buyer waits for, and how much dearer a row of the long list may be than one of the short.
MOST_SECONDS, MOST_GROWTH = 10.0, 1.2
#: The steps whose queries may not grow with the lines; those that write lines do so in batches.
CONSTANT = ("upload", "preview", "pad", "review", "read")
PRICED = ("upload", "preview")

_METHOD = """A union's buyer uploads a file of so many goods, of which every fiftieth row has an unknown SKU, looks at \
the preview, takes the good rows over, reads the pad and the last page before the submission, and submits; another \
member reads it and approves, which places the order from the bulk pool (`bench/union_inside.py`). Whole answers of \
the server, middleware and all, nothing of the catalogue remembered; the median of several requests. Rows are written \
in batches: in those of the database's own size on SQLite, which takes 999 values in a statement."""


@dataclass
class Pad:
    """Seconds and queries of every step on one engine, by lines of the list."""

    engine: str
    seconds: dict[str, dict[int, list[float]]] = field(default_factory=dict)
    queries: dict[str, dict[int, int]] = field(default_factory=dict)

    def at(self, step: str, lines: int) -> float:
        """Return the median of a step in seconds."""
        return percentile(self.seconds[step][lines], 50)

    def priced(self, lines: int) -> float:
        """Return how long a buyer waits for the prices of a list, in seconds: upload and preview."""
        return sum(self.at(step, lines) for step in PRICED)

    @property
    def sizes(self) -> list[int]:
        """Return the numbers of lines, the smallest first."""
        return sorted({lines for rows in self.seconds.values() for lines in rows})


def judged(found: list[Pad]) -> list[tuple[str, str, bool]]:
    """Return every bar as (what, found, reached)."""
    return [row for pad in found for row in _judged(pad)]


def _judged(pad: Pad) -> list[tuple[str, str, bool]]:
    few, many = pad.sizes[0], pad.sizes[-1]
    counts = {step: [pad.queries[step][lines] for lines in pad.sizes] for step in CONSTANT}
    grown = [step for step, found in counts.items() if len(set(found)) > 1]
    growth = (pad.priced(many) / many) / (pad.priced(few) / few)
    said = ", ".join(f"{step} {found[-1]}" for step, found in counts.items())
    return [
        (f"Queries as many for {many:,} lines as for {few:,} on {pad.engine}", said, not grown),
        (
            f"Upload and preview of {many:,} lines on {pad.engine} ≤ {MOST_SECONDS:g} s",
            f"{pad.priced(many):.2f} s",
            0 < pad.priced(many) <= MOST_SECONDS,
        ),
        (
            f"A line of {many:,} on {pad.engine} ≤ {MOST_GROWTH:g} × one of {few:,}",
            f"{growth:.2f} ×",
            0 < growth <= MOST_GROWTH,
        ),
    ]


def section(found: list[Pad], taken: str) -> str:
    """Return the section, with the marks around it; `taken` says when and on what."""
    bars = [(what, said, "pass" if good else "**FAIL**") for what, said, good in judged(found)]
    rows = [
        (pad.engine, step, f"{lines:,}", f"{pad.at(step, lines):.2f}", str(pad.queries[step][lines]))
        for pad in found
        for step in pad.seconds
        for lines in pad.sizes
    ]
    return "\n\n".join(
        [
            BEGIN,
            "## A unit's pad",
            taken,
            _METHOD,
            table(("Bar", "Found", ""), bars),
            table(("Engine", "step", "lines", "seconds", "queries"), rows),
            END,
        ]
    )
