"""Make both sites from nothing: databases, migrations, the same goods, pictures; and measure the seeding."""

import shutil
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import psutil
import psycopg
from console import say

from bench.catalogue import write_catalogue
from bench.places import CACHE, DRAWN, SEED, Extent
from bench.sites import Site, our_site, seed_folder, start, stock_site, stop


@dataclass
class Built:
    """Both sites, ready to serve, and what making ours took."""

    stock: Site
    ours: Site
    seed_megabytes: int
    pictures_drawn: int
    #: The most that the worker took while the pictures were drawn, 0 when none were.
    worker_megabytes: int


def build(socket: str, extent: Extent) -> Built:
    """Make both sites at the same time, one core each. Raises Failed."""
    folders = [CACHE / "run" / name for name in ("stock", "ours")]
    shutil.rmtree(CACHE / "run", ignore_errors=True)
    for folder in folders:
        folder.mkdir(parents=True)
    write_catalogue(seed_folder())
    with psycopg.connect(host=socket, user="shop", dbname="postgres", autocommit=True) as server:
        for name in ("stock", "shop"):
            server.execute(f"CREATE DATABASE {name}")
    stock, ours = stock_site(socket, folders[0]), our_site(socket, folders[1])
    errors: list[Exception] = []
    peaks: list[int] = []

    def safely() -> None:
        try:
            _build_stock(stock)
        except Exception as error:
            errors.append(error)

    beside = threading.Thread(target=safely)
    beside.start()
    try:
        peaks.append(_build_ours(ours))
    finally:
        beside.join()
    if errors:
        raise errors[0]
    drawn, largest = _draw(ours, extent.draw_seconds) if extent.draw_seconds else (0, 0)
    ours.run("-m", "bench.sharing")
    for site in (stock, ours):
        site.read_goods()
        _analyse(socket, "shop" if site is ours else "stock")
    return Built(stock, ours, peaks[0], drawn, largest)


def build_small(socket: str, extent: Extent) -> Site:
    """Make this shop alone, with the seed's own goods and their pictures. Raises Failed."""
    shutil.rmtree(CACHE / "run", ignore_errors=True)
    folder = CACHE / "run" / "ours"
    folder.mkdir(parents=True)
    shutil.copytree(SEED, seed_folder())
    with psycopg.connect(host=socket, user="shop", dbname="postgres", autocommit=True) as server:
        server.execute("CREATE DATABASE shop")
    site = our_site(socket, folder)
    _build_ours(site)
    if extent.draw_seconds:
        _draw(site, extent.draw_seconds)
    site.read_goods()
    _analyse(socket, "shop")
    return site


def _build_stock(site: Site) -> None:
    site.run("-m", "django", "migrate", "-v", "0")
    site.run("-m", "django", "collectstatic", "--no-input", "-v", "0")
    site.run("-m", "bench.stock.load")


def _build_ours(site: Site) -> int:
    """Return the peak of the seeding's memory in megabytes."""
    site.run("scripts/messages.py", "--compile")
    site.run("manage.py", "collectstatic", "--no-input", "-v", "0")
    site.run("manage.py", "migrate", "-v", "0")
    _, peak = site.run("manage.py", "seed_catalogue", "--path", str(seed_folder()))
    return peak


def _draw(site: Site, seconds: float) -> tuple[int, int]:
    """Let the shop's own worker draw the pictures, for a while; return how many there are then, and its size."""
    largest = said = 0
    with (site.folder / "worker.log").open("ab") as log:
        worker = start([site.python, "manage.py", "runworker"], site.env, log.fileno())
    pictures, deadline = site.folder / "media" / "pictures", time.monotonic() + seconds
    try:
        while time.monotonic() < deadline and (drawn := _drawn(pictures)) < DRAWN:
            if drawn >= said + 50:
                said = drawn
                say(f"      {drawn} of {DRAWN} pictures drawn")
            largest = max(largest, psutil.Process(worker.pid).memory_info().rss // 2**20)
            time.sleep(0.5)
    finally:
        stop(worker)
    return _drawn(pictures), largest


def _drawn(folder: Path) -> int:
    return sum(1 for _ in folder.glob("*-800.jpg"))


def _analyse(socket: str, name: str) -> None:
    """Give the planner its statistics, as the server itself would after a while."""
    with psycopg.connect(host=socket, user="shop", dbname=name, autocommit=True) as server:
        server.execute("VACUUM ANALYZE")
