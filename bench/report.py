"""The result as a document with a table, and as a picture."""

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from bench.delivery import RELAYS, Delivery, Lags
from bench.first_view import Weight
from bench.first_view import judged as judged_weight
from bench.first_view import section as weight_section
from bench.first_view import section_in as weight_in
from bench.kept_result import HEAD, Kept, judged_kept, rows_of
from bench.ledger_report import in_document, judged, section, section_in
from bench.ledger_result import LedgerResult
from bench.loads import Results
from bench.measures import (
    BARS,
    FLAT_MEGABYTES,
    LEAST_DELIVERIES,
    LEAST_FLATNESS,
    MOST_EMBEDDED_LAG_SECONDS,
    MOST_LAG_SECONDS,
    MOST_MEGABYTES,
    MOST_QUERIES,
    MOST_SEED_MEGABYTES,
    Samples,
    ratio,
    verdict,
)
from bench.memory import Memory
from bench.picture import chart
from bench.places import DOCUMENT, PICTURE, Extent
from bench.proofs import BUYERS, UNITS, VIEWERS, WEB_WORKERS, Counted, Rush
from bench.search_result import BEGIN, END, Timed
from bench.search_result import judged as judged_search
from bench.search_result import section as search_section
from bench.union_result import BEGIN as UNION_BEGIN
from bench.union_result import END as UNION_END
from bench.union_result import Pad
from bench.union_result import judged as judged_union
from bench.union_result import section as union_section


@dataclass(frozen=True)
class Machine:
    """What the numbers were taken on; `load` is what others ran when the bench began."""

    cores: int
    gigabytes: int
    processor: str
    system: str
    python: str
    load: float


