"""Resident memory of the shop's processes under load."""

import asyncio
import itertools
from dataclasses import dataclass, field

import psutil

from bench.addresses import Pool
from bench.client import closed_loop, fetches
from bench.kept import keeping
from bench.measures import FLAT_MEGABYTES, MOST_MEGABYTES
from bench.places import Extent
from bench.sites import Site, start, stop

_STEPS = 10
_LONG = 600.0


@dataclass
class Memory:
    """Megabytes of one web worker after each tenth of the requests, and of the worker that drained the outbox."""

    requests: int = 0
    web: list[int] = field(default_factory=list)
    worker: int = 0

    @property
    def is_flat(self) -> bool:
        """Say whether the second half of the requests left the worker as large as it was."""
        return bool(self.web) and self.web[-1] - self.web[len(self.web) // 2 - 1] <= FLAT_MEGABYTES

    @property
    def is_small(self) -> bool:
        """Say whether the web worker stays below the bar."""
        return 0 < max(self.web, default=0) <= MOST_MEGABYTES


def measure_memory(site: Site, pools: dict[str, Pool], extent: Extent) -> Memory:
    """Ask one web worker for many pages of every kind and look at its size on the way; it keeps whole pages too."""
    mixed = [path for paths in zip(*(pool.ours for pool in pools.values()), strict=False) for path in paths]
    asked = list(itertools.islice(itertools.cycle(mixed), extent.memory_requests))
    found = Memory(requests=extent.memory_requests)
    step = len(asked) // _STEPS
    with keeping(site) as kept, kept.serving(workers=1) as server:
        for number in range(_STEPS):
            asyncio.run(_ask(site, asked[number * step : (number + 1) * step], extent))
            children = psutil.Process(server.pid).children()
            found.web.append(max(child.memory_info().rss for child in children) // 2**20)
    found.worker = drain_megabytes(site)
    return found


async def _ask(site: Site, paths: list[str], extent: Extent) -> None:
    async with site.visitor() as visitor:
        await closed_loop(fetches(visitor, paths), extent.connections, _LONG)


def drain_megabytes(site: Site, seconds: float = 20.0) -> int:
    """Let a worker drain what the checkouts left in the outbox; return the largest size it had."""
    with (site.folder / "worker.log").open("ab") as log:
        process = start([site.python, "manage.py", "runworker"], site.env, log.fileno())
    largest = 0
    try:
        for _ in range(int(seconds * 2)):
            asyncio.run(asyncio.sleep(0.5))
            if process.poll() is not None:
                break
            largest = max(largest, psutil.Process(process.pid).memory_info().rss // 2**20)
    finally:
        stop(process)
    return largest
