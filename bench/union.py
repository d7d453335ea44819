"""A unit's list of 500 and of 5,000 lines on its way to an order; alone: `make bench ONLY=union`.

On both engines, inside the shop.
"""

import shutil
from typing import Any

from console import say

from bench.ledger import make_databases, make_embedded
from bench.places import CACHE, FULL, Extent
from bench.sites import Site, ask_inside, our_site
from bench.union_result import Pad

#: Enough for every request of a run.
_UNITS = 1_000


def measure_union(socket: str, extent: Extent) -> list[Pad]:
    """Fill a shop on each engine and let short and long lists become orders."""
    folder = CACHE / "run" / "union"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    site = our_site(socket, folder)
    sizes, times = ((500, 5_000), 5) if extent is FULL else ((100, 1_000), 2)
    (postgresql,) = make_databases(site, socket, ["union"])
    postgresql.run("scripts/messages.py", "--compile")
    postgresql.run("manage.py", "collectstatic", "--no-input", "-v", "0")
    found: list[Pad] = []
    for engine, one in (("PostgreSQL", postgresql), ("SQLite", make_embedded(site))):
        one.run("manage.py", "seed_catalogue")
        ask_inside(one, "bench.search_inside", "fill", max(sizes) + 500)
        _ask(one, "stock", _UNITS)
        found.append(_measure(one, engine, sizes, times))
    return found


def _measure(site: Site, engine: str, sizes: tuple[int, int], times: int) -> Pad:
    pad = Pad(engine)
    for lines in sizes:
        # The first one finds nothing remembered; it is not counted.
        for number in range(times + 1):
            steps = _ask(site, "pad", lines)["steps"]
            for step, (seconds, queries) in steps.items() if number else ():
                pad.seconds.setdefault(step, {}).setdefault(lines, []).append(seconds)
                pad.queries.setdefault(step, {})[lines] = queries
        say(
            f"      {engine} {lines:,} lines: upload and preview {pad.priced(lines):.2f} s,"
            f" approval {pad.at('approve', lines):.2f} s"
        )
    return pad


def _ask(site: Site, name: str, number: int) -> dict[str, Any]:
    return ask_inside(site, "bench.union_inside", name, number)