@dataclass
class Report:
    """Everything that one run found."""

    extent: Extent
    machine: Machine
    day: dt.date
    cold: Results = field(default_factory=dict)
    warm: Results = field(default_factory=dict)
    kept: dict[str, Kept] = field(default_factory=dict)
    counted: dict[str, tuple[dict[str, Counted], dict[str, Counted]]] = field(default_factory=dict)
    rush: dict[str, Rush] = field(default_factory=dict)
    first_views: dict[str, Counter[int]] = field(default_factory=dict)
    pool_sizes: dict[str, tuple[int, int]] = field(default_factory=dict)
    memory: Memory = field(default_factory=Memory)
    delivery: Delivery = field(default_factory=Delivery)
    ledger: LedgerResult | None = None
    weights: list[Weight] = field(default_factory=list)
    search: list[Timed] = field(default_factory=list)
    union: list[Pad] = field(default_factory=list)
    seed_megabytes: int = 0
    pictures: int = 0
    minutes: float = 0.0

    def ratio_of(self, page: str) -> float:
        """Return the cold ratio of a kind of page, 0 when it was not measured."""
        found = self.cold.get(page)
        return ratio(found["ours"], found["stock"]) if found else 0.0

    def judged(self) -> list[tuple[str, str, bool]]:
        """Return every bar as (what, found, reached)."""
        ledger = judged(self.ledger) if self.ledger else []
        shop = [
            *self._ratios(),
            *judged_kept(self.kept, self.cold),
            self._slowest_checkouts(),
            *self._deliveries(),
            *self._proofs(),
        ]
        alone = [*judged_weight(self.weights), *judged_search(self.search), *judged_union(self.union)]
        return [*shop, *alone, *ledger]

    def _ratios(self, *, measured: bool = False) -> list[tuple[str, str, bool]]:
        return [
            (f"{bar.title} ≥ {bar.least:g} ×", f"{self.ratio_of(bar.page):.1f} ×", verdict_is_good)
            for bar in BARS
            if bar.least is not None and (bar.page in self.cold or not measured)
            for verdict_is_good in (verdict(self.ratio_of(bar.page), bar.least) == "pass",)
        ]

    def _slowest_checkouts(self) -> tuple[str, str, bool]:
        found = self.cold.get("checkout", {})
        ours = found["ours"].milliseconds(99) if found else 0.0
        stock = found["stock"].milliseconds(50) if found else 0.0
        return "Checkout's p99 ≤ stock's p50", f"{ours:.0f} ms, {stock:.0f} ms", 0 < ours <= stock

    def _deliveries(self) -> list[tuple[str, str, bool]]:
        rates, delivery = self.delivery.rates, self.delivery
        least = min(rates.values(), default=0.0)
        return [
            (
                f"Deliveries of {RELAYS} relays ≥ {LEAST_DELIVERIES}/s",
                ", ".join(f"{rate:.0f}/s of {backlog:,}" for backlog, rate in rates.items()),
                least >= LEAST_DELIVERIES,
            ),
            (
                f"Rate before the largest backlog ≥ {LEAST_FLATNESS:g} × that before the smallest",
                f"{delivery.flatness:.2f} ×",
                delivery.flatness >= LEAST_FLATNESS,
            ),
            _lag_row("Paid to supplier's notice", delivery.production, MOST_LAG_SECONDS),
            _lag_row("The same, embedded", delivery.embedded, MOST_EMBEDDED_LAG_SECONDS),
        ]

    def _proofs(self) -> list[tuple[str, str, bool]]:
        cold, warm = self.counted.get("ours", ({}, {}))
        most = max((max(one.queries) for one in (*cold.values(), *warm.values()) if one.queries), default=-1)
        writes = cold["product"].writes + warm["product"].writes if "product" in cold else -1
        rush = self.rush.get("ours")
        sold = rush.sold if rush else -1
        failed = sum(n for status, n in self.first_views.get("ours", Counter()).items() if status >= 500)
        return [
            (f"Queries of any page ≤ {MOST_QUERIES}", str(most), 0 <= most <= MOST_QUERIES),
            ("Writes on product views: none", str(writes), writes == 0),
            ("Statuses 500 on simultaneous first views: none", str(failed), failed == 0),
            (
                f"{BUYERS} buyers, {WEB_WORKERS} web workers, {UNITS} units: {UNITS} sold",
                str(sold),
                sold == UNITS,
            ),
            (
                f"Web worker ≤ {MOST_MEGABYTES} MB after {self.memory.requests} requests",
                f"{max(self.memory.web, default=0)} MB",
                self.memory.is_small,
            ),
            (
                f"Web worker flat (≤ {FLAT_MEGABYTES} MB over the second half)",
                " ".join(map(str, self.memory.web)),
                self.memory.is_flat,
            ),
            (
                f"Worker ≤ {MOST_MEGABYTES} MB",
                f"{self.memory.worker} MB",
                0 < self.memory.worker <= MOST_MEGABYTES,
            ),
            (
                f"Seeding ≤ {MOST_SEED_MEGABYTES} MB at its peak",
                f"{self.seed_megabytes} MB",
                0 < self.seed_megabytes <= MOST_SEED_MEGABYTES,
            ),
        ]

    def missed(self, *, only: str = "") -> list[str]:
        """Return the bars that are not reached, with what was found; `only` names the part that was measured."""
        rows = judged_weight(self.weights) if only == "weight" else self.judged()
        rows = [*self._ratios(measured=True), *judged_kept(self.kept, self.cold)] if only == "pages" else rows
        rows = judged(self.ledger) if only == "ledger" and self.ledger else rows
        rows = judged_search(self.search) if only == "search" else rows
        rows = judged_union(self.union) if only == "union" else rows
        return [f"{what} ({found})" for what, found, reached in rows if not reached]


def _lag_row(title: str, lags: Lags, most: float) -> tuple[str, str, bool]:
    """Return the row of a lag; a pace that was not kept is no proof."""
    kept = lags.pace >= 0.95 * lags.wanted > 0
    found = f"{lags.p99:.2f} s at {lags.pace:.1f}/s"
    return f"{title}, p99 at {lags.wanted:.1f} orders/s ≤ {most:g} s", found, kept and lags.p99 <= most


def write(report: Report) -> None:
    """Write the document and its picture; a section stays when it was not measured again."""
    PICTURE.write_text(chart({bar.title: report.ratio_of(bar.page) for bar in BARS}), encoding="utf-8")
    before = DOCUMENT.read_text(encoding="utf-8") if DOCUMENT.exists() else ""
    text = document(report)
    for measured, kept in (
        (report.weights, weight_in(before)),
        (report.search, section_in(before, BEGIN, END)),
        (report.union, section_in(before, UNION_BEGIN, UNION_END)),
        (report.ledger, section_in(before)),
    ):
        if kept and not measured:
            text = in_document(text, kept)
    DOCUMENT.write_text(text, encoding="utf-8")


