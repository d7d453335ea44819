"""The ledger at 10 million entries on PostgreSQL and 100 thousand on SQLite: reports, posting, verifying, lists.

Also alone: `make bench ONLY=ledger`, which writes the section of docs/benchmarks.md and leaves the rest of it.
"""

import json
import shutil
import statistics
import subprocess
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
from console import Failed, say

from bench.ledger_result import BATCH_LINES, FEW, MANY, SMALL_LINES, TAIL, Ledger, LedgerResult
from bench.measures import percentile
from bench.places import CACHE, ROOT, Extent, LedgerExtent
from bench.sites import Site, ask_inside, our_site, run_measured


def measure_ledger(socket: str, extent: Extent) -> LedgerResult:
    """Make the ledgers and measure them; the databases are gone with the server."""
    began, result = time.monotonic(), LedgerResult()
    folder = CACHE / "run" / "ledger"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    site = our_site(socket, folder)
    names = [f"ledger_{size}" for size in extent.ledger.sizes]
    sites = make_databases(site, socket, names)
    for number, (one, size) in enumerate(zip(sites, extent.ledger.sizes, strict=True)):
        result.ledgers.append(
            _measure(one, "PostgreSQL", size, extent.ledger, is_largest=number == len(names) - 1)
        )
        _say(result.ledgers[-1])
    _measure_posting(sites[-1], extent.ledger, result)
    embedded = make_embedded(site)
    result.ledgers.append(
        _measure(embedded, "SQLite", extent.ledger.embedded, extent.ledger, is_largest=True)
    )
    _say(result.ledgers[-1])
    result.minutes = (time.monotonic() - began) / 60
    return result


def make_databases(site: Site, socket: str, names: list[str]) -> list[Site]:
    """Make an empty shop's database once and copy it for each ledger."""
    sites = [
        replace(site, env=site.env | {"DATABASE_URL": f"postgres://shop@/{socket}/{name}"}) for name in names
    ]
    with psycopg.connect(host=socket, user="shop", dbname="postgres", autocommit=True) as server:
        server.execute(f"CREATE DATABASE {names[0]}")
        sites[0].run("manage.py", "migrate", "-v", "0")
        for name in names[1:]:
            server.execute(f"CREATE DATABASE {name} TEMPLATE {names[0]}")
    return sites


def make_embedded(site: Site) -> Site:
    """Return a shop on SQLite with an empty ledger."""
    left_out = ("SHOP_ENV", "DATABASE_URL", "ALLOWED_HOSTS", "CSRF_TRUSTED_ORIGINS")
    env = {name: value for name, value in site.env.items() if name not in left_out}
    embedded = replace(site, env=env)
    embedded.run("manage.py", "migrate", "-v", "0")
    return embedded


def _ask(site: Site, *words: object) -> dict[str, Any]:
    return ask_inside(site, "bench.ledger_inside", *words)


def _measure(site: Site, engine: str, entries: int, extent: LedgerExtent, *, is_largest: bool) -> Ledger:
    found = Ledger(engine, _ask(site, "fill", entries)["entries"])
    folded = _ask(site, "fold")
    found.rebuild, found.cells = folded["seconds"], folded["cells"]
    if is_largest:
        _verify(site, found)
    pages = _ask(site, "drill", extent.pages)["seconds"]
    found.page_p50, found.page_p99 = percentile(pages, 50), percentile(pages, 99)
    _ask(site, "tail", min(TAIL, entries // 10))
    report = _ask(site, "report", extent.reports, extent.scans)
    if not report["same"]:
        raise Failed(f"The report of {entries} entries on {engine} is not the sum of its entries.")
    found.report, found.scan = statistics.median(report["rolled"]), statistics.median(report["plain"])
    return found


def _verify(site: Site, found: Ledger) -> None:
    """Time a whole pass as an operator starts it, and look at how large its process became."""
    began = time.monotonic()
    command: list[str | Path] = [site.python, "manage.py", "verify_ledger"]
    printed, found.verify_megabytes = run_measured(command, site.env, site.folder / "verify.log")
    found.verify = time.monotonic() - began
    if not printed.endswith("checks, 0 findings\n"):
        raise Failed(f"verify_ledger found something: {printed}")


def _measure_posting(site: Site, extent: LedgerExtent, result: LedgerResult) -> None:
    posting = _ask(site, "post", extent.postings)
    result.bare, result.posted = statistics.median(posting["bare"]), statistics.median(posting["full"])
    say(f"      500 entries: bare {result.bare * 1000:.0f} ms, posted {result.posted * 1000:.0f} ms")
    for lines in (BATCH_LINES, SMALL_LINES):
        rates: dict[int, list[float]] = {FEW: [], MANY: []}
        for _ in range(2):
            for workers in (FEW, MANY):
                rate, failures = _work(site, workers, extent.working_seconds, lines)
                rates[workers].append(rate)
                result.failures += failures
        found = result.rates[lines] = {workers: statistics.mean(each) for workers, each in rates.items()}
        say(f"      orders of {lines}: {found[FEW]:.0f}/s by {FEW}, {found[MANY]:.0f}/s by {MANY}")


def _work(site: Site, workers: int, seconds: int, lines: int) -> tuple[float, int]:
    """Return the entries a second that so many workers post, and the errors that any of them met."""
    with (site.folder / "work.log").open("ab") as log:
        processes = [
            subprocess.Popen(
                [str(site.python), "-m", "bench.ledger_inside", "work", *map(str, (seconds, number, lines))],
                cwd=ROOT,
                env=site.env,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log.fileno(),
                text=True,
            )
            for number in range(workers)
        ]
        try:
            if any(each.stdout is None or each.stdout.readline() != "ready\n" for each in processes):
                raise Failed(f"A posting worker does not start; see {site.folder / 'work.log'}")
            began = time.monotonic()
            for each in processes:
                assert each.stdin is not None
                each.stdin.write("go\n")
                each.stdin.flush()
            found = [json.loads(each.stdout.readline()) for each in processes if each.stdout is not None]
            passed = time.monotonic() - began
        finally:
            for each in processes:
                each.kill()
                each.wait()
    return sum(one["entries"] for one in found) / passed, sum(one["failures"] for one in found)


def _say(found: Ledger) -> None:
    say(
        f"      {found.engine} {found.entries:,}: report {found.report * 1000:.1f} ms, scan {found.scan:.2f} s"
        f" ({found.times_faster:.0f} ×), page p99 {found.page_p99 * 1000:.1f} ms, rebuild {found.rebuild:.0f} s,"
        f" verify {found.verified_per_second:,.0f}/s in {found.verify_megabytes} MB"
    )
