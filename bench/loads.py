"""The loads: pages, baskets, checkouts, in blocks that alternate between the two sites."""

import asyncio
import itertools
import json
from collections.abc import Callable, Iterator
from dataclasses import replace

from console import Failed, say

from bench.addresses import Pool
from bench.build import Built
from bench.client import Visitor, Work, closed_loop, fetches
from bench.measures import Samples
from bench.places import Extent
from bench.shopper import Stuck, add, adds, checkouts
from bench.sites import Site

#: Article numbers of five products of three suppliers in the seed.
BASKET_LINES = 5
#: Pages that somebody with a login is measured on.
MEMBER_KINDS = ("list", "category", "product")
Results = dict[str, dict[str, Samples]]
Loop = Callable[[Site, int], Samples]


def measure_pages(built: Built, extent: Extent, pools: dict[str, Pool]) -> tuple[Results, Results]:
    """Return cold and warm samples by kind of page and site.

    Cold: the web server has just been started, its caches are empty, and no address is asked for twice.
    Warm: the same addresses once more, of the same server.
    """
    cold: Results = {}
    warm: Results = {}
    for kind, pool in pools.items():
        cold[kind], warm[kind] = _both(), _both()
        parts = {site.name: _parts(_paths(pool, site), extent.blocks) for site in (built.stock, built.ours)}
        for block in range(extent.blocks):
            for site in _turn(built, block):
                paths = parts[site.name][block]
                with site.serving():
                    first = asyncio.run(pages(site, paths, extent))
                    asked = max(1, sum(first.outcomes.values()))
                    second = asyncio.run(pages(site, paths[:asked] * 50, extent))
                cold[kind][site.name].add(first)
                warm[kind][site.name].add(second)
        _say(kind, cold[kind], warm[kind])
    return cold, warm


def measure_member_pages(built: Built, extent: Extent, pools: dict[str, Pool]) -> Results:
    """Return the cold samples of somebody who is logged in, on both sites. Raises Failed when a login does not hold."""
    found: Results = {}
    members = {site.name: _logged_in(site) for site in (built.stock, built.ours)}
    for kind in MEMBER_KINDS:
        parts = {name: _parts(_paths(pools[kind], site), extent.blocks) for name, site in members.items()}

        def ask(
            site: Site, block: int, kind: str = kind, parts: dict[str, list[list[str]]] = parts
        ) -> Samples:
            return asyncio.run(pages(members[site.name], parts[site.name][block], extent))

        found |= _alternate(f"member {kind}", built, extent, ask)
    return found


def _logged_in(site: Site) -> Site:
    printed, _ = site.run("-m", "bench.members")
    cookies = json.loads(printed.splitlines()[-1])
    words = "; ".join(f"{name}={value}" for name, value in cookies.items())
    member = replace(site, headers=site.headers | {"Cookie": words})
    with member.serving():
        if asyncio.run(_found_at(member, site.own_page)) != site.own_page:
            raise Failed(f"{site.title} does not know its member.")
    return member


async def _found_at(site: Site, path: str) -> str:
    async with site.visitor() as visitor:
        return (await visitor.get(path)).url


def measure_basket(built: Built, extent: Extent, lines: list[str]) -> Results:
    """Return the samples of the basket's page with five lines; every connection has a basket of its own."""
    return _alternate("basket", built, extent, lambda site, _: asyncio.run(_baskets(site, extent, lines)))


def measure_adds(built: Built, extent: Extent, skus: list[str]) -> Results:
    """Return the samples of opening a product and putting it into a new basket."""
    return _alternate("add", built, extent, lambda site, block: _guests(site, extent, skus, block, adds))


def measure_checkouts(built: Built, extent: Extent, skus: list[str]) -> Results:
    """Return the samples of whole checkouts: product, basket, address, order placed, paid or thanked for."""
    return _alternate(
        "checkout", built, extent, lambda site, block: _guests(site, extent, skus, block, checkouts)
    )


def _alternate(kind: str, built: Built, extent: Extent, loop: Loop) -> Results:
    found = _both()
    for block in range(extent.blocks):
        for site in _turn(built, block):
            with site.serving():
                found[site.name].add(loop(site, block))
    _say(kind, found)
    return {kind: found}


def _guests(
    site: Site, extent: Extent, skus: list[str], block: int, make: Callable[..., Iterator[Work]]
) -> Samples:
    products = [site.goods.products[sku] for sku in skus[block:] + skus[:block]]
    is_checkout = make is checkouts
    clients = extent.checkout_clients if is_checkout else extent.connections
    seconds = extent.checkout_seconds if is_checkout else extent.block_seconds

    async def run() -> Samples:
        return await closed_loop(make(site.visitor, products), clients, seconds)

    return asyncio.run(run())


async def pages(site: Site, paths: list[str], extent: Extent) -> Samples:
    """Return what one visitor of several connections gets, each address once, until the block is over."""
    async with site.visitor() as visitor:
        return await closed_loop(fetches(visitor, paths), extent.connections, extent.block_seconds)


async def _baskets(site: Site, extent: Extent, lines: list[str]) -> Samples:
    visitors = [site.visitor() for _ in range(extent.connections)]
    for visitor in visitors:
        await visitor.__aenter__()
    try:
        for visitor in visitors:
            for sku in lines:
                await add(visitor, site.goods.products[sku])
        return await closed_loop(_turns(visitors), extent.connections, extent.block_seconds)
    except Stuck as stuck:
        failed = Samples()
        failed.outcomes[str(stuck)] += 1
        return failed
    finally:
        for visitor in visitors:
            await visitor.__aexit__()


def _turns(visitors: list[Visitor]) -> Iterator[Work]:
    works = (fetches(visitor, ["/basket/"] * 100_000) for visitor in visitors)
    return itertools.chain.from_iterable(zip(*works, strict=True))


def _both() -> dict[str, Samples]:
    return {"stock": Samples(), "ours": Samples()}


def _turn(built: Built, block: int) -> tuple[Site, Site]:
    return (built.stock, built.ours) if block % 2 == 0 else (built.ours, built.stock)


def _paths(pool: Pool, site: Site) -> list[str]:
    return pool.stock if site.name == "stock" else pool.ours


def _parts(paths: list[str], blocks: int) -> list[list[str]]:
    """Cut the addresses into as many parts as there are blocks, so that no block sees another's."""
    return [paths[number::blocks] for number in range(blocks)]


def _say(kind: str, cold: dict[str, Samples], warm: dict[str, Samples] | None = None) -> None:
    for name, samples in cold.items():
        odd = {key: count for key, count in samples.outcomes.items() if key != "ok"}
        after = f", warm {warm[name].rate:.1f}/s" if warm else ""
        say(
            f"      {kind:<9} {name:<6} {samples.rate:8.1f}/s  p50 {samples.milliseconds(50):7.1f} ms{after}"
            f"  {odd or ''}"
        )