def document(report: Report) -> str:
    """Return the whole page in Markdown."""
    parts = [
        "# Benchmarks",
        "Written by `make bench`; do not edit. The text about the method stands in `bench/report.py`.",
        "![Ratios to stock Oscar, cold](img/benchmarks.svg)",
        *_setting(report),
        "## Bars",
        _table(
            ("Bar", "Found", ""),
            [(what, found, "pass" if good else "**FAIL**") for what, found, good in report.judged()],
        ),
        "## Answers per second, cold",
        _speeds(report.cold),
        "## The same addresses once more, warm",
        _speeds(report.warm),
        "## Kept pages",
        _KEPT,
        _table(HEAD, rows_of(report.kept, report.cold)),
        "## Caches",
        _CACHES,
        _hit_rates(report),
        "## Queries and writes",
        _QUERIES,
        _queries(report),
        "## A rush",
        _rush(report),
        "## Deliveries",
        _DELIVERIES,
        "## Memory",
        _MEMORY.format(drawn=report.pictures, web=", ".join(map(str, report.memory.web))),
        *_sections(report),
    ]
    return "\n\n".join(parts) + "\n"


def write_sections(report: Report) -> None:
    """Write the sections that were measured alone and leave the rest of the document as it is."""
    text = DOCUMENT.read_text(encoding="utf-8")
    for each in _sections(report):
        text = in_document(text, each)
    DOCUMENT.write_text(text, encoding="utf-8")


def _sections(report: Report) -> list[str]:
    taken = _taken(report)
    weight = [weight_section(report.weights, taken)] if report.weights else []
    search = [search_section(report.search, taken)] if report.search else []
    union = [union_section(report.union, taken)] if report.union else []
    return [*weight, *search, *union, *([section(report.ledger, taken)] if report.ledger else [])]


def _taken(report: Report) -> str:
    """Return when and on what the numbers were taken."""
    machine, extent = report.machine, report.extent
    form = "full form" if extent.name == "full" else "quick form (QUICK=1): too short to judge by"
    return (
        f"{report.day.isoformat()}, {form}. Machine: {machine.cores} cores ({machine.processor}), "
        f"{machine.gigabytes} GB, {machine.system}, Python {machine.python}; load before the start {machine.load:.1f}."
    )


def _setting(report: Report) -> list[str]:
    machine, extent = report.machine, report.extent
    form = "full form" if extent.name == "full" else "quick form (QUICK=1): too short to judge by"
    return [
        f"{report.day.isoformat()}, {form}, {report.minutes:.0f} minutes. Machine: {machine.cores} cores "
        f"({machine.processor}), {machine.gigabytes} GB, {machine.system}, Python {machine.python}; "
        f"load before the start {machine.load:.1f}. Server, database and client share the cores, so the ratios "
        "count and the absolute numbers do not.",
        _METHOD.format(
            blocks=extent.blocks,
            seconds=extent.block_seconds,
            connections=extent.connections,
            checkout=extent.checkout_seconds,
            clients=extent.checkout_clients,
        ),
        _table(
            ("Addresses to draw from", "stock", "ours"),
            [(kind, str(stock), str(ours)) for kind, (stock, ours) in report.pool_sizes.items()],
        ),
    ]


_METHOD = """**Stock** is django-oscar 4.2.1 from its package: its own templates, views and checkout, Whoosh, \
`INCLUDE_SPELLING=False` (with spelling on it would be several times slower and no fair rival), DEBUG off, compiled \
templates kept, database connections kept. **Ours** runs on production settings with the demonstration on, so that \
orders can be paid. Both show the same 2,200 products in the same categories, with the same \
partners, prices and stock: the 300 of `catalog_seed/data`, and six or seven further batches of each, with names of \
their own; each site's own loader wrote them, and the batches of an article share its picture. ATOMIC_REQUESTS is on \
for stock Oscar, as its getting-started page has it. Both have two gunicorn processes with four threads, and one \
database each on the same PostgreSQL server, which syncs every commit to disk.

Blocks of the two sites alternate, so that a slow minute of the machine hurts both: {blocks} blocks of {seconds:g} s \
with {connections} requests at a time, each on a connection of its own, since a proxy makes them so and kept ones \
may all lie with one process; checkouts {checkout:g} s with {clients} clients. Rates are the median of the blocks. \
Before every block the web server is started anew. Before the first one every article has been opened once, \
so that stock Oscar has made its thumbnails, which it keeps for good. A checkout is everything from opening the \
product by a new guest to the page that says thank you: on ours the order is placed, the payment begun and confirmed \
by the demonstration provider; on stock Oscar it is placed only, since it brings no way of paying. *Logged in* is one \
person with an account and a session on either site. Ours leaves \
ledger, notices and supplier orders to its worker; it drains them after the measurement, so their cost is not in \
this number."""

