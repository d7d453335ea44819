"""The shop's kept pages beside a bare view that returns as long a string, under the same server, in the same run."""

import asyncio
import random
import re
import shutil
import tempfile
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace

from console import say

from bench.addresses import SEED_NUMBER, Pool
from bench.build import Built
from bench.client import closed_loop, fetches
from bench.kept_result import Kept
from bench.measures import Samples
from bench.places import CACHE, Extent
from bench.sites import Site, bare_site

#: So many addresses of a kind are asked for at random; there is one first page.
ADDRESSES = 1000
#: More draws than a block can answer, and the rounds and seconds that filling both processes may take before it.
_DRAWS, _ROUNDS, _FILL_SECONDS = 60_000, 5, 40.0
_TOKEN = "only-for-the-bench"
_COUNT = re.compile(r'^shop_kept_pages_total\{found="(yes|no)"\} ([\d.e+]+)$', re.MULTILINE)
_PLAIN = "plain"


@contextmanager
def keeping(site: Site) -> Iterator[Site]:
    """Give the shop as production runs it: pages are kept, and its processes add up what /metrics tells."""
    folder = tempfile.mkdtemp(prefix="bench-metrics-")
    more = {"KEPT_PAGES_MB": "", "PROMETHEUS_MULTIPROC_DIR": folder, "METRICS_TOKEN": _TOKEN}
    env = {name: value for name, value in (site.env | more).items() if value}
    try:
        yield replace(site, env=env)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def measure_kept(built: Built, extent: Extent, pools: Mapping[str, Pool]) -> dict[str, Kept]:
    """Return what kept pages and the bare view answer, in blocks that take turns."""
    bare, found = bare_site(CACHE / "run" / "bare"), {}
    bare.folder.mkdir(exist_ok=True)
    (bare.folder / f"{_PLAIN}.html").write_text(_PLAIN, encoding="utf-8")
    kinds = {"home": ["/"]} | {kind: pools[kind].ours[:ADDRESSES] for kind in ("list", "category", "product")}
    for kind, paths in kinds.items():
        kept = found[kind] = Kept(addresses=len(paths))
        for block in range(extent.blocks):
            drawn = random.Random(f"{SEED_NUMBER} {kind} {block}").choices(paths, k=_DRAWS)
            _measure_ours(built.ours, kind, paths, drawn, bare, extent, kept)
            with bare.serving():
                kept.bare.add(asyncio.run(_pages(bare, [f"/{kind}/"] * _DRAWS, extent, extent.block_seconds)))
        say(
            f"      kept {kind:<9} {kept.ours.rate:8.1f}/s  bare {kept.bare.rate:8.1f}/s  {kept.share:.0%}"
            f"  found {kept.hit_rate:.1%} of {kept.addresses} addresses, {kept.characters} characters"
        )
    return found


def _measure_ours(
    site: Site, kind: str, paths: list[str], drawn: list[str], bare: Site, extent: Extent, kept: Kept
) -> None:
    with keeping(site) as ours, ours.serving():
        text = asyncio.run(_text(ours, drawn[0]))
        (bare.folder / f"{kind}.html").write_text(text, encoding="utf-8")
        kept.characters = len(text)
        # Two processes answer by turns, and each keeps its own.
        rounds = paths * (_ROUNDS if len(paths) > 1 else 40)
        asyncio.run(_pages(ours, rounds, extent, _FILL_SECONDS))
        before = _counted(ours)
        kept.ours.add(asyncio.run(_pages(ours, drawn, extent, extent.block_seconds)))
        after = _counted(ours)
    kept.hits += after["yes"] - before["yes"]
    kept.looks += sum(after.values()) - sum(before.values())


async def _pages(site: Site, paths: Sequence[str], extent: Extent, seconds: float) -> Samples:
    async with site.visitor() as visitor:
        return await closed_loop(fetches(visitor, paths), extent.connections, seconds)


async def _text(site: Site, path: str) -> str:
    async with site.visitor() as visitor:
        return (await visitor.get(path)).text


def _counted(site: Site) -> dict[str, float]:
    """Return how many pages were there and how many were not, in all processes."""
    ask = urllib.request.Request(
        f"{site.base}/metrics", headers=site.headers | {"Authorization": f"Bearer {_TOKEN}"}
    )
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(ask, timeout=20) as answer:
        text = answer.read().decode()
    return {"yes": 0.0, "no": 0.0} | {found: float(count) for found, count in _COUNT.findall(text)}
