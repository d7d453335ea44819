"""`make bench`: this shop beside stock Oscar on the same machine, goods and database server; a large shelf, the ledger.

`ONLY=shops` leaves out the large shelf and the ledger, which take the longest to make; `ONLY=search`, `ONLY=union` and
`ONLY=ledger` measure nothing but these, `ONLY=weight` nothing but the first views of this shop. `ONLY=pages` stops
after the pages of both shops, and writes no report.
"""

import datetime as dt
import os
import platform
import sys
import time

from console import Failed, Steps, say
from environment import as_script
from postgres import can_run, find_binaries, private_server

import bench.places as places
from bench.addresses import five_lines, pools
from bench.build import Built, build, build_small
from bench.catalogue import products
from bench.delivery import LEAST_PACE, embedded_site, measure_embedded_lags, measure_lags, measure_relay
from bench.kept import measure_kept
from bench.ledger import measure_ledger
from bench.loads import (
    measure_adds,
    measure_basket,
    measure_checkouts,
    measure_member_pages,
    measure_pages,
)
from bench.memory import measure_memory
from bench.proofs import count_pages, first_views, look_around, rush
from bench.report import Machine, Report, write, write_sections
from bench.searching import measure_search
from bench.union import measure_union
from bench.weight import measure_weight

STEPS = {"": 15, "shops": 12, "pages": 4, "ledger": 2, "weight": 3, "search": 2, "union": 2}
#: Plenty of units for the checkouts: no page may show what is sold out by the bench itself.
_PLENTY = 150


def _machine() -> Machine:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return Machine(
        cores=os.cpu_count() or 1,
        gigabytes=round(memory / 2**30),
        processor=_processor(),
        system=f"{platform.system()} {platform.release()}",
        python=platform.python_version(),
        load=os.getloadavg()[0],
    )


def _processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            names = [line.partition(":")[2].strip() for line in file if line.startswith("model name")]
    except OSError:
        names = []
    return names[0] if names else platform.machine()


def _measure(built: Built, socket: str, steps: Steps, report: Report, only: str) -> None:
    extent = report.extent
    goods = products()
    plenty = [row["sku"] for row in goods if int(row["stock"]) >= _PLENTY]
    lines = five_lines(goods)
    drawn = pools(built.stock.goods, built.ours.goods)
    report.pool_sizes = {kind: (len(pool.stock), len(pool.ours)) for kind, pool in drawn.items()}
    with steps.step("Counting first views at once, before anybody has looked"):
        fresh = [row["sku"] for row in goods[-5:]]
        for site in (built.stock, built.ours):
            report.first_views[site.name] = first_views(site, fresh)
            look_around(site)
    with steps.step("Pages, cold and warm"):
        report.cold, report.warm = measure_pages(built, extent, drawn)
        report.cold |= measure_member_pages(built, extent, drawn)
        report.cold |= measure_basket(built, extent, lines)
    with steps.step("Kept pages beside a bare view"):
        report.kept = measure_kept(built, extent, drawn)
    if only == "pages":
        return
    with steps.step("Baskets and checkouts"):
        report.cold |= measure_adds(built, extent, plenty)
        report.cold |= measure_checkouts(built, extent, plenty)
    with steps.step("Counting queries and writes"):
        for site in (built.stock, built.ours):
            report.counted[site.name] = count_pages(site, drawn, extent.counted, lines)
    with steps.step("A rush for ten units"):
        for site in (built.stock, built.ours):
            report.rush[site.name] = rush(site, plenty[0])
    with steps.step("Deliveries of the outbox"):
        report.delivery.rates = measure_relay(built.ours, socket, extent)
    with steps.step("From paid to the supplier's notice"):
        half = report.cold["checkout"]["ours"].rate / 2
        report.delivery.production = measure_lags(built.ours, socket, max(LEAST_PACE, half), extent)
        report.delivery.embedded = measure_embedded_lags(embedded_site(built.ours), extent)
    with steps.step("Memory"):
        report.memory = measure_memory(built.ours, drawn, extent)
        report.memory.worker = max(report.memory.worker, built.worker_megabytes)
    with steps.step("First views on a slow line"):
        report.weights = measure_weight(built.ours)


def _socket(url: str) -> str:
    return url.removeprefix("postgres://shop@/").rpartition("/")[0]


def main() -> int:
    """Run everything, write the report; return 1 when a bar is missed in the full form."""
    extent, started = places.extent(), time.monotonic()
    binaries = find_binaries()
    if (reason := can_run()) or binaries is None:
        raise Failed(f"The bench needs PostgreSQL: {reason}")
    if not places.SHOP_PYTHON.exists():
        raise Failed(f"There is no {places.SHOP_PYTHON}; use `make bench`.")
    report = Report(extent=extent, machine=_machine(), day=dt.datetime.now(dt.UTC).date())
    only = os.environ.get("ONLY", "")
    if only not in STEPS:
        raise Failed(f"ONLY={only} is none of {', '.join(filter(None, STEPS))}.")
    steps = Steps(STEPS[only])
    with private_server(binaries, durable=True) as url:
        socket = _socket(url)
        if only in ("", "shops", "pages"):
            with steps.step("Making stock Oscar and this shop side by side"):
                built = build(socket, extent)
                report.seed_megabytes, report.pictures = built.seed_megabytes, built.pictures_drawn
            _measure(built, socket, steps, report, only)
        if only == "weight":
            with steps.step("Making this shop with the goods of its seed"):
                small = build_small(socket, extent)
            with steps.step("First views on a slow line"):
                report.weights = measure_weight(small)
        if only in ("", "search"):
            with steps.step("A large shelf, on both engines"):
                report.search = measure_search(socket, extent)
        if only in ("", "union"):
            with steps.step("A unit's list of thousands of lines, on both engines"):
                report.union = measure_union(socket, extent)
        if only in ("", "ledger"):
            with steps.step("The ledger, small and large"):
                report.ledger = measure_ledger(socket, extent)
    report.minutes = (time.monotonic() - started) / 60
    if only != "pages":
        with steps.step("Writing the report"):
            (write if only in ("", "shops") else write_sections)(report)
    missed = report.missed(only=only)
    say("\n" + ("Every bar is reached." if not missed else "Missed: " + "; ".join(missed)))
    return 1 if missed and extent is places.FULL else 0


if __name__ == "__main__":
    sys.exit(as_script(main))