_KEPT = """Visitors without a name get home, lists, categories and products from whole pages that each web process \
keeps ([ADR 15](adr/0015-whole-pages-for-visitors-without-a-name.md)). Here that is on, as in production. Both \
processes are asked for all addresses first; then addresses are drawn at random. *Found* is the share of the answers \
that came from a kept page, as /metrics counts it. The bare view is a Django site of its own, without middleware, \
under the same server: it returns one of these pages as a string. *Stock* is how many times the stock site's cold \
answers ours gives."""

_CACHES = """Cold: the web server has just been started; it has answered one page without goods, and then no address \
is asked for twice. Neither site keeps whole pages in these rows: ours has that turned off. Stock Oscar keeps nothing \
of its own between requests. Ours keeps, \
in each web process, what a catalogue page needs of the goods (dropped at once when any row of the catalogue changes) \
and pieces of HTML that depend on nothing but the values in them. Its production server makes the goods, the compiled \
templates and the rows of the first thousand products ready in every new process before the first visitor, and so it \
does here: none of it depends on a request, and the time it takes is not in these numbers. Stock levels are read on \
every page, prices and stock again when an order is placed. \
So a page seen for the first time already finds its pieces: that is the hit rate of the cold row."""

_QUERIES = """One request at a time on one worker, a counter around every statement. The basket is looked at after \
each line put into it, and then its checkout page."""

_DELIVERIES = """The relay: two processes that do nothing else, in a copy of the shop's database with a backlog of \
messages in streams of four, each of which must be delivered in order; the handler writes one row, each delivery has \
a transaction of its own, and every commit is synced to disk. Paid to notice: a script places and pays orders of two \
products through the services by the clock, beside the workers of production (Celery, Redis) and then beside the one \
worker of the embedded shop on SQLite; the lag runs from the writing of `order.paid` to the moment when the last \
supplier's notice was handed to its channel."""

_MEMORY = """One web worker that keeps whole pages as in production, after each tenth of the requests, in MB: {web}. \
The worker's number is the largest that it had while it drained what the checkouts of this run left behind, and while \
it had pictures drawn: {drawn} of them before the run."""


def _speeds(results: Results) -> str:
    titles = {bar.page: bar for bar in BARS}
    body = []
    for page, found in results.items():
        stock, ours = found["stock"], found["ours"]
        body.append((titles[page].title, *_numbers(stock), *_numbers(ours), f"{ratio(ours, stock):.1f} ×"))
    head = (
        "Page",
        "stock /s",
        "p50",
        "p95",
        "p99 ms",
        "failed",
        "ours /s",
        "p50",
        "p95",
        "p99 ms",
        "failed",
        "ratio",
    )
    return _table(head, body)


def _numbers(samples: Samples) -> tuple[str, str, str, str, str]:
    failed = sum(samples.outcomes.values()) - samples.good
    p50, p95, p99 = (f"{samples.milliseconds(percent):.0f}" for percent in (50, 95, 99))
    return f"{samples.rate:.1f}", p50, p95, p99, str(failed)


def _hit_rates(report: Report) -> str:
    cold, warm = report.counted.get("ours", ({}, {}))
    rows = [(kind, _percent(cold[kind].hit_rate), _percent(warm[kind].hit_rate)) for kind in cold]
    return _table(("Ours", "hits cold", "hits warm"), rows)


def _percent(share: float | None) -> str:
    return "no cache" if share is None else f"{share * 100:.0f} %"


def _queries(report: Report) -> str:
    rows = []
    for name, (cold, warm) in report.counted.items():
        for kind, counted in cold.items():
            rows.append((name, kind, _span(counted.queries), _span(warm[kind].queries), str(counted.writes)))
    return _table(("Site", "Page", "queries, first time", "queries, again", "writes"), rows)


def _span(values: list[int]) -> str:
    if not values:
        return "-"
    return str(values[0]) if min(values) == max(values) else f"{min(values)}-{max(values)}"


def _rush(report: Report) -> str:
    rows = [
        (name, str(one.sold), str(one.thanked), str(UNITS), _first(report.first_views.get(name, Counter())))
        for name, one in report.rush.items()
    ]
    text = (
        f"{BUYERS} guests wait for each other before the post that places their orders, and send it at the same moment "
        f"to {WEB_WORKERS} web workers; {UNITS} units are left. First views: {VIEWERS} visitors at once open "
        "each of five products that nobody has opened before."
    )
    head = ("Site", "units sold", "guests thanked", "units there were", "first views: status × number")
    return f"{text}\n\n{_table(head, rows)}"


def _first(statuses: Counter[int]) -> str:
    return ", ".join(f"{status} × {number}" for status, number in sorted(statuses.items()))


def _table(head: tuple[str, ...], body: Sequence[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *body]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
