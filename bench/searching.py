"""`make bench ONLY=search`: suggestions and search at 2,000 and at 100,000 products, on both engines.

It prints what it finds and writes no report.
"""

import shutil
from typing import Any

from console import say

from bench.ledger import make_databases, make_embedded
from bench.measures import percentile
from bench.places import CACHE, FULL, Extent
from bench.sites import Site, ask_inside, our_site

#: The bars of the issue: a suggestion's slowest of a hundred, and how much dearer a search may be on the large shelf.
_MOST_SECONDS, _MOST_GROWTH = 0.030, 3.0


def measure_search(socket: str, extent: Extent) -> list[str]:
    """Fill a shop on each engine, twice, and time what is typed; return the bars that were missed."""
    folder = CACHE / "run" / "search"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    site = our_site(socket, folder)
    sizes, times = ((2_000, 100_000), 1_000) if extent is FULL else ((1_000, 5_000), 200)
    (postgresql,) = make_databases(site, socket, ["search"])
    missed: list[str] = []
    for engine, one in (("PostgreSQL", postgresql), ("SQLite", make_embedded(site))):
        one.run("manage.py", "seed_catalogue")
        missed += _measure(one, engine, sizes, times)
    return missed


def _measure(site: Site, engine: str, sizes: tuple[int, int], times: int) -> list[str]:
    medians: list[float] = []
    slowest = 0.0
    for size in sizes:
        _ask(site, "fill", size)
        typed = _ask(site, "suggest", times)["seconds"]
        found = _ask(site, "find", times)["seconds"]
        slowest = percentile(typed, 99)
        medians.append(percentile(found, 50))
        say(
            f"      {engine} {size:,}: suggestion p50 {percentile(typed, 50) * 1000:.1f} ms,"
            f" p99 {slowest * 1000:.1f} ms, search p50 {medians[-1] * 1000:.2f} ms,"
            f" p99 {percentile(found, 99) * 1000:.1f} ms"
        )
    growth = medians[-1] / medians[0]
    say(f"      {engine}: a search costs {growth:.1f} × as much on the large shelf")
    missed = []
    if slowest > _MOST_SECONDS:
        missed.append(f"suggestions on {engine}: p99 {slowest * 1000:.0f} ms")
    if growth > _MOST_GROWTH:
        missed.append(f"growth of a search on {engine}: {growth:.1f} ×")
    return missed


def _ask(site: Site, name: str, number: int) -> dict[str, Any]:
    return ask_inside(site, "bench.search_inside", name, number)
