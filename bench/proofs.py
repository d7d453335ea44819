"""What is counted and not timed: units sold in a rush, first views at once, queries and writes of every page."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from bench.addresses import Pool
from bench.catalogue import base_of
from bench.client import Answer, Visitor, closed_loop, fetches
from bench.shopper import Stuck, add, check_out
from bench.sites import Site

WEB_WORKERS, BUYERS, UNITS = 8, 32, 10
VIEWERS = 16


@dataclass
class Rush:
    """How many of the buyers got through, and how many units the orders hold."""

    thanked: int
    sold: int
    outcomes: Counter[str]


@dataclass
class Counted:
    """Queries and writes of one kind of page over many addresses, one at a time on one worker."""

    pages: int = 0
    queries: list[int] = field(default_factory=list)
    writes: int = 0
    hits: int = 0
    misses: int = 0

    def add(self, answer: Answer) -> None:
        """Take in what an answer's headers say."""
        self.pages += 1
        self.queries.append(int(answer.headers.get("X-Queries", -1)))
        self.writes += int(answer.headers.get("X-Writes", 0))
        self.hits += int(answer.headers.get("X-Hits", 0))
        self.misses += int(answer.headers.get("X-Misses", 0))

    @property
    def hit_rate(self) -> float | None:
        """Return the share of looks into a cache that found something; None where nobody looked."""
        looks = self.hits + self.misses
        return self.hits / looks if looks else None


def rush(site: Site, sku: str) -> Rush:
    """Let 32 guests wait for each other before the post that places the order, for 10 units, before 8 web workers."""
    before = int(site.run("-m", "bench.stock_level", sku, str(UNITS))[0])
    with site.serving(workers=WEB_WORKERS, threads=1):
        outcomes = asyncio.run(_rush(site, site.goods.products[sku]))
    sold = int(site.run("-m", "bench.stock_level", sku)[0]) - before
    return Rush(outcomes["ok"], sold, outcomes)


async def _rush(site: Site, product: str) -> Counter[str]:
    gate = asyncio.Barrier(BUYERS)

    async def buyer() -> str:
        async with site.visitor() as visitor:
            waited = False

            async def wait() -> None:
                nonlocal waited
                waited = True
                await gate.wait()

            try:
                await add(visitor, product)
                await check_out(visitor, wait)
            except Stuck as stuck:
                if not waited:
                    # The others do not wait for one who cannot come.
                    await gate.wait()
                return str(stuck)
            return "ok"

    return Counter(await asyncio.gather(*(buyer() for _ in range(BUYERS))))


def first_views(site: Site, skus: Sequence[str]) -> Counter[int]:
    """Return the statuses when many open products at the same moment that nobody has opened before."""

    async def view() -> Counter[int]:
        statuses: Counter[int] = Counter()
        for sku in skus:
            visitors = [site.visitor() for _ in range(VIEWERS)]
            for visitor in visitors:
                await visitor.__aenter__()
            answers = await asyncio.gather(*(one.get(site.goods.products[sku]) for one in visitors))
            statuses += Counter(answer.status for answer in answers)
            for visitor in visitors:
                await visitor.__aexit__()
        return statuses

    with site.serving(workers=WEB_WORKERS, threads=1):
        return asyncio.run(view())


def look_around(site: Site) -> None:
    """Open every product and the plain list once, so that no cold page has a picture to scale down.

    Stock Oscar makes its thumbnails when a page first shows them, once in a shop's life; ours has no such work,
    and is looked at all the same.
    """
    paths = [f"/catalogue/?page={page}" for page in range(1, 16)]
    # The batches of an article share its pictures.
    paths += [path for sku, path in site.goods.products.items() if base_of(sku) == sku]

    async def look() -> None:
        async with site.visitor() as visitor:
            await closed_loop(fetches(visitor, paths), 4, 600.0)

    with site.serving():
        asyncio.run(look())


def count_pages(
    site: Site, pools: dict[str, Pool], number: int, lines: Sequence[str]
) -> tuple[dict[str, Counted], dict[str, Counted]]:
    """Return what each kind of page asks of the database, first touched and touched again."""
    with site.serving(workers=1, threads=1, count=True):
        return asyncio.run(_count(site, pools, number, lines))


async def _count(
    site: Site, pools: dict[str, Pool], number: int, lines: Sequence[str]
) -> tuple[dict[str, Counted], dict[str, Counted]]:
    cold: dict[str, Counted] = {}
    warm: dict[str, Counted] = {}
    async with site.visitor() as visitor:
        for kind, pool in pools.items():
            paths = (pool.stock if site.name == "stock" else pool.ours)[:number]
            for found in (cold, warm):
                counted = found.setdefault(kind, Counted())
                for path in paths:
                    counted.add(await visitor.get(path))
    for found in (cold, warm):
        found["basket"] = await _count_basket(site, lines)
    return cold, warm


async def _count_basket(site: Site, lines: Sequence[str]) -> Counted:
    """Look at the basket after every line that is put into it: the queries must not grow."""
    counted = Counted()
    async with site.visitor() as visitor:
        for sku in lines:
            await add(visitor, site.goods.products[sku])
            counted.add(await visitor.get("/basket/"))
        counted.add(await _checkout_page(visitor))
    return counted


async def _checkout_page(visitor: Visitor) -> Answer:
    return await visitor.get("/checkout/")
