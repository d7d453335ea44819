"""The ledger's section of the benchmarks' document."""

from collections.abc import Sequence

from bench.ledger_result import BATCH_LINES, FEW, MANY, SMALL_LINES, TAIL, Ledger, LedgerResult

#: The section is found by these when only it is measured again.
BEGIN, END = "<!-- ledger -->", "<!-- end of ledger -->"
LEAST_TIMES_FASTER = 500.0
MOST_GROWTH = 1.3
MOST_COST = 2.0
LEAST_MANY_TO_FEW = 0.9
LEAST_VERIFIED = 100_000
MOST_VERIFY_MEGABYTES = 300
MOST_PAGE_GROWTH = 3.0

_METHOD = """Generated sales over 24 months (`bench/ledger_rows.py`): orders of four lines out of 2,200 products of \
five regions, 22 entries each; a third are bought by 300 units, of one in thirty a line goes back a month later. The \
smaller ledgers span the same months. After ANALYZE. **Report of a year**: region × programme × month, five figures, \
with {tail:,} entries that are not folded yet; **plain scan**: the same query over the entries themselves, in the \
same run. **Page**: one page of the list of orders behind a figure, figures and places drawn at random. **Posting**: \
one event that leaves 500 entries, with idempotency, progress of the shares and the folding of its entries into \
the rollups, beside a bare insert of the same 500 rows into the same table. **Workers**: processes that post whole \
orders, an event in each transaction, synced to disk, while one of them folds: bulk orders, whose parcel leaves a \
batch of 500 entries, and orders of four lines, 22 entries in five transactions; in turns and places, as the \
workers' drains do (`worker/places.py`). **verify_ledger**: the command \
as an operator starts it, all checks and the digest; memory is the peak of its process."""


def judged(result: LedgerResult) -> list[tuple[str, str, bool]]:
    """Return every bar as (what, found, reached)."""
    small, middle, large, embedded = result.ledgers
    growth = large.report / middle.report if middle.report else 0.0
    pages = large.page_p99 / small.page_p99 if small.page_p99 else 0.0
    return [
        (
            f"Report of a year ≥ {LEAST_TIMES_FASTER:g} × faster than the plain scan at {large.entries:,}",
            f"{large.times_faster:.0f} × ({large.report * 1000:.1f} ms, {large.scan:.2f} s)",
            large.times_faster >= LEAST_TIMES_FASTER,
        ),
        (
            f"The same ≤ {MOST_GROWTH:g} × its time at {middle.entries:,}",
            f"{growth:.2f} ×",
            0 < growth <= MOST_GROWTH,
        ),
        (
            f"Posting with everything on ≤ {MOST_COST:g} × a bare insert, batches of 500",
            f"{result.cost:.2f} ×",
            0 < result.cost <= MOST_COST,
        ),
        *(_crowded(result, lines) for lines in (BATCH_LINES, SMALL_LINES)),
        *(_verified(ledger) for ledger in (large, embedded)),
        (
            f"Page of a list, p99 ≤ {MOST_PAGE_GROWTH:g} × its p99 at {small.entries:,}",
            f"{pages:.2f} ×",
            0 < pages <= MOST_PAGE_GROWTH,
        ),
    ]


def _crowded(result: LedgerResult, lines: int) -> tuple[str, str, bool]:
    ratio = result.many_to_few(lines)
    return (
        f"{MANY} posting workers ≥ {LEAST_MANY_TO_FEW:g} × the throughput of {FEW}, orders of {lines} lines, no error",
        f"{ratio:.2f} ×, {result.failures} errors",
        ratio >= LEAST_MANY_TO_FEW and not result.failures,
    )


def _verified(ledger: Ledger) -> tuple[str, str, bool]:
    least = LEAST_VERIFIED if ledger.engine == "PostgreSQL" else 0
    speed = f" ≥ {least:,}/s" if least else ""
    return (
        f"verify_ledger of {ledger.entries:,} on {ledger.engine}{speed}, ≤ {MOST_VERIFY_MEGABYTES} MB",
        f"{ledger.verified_per_second:,.0f}/s, {ledger.verify_megabytes} MB",
        ledger.verified_per_second >= least and 0 < ledger.verify_megabytes <= MOST_VERIFY_MEGABYTES,
    )


def section(result: LedgerResult, taken: str) -> str:
    """Return the section, with the marks around it; `taken` says when and on what."""
    bars = [(what, found, "pass" if good else "**FAIL**") for what, found, good in judged(result)]
    parts = [
        BEGIN,
        "## The ledger",
        f"{taken} {result.minutes:.0f} minutes.",
        _METHOD.format(tail=TAIL),
        table(("Bar", "Found", ""), bars),
        table(_HEAD, [_row(ledger) for ledger in result.ledgers]),
        table(
            ("Posting, entries/s", f"{FEW} workers", f"{MANY} workers", "ratio", "500 bare", "500 posted"),
            [_posting(result, lines) for lines in (BATCH_LINES, SMALL_LINES)],
        ),
        END,
    ]
    return "\n\n".join(parts)


_HEAD = (
    *("Engine", "entries", "cells", "rebuild", "report", "plain scan", "ratio"),
    *("page p50", "page p99", "verify_ledger"),
)


def _posting(result: LedgerResult, lines: int) -> tuple[str, ...]:
    rates, of_batch = result.rates.get(lines, {}), lines == BATCH_LINES
    return (
        f"orders of {lines} lines",
        *(f"{rates.get(workers, 0):,.0f}" for workers in (FEW, MANY)),
        f"{result.many_to_few(lines):.2f} ×",
        f"{result.bare * 1000:.0f} ms" if of_batch else "–",
        f"{result.posted * 1000:.0f} ms" if of_batch else "–",
    )


def _row(ledger: Ledger) -> tuple[str, ...]:
    verify = f"{ledger.verify:.0f} s, {ledger.verify_megabytes} MB" if ledger.verify else "–"
    return (
        ledger.engine,
        f"{ledger.entries:,}",
        f"{ledger.cells:,}",
        f"{ledger.rebuild:.1f} s",
        f"{ledger.report * 1000:.1f} ms",
        f"{ledger.scan * 1000:,.0f} ms",
        f"{ledger.times_faster:.0f} ×",
        f"{ledger.page_p50 * 1000:.1f} ms",
        f"{ledger.page_p99 * 1000:.1f} ms",
        verify,
    )


def in_document(text: str, new: str) -> str:
    """Return the document with the section replaced, or added at its end; its first and last line are its marks."""
    lines = new.splitlines()
    before, begin, rest = text.partition(lines[0])
    _, end, after = rest.partition(lines[-1])
    return f"{before}{new}{after}" if begin and end else f"{text.rstrip()}\n\n{new}\n"


def section_in(text: str, first: str = BEGIN, last: str = END) -> str:
    """Return the section between two marks as it stands in a document, "" where it has none."""
    _, begin, rest = text.partition(first)
    within, end, _ = rest.partition(last)
    return f"{begin}{within}{end}" if begin and end else ""


def table(head: tuple[str, ...], body: Sequence[tuple[str, ...]]) -> str:
    """Return a table in Markdown."""
    lines = [head, tuple("---" for _ in head), *body]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
