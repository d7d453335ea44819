"""What is typed and looked at on 2,000 and on 100,000 products; alone: `make bench ONLY=search`.

Suggestions and the finding of products on both engines, inside the shop; pages of categories and of search on
PostgreSQL, cold, through the web server.
"""

import asyncio
import shutil
from typing import Any

from console import say

from bench.addresses import our_pools
from bench.ledger import make_databases, make_embedded
from bench.loads import pages
from bench.measures import Samples
from bench.places import CACHE, FULL, Extent
from bench.search_result import SUGGESTION, Timed
from bench.sites import Site, ask_inside, our_site

_PAGES = ("category", "search")


def measure_search(socket: str, extent: Extent) -> list[Timed]:
    """Fill a shop on each engine, twice, and time what is typed and looked at."""
    folder = CACHE / "run" / "search"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    site = our_site(socket, folder)
    sizes, times = ((2_000, 100_000), 1_000) if extent is FULL else ((1_000, 5_000), 200)
    (postgresql,) = make_databases(site, socket, ["search"])
    postgresql.run("scripts/messages.py", "--compile")
    postgresql.run("manage.py", "collectstatic", "--no-input", "-v", "0")
    found: list[Timed] = []
    for engine, one in (("PostgreSQL", postgresql), ("SQLite", make_embedded(site))):
        one.run("manage.py", "seed_catalogue")
        found += _measure(one, engine, sizes, times, extent)
    return found


def _measure(site: Site, engine: str, sizes: tuple[int, int], times: int, extent: Extent) -> list[Timed]:
    found: dict[str, Timed] = {}
    for size in sizes:
        _ask(site, "fill", size)
        asked = {
            SUGGESTION: Samples(latencies=_ask(site, "suggest", times)["seconds"]),
            "finding": Samples(latencies=_ask(site, "find", times)["seconds"]),
        }
        if engine == "PostgreSQL":
            asked |= {f"page of {kind}": one for kind, one in _pages(site, extent).items()}
        for what, samples in asked.items():
            timed = found.setdefault(what, Timed(engine, what))
            timed.seconds[size] = samples.latencies
            timed.failed += samples.outcomes.total() - samples.good
            say(
                f"      {engine} {size:,}: {what} p50 {timed.at(size, 50) * 1000:.1f} ms,"
                f" p99 {timed.at(size, 99) * 1000:.1f} ms"
            )
    return list(found.values())


def _pages(site: Site, extent: Extent) -> dict[str, Samples]:
    """Return what a new web server gives, each address once."""
    site.read_goods()
    drawn, found = our_pools(site.goods), {}
    for kind in _PAGES:
        samples = found[kind] = Samples()
        for block in range(extent.blocks):
            with site.serving():
                samples.add(asyncio.run(pages(site, drawn[kind][block :: extent.blocks], extent)))
    return found


def _ask(site: Site, name: str, number: int) -> dict[str, Any]:
    return ask_inside(site, "bench.search_inside", name, number)
