"""`make bench ONLY=search`: what is typed and looked at on 2,000 and on 100,000 products.

Suggestions and the finding of products on both engines, inside the shop; pages of categories and of search on
PostgreSQL, cold, through the web server. It prints what it finds and writes no report.
"""

import asyncio
import shutil
from typing import Any

from console import say

from bench.addresses import our_pools
from bench.ledger import make_databases, make_embedded
from bench.loads import pages
from bench.measures import Samples, percentile
from bench.places import CACHE, FULL, Extent
from bench.sites import Site, ask_inside, our_site

#: The bars of the issue: a suggestion's slowest of a hundred, and how much dearer anything may be on the large shelf.
_MOST_SECONDS, _MOST_GROWTH = 0.030, 3.0
_PAGES = ("category", "search")


def measure_search(socket: str, extent: Extent) -> list[str]:
    """Fill a shop on each engine, twice, and time what is typed and looked at; return the bars that were missed."""
    folder = CACHE / "run" / "search"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    site = our_site(socket, folder)
    sizes, times = ((2_000, 100_000), 1_000) if extent is FULL else ((1_000, 5_000), 200)
    (postgresql,) = make_databases(site, socket, ["search"])
    postgresql.run("scripts/messages.py", "--compile")
    postgresql.run("manage.py", "collectstatic", "--no-input", "-v", "0")
    missed: list[str] = []
    for engine, one in (("PostgreSQL", postgresql), ("SQLite", make_embedded(site))):
        one.run("manage.py", "seed_catalogue")
        missed += _measure(one, engine, sizes, times, extent)
    return missed


def _measure(site: Site, engine: str, sizes: tuple[int, int], times: int, extent: Extent) -> list[str]:
    costs: dict[str, list[float]] = {}
    missed: list[str] = []
    slowest = 0.0
    for size in sizes:
        _ask(site, "fill", size)
        typed = _ask(site, "suggest", times)["seconds"]
        slowest = percentile(typed, 99)
        say(
            f"      {engine} {size:,}: suggestion p50 {percentile(typed, 50) * 1000:.1f} ms,"
            f" p99 {slowest * 1000:.1f} ms"
        )
        cost = {"finding": _ask(site, "find", times)["seconds"]}
        if engine == "PostgreSQL":
            asked = _pages(site, extent)
            missed += [f"pages of {kind} at {size:,}" for kind, one in asked.items() if _failed(one)]
            cost |= {f"page of {kind}": one.latencies for kind, one in asked.items()}
        for name, seconds in cost.items():
            costs.setdefault(name, []).append(percentile(seconds, 50))
            say(
                f"      {engine} {size:,}: {name} p50 {costs[name][-1] * 1000:.1f} ms,"
                f" p99 {percentile(seconds, 99) * 1000:.1f} ms"
            )
    if slowest > _MOST_SECONDS:
        missed.append(f"suggestions on {engine}: p99 {slowest * 1000:.0f} ms")
    for name, (small, large) in costs.items():
        growth = large / small if small else 0.0
        say(f"      {engine}: {name} costs {growth:.1f} × as much on the large shelf")
        if growth > _MOST_GROWTH:
            missed.append(f"growth of {name} on {engine}: {growth:.1f} ×")
    return missed


def _pages(site: Site, extent: Extent) -> dict[str, Samples]:
    """Return what a new web server gives, each address once."""
    site.read_goods()
    drawn, found = our_pools(site.goods), {}
    for kind in _PAGES:
        samples = found[kind] = Samples()
        for block in range(extent.blocks):
            with site.serving():
                samples.add(asyncio.run(pages(site, drawn[kind][block :: extent.blocks], extent)))
        if _failed(samples):
            say(f"      pages of {kind} failed: {dict(samples.outcomes)}")
    return found


def _failed(samples: Samples) -> bool:
    return not 0 < samples.good == samples.outcomes.total()


def _ask(site: Site, name: str, number: int) -> dict[str, Any]:
    return ask_inside(site, "bench.search_inside", name, number)
